package io.thalweg.log;

import static io.thalweg.log.LogFixture.A;
import static io.thalweg.log.LogFixture.B;
import static io.thalweg.log.LogFixture.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One damaged bit anywhere: refused by name and place where it was proven durable. */
final class BitFlipTest {
  private static final int FLIPS = 60;

  /** Two sealed segments and a last one whose last group is not proven. */
  private static FaultyFiles whole;

  private static long eventsOfA;
  private static long provenEventsOfA;

  @BeforeAll
  static void write() {
    whole = new FaultyFiles(1);
    LogFixture fixture = new LogFixture(whole);
    fixture.lead(A);
    fixture.lead(B);
    while (fixture.log.status().segments() < 3) {
      fixture.append(A, 2, 1_001);
      fixture.appendDurably(B, 1, 77);
    }
    fixture.appendDurably(A, 1, 501);
    fixture.appendDurably(B, 1, 501);
    provenEventsOfA = fixture.leader(A).endOffset();
    fixture.appendDurably(A, 3, 333);
    eventsOfA = fixture.leader(A).endOffset();
    // The indexes are written in the background; closing waits for them, but proves the last group.
    Path last = LogFixture.lastSegment(whole);
    byte[] before = whole.get(last);
    fixture.close();
    whole.put(last, before);
    assertThat(whole.files()).anyMatch(file -> file.toString().endsWith("2.index"));
    assertThat(whole.files()).noneMatch(file -> file.toString().endsWith(".tmp"));
  }

  private static FaultyFiles flipped(Path file, int at, Random random) {
    FaultyFiles files = whole.copy(at);
    byte[] bytes = files.get(file);
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    files.put(file, bytes);
    return files;
  }

  private static Path segment(int ordinal) {
    return DIRECTORY.resolve(SegmentFormat.segmentName(ordinal));
  }

