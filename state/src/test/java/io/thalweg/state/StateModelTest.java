package io.thalweg.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Tables against sorted maps, under random commands, undo, range deletes, boundaries, flushes,
 * views, crashes and reopenings. After each reopening the rows are those of the stored cursor's
 * boundary, and nothing that was not durable is there.
 */
class StateModelTest {
  private static final StateOptions OPTIONS =
      StateOptions.defaults()
          .withTotalBytes(4 << 20)
          .withLayer(64 << 10, 40, 6)
          .withVerifyBefore(true);

  @Property(tries = 150)
  void tablesInMemoryBehaveAsSortedMapsAndReopenAtTheirCursor(@ForAll long seed) {
    QueuedExecutor flushes = new QueuedExecutor();
    MemoryStore store = new MemoryStore(OPTIONS, flushes);
    new ModelRun(seed, () -> store, () -> {}, flushes).run(400);
    store.close();
  }

  @Property(tries = 12)
  void tablesInRocksBehaveAsSortedMapsAndReopenAtTheirCursor(@ForAll long seed) throws IOException {
    Path directory = Files.createTempDirectory("thalweg-state");
    try (KilledStore rocks = new KilledStore(directory)) {
      new ModelRun(seed, rocks::store, rocks::kill, new QueuedExecutor()).run(400);
    } finally {
      deleteTree(directory);
    }
  }

  /** A RocksDB that is killed by going on with a copy of its files. */
  private static final class KilledStore implements AutoCloseable {
    private final Path directory;
    private final AtomicInteger lives = new AtomicInteger();
    private RocksStore store;

    KilledStore(Path directory) {
      this.directory = directory;
      this.store = RocksStore.open(directory.resolve("0"), OPTIONS);
    }

    RocksStore store() {
      return store;
    }

    void kill() {
      Path from = directory.resolve(Integer.toString(lives.get()));
      Path to = directory.resolve(Integer.toString(lives.incrementAndGet()));
      if (lives.get() % 2 == 0) {
        store.persist();
      }
      RocksStoreTest.copyFiles(store, from, to);
      store.close();
      store = RocksStore.open(to, OPTIONS);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  static void deleteTree(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
