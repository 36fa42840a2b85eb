package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogFiles;
import io.thalweg.log.LogVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log is the system of record: damage in it is named and never passed over. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class DamagedLogTest {
  private static final int FLIPS = 150;
  private static final Path FOLDER = Settings.folder("damaged-log");

  private static StoredNode stored = new StoredNode(FOLDER, FOLDER, java.util.Map.of());

  private final RandomGenerator random =
      RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(Settings.seed());

  @BeforeAll
  static void makeALog() throws Exception {
    stored = StoredNode.make(FOLDER, Settings.seed());
    assertThat(SegmentEnds.of(stored.data().resolve("log"))).hasSizeGreaterThanOrEqualTo(4);
  }

  @AfterAll
  static void forget() throws Exception {
    Folder.delete(FOLDER);
  }

  @Test
  void verifyNamesFileAndPlaceOfAnyBitThatIsFlippedWhereTheLogIsProvenDurable() throws Exception {
    Path log = stored.copy("flipped").resolve("log");
    List<SegmentEnds> ends = SegmentEnds.of(log);
    for (int i = 0; i < FLIPS; i++) {
      SegmentEnds end = ends.get(random.nextInt(ends.size()));
      long at = random.nextLong(end.provenBytes());
      int bit = random.nextInt(8);
      Damage.flip(end.file(), at, bit);

      assertThatThrownBy(() -> LogVerifier.verify(log, LogFiles.disk(), (_, _) -> {}))
          .as("bit %d at %d of %s, seed %d", bit, at, end.file(), Settings.seed())
          .isInstanceOf(LogCorruptException.class)
          .hasMessageContainingAll(end.file().toString(), "file offset");

      Damage.flip(end.file(), at, bit);
    }
    assertThat(LogVerifier.verify(log, LogFiles.disk(), (_, _) -> {}).tornTailBytes()).isZero();
  }

  @Test
  void aNodeWhoseLastSegmentHasABitFlippedWhereItIsProvenDurableDoesNotStartAndSaysWhere()
      throws Exception {
    for (int i = 0; i < 3; i++) {
      Path data = stored.copy("last");
      SegmentEnds last = SegmentEnds.of(data.resolve("log")).getLast();
      Damage.flip(last.file(), random.nextLong(last.provenBytes()), random.nextInt(8));
      refused(data, last.file(), "file offset");
    }
  }

  @Test
  void aNodeThatHasToReplayADamagedSegmentDoesNotStartAndSaysWhere() throws Exception {
    Path data = stored.copy("replay");
    SegmentEnds first = SegmentEnds.of(data.resolve("log")).getFirst();
    Damage.flip(first.file(), first.provenBytes() / 2, 3);
    Folder.delete(data.resolve("state"));
    refused(data, first.file(), "");
  }

  @Test
  void aSegmentThatIsCutShortIsRefusedByName() throws Exception {
    Path data = stored.copy("cut");
    SegmentEnds segment = anyButLast(data);
    Damage.truncate(segment.file(), random.nextLong(segment.provenBytes()));
    refused(data, segment.file(), "cut short");
  }

  @Test
  void twoSegmentsThatChangedPlacesAreRefusedByName() throws Exception {
    Path data = stored.copy("swapped");
    List<SegmentEnds> ends = SegmentEnds.of(data.resolve("log"));
    Damage.swap(ends.get(0).file(), ends.get(1).file());
    refused(data, ends.get(0).file(), "segment 2");
  }

  @Test
  void aSegmentThatIsMissingIsRefusedByName() throws Exception {
    for (int i = 0; i < 2; i++) {
      Path data = stored.copy("missing");
      List<SegmentEnds> ends = SegmentEnds.of(data.resolve("log"));
      Path file = (i == 0 ? ends.get(1) : ends.getLast()).file();
      Files.delete(file);
      refused(data, file, "is missing");
    }
  }

  @Test
  void indexesAreMadeAgainWhateverHappenedToThem() throws Exception {
    for (Damage damage : Damage.values()) {
      Path data = stored.copy("index");
      List<Path> indexes = Folder.files(data.resolve("log"), ".index");
      assertThat(indexes).isNotEmpty();
      for (Path index : indexes) {
        damage.apply(index, random);
      }
      assertThat(StoredNode.read(data))
          .as("%s, seed %d", damage, Settings.seed())
          .isEqualTo(stored.expected());
    }
    Path data = stored.copy("index");
    List<Path> indexes = Folder.files(data.resolve("log"), ".index");
    Damage.swap(indexes.get(0), indexes.get(1));
    assertThat(StoredNode.read(data)).isEqualTo(stored.expected());
  }

  @Test
  void nodePropertiesThatAreDamagedAreRefusedByNameOrReadAsTheyWere() throws Exception {
    Path file = stored.data().resolve("node.properties");
    long size = Files.size(file);
    for (Damage damage : Damage.values()) {
      for (int i = 0; i < (damage == Damage.FLIPPED ? 30 : 3); i++) {
        Path data = stored.copy("properties");
        if (damage == Damage.FLIPPED) {
          Damage.flip(data.resolve("node.properties"), random.nextLong(size), random.nextInt(8));
        } else {
          damage.apply(data.resolve("node.properties"), random);
        }
        String now =
            damage == Damage.DELETED
                ? "(deleted)"
                : Files.readString(
                    data.resolve("node.properties"), java.nio.charset.StandardCharsets.ISO_8859_1);
        try {
          assertThat(StoredNode.read(data)).as(now).isEqualTo(stored.expected());
        } catch (io.thalweg.runtime.DataDirectoryException e) {
          assertThat(e).as(now).hasMessageContaining("node.properties");
        }
      }
    }
  }

  private SegmentEnds anyButLast(Path data) throws IOException {
    List<SegmentEnds> ends = SegmentEnds.of(data.resolve("log"));
    return ends.get(random.nextInt(ends.size() - 1));
  }

  private static void refused(Path data, Path file, String words) throws Exception {
    try (NodeProcess node = NodeProcess.launch(FOLDER, data)) {
      assertThat(node.awaitEnd()).as("exit code; seed %d", Settings.seed()).isEqualTo(1);
      assertThat(node.err())
          .as("seed %d", Settings.seed())
          .contains(file.toString(), words)
          .doesNotContain("should not have happened");
    }
  }
}
