package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

class RocksStoreTest extends StoreConformance {
  private static final StateOptions SMALL = StateOptions.defaults().withTotalBytes(4 << 20);

  @TempDir Path directory = Path.of("");

  @Override
  Store open(StateOptions options) {
    return RocksStore.open(directory.resolve("state"), options);
  }

  @Test
  void rowsSurviveClosing() {
    put("1a", "1b");
    store.close();
    store = open(SMALL);
    assertThat(scan("1", "2")).containsExactly("1a=1a", "1b=1b");
  }

  @Test
  void whatWasPersistedSurvivesAKill() {
    put("1a");
    store.persist();
    put("1b");
    copyFiles((RocksStore) store, directory.resolve("state"), directory.resolve("killed"));
    try (RocksStore killed = RocksStore.open(directory.resolve("killed"), SMALL)) {
      assertThat(killed.get(bytes("1a"))).isNotNull();
      assertThat(killed.get(bytes("1b"))).isNull();
    }
  }

  @Test
  void aKillBeforeAnythingIsPersistedLeavesAnEmptyStore() {
    put("1a");
    copyFiles((RocksStore) store, directory.resolve("state"), directory.resolve("killed"));
    try (RocksStore killed = RocksStore.open(directory.resolve("killed"), SMALL)) {
      assertThat(killed.get(bytes("1a"))).isNull();
    }
  }

  @Test
  void aSecondOpeningIsRefusedAndIsNotCorruption() {
    assertThatThrownBy(() -> open(SMALL))
        .isExactlyInstanceOf(StoreException.class)
        .hasMessageContaining("lock");
  }

  @Test
  void aStoreOfANewerFormatIsRefused() {
    try (StoreBatch batch = store.batch()) {
      batch.put(RowFormat.FORMAT_KEY, RowFormat.formatValue(RowFormat.FORMAT_VERSION + 1));
      batch.write();
    }
    store.close();
    assertThatThrownBy(() -> open(SMALL))
        .isInstanceOf(StoreFormatException.class)
        .hasMessageContaining("format 2")
        .hasMessageContaining("up to 1");
  }

  @Test
  void rowsWithoutAFormatVersionAreRefused() {
    try (StoreBatch batch = store.batch()) {
      batch.put(bytes("1a"), bytes("x"));
      batch.delete(RowFormat.FORMAT_KEY);
      batch.write();
    }
    store.close();
    assertThatThrownBy(() -> open(SMALL)).isInstanceOf(StoreCorruptException.class);
  }

  @Test
  void aMissingFileIsReportedAsCorruptionAndDroppingMakesRoomForARebuild() throws IOException {
    put("1a");
    store.close();
    Files.delete(tableFiles().get(0));
    assertThatThrownBy(() -> open(SMALL)).isInstanceOf(StoreCorruptException.class);
    RocksStore.drop(directory.resolve("state"));
    store = open(SMALL);
    assertThat(scan("1", "2")).isEmpty();
  }

  @Test
  void aFileThatIsCutShortIsReportedAsCorruption() throws IOException {
    put("1a");
    store.close();
    Path file = tableFiles().get(0);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(Files.size(file) - 7);
    }
    assertThatThrownBy(() -> open(SMALL)).isInstanceOf(StoreCorruptException.class);
  }

  @Test
  void aFlippedBitInARowIsReportedAsCorruption() throws IOException {
    put("1a", "1b", "1c");
    store.close();
    Path file = tableFiles().get(0);
    byte[] content = Files.readAllBytes(file);
    content[10] ^= 4;
    Files.write(file, content);
    assertThatThrownBy(
            () -> {
              store = open(SMALL);
              scan("1", "2");
            })
        .isInstanceOf(StoreCorruptException.class);
  }

  @Test
  void aDamagedManifestPointerIsReportedAsCorruption() throws IOException {
    put("1a");
    store.close();
    Files.writeString(directory.resolve("state").resolve("CURRENT"), "MANIFEST-999999\n");
    assertThatThrownBy(() -> open(SMALL)).isInstanceOf(StoreCorruptException.class);
  }

  @Test
  void nothingIsLeftOpenAfterManyOpenings() throws IOException {
    store.close();
    openUseAndClose();
    long openFiles = openFiles();
    for (int i = 0; i < 15; i++) {
      openUseAndClose();
    }
    assertThat(openFiles()).isLessThanOrEqualTo(openFiles + 3);
  }

  @Test
  void scansAndSnapshotsThatAreClosedPinNothing() {
    RocksStore rocks = (RocksStore) store;
    for (int i = 0; i < 200; i++) {
      put("1a" + i);
      assertThat(scan("1", "2")).hasSize(i + 1);
    }
    store.persist();
    assertThat(rocks.property("rocksdb.num-snapshots")).isZero();
    assertThat(rocks.property("rocksdb.num-live-versions")).isLessThanOrEqualTo(2);
    assertThat(rocks.property("rocksdb.block-cache-pinned-usage"))
        .isLessThan(StateOptions.defaults().blockCacheBytes());
  }

  @Test
  void memtablesStayWithinTheirPart() {
    store.close();
    store = open(SMALL);
    RocksStore rocks = (RocksStore) store;
    byte[] value = new byte[1000];
    for (int i = 0; i < 300; i++) {
      try (StoreBatch batch = store.batch()) {
        for (int j = 0; j < 50; j++) {
          batch.put(bytes("1" + i + "/" + j), value);
        }
        batch.write();
      }
      assertThat(rocks.property("rocksdb.cur-size-all-mem-tables"))
          .isLessThan(SMALL.totalBytes() / 2);
    }
    assertThat(rocks.property("rocksdb.block-cache-capacity")).isEqualTo(SMALL.blockCacheBytes());
  }

  private void openUseAndClose() {
    store = open(SMALL);
    put("1a");
    assertThat(scan("1", "2")).hasSize(1);
    store.close();
  }

  private static long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private List<Path> tableFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("state"))) {
      return files.filter(f -> f.toString().endsWith(".sst")).toList();
    }
  }

  /** What a kill leaves: the manifest first, since it names only files that are there. */
  static void copyFiles(RocksStore store, Path from, Path to) {
    try {
      store.db().disableFileDeletions();
      Files.createDirectories(to);
      // The tables are listed after the manifest is copied, so that every one it names is there.
      copyFiles(from, to, false);
      copyFiles(from, to, true);
      store.db().enableFileDeletions();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RocksDBException e) {
      throw new AssertionError(e);
    }
  }

  private static void copyFiles(Path from, Path to, boolean tables) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".sst") == tables).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
