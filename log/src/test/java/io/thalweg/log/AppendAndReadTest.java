package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static io.thalweg.log.LogFixture.C;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a partition's thread and a reader see of a log in which nothing goes wrong. */
final class AppendAndReadTest {
  @Test
  void offsetsAreDenseAndInOrderWhenPartitionsShareTheLog() {
    FaultyFiles files = new FaultyFiles(1);
    Random random = new Random(1);
    long[] expected = new long[3];
    PartitionId[] ids = {A, B, C};
    for (int open = 0; open < 4; open++) {
      try (LogFixture fixture = new LogFixture(files)) {
        for (int i = 0; i < 300; i++) {
          int which = random.nextInt(3);
          int events = random.nextInt(5);
          fixture.append(ids[which], events, random.nextInt(2_000));
          expected[which] += events;
        }
      }
    }
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(fixture.log.partitions()).containsExactly(A, B, C);
      assertThat(fixture.log.status().segments()).isGreaterThan(4);
      for (int i = 0; i < 3; i++) {
        assertThat(LogFixture.check(fixture.log, ids[i])).isEqualTo(expected[i]);
      }
    }
  }

  @Test
  void partitionThreadsAppendAtTheSameTimeOnDisk(@TempDir Path directory) throws Exception {
    SegmentLogOptions options =
        SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(256 << 10).withMaxSegmentBytes(1 << 20);
    int batches = 400;
    try (SegmentLog log = SegmentLog.open(directory, options)) {
      Thread[] threads = new Thread[3];
      LogFixture.Acks[] acks = new LogFixture.Acks[3];
      for (int i = 0; i < 3; i++) {
        PartitionId id = new PartitionId("load", i);
        LogFixture.Acks listener = new LogFixture.Acks();
        acks[i] = listener;
        threads[i] =
            new Thread(() -> {
              PartitionLog leader = log.lead(id, 1, 5, listener);
              for (int n = 0; n < batches; n++) {
                BatchBuilder batch = leader.begin(5 + n);
                for (int e = 0; e < 20; e++) {
                  byte[] payload = LogFixture.payload(id, batch.nextOffset(), 100, 0);
                  batch.beginEvent(1, 0, 0, EventMeta.NONE, 100).put(payload);
                }
                leader.append(batch);
              }
            });
        threads[i].start();
      }
      for (int i = 0; i < 3; i++) {
        threads[i].join();
        assertThat(acks[i].await(batches * 20L)).isTrue();
        assertThat(LogFixture.check(log, new PartitionId("load", i))).isEqualTo(batches * 20L);
      }
      assertThat(log.status().failure()).isNull();
    }
    try (SegmentLog log = SegmentLog.open(directory, options)) {
      for (int i = 0; i < 3; i++) {
        assertThat(LogFixture.check(log, new PartitionId("load", i))).isEqualTo(batches * 20L);
      }
    }
    assertThat(LogVerifier.verify(directory, LogFiles.disk(), (done, of) -> {}).indexesMissing())
        .isZero();
  }

  @Test
  void everyOffsetCanBeReadFrom() {
    FaultyFiles files = new FaultyFiles(2);
    try (LogFixture fixture = new LogFixture(files)) {
      for (int i = 0; i < 200; i++) {
        fixture.append(A, 1 + i % 3, 700);
        fixture.append(B, 1, 900);
      }
      fixture.appendDurably(A, 1, 10);
      assertThat(fixture.log.status().segments()).isGreaterThan(2);
      long end = fixture.log.durableOffset(A);
      for (long from = 0; from <= end; from++) {
        try (LogReader reader = fixture.log.read(A, from)) {
          long before = reader.cursor().nextOffset();
          assertThat(before).isLessThanOrEqualTo(from);
          Batch batch = reader.next();
          if (from == end) {
            assertThat(batch).isNull();
            assertThat(before).isEqualTo(end);
          } else if (batch != null && from > 0) {
            assertThat(batch.firstOffset()).isEqualTo(before);
            assertThat(from).isBetween(batch.firstOffset(), batch.nextOffset() - 1);
          } else {
            assertThat(batch).isNotNull();
          }
        }
      }
    }
  }

  @Test
  void anOffsetOutsideOfTheLogIsRefused() {
    try (LogFixture fixture = new LogFixture(new FaultyFiles(3))) {
      fixture.appendDurably(A, 5, 10);
      assertThatThrownBy(() -> fixture.log.read(A, 6))
          .isInstanceOf(OffsetOutOfRangeException.class)
          .hasMessageContaining("0..5")
          .hasMessageContaining("got 6");
      assertThatThrownBy(() -> fixture.log.read(A, -1))
          .isInstanceOf(OffsetOutOfRangeException.class);
    }
  }

  @Test
  void aReaderFollowsTheTailWithoutPolling() throws Exception {
    try (LogFixture fixture = new LogFixture(new FaultyFiles(4))) {
      fixture.lead(A);
      Semaphore news = new Semaphore(0);
      Log.Registration registration = fixture.log.onDurable(A, news::release);
      LogReader reader = fixture.log.read(A, 0);
      long read = 0;
      for (int i = 0; i < 200; i++) {
        fixture.append(A, 2, 500);
        fixture.append(B, 2, 1_500);
        while (read < (i + 1) * 2L) {
          Batch batch = reader.next();
          if (batch == null) {
            news.acquire();
          } else {
            read = batch.nextOffset();
          }
        }
      }
      assertThat(fixture.log.status().segments()).isGreaterThan(2);
      registration.close();
      news.drainPermits();
      fixture.appendDurably(A, 1, 1);
      // The listeners of an earlier group have run when a later group is durable.
      fixture.appendDurably(A, 1, 1);
      assertThat(news.availablePermits()).isZero();
    }
  }

  @Test
  void aReaderSeesNothingThatIsNotDurable() {
    FaultyFiles files = new FaultyFiles(5);
    Semaphore reached = new Semaphore(0);
    Semaphore mayForce = new Semaphore(0);
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.appendDurably(A, 3, 100);
      LogReader reader = fixture.log.read(A, 0);
      LogFixture.last(reader);
      files.beforeForce(() -> {
        reached.release();
        mayForce.acquireUninterruptibly();
      });
      fixture.append(A, 4, 100);
      reached.acquireUninterruptibly();
      assertThat(reader.next()).isNull();
      assertThat(fixture.log.durableOffset(A)).isEqualTo(3);
      assertThat(fixture.leader(A).durableOffset()).isEqualTo(3);
      assertThat(fixture.leader(A).endOffset()).isEqualTo(7);
      assertThatThrownBy(() -> fixture.log.read(A, 4))
          .isInstanceOf(OffsetOutOfRangeException.class);
      files.beforeForce(null);
      mayForce.release(1_000);
      assertThat(fixture.acks(A).await(7)).isTrue();
      Batch batch = reader.next();
      assertThat(batch).isNotNull();
      assertThat(reader.cursor().nextOffset()).isEqualTo(7);
    }
  }

  @Test
  void offsetAtFindsTheFirstBatchOfATime() {
    FaultyFiles files = new FaultyFiles(6);
    try (SegmentLog log = SegmentLog.open(LogFixture.DIRECTORY, LogFixture.options(files))) {
      LogFixture.Acks acks = new LogFixture.Acks();
      PartitionLog leader = log.lead(A, 1, 10, acks);
      for (int i = 0; i < 300; i++) {
        // Two batches of each time.
        BatchBuilder batch = leader.begin(100 + (i / 2) * 10L);
        batch.beginEvent(1, 0, 0, EventMeta.NONE, 900);
        leader.append(batch);
      }
      assertThat(acks.await(300)).isTrue();
      assertThat(log.status().segments()).isGreaterThan(2);
      assertThat(log.offsetAt(A, 0)).isZero();
      assertThat(log.offsetAt(A, 100)).isZero();
      for (int i = 1; i < 150; i++) {
        assertThat(log.offsetAt(A, 100 + i * 10L)).isEqualTo(i * 2L);
        assertThat(log.offsetAt(A, 100 + i * 10L - 5)).isEqualTo(i * 2L);
      }
      assertThat(log.offsetAt(A, 1_000_000)).isEqualTo(300);
      assertThat(log.offsetAt(B, 5)).isZero();
    }
  }

  @Test
  void timeOfAPartitionDoesNotGoBack() {
    try (LogFixture fixture = new LogFixture(new FaultyFiles(7))) {
      PartitionLog leader = fixture.lead(A);
      leader.append(leader.begin(5_000));
      assertThatThrownBy(() -> leader.begin(4_999))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at least 5000");
    }
  }

  @Test
  void everyLeadershipHasAHigherEpochAndEndsTheOneBefore() {
    FaultyFiles files = new FaultyFiles(8);
    Lineage lineage;
    try (LogFixture fixture = new LogFixture(files)) {
      PartitionLog first = fixture.lead(A);
      lineage = first.lineage();
      assertThat(first.epoch()).isEqualTo(1);
      fixture.appendDurably(A, 2, 5);
      PartitionLog second = fixture.lead(A);
      assertThat(second.epoch()).isEqualTo(2);
      assertThat(second.endOffset()).isEqualTo(2);
      BatchBuilder late = first.begin(9_000);
      assertThatThrownBy(() -> first.append(late))
          .isInstanceOf(LogException.class)
          .hasMessageContaining("has ended");
      second.resign();
    }
    try (LogFixture fixture = new LogFixture(files)) {
      PartitionLog third = fixture.lead(A);
      assertThat(third.epoch()).isEqualTo(3);
      assertThat(third.lineage()).isEqualTo(lineage);
      assertThat(fixture.log.lineages(A)).containsExactly(lineage);
      assertThat(lineage.ordinal()).isEqualTo(1);
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(2);
    }
  }

  @Test
  void aCursorIsContinuedAlsoAcrossARestart() {
    FaultyFiles files = new FaultyFiles(9);
    java.util.List<LogCursor> cursors = new java.util.ArrayList<>();
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.lead(A);
      for (int i = 0; i < 100; i++) {
        cursors.add(fixture.append(A, 1 + i % 2, 1_000));
      }
      fixture.appendDurably(A, 1, 10);
      try (LogReader reader = fixture.log.read(A, 0)) {
        cursors.add(reader.cursor());
        while (reader.next() != null) {
          cursors.add(reader.cursor());
        }
      }
    }
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.lead(A);
      for (LogCursor cursor : cursors) {
        LogCursor stored = LogCursor.decode(cursor.encode());
        try (LogReader reader = fixture.log.read(A, stored)) {
          Batch batch = reader.next();
          assertThat(batch).isNotNull();
          if (batch != null) {
            assertThat(batch.previousCrc()).isEqualTo(cursor.lastCrc());
            assertThat(batch.firstOffset()).isEqualTo(cursor.nextOffset());
          }
        }
      }
    }
  }

  @Test
  void aCursorThatTheLogDoesNotContinueIsRefused() {
    LogCursor foreign;
    try (LogFixture other = new LogFixture(new FaultyFiles(10))) {
      other.appendDurably(A, 4, 10);
      try (LogReader reader = other.log.read(A, 0)) {
        LogFixture.last(reader);
        foreign = reader.cursor();
      }
    }
    try (LogFixture fixture = new LogFixture(new FaultyFiles(11))) {
      fixture.appendDurably(A, 2, 10);
      fixture.appendDurably(A, 2, 10);
      SegmentLog log = fixture.log;
      assertMismatch(log, foreign, "it is of log");
      try (LogReader reader = log.read(A, 0)) {
        reader.next();
        reader.next();
        LogCursor good = reader.cursor();
        assertMismatch(log, with(good, good.nextOffset(), good.lastCrc() + 1), "no batch");
        assertMismatch(log, with(good, good.nextOffset() - 1, good.lastCrc()), "no batch");
        assertMismatch(log, with(good, 5, good.lastCrc()), "the log ends at offset 4");
        LogFixture.last(reader);
        LogCursor end = reader.cursor();
        assertMismatch(log, with(end, end.nextOffset(), end.lastCrc() + 1), "no batch");
        assertThat(log.read(A, end).next()).isNull();
        assertThatThrownBy(() -> log.read(B, end)).isInstanceOf(CursorMismatchException.class);
      }
    }
  }

  private static void assertMismatch(Log log, LogCursor cursor, String why) {
    assertThatThrownBy(() -> log.read(A, cursor))
        .isInstanceOf(CursorMismatchException.class)
        .hasMessageContaining(why)
        .hasMessageContaining("rebuild");
  }

  private static LogCursor with(LogCursor cursor, long nextOffset, int crc) {
    return new LogCursor(
        cursor.logId(),
        cursor.position(),
        nextOffset,
        cursor.epoch(),
        cursor.lineage(),
        crc,
        cursor.logTimeUs());
  }

  @Test
  void anAbandonedBatchNeverExisted() {
    try (LogFixture fixture = new LogFixture(new FaultyFiles(12))) {
      PartitionLog leader = fixture.lead(A);
      BatchBuilder batch = leader.begin(5_000);
      batch.beginEvent(1, 0, 0, EventMeta.NONE, 10);
      leader.abandon(batch);
      assertThat(leader.endOffset()).isZero();
      fixture.appendDurably(A, 3, 10);
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(3);
    }
  }

  @Test
  void aBatchLargerThanASegmentGetsALargerSegment() {
    FaultyFiles files = new FaultyFiles(13);
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.appendDurably(A, 1, 10);
      fixture.appendDurably(A, 3, 900_000);
      fixture.appendDurably(A, 1, 10);
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(5);
    }
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(5);
    }
  }

  @Test
  void aClosedLogTakesNothing() {
    LogFixture fixture = new LogFixture(new FaultyFiles(14));
    PartitionLog leader = fixture.lead(A);
    BatchBuilder batch = leader.begin(5_000);
    fixture.close();
    fixture.close();
    assertThatThrownBy(() -> leader.append(batch)).hasMessageContaining("closed");
    assertThatThrownBy(() -> fixture.lead(B)).hasMessageContaining("closed");
    assertThatThrownBy(() -> fixture.log.read(A, 0)).hasMessageContaining("closed");
  }

  @Test
  void openingAgainAndAgainLeavesFewFiles() {
    FaultyFiles files = new FaultyFiles(15);
    for (int i = 0; i < 20; i++) {
      new LogFixture(files).close();
    }
    assertThat(files.files()).hasSize(1);
    for (int i = 0; i < 40; i++) {
      try (LogFixture fixture = new LogFixture(files)) {
        fixture.lead(A);
        assertThat(fixture.leader(A).epoch()).isEqualTo(i + 1);
      }
    }
    assertThat(files.files()).hasSize(1);
  }
}
