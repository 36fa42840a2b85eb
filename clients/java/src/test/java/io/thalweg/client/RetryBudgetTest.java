package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How much may be sent again, by a clock that the test moves. */
class RetryBudgetTest {
  private final AtomicLong nowNs = new AtomicLong();

  private int takeAll(RetryBudget budget) {
    int taken = 0;
    while (budget.take()) {
      taken++;
    }
    return taken;
  }

  @Test
  void requestsAddTheirShareAndNoMore() {
    RetryBudget budget = new RetryBudget(Retries.defaults().withBudget(10, 0), nowNs::get);
    assertThat(takeAll(budget)).isZero();
    for (int i = 0; i < 50; i++) {
      budget.requested();
    }
    assertThat(takeAll(budget)).isEqualTo(5);
    for (int i = 0; i < 100_000; i++) {
      budget.requested();
    }
    assertThat(takeAll(budget)).as("what can be saved up").isEqualTo(10);
  }

  @Test
  void theFloorIsThereWhateverTheLoadAndTenSecondsOfItAreSaved() {
    RetryBudget budget = new RetryBudget(Retries.defaults().withBudget(10, 10), nowNs::get);
    assertThat(takeAll(budget)).isEqualTo(100);
    nowNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(500));
    assertThat(takeAll(budget)).isEqualTo(5);
    nowNs.addAndGet(TimeUnit.DAYS.toNanos(400));
    assertThat(takeAll(budget)).isEqualTo(100);
  }

  @Test
  void smallStepsOfTheClockAreNotLost() {
    RetryBudget budget = new RetryBudget(Retries.defaults().withBudget(0, 1), nowNs::get);
    takeAll(budget);
    for (int i = 0; i < 3_000; i++) {
      nowNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
      budget.requested();
    }
    assertThat(takeAll(budget)).isEqualTo(3);
  }

  @Test
  void pausesGrowToTheirBoundAndWhatTheServerAsksComesOnTop() {
    Backoff backoff =
        new Backoff(Retries.defaults().withPauses(100, 3_000), new SplittableRandom(7));
    for (int failed = 1; failed < 100; failed++) {
      long most = failed > 5 ? 3_000 : 100L << (failed - 1);
      for (int i = 0; i < 50; i++) {
        assertThat(backoff.pauseMs(failed, null)).isBetween(0L, most);
        assertThat(backoff.pauseMs(failed, Duration.ofMillis(700))).isBetween(700L, 700L + most);
      }
    }
  }
}
