package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AdmissionTest {
  private final Admission admission = new Admission(16_384);
  private long nowNs;

  private void turns(int turns, int count, long turnMs, boolean busy) {
    for (int i = 0; i < turns; i++) {
      nowNs += TimeUnit.MILLISECONDS.toNanos(turnMs);
      admission.turn(count, busy, nowNs);
    }
  }

  @Test
  void fastRequestsMayFillTheWholeQueue() {
    turns(1_000, 64, 1, true);
    assertThat(admission.limit()).isEqualTo(16_384);
  }

  @Test
  void slowOnesWaitInAQueueThatIsWorkedOffInHalfASecond() {
    // 64 in 32 ms: 2,000 a second.
    turns(1_000, 64, 32, true);
    assertThat(admission.limit()).isBetween(990, 1_010);
  }

  @Test
  void aFewMayAlwaysWait() {
    turns(100, 1, 1_000, true);
    assertThat(admission.limit()).isEqualTo(Admission.LEAST);
  }

  @Test
  void aPartitionWithNothingToDoIsNotSlow() {
    turns(1_000, 1, 1_000, false);
    assertThat(admission.limit()).isEqualTo(16_384);
  }

  @Test
  void theLimitGrowsAgainWhenRequestsAreFast() {
    turns(100, 1, 100, true);
    turns(1_000, 64, 1, true);
    assertThat(admission.limit()).isEqualTo(16_384);
  }
}
