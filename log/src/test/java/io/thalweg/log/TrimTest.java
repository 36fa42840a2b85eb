package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static io.thalweg.log.LogFixture.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Removing segments from the front of a log. */
final class TrimTest {
  private static final Path START = DIRECTORY.resolve("log.start");

  /** Everything that is not needed by these goes, whatever its size and age. */
  private static TrimRequest behind(TrimRequest.Holder... holders) {
    return new TrimRequest(() -> List.of(holders), 0, Long.MAX_VALUE);
  }

  private static TrimRequest.Holder holder(LogFixture fixture, PartitionId... ids) {
    Map<PartitionId, LogCursor> positions = new HashMap<>();
    for (PartitionId id : ids) {
      positions.put(id, end(fixture.log, id));
    }
    return new TrimRequest.Holder("a checkpoint", positions);
  }

  private static LogCursor end(Log log, PartitionId id) {
    try (LogReader reader =
        log.read(id, Math.max(log.startOffset(id), log.durableOffset(id) - 1))) {
      while (reader.next() != null) {
        // To the end.
      }
      return reader.cursor();
    }
  }

  /** Fills a few segments with batches of both partitions. */
  private static void fill(LogFixture fixture, int rounds) {
    for (int i = 0; i < rounds; i++) {
      fixture.append(A, 2, 1_500);
      fixture.append(B, 1, 2_500);
    }
    fixture.appendDurably(A, 1, 10);
    fixture.appendDurably(B, 1, 10);
  }

  /** Reads what is kept and checks every event; returns the offset after the last one. */
  private static long check(Log log, PartitionId id) {
    long expected = log.startOffset(id);
    try (LogReader reader = log.read(id, expected)) {
      for (Batch batch; (batch = reader.next()) != null; ) {
        for (EventView event : batch) {
          assertThat(event.offset()).isEqualTo(expected);
          byte[] payload = LogFixture.bytes(event.payload());
          assertThat(payload).isEqualTo(LogFixture.payload(id, expected, payload.length, 0));
          expected++;
        }
      }
    }
    assertThat(expected).isEqualTo(log.durableOffset(id));
    return expected;
  }

  private static void verify(FaultyFiles files) {
    LogVerifier.verify(DIRECTORY, files, (done, of) -> {});
  }

