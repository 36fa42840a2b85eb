package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Slots and the log clock. */
class UnitsTest {
  @Test
  void slotsOfPublishedKeysNeverChange() {
    assertThat(Slots.slotOf("")).isZero();
    assertThat(Slots.slotOf("goals")).isEqualTo(GOALS_SLOT);
    assertThat(Slots.slotOf("José")).isEqualTo(JOSE_SLOT);
  }

  @Test
  void partitionsCoverAllSlotsInRuns() {
    for (int partitions : new int[] {1, 2, 3, 4, 7, 64, 1000, 1024}) {
      for (int slot = 0; slot < Slots.COUNT; slot += 13) {
        int partition = Slots.partitionOf(slot, partitions);
        assertThat(slot)
            .isGreaterThanOrEqualTo(Slots.firstSlotOf(partition, partitions))
            .isLessThan(Slots.firstSlotOf(partition + 1, partitions));
      }
      assertThat(Slots.firstSlotOf(0, partitions)).isZero();
      assertThat(Slots.firstSlotOf(partitions, partitions)).isEqualTo(Slots.COUNT);
    }
  }

  @Test
  void keysSpreadEvenlyOverPartitions() {
    int[] counts = new int[8];
    for (int i = 0; i < 80_000; i++) {
      counts[Slots.partitionOf(Slots.slotOf("board-" + i), 8)]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(9_500, 10_500);
    }
  }

  @Test
  void logTimeNeverGoesBackWhenTheWallClockDoes() {
    AtomicLong ns = new AtomicLong();
    AtomicLong wallUs = new AtomicLong(1_000_000_000);
    LogClock clock = new LogClock(ns::get, wallUs::get);
    long last = clock.nowUs();
    for (int i = 0; i < 1000; i++) {
      ns.addAndGet(1_000_000);
      wallUs.addAndGet(i == 500 ? -60_000_000 : 1_000);
      long now = clock.nowUs();
      assertThat(now).isGreaterThan(last);
      last = now;
    }
  }

  @Test
  void logTimeIsSlewedToTheWallClock() {
    AtomicLong ns = new AtomicLong();
    AtomicLong wallUs = new AtomicLong(1_000_000_000);
    LogClock clock = new LogClock(ns::get, wallUs::get);
    wallUs.addAndGet(2_000_000);
    ns.addAndGet(1_000_000_000);
    wallUs.addAndGet(1_000_000);
    assertThat(clock.nowUs()).isEqualTo(1_000_000_000 + 1_100_000);
    for (int i = 0; i < 30; i++) {
      ns.addAndGet(1_000_000_000);
      wallUs.addAndGet(1_000_000);
      clock.nowUs();
    }
    assertThat(clock.nowUs()).isEqualTo(wallUs.get());
  }

  @Test
  void aSleepOfTheMachineIsFollowedAtOnceAndAnAbsurdStepIsNot() {
    AtomicLong ns = new AtomicLong();
    AtomicLong wallUs = new AtomicLong(1_000_000_000);
    LogClock clock = new LogClock(ns::get, wallUs::get);
    ns.addAndGet(1_000_000);
    wallUs.addAndGet(3_600_000_000L);
    assertThat(clock.nowUs()).isEqualTo(wallUs.get());
    ns.addAndGet(1_000_000);
    wallUs.addAndGet(400L * 86_400_000_000L);
    assertThat(clock.nowUs()).isLessThan(wallUs.get() - 399L * 86_400_000_000L);
  }

  @Test
  void logTimeMovesPastATimeThatWasMet() {
    LogClock clock = new LogClock(() -> 0, () -> 5);
    clock.advanceTo(100);
    assertThat(clock.nowUs()).isGreaterThanOrEqualTo(100);
  }

  // Computed by the published formula with another program.
  private static final int GOALS_SLOT = 55892;
  private static final int JOSE_SLOT = 18809;
}