  private static void assertNames(Throwable thrown, Path file) {
    assertThat(thrown)
        .isInstanceOf(LogCorruptException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("file offset");
  }

  private static void verify(FaultyFiles files) {
    LogVerifier.verify(DIRECTORY, files, (done, of) -> {});
  }

  @Test
  void inASegmentHeaderOpeningIsRefused() {
    Random random = new Random(1);
    for (int i = 0; i < FLIPS; i++) {
      Path file = segment(1 + i % 3);
      int at = i < 30 ? random.nextInt(64) : random.nextInt(SegmentFormat.HEADER_BYTES);
      FaultyFiles files = flipped(file, at, random);
      assertThatThrownBy(() -> new LogFixture(files)).satisfies(e -> assertNames(e, file));
      assertThatThrownBy(() -> verify(files)).satisfies(e -> assertNames(e, file));
    }
  }

  @Test
  void inASealedSegmentReadingOrVerifyingOrReindexingIsRefused() {
    Random random = new Random(2);
    for (int i = 0; i < FLIPS; i++) {
      Path file = segment(1 + i % 2);
      List<Integer> groups = LogFixture.groups(whole.get(file));
      int group = random.nextInt(groups.size() - 1);
      int start = groups.get(group);
      int length = groups.get(group + 1) - start;
      // Group headers, batch headers, and events with the padding behind them.
      int at =
          switch (i % 3) {
            case 0 -> start + random.nextInt(GroupFormat.HEADER_BYTES);
            case 1 -> start + GroupFormat.HEADER_BYTES + random.nextInt(BatchFormat.HEADER_BYTES);
            default -> start + random.nextInt(length);
          };
      FaultyFiles files = flipped(file, at, random);
      assertThatThrownBy(() -> verify(files))
          .satisfies(e -> assertNames(e, file))
          .hasMessageContaining("file offset " + start);
      FaultyFiles withoutIndex = files.copy(3);
      withoutIndex.remove(DIRECTORY.resolve(SegmentFormat.indexName(1 + i % 2)));
      assertThatThrownBy(() -> new LogFixture(withoutIndex)).satisfies(e -> assertNames(e, file));
      // With the index the segment is not looked at; then nothing wrong may be read.
      try (LogFixture fixture = new LogFixture(files)) {
        try {
          LogFixture.check(fixture.log, A);
          LogFixture.check(fixture.log, B);
        } catch (LogCorruptException e) {
          assertNames(e, file);
        }
      }
    }
  }

  @Test
  void inTheLastSegmentOnlyTheUnprovenGroupMayGo() {
    Random random = new Random(3);
    Path file = segment(3);
    List<Integer> groups = LogFixture.groups(whole.get(file));
    int end = groups.get(groups.size() - 1);
    int unproven = groups.get(groups.size() - 2);
    int dropped = 0;
    for (int i = 0; i < 3 * FLIPS; i++) {
      int at = SegmentFormat.HEADER_BYTES + random.nextInt(end - SegmentFormat.HEADER_BYTES);
      FaultyFiles files = flipped(file, at, random);
      if (at < unproven) {
        assertThatThrownBy(() -> new LogFixture(files)).satisfies(e -> assertNames(e, file));
        assertThatThrownBy(() -> verify(files)).satisfies(e -> assertNames(e, file));
      } else {
        dropped++;
        verify(files);
        try (LogFixture fixture = new LogFixture(files)) {
          assertThat(LogFixture.check(fixture.log, A)).isEqualTo(provenEventsOfA);
        }
      }
    }
    assertThat(dropped).isPositive();
  }

  @Test
  void inTheZerosBehindTheEndNothingIsLost() {
    Random random = new Random(4);
    for (int i = 0; i < FLIPS; i++) {
      Path file = segment(1 + i % 3);
      byte[] bytes = whole.get(file);
      List<Integer> groups = LogFixture.groups(bytes);
      int end = groups.get(groups.size() - 1);
      FaultyFiles files = flipped(file, end + random.nextInt(bytes.length - end), random);
      verify(files);
      try (LogFixture fixture = new LogFixture(files)) {
        assertThat(LogFixture.check(fixture.log, A)).isEqualTo(eventsOfA);
        fixture.appendDurably(A, 1, 1_001);
        assertThat(LogFixture.check(fixture.log, A)).isEqualTo(eventsOfA + 1);
      }
    }
  }

  @Test
  void inAnIndexItIsMadeAgain() {
    Random random = new Random(5);
    for (int i = 0; i < FLIPS; i++) {
      Path index = DIRECTORY.resolve(SegmentFormat.indexName(1 + i % 2));
      byte[] good = whole.get(index);
      FaultyFiles files = flipped(index, random.nextInt(good.length), random);
      assertThat(LogVerifier.verify(DIRECTORY, files, (done, of) -> {}).indexesMissing())
          .isLessThanOrEqualTo(1);
      try (LogFixture fixture = new LogFixture(files)) {
        assertThat(LogFixture.check(fixture.log, A)).isEqualTo(eventsOfA);
        LogFixture.check(fixture.log, B);
      }
      assertThat(files.get(index)).isEqualTo(good);
    }
  }

  @Test
  void anIndexThatIsMissingOrCutOffIsMadeAgain() {
    Path index = DIRECTORY.resolve(SegmentFormat.indexName(1));
    byte[] good = whole.get(index);
    for (int length = -1; length < good.length; length += 13) {
      FaultyFiles files = whole.copy(length);
      files.remove(index);
      if (length >= 0) {
        files.put(index, java.util.Arrays.copyOf(good, length));
      }
      try (LogFixture fixture = new LogFixture(files)) {
        assertThat(LogFixture.check(fixture.log, A)).isEqualTo(eventsOfA);
      }
      assertThat(files.get(index)).isEqualTo(good);
    }
  }

  @Test
  void anIndexOfAnotherEndOfItsSegmentIsMadeAgain() throws IOException {
    Path index = DIRECTORY.resolve(SegmentFormat.indexName(1));
    FaultyFiles files = whole.copy(1);
    IndexFile.Summary good = Objects.requireNonNull(IndexFile.readSummary(files, index));
    // As in a copy of the log in which the segment was sealed earlier.
    IndexFile.Summary earlier =
        new IndexFile.Summary(
            good.ordinal(), good.base(), good.end() - 8, good.logId(), List.of(), new int[0]);
    IndexFile.write(files, index, earlier, new SegmentIndex(good.base()));
    try (LogFixture fixture = new LogFixture(files)) {
      assertThat(LogFixture.check(fixture.log, A)).isEqualTo(eventsOfA);
    }
    assertThat(files.get(index)).isEqualTo(whole.get(index));
  }

  @Test
  void aMissingSegmentIsRefused() {
    for (int ordinal = 1; ordinal <= 3; ordinal++) {
      FaultyFiles files = whole.copy(ordinal);
      Path file = segment(ordinal);
      files.remove(file);
      assertThatThrownBy(() -> new LogFixture(files))
          .isInstanceOf(LogCorruptException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("missing");
    }
  }

  @Test
  void swappedSegmentsAreRefused() {
    FaultyFiles files = whole.copy(1);
    files.put(segment(1), whole.get(segment(2)));
    files.put(segment(2), whole.get(segment(1)));
    assertThatThrownBy(() -> new LogFixture(files))
        .satisfies(e -> assertNames(e, segment(1)))
        .hasMessageContaining("segment 2 by its header");
  }

  @Test
  void aSegmentOfAnotherLogIsRefused() {
    FaultyFiles other = new FaultyFiles(9);
    try (LogFixture fixture = new LogFixture(other)) {
      while (fixture.log.status().segments() < 3) {
        fixture.appendDurably(A, 2, 1_001);
      }
    }
    FaultyFiles files = whole.copy(1);
    files.put(segment(2), other.get(segment(2)));
    assertThatThrownBy(() -> new LogFixture(files))
        .isInstanceOf(LogCorruptException.class)
        .hasMessageContaining(segment(2).toString())
        .hasMessageContaining("belongs to log");
  }

  @Test
  void aSealedSegmentThatIsCutShortIsRefused() {
    byte[] bytes = whole.get(segment(1));
    List<Integer> groups = LogFixture.groups(bytes);
    int end = groups.get(groups.size() - 1);
    for (int length : new int[] {0, 100, 4_096, end / 2, end - 1}) {
      FaultyFiles files = whole.copy(length);
      files.put(segment(1), java.util.Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> new LogFixture(files))
          .isInstanceOf(LogCorruptException.class)
          .hasMessageContaining(segment(1).toString())
          .hasMessageContaining("cut short");
    }
  }
}