  @Test
  void whatIsKeptReadsAndVerifiesAsBeforeAlsoAfterReopening() {
    FaultyFiles files = new FaultyFiles(1);
    long startA;
    try (LogFixture fixture = new LogFixture(files)) {
      fill(fixture, 60);
      int before = fixture.log.status().segments();
      Trimmed trimmed = fixture.log.trim(behind(holder(fixture, A, B)));
      assertThat(trimmed.segments()).isPositive().isEqualTo(before - 1);
      assertThat(trimmed.bytes()).isPositive();
      assertThat(fixture.log.status().segments()).isEqualTo(1);
      startA = fixture.log.startOffset(A);
      assertThat(startA).isPositive();
      check(fixture.log, A);
      check(fixture.log, B);
      fill(fixture, 30);
      check(fixture.log, A);
    }
    verify(files);
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(fixture.log.startOffset(A)).isEqualTo(startA);
      check(fixture.log, A);
      check(fixture.log, B);
      fill(fixture, 30);
      assertThat(fixture.log.trim(behind(holder(fixture, A, B))).segments()).isPositive();
      assertThat(fixture.log.startOffset(A)).isGreaterThan(startA);
    }
    verify(files);
    assertThat(files.files().stream().filter(f -> f.toString().endsWith(".segment"))).hasSize(1);
  }

  @Test
  void readersOfRemovedOffsetsAndCursorsAreToldWhereTheLogBegins() {
    FaultyFiles files = new FaultyFiles(2);
    try (LogFixture fixture = new LogFixture(files)) {
      fill(fixture, 5);
      LogCursor early = end(fixture.log, A);
      fill(fixture, 60);
      LogCursor late = end(fixture.log, A);
      fixture.log.trim(behind(holder(fixture, A, B)));
      long start = fixture.log.startOffset(A);
      for (long offset : new long[] {0, start - 1}) {
        assertThatThrownBy(() -> fixture.log.read(A, offset))
            .isInstanceOf(OffsetOutOfRangeException.class)
            .hasMessageContaining("board/0")
            .hasMessageContaining("from offset " + start + " on");
      }
      assertThatThrownBy(() -> fixture.log.read(A, early))
          .isInstanceOf(OffsetOutOfRangeException.class);
      assertThatThrownBy(() -> fixture.log.read(A, LogCursor.start(fixture.log.logId())))
          .isInstanceOf(OffsetOutOfRangeException.class);
      fixture.log.read(A, late).close();
      assertThat(fixture.log.offsetAt(A, 0)).isEqualTo(start);
    }
  }

  @Test
  void theCursorAtTheNewStartIsContinuedAndAnotherOneThereIsNot() {
    FaultyFiles files = new FaultyFiles(3);
    try (LogFixture fixture = new LogFixture(files)) {
      fill(fixture, 60);
      fixture.log.trim(behind(holder(fixture, A, B)));
      LogCursor start;
      try (LogReader reader = fixture.log.read(A, fixture.log.startOffset(A))) {
        start = reader.cursor();
      }
      try (LogReader reader = fixture.log.read(A, start)) {
        assertThat(LogFixture.last(reader)).isNotNull();
      }
      LogCursor forged =
          new LogCursor(
              start.logId(),
              start.position(),
              start.nextOffset(),
              start.epoch(),
              start.lineage(),
              start.lastCrc() ^ 1,
              start.logTimeUs());
      assertThatThrownBy(() -> fixture.log.read(A, forged))
          .isInstanceOf(CursorMismatchException.class);
    }
  }

  @Test
  void nothingIsRemovedThatAHolderOrAnOpenReaderNeeds() {
    FaultyFiles files = new FaultyFiles(4);
    try (LogFixture fixture = new LogFixture(files)) {
      fill(fixture, 1);
      TrimRequest.Holder early = holder(fixture, A, B);
      fill(fixture, 60);
      TrimRequest.Holder now = holder(fixture, A, B);
      assertThat(fixture.log.trim(behind(now, early)).segments()).isZero();
      assertThat(fixture.log.trim(behind(holder(fixture, A))).held())
          .contains("a checkpoint needs board/1 from offset 0 on");
      try (LogReader reader = fixture.log.read(B, 0)) {
        reader.next();
        assertThat(fixture.log.trim(behind(now)).held())
            .contains("an open reader needs board/1 from offset");
        assertThat(fixture.log.startOffset(A)).isZero();
        while (reader.next() != null) {
          // It has everything then.
        }
        assertThat(fixture.log.trim(behind(now)).segments()).isPositive();
        // And goes on where it stood.
        fixture.appendDurably(B, 3, 10);
        assertThat(reader.next()).isNotNull();
        assertThat(reader.cursor().nextOffset()).isEqualTo(fixture.log.durableOffset(B));
      }
    }
  }

  @Test
  void theNewestBytesAndWhatIsYoungAreKept() {
    FaultyFiles files = new FaultyFiles(5);
    try (LogFixture fixture = new LogFixture(files)) {
      fill(fixture, 60);
      TrimRequest.Holder now = holder(fixture, A, B);
      long all = fixture.log.status().sizeBytes();
      assertThat(fixture.log.trim(new TrimRequest(() -> List.of(now), all, Long.MAX_VALUE)).held())
          .contains("newest bytes");
      assertThat(fixture.log.trim(new TrimRequest(() -> List.of(now), 0, 1_000)).held())
          .contains("not old enough");
      Trimmed half = fixture.log.trim(new TrimRequest(() -> List.of(now), all / 2, Long.MAX_VALUE));
      assertThat(half.segments()).isPositive();
      assertThat(fixture.log.status().sizeBytes()).isGreaterThanOrEqualTo(all / 2);
    }
  }

  @Test
  void aDamagedSegmentIsNotRemovedUnderTheCloakOfRetention() {
    FaultyFiles files = new FaultyFiles(6);
    try (LogFixture fixture = new LogFixture(files)) {
      fill(fixture, 60);
      Path first = DIRECTORY.resolve(SegmentFormat.segmentName(1));
      byte[] bytes = files.get(first);
      bytes[SegmentFormat.HEADER_BYTES + 3_000] ^= 1;
      files.put(first, bytes);
      TrimRequest.Holder now =
          new TrimRequest.Holder(
              "x",
              Map.of(
                  A, fixture.append(A, 1, 10),
                  B, fixture.append(B, 1, 10)));
      assertThatThrownBy(() -> fixture.log.trim(behind(now)))
          .isInstanceOf(LogCorruptException.class)
          .hasMessageContaining(SegmentFormat.segmentName(1));
      assertThat(files.files()).doesNotContain(START);
    }
  }

  @Test
  void aDamagedOrMissingStartIsRefusedAndNamed() {
    FaultyFiles files = new FaultyFiles(7);
    try (LogFixture fixture = new LogFixture(files)) {
      fill(fixture, 60);
      fixture.log.trim(behind(holder(fixture, A, B)));
    }
    byte[] good = files.get(START);
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= (byte) (1 << (at % 8));
      files.put(START, bad);
      assertThatThrownBy(() -> new LogFixture(files))
          .as("byte %d", at)
          .isInstanceOf(LogCorruptException.class)
          .hasMessageContaining("log.start");
    }
    files.remove(START);
    assertThatThrownBy(() -> new LogFixture(files))
        .isInstanceOf(LogCorruptException.class)
        .hasMessageContaining(SegmentFormat.segmentName(1) + " is missing");
    files.put(START, good);
    verify(files);
    new LogFixture(files).close();
  }

  /** Appends, and removes what is behind a holder twice; what was acknowledged, and the holder. */
  private record Run(Map<PartitionId, Long> acknowledged, Map<PartitionId, Long> held) {}

  private static Run run(FaultyFiles files) {
    Run run = new Run(new HashMap<>(), new HashMap<>());
    for (int open = 0; open < 2; open++) {
      LogFixture fixture;
      try {
        fixture = new LogFixture(files);
      } catch (LogCorruptException e) {
        throw e;
      } catch (LogException e) {
        return run;
      }
      try {
        for (int i = 0; i < 14; i++) {
          fixture.append(A, 2, 1_500);
          fixture.append(B, 1, 2_500);
          fixture.acks(A).await(fixture.leader(A).endOffset());
          fixture.acks(B).await(fixture.leader(B).endOffset());
        }
        TrimRequest.Holder holder = holder(fixture, A, B);
        holder.positions().forEach((id, cursor) -> run.held.put(id, cursor.nextOffset()));
        fixture.append(A, 2, 1_500);
        fixture.log.trim(behind(holder));
        fixture.append(B, 1, 2_500);
        fixture.acks(B).await(fixture.leader(B).endOffset());
      } catch (LogCorruptException e) {
        throw e;
      } catch (LogException e) {
        // What follows is what this test is about.
      } finally {
        fixture.close();
        for (PartitionId id : new PartitionId[] {A, B}) {
          run.acknowledged.merge(id, fixture.acks(id).durable(), Math::max);
        }
      }
      if (fixture.log.status().failure() != null) {
        return run;
      }
    }
    return run;
  }

  private static void checkAfter(FaultyFiles files, Run run, String at) {
    verify(files);
    long end;
    try (LogFixture fixture = new LogFixture(files)) {
      for (PartitionId id : new PartitionId[] {A, B}) {
        assertThat(fixture.log.startOffset(id))
            .as(at)
            .isLessThanOrEqualTo(run.held.getOrDefault(id, 0L));
        assertThat(check(fixture.log, id))
            .as(at)
            .isGreaterThanOrEqualTo(run.acknowledged.getOrDefault(id, 0L));
      }
      end = fixture.log.durableOffset(A);
      fixture.appendDurably(A, 1, 10);
      fixture.appendDurably(B, 1, 10);
      fixture.log.trim(behind(holder(fixture, A, B)));
    }
    verify(files);
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(check(fixture.log, A)).as(at).isEqualTo(end + 1);
    }
    long start = 1;
    if (files.files().contains(START)) {
      start = java.nio.ByteBuffer.wrap(files.get(START)).getLong(32);
    }
    for (Path file : files.files()) {
      String name = file.getFileName().toString();
      if (SegmentFormat.isSegmentName(name) || SegmentFormat.isIndexName(name)) {
        assertThat(SegmentFormat.ordinal(name)).as(at).isGreaterThanOrEqualTo(start);
      }
    }
  }

  @Test
  void powerLossAtAnyStepOfARemovalLosesNothingThatIsNeeded() {
    FaultyFiles whole = new FaultyFiles(0);
    run(whole);
    assertThat(whole.stepNames()).anyMatch(step -> step.startsWith("rename /log/log.start.tmp"));
    for (int step = 0; step < whole.steps(); step++) {
      for (FaultyFiles.Tear tear : FaultyFiles.Tear.values()) {
        FaultyFiles files = new FaultyFiles(step);
        files.powerOffAtStep(step);
        Run run = run(files);
        files.powerOff();
        files.restart(tear);
        checkAfter(files, run, "step " + step + ", " + tear);
      }
    }
  }

  @Test
  void anErrorAtAnyStepOfARemovalLosesNothingThatIsNeeded() {
    FaultyFiles whole = new FaultyFiles(0);
    run(whole);
    for (int step = 0; step < whole.steps(); step++) {
      FaultyFiles files = new FaultyFiles(step);
      files.failAtStep(step);
      Run run = run(files);
      files.failAtStep(Integer.MAX_VALUE);
      checkAfter(files, run, "step " + step);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void readersThatFollowTheTailSeeEveryEventOnceWhileSegmentsGo(long seed) {
    Random random = new Random(seed);
    FaultyFiles files = new FaultyFiles(seed);
    try (LogFixture fixture = new LogFixture(files)) {
      fixture.appendDurably(A, 1, 10);
      fixture.appendDurably(B, 1, 10);
      LogReader[] readers = new LogReader[4];
      long[] next = new long[readers.length];
      int removed = 0;
      for (int i = 0; i < 400; i++) {
        switch (random.nextInt(6)) {
          case 0, 1 -> fixture.append(A, 1 + random.nextInt(3), random.nextInt(3_000));
          case 2 -> fixture.append(B, 1, random.nextInt(6_000));
          case 3 -> {
            PartitionId id = random.nextBoolean() ? A : B;
            fixture.appendDurably(id, 1, 10);
            if (random.nextInt(10) == 0) {
              fixture.lead(id);
            }
          }
          case 4 -> {
            int at = random.nextInt(readers.length);
            PartitionId id = at % 2 == 0 ? A : B;
            LogReader reader = readers[at];
            if (reader != null && random.nextInt(20) == 0) {
              reader.close();
              readers[at] = null;
              reader = null;
            }
            if (reader == null) {
              long start = fixture.log.startOffset(id);
              long from = start + random.nextInt((int) (fixture.log.durableOffset(id) - start) + 1);
              reader = fixture.log.read(id, from);
              readers[at] = reader;
              next[at] = from;
            }
            for (Batch batch; (batch = reader.next()) != null && random.nextInt(30) > 0; ) {
              for (EventView event : batch) {
                if (event.offset() >= next[at]) {
                  assertThat(event.offset()).as("seed %d", seed).isEqualTo(next[at]);
                  next[at]++;
                }
              }
            }
            // What was not looked at belongs to the next look.
            next[at] = Math.max(next[at], reader.cursor().nextOffset());
          }
          default -> removed += fixture.log.trim(behind(holder(fixture, A, B))).segments();
        }
      }
      assertThat(removed).as("seed %d", seed).isPositive();
      check(fixture.log, A);
      check(fixture.log, B);
    }
    verify(files);
  }
}
