package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** How a log fails, as its leaders and its operator see it. */
final class FailureTest {
  @Test
  void aFailedForceFailsEveryLeaderOnceAndIsNeverTriedAgain() {
    FaultyFiles files = new FaultyFiles(1);
    LogFixture fixture = new LogFixture(files);
    fixture.appendDurably(A, 2, 10);
    fixture.appendDurably(B, 1, 10);
    // The next step is the write of the group, the one after it the force.
    files.failAtStep(files.steps() + 1);
    fixture.append(A, 3, 10);
    assertThat(fixture.acks(A).await(5)).isFalse();
    assertThat(fixture.acks(B).await(2)).isFalse();
    assertThat(fixture.log.status().failure()).contains("cannot force the log");
    assertThatThrownBy(() -> fixture.append(A, 1, 10))
        .isInstanceOf(LogException.class)
        .hasMessageContaining("close it and open it again");
    assertThatThrownBy(() -> fixture.append(B, 1, 10)).isInstanceOf(LogException.class);
    assertThatThrownBy(() -> fixture.lead(LogFixture.C)).isInstanceOf(LogException.class);
    fixture.close();
    assertThat(fixture.acks(A).failures()).hasSize(1);
    assertThat(fixture.acks(B).failures()).hasSize(1);
    assertThat(fixture.acks(A).durable()).isEqualTo(2);
    assertThat(files.forcesAfterFailure()).isZero();

    files.failAtStep(Integer.MAX_VALUE);
    long found;
    try (LogFixture again = new LogFixture(files)) {
      // The page cache still shows the group whose force failed: what is served is on the disk.
      found = LogFixture.check(again.log, A);
      assertThat(found).isEqualTo(5);
      again.crash(files, FaultyFiles.Tear.LOSE);
    }
    try (LogFixture again = new LogFixture(files)) {
      assertThat(LogFixture.check(again.log, A)).isEqualTo(found);
      assertThat(LogFixture.check(again.log, B)).isEqualTo(1);
    }
  }

  @Test
  void whatIsDurableStaysReadableAfterAFailure() {
    FaultyFiles files = new FaultyFiles(2);
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.appendDurably(A, 2, 10);
      files.failAtStep(files.steps());
      fixture.append(A, 3, 10);
      assertThat(fixture.acks(A).await(5)).isFalse();
      assertThat(fixture.log.status().failure()).contains("cannot write the log");
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(2);
    }
  }

  @Test
  void aBarrierThatCannotBeMadeDurableIsReported() {
    FaultyFiles files = new FaultyFiles(3);
    try (LogFixture fixture = new LogFixture(files)) {
      files.failAtStep(files.steps() + 1);
      assertThatThrownBy(() -> fixture.lead(A))
          .isInstanceOf(LogException.class)
          .hasMessageContaining("board/0")
          .hasMessageContaining("injected I/O error");
    }
  }

  @Test
  void aLogThatCannotBePreparedForFailsBeforeItIsFull() {
    FaultyFiles files = new FaultyFiles(4);
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.appendDurably(A, 1, 10);
      files.freeBytes(0);
      assertThatThrownBy(
              () -> {
                while (true) {
                  fixture.append(A, 1, 1_000);
                }
              })
          .isInstanceOf(LogException.class)
          .hasMessageContaining("cannot prepare")
          .hasMessageContaining("no space left");
      long acknowledged = fixture.acks(A).durable();
      assertThat(LogFixture.check(fixture.log, A)).isGreaterThanOrEqualTo(acknowledged);
    }
  }
}
