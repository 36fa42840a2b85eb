package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.runtime.Failure;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The limit and the shares, beside a node that is simulated millisecond by millisecond. */
class CapacityTest {
  /** What the node answers in a millisecond, in the order in which it was asked. */
  private static final int SERVED_PER_MS = 4;

  private static final int PROJECTS = 4;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ArrayDeque<Integer> queue = new ArrayDeque<>();
  private final long[] served = new long[PROJECTS];
  private final long[] refused = new long[PROJECTS];
  private final double[] due = new double[PROJECTS];
  private long nowNs;
  private double wait = -1;

  private final Capacity capacity =
      new Capacity(() -> wait >= 0 ? wait : queuedMs(), () -> nowNs, meters);

  private double queuedMs() {
    return Math.min(500, queue.size() / (double) SERVED_PER_MS);
  }

  /** Each project asks so often in a millisecond, for a time. */
  private void run(int ms, double... perMs) {
    for (int t = 0; t < ms; t++) {
      nowNs += TimeUnit.MILLISECONDS.toNanos(1);
      for (int i = 0; i < SERVED_PER_MS && !queue.isEmpty(); i++) {
        int project = queue.poll();
        served[project]++;
        capacity.leave(project);
      }
      for (int project = 0; project < perMs.length; project++) {
        due[project] += perMs[project];
        for (; due[project] >= 1; due[project]--) {
          ask(project);
        }
      }
    }
  }

  private void ask(int project) {
    try {
      capacity.enter(project);
      queue.add(project);
    } catch (Failure beyond) {
      refused[project]++;
    }
  }

  private void forget() {
    for (int project = 0; project < PROJECTS; project++) {
      served[project] = 0;
      refused[project] = 0;
    }
  }

  private double metric(String name) {
    return meters.get(name).gauge().value();
  }

  @Test
  void aNodeThatKeepsUpRefusesNobody() {
    run(60_000, SERVED_PER_MS - 0.5);
    assertThat(refused[0]).isZero();
    assertThat(capacity.limit()).isEqualTo(Capacity.MOST);
  }

  @Test
  void beyondItsCapacityTheWaitIsHeldBelowWhereTheNodeRefusesAndNothingOfItIsWasted() {
    run(20_000, 10 * SERVED_PER_MS);
    forget();
    for (int i = 0; i < 100; i++) {
      run(100, 10 * SERVED_PER_MS);
      assertThat(queuedMs()).isLessThan(400);
    }
    assertThat(served[0]).isEqualTo(10_000 * SERVED_PER_MS);
    assertThat(refused[0]).isPositive();
    assertThat(metric("thalweg.gateway.capacity.limit")).isEqualTo(capacity.limit());
    assertThat(metric("thalweg.gateway.capacity.inflight")).isEqualTo(queue.size());
    assertThat(meters.get("thalweg.gateway.limited").counter().count()).isGreaterThan(refused[0]);
  }

  @Test
  void afterAnOverloadTheLimitGrowsAsItIsNeeded() {
    run(20_000, 10 * SERVED_PER_MS);
    int low = capacity.limit();
    assertThat(low).isLessThan(2_000);
    wait = 0;
    run(20_000, 10 * SERVED_PER_MS);
    assertThat(capacity.limit()).isGreaterThan(4 * low);
  }

  @Test
  void aBurstIsNoOverload() {
    for (int i = 0; i < 1_200; i++) {
      ask(0);
    }
    run(5_000, 1);
    assertThat(refused[0]).isZero();
    assertThat(capacity.limit()).isEqualTo(Capacity.MOST);
  }

  @Test
  void manyRequestsUnderWayThatWaitForNoTurnAreNoOverload() {
    wait = 10;
    for (int i = 0; i < 10_000; i++) {
      ask(0);
    }
    run(5_000, 1);
    assertThat(refused[0]).isZero();
  }

  @Test
  void soManyMayAlwaysBeUnderWay() {
    wait = 500;
    run(60_000, 10 * SERVED_PER_MS);
    assertThat(capacity.limit()).isEqualTo(Capacity.LEAST);
  }

  @Test
  void oneProjectWithTenTimesTheLoadDoesNotRaiseTheRefusalsOfTheOthers() {
    // Each of the others asks for less than a quarter of what the node can do.
    run(20_000, 10 * SERVED_PER_MS, 0.9, 0.9, 0.9);
    forget();
    run(20_000, 10 * SERVED_PER_MS, 0.9, 0.9, 0.9);
    assertThat(refused[0]).isPositive();
    for (int other = 1; other < PROJECTS; other++) {
      assertThat(refused[other]).as("refusals of project %d", other).isZero();
      assertThat(served[other]).isBetween(17_900L, 18_100L);
    }
    assertThat(served[0]).isBetween(25_900L, 26_100L);
  }

  @Test
  void atTheLimitWhoAsksForLittleHasItAndTheOthersShareTheRestEqually() {
    run(20_000, 0.2, 40, 4, 2);
    forget();
    run(40_000, 0.2, 40, 4, 2);
    assertThat(refused[0]).isZero();
    assertThat(served[0]).isBetween(7_900L, 8_100L);
    // 160,000 in all; what is left for three is 50,666 each.
    for (int greedy = 1; greedy < PROJECTS; greedy++) {
      assertThat(served[greedy]).as("served of project %d", greedy).isBetween(47_000L, 54_000L);
    }
  }

  @Test
  void aProjectThatComesToAFullNodeHasItsShareAtOnce() {
    run(20_000, 10 * SERVED_PER_MS);
    int limit = capacity.limit();
    for (int i = 0; i < limit / 2; i++) {
      capacity.enter(1);
    }
    assertThatThrownBy(() -> capacity.enter(1))
        .isInstanceOfSatisfying(
            Failure.class,
            refusal -> {
              assertThat(refusal.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
              assertThat(refusal.isRetryable()).isTrue();
            });
    assertThatThrownBy(() -> capacity.check(1)).isInstanceOf(Failure.class);
    capacity.check(2);
  }

  @Test
  void aRequestThatWasLetInByACheckIsLetInByTheEntry() {
    run(20_000, 10 * SERVED_PER_MS);
    for (int project = 1; project < PROJECTS; project++) {
      boolean letIn = true;
      for (int i = 0; letIn; i++) {
        try {
          capacity.check(project);
          capacity.enter(project);
        } catch (Failure beyond) {
          letIn = false;
          assertThat(i).isPositive();
          int full = project;
          assertThatThrownBy(() -> capacity.enter(full)).isInstanceOf(Failure.class);
        }
      }
    }
    assertThat(capacity.underWay()).isLessThanOrEqualTo(2 * capacity.limit() + 1);
  }
}
