package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables are derived: damage in their files costs time and no data. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class DamagedTablesTest {
  private static final int FLIPS_IN_A_FILE = 6;
  private static final List<String> KINDS = List.of(".sst", "MANIFEST", "CURRENT", "OPTIONS");
  private static final Path FOLDER = Settings.folder("damaged-tables");

  private static StoredNode stored = new StoredNode(FOLDER, FOLDER, Map.of());

  private final RandomGenerator random =
      RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(Settings.seed());

  @BeforeAll
  static void makeTables() throws Exception {
    stored = StoredNode.make(FOLDER, Settings.seed());
    for (String kind : KINDS) {
      assertThat(files(stored.data(), kind)).as(kind).isNotEmpty();
    }
  }

  @AfterAll
  static void forget() throws Exception {
    Folder.delete(FOLDER);
  }

  @Test
  void anyOneFileOfTablesMayBeFlippedCutEmptiedOrDeletedAndNothingIsLost() throws Exception {
    for (String kind : KINDS) {
      for (Damage damage : Damage.values()) {
        for (int i = 0; i < (damage == Damage.FLIPPED ? FLIPS_IN_A_FILE : 1); i++) {
          Path data = stored.copy("tables");
          List<Path> files = files(data, kind);
          Path file = files.get(random.nextInt(files.size()));
          damage.apply(file, random);
          assertThat(StoredNode.read(data))
              .as("%s %s, seed %d", file.getFileName(), damage, Settings.seed())
              .isEqualTo(stored.expected());
        }
      }
    }
  }

  @Test
  void filesOfTablesThatChangedPlacesLoseNothing() throws Exception {
    List<Path> all = new ArrayList<>();
    for (String kind : KINDS) {
      all.addAll(files(stored.data(), kind));
    }
    for (int i = 0; i < 6; i++) {
      Path data = stored.copy("tables");
      Path one = data.resolve("state").resolve(all.get(random.nextInt(all.size())).getFileName());
      Path other = data.resolve("state").resolve(all.get(random.nextInt(all.size())).getFileName());
      Damage.swap(one, other);
      assertThat(StoredNode.read(data))
          .as("%s and %s, seed %d", one.getFileName(), other.getFileName(), Settings.seed())
          .isEqualTo(stored.expected());
    }
  }

  @Test
  void aNodeNamesTheDamagedFileMakesItsTablesAgainAndVerifyFindsThemEqual() throws Exception {
    for (String kind : List.of(".sst", "MANIFEST")) {
      Path data = stored.copy("named");
      for (Path file : files(data, kind)) {
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length; at += 64) {
          bytes[at] ^= 1;
        }
        Files.write(file, bytes);
      }
      String url;
      NodeProcess.Started started = NodeProcess.up(FOLDER, data);
      try (NodeProcess node = started.node();
          Http http = new Http()) {
        url = started.url();
        for (Map.Entry<String, Map<String, Integer>> board : stored.expected().entrySet()) {
          assertThat(entries(http, url, board.getKey())).isEqualTo(board.getValue());
        }
        assertThat(node.err()).contains(kind, "from the log");
        node.beginToStop();
        assertThat(node.awaitEnd()).as(node.err()).isZero();
      }
      NodeProcess.Result verify = NodeProcess.run(FOLDER, "verify", "--data", data.toString());
      assertThat(verify.out()).contains("All is well.");
    }
  }

  // Damage that is first met by a read is answered with "try again" while the tables are made.
  private static Map<String, Integer> entries(Http http, String url, String board)
      throws InterruptedException, IOException {
    long endNs = System.nanoTime() + 60_000_000_000L;
    while (true) {
      try {
        return http.entries(url, board);
      } catch (IOException e) {
        if (System.nanoTime() - endNs > 0) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }

  private static List<Path> files(Path data, String kind) throws IOException {
    try (Stream<Path> all = Files.list(data.resolve("state"))) {
      return all.filter(file -> file.getFileName().toString().contains(kind)).sorted().toList();
    }
  }
}
