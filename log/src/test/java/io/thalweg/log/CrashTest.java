package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static io.thalweg.log.LogFixture.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A run of appends, rolls and opens in which the power goes, or an error comes, between every two
 * steps that the log takes on its files.
 */
final class CrashTest {
  private static final int OPENS = 3;
  private static final int ROUNDS = 18;

  /** Appends to two partitions through several segments and opens; counts what was acknowledged. */
  private static Map<PartitionId, Long> run(FaultyFiles files) {
    Map<PartitionId, Long> acknowledged = new TreeMap<>();
    for (int open = 0; open < OPENS; open++) {
      LogFixture fixture;
      try {
        fixture = new LogFixture(files);
      } catch (LogCorruptException e) {
        throw e;
      } catch (LogException e) {
        return acknowledged;
      }
      try {
        for (int i = 0; i < ROUNDS; i++) {
          fixture.append(A, 2, 1_500);
          fixture.append(B, 1, 2_500);
          fixture.acks(A).await(fixture.leader(A).endOffset());
        }
      } catch (LogException e) {
        // The log failed: what follows is what this test is about.
      } finally {
        fixture.close();
        for (PartitionId id : new PartitionId[] {A, B}) {
          acknowledged.merge(id, fixture.acks(id).durable(), Math::max);
        }
      }
      if (fixture.log.status().failure() != null) {
        return acknowledged;
      }
    }
    return acknowledged;
  }

  /** Whatever happened: it opens, holds what was acknowledged, and goes on. */
  private static void checkAfter(
      FaultyFiles files, Map<PartitionId, Long> acknowledged, String at) {
    LogVerifier.verify(DIRECTORY, files, (done, of) -> {});
    long a;
    try (LogFixture fixture = new LogFixture(files)) {
      a = LogFixture.check(fixture.log, A);
      long b = LogFixture.check(fixture.log, B);
      assertThat(a).as(at).isGreaterThanOrEqualTo(acknowledged.getOrDefault(A, 0L));
      assertThat(b).as(at).isGreaterThanOrEqualTo(acknowledged.getOrDefault(B, 0L));
      fixture.appendDurably(A, 1, 10);
    }
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(LogFixture.check(fixture.log, A)).as(at).isEqualTo(a + 1);
    }
    LogVerifier.verify(DIRECTORY, files, (done, of) -> {});
  }

  private static int stepsOfAWholeRun() {
    FaultyFiles files = new FaultyFiles(0);
    run(files);
    assertThat(files.stepNames()).anyMatch(step -> step.startsWith("rename"));
    return files.steps();
  }

  @Test
  void powerLossBetweenAnyTwoStepsLosesNothingAcknowledged() {
    int steps = stepsOfAWholeRun();
    for (int step = 0; step < steps; step++) {
      for (FaultyFiles.Tear tear : FaultyFiles.Tear.values()) {
        FaultyFiles files = new FaultyFiles(step);
        files.powerOffAtStep(step);
        Map<PartitionId, Long> acknowledged = run(files);
        files.powerOff();
        files.restart(tear);
        checkAfter(files, acknowledged, "step " + step + ", " + tear);
      }
    }
  }

  @Test
  void aSecondPowerLossWhileOpeningLosesNothingAcknowledged() {
    FaultyFiles stopped = new FaultyFiles(7);
    LogFixture fixture = new LogFixture(stopped);
    for (int i = 0; i < 40; i++) {
      fixture.append(A, 2, 700);
    }
    fixture.appendDurably(A, 1, 10);
    long acknowledged = fixture.acks(A).durable();
    fixture.crash(stopped, FaultyFiles.Tear.LOSE);
    for (int step = 0; ; step++) {
      FaultyFiles files = stopped.copy(step);
      files.powerOffAtStep(step);
      boolean opened;
      try {
        new LogFixture(files).crash(files, FaultyFiles.Tear.RANDOM);
        opened = files.steps() <= step;
      } catch (LogException e) {
        opened = false;
        files.powerOff();
        files.restart(FaultyFiles.Tear.RANDOM);
      }
      checkAfter(files, Map.of(A, acknowledged), "step " + step);
      if (opened) {
        break;
      }
    }
  }

  @Test
  void anErrorAtAnyStepFailsTheLogAndLosesNothingAcknowledged() {
    int steps = stepsOfAWholeRun();
    for (int step = 0; step < steps; step++) {
      FaultyFiles files = new FaultyFiles(step);
      files.failAtStep(step);
      Map<PartitionId, Long> acknowledged = run(files);
      assertThat(files.forcesAfterFailure()).as("step " + step).isZero();
      files.failAtStep(Integer.MAX_VALUE);
      // First as after a restart of the process, the page cache in place; then after a power loss.
      checkAfter(files, acknowledged, "step " + step);
      files.powerOff();
      files.restart(FaultyFiles.Tear.RANDOM);
      checkAfter(files, acknowledged, "step " + step);
    }
  }

  @Test
  void aFullDiskFailsTheLogAndLosesNothingAcknowledged() {
    for (long room = 0; room < 600_000; room += 7_919) {
      FaultyFiles files = new FaultyFiles(room);
      files.freeBytes(room);
      Map<PartitionId, Long> acknowledged = run(files);
      files.freeBytes(Long.MAX_VALUE);
      checkAfter(files, acknowledged, "room " + room);
      files.powerOff();
      files.restart(FaultyFiles.Tear.RANDOM);
      checkAfter(files, acknowledged, "room " + room);
    }
  }
}
