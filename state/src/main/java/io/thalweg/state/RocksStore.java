package io.thalweg.state;

import io.thalweg.host.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteOptions;

/**
 * A store in RocksDB: one per node, one column family, no write-ahead log (the log is that).
 *
 * <p><b>Why rows and cursors agree after a crash, without a write-ahead log.</b> A layer's rows and
 * its cursor are one write batch. RocksDB applies a batch whole to one memtable: with one column
 * family it changes memtables between write groups only, and pipelined and unordered writes are
 * off. A reader sees a batch whole, since its sequence number is published after all of it.
 * Memtables are written to files in the order in which they were filled, and a file counts only
 * when the manifest names it, which happens in the same order and after the file is forced.
 * Compactions replace files without changing what they say. So what a crash leaves is a prefix of
 * the batches, in their order: for each partition, rows and cursor of one boundary. What is missing
 * is replayed from the log.
 *
 * <p>Memory: block cache, index and filter blocks and memtables share one cache of {@link
 * StateOptions#blockCacheBytes}; memtables are written out early so that they keep to their part.
 * Thread-safe.
 */
public final class RocksStore implements Store {
  static {
    NativeLibrary.load();
  }

  private final Path directory;
  private final StateOptions options;
  private final MemoryBudget budget;
  private final OpenUses uses;
  private final ExecutorService flushThread;
  private final RocksSettings settings;
  private final RocksDB db;
  private final WriteOptions writeOptions = new WriteOptions().setDisableWAL(true);

  private RocksStore(Path directory, StateOptions options, RocksSettings settings, RocksDB db) {
    this.directory = directory;
    this.options = options;
    this.settings = settings;
    this.db = db;
    this.budget = new MemoryBudget(options);
    this.uses = new OpenUses("state store " + directory, host());
    this.flushThread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("thalweg-state-flush").daemon().factory());
  }

  /**
   * Opens or creates a store.
   *
   * @throws StoreCorruptException if its files are damaged: {@link #drop} them and rebuild
   * @throws StoreFormatException if a newer build wrote it
   * @throws StoreException if it cannot be opened for another reason, such as a second process
   */
  public static RocksStore open(Path directory, StateOptions options) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    RocksSettings settings = new RocksSettings(options);
    RocksStore store;
    try {
      RocksDB db = RocksDB.open(settings.options(), directory.toString());
      store = new RocksStore(directory, options, settings, db);
    } catch (RocksDBException e) {
      settings.close();
      throw failure(directory, "open", e);
    }
    try {
      store.checkFormat();
    } catch (RuntimeException e) {
      store.release();
      throw e;
    }
    return store;
  }

  /** Deletes a store that is not open, to be rebuilt from the log. */
  public static void drop(Path directory) {
    try (Options options = new Options()) {
      RocksDB.destroyDB(directory.toString(), options);
    } catch (RocksDBException e) {
      throw failure(directory, "drop", e);
    }
  }

  @Override
  public StateOptions options() {
    return options;
  }

  /** The machine's: the store itself is native code, which no other host can run. */
  @Override
  public Host host() {
    return Host.machine();
  }

  @Override
  public MemoryBudget budget() {
    return budget;
  }

  @Override
  public ExecutorService flushExecutor() {
    return flushThread;
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    uses.enter();
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      throw failure("read", e);
    } finally {
      uses.leave();
    }
  }

  @Override
  public StoreBatch batch() {
    uses.enter();
    return new RocksBatch(this);
  }

  @Override
  public StoreSnapshot snapshot() {
    uses.enter();
    return new RocksSnapshot(this);
  }

  @Override
  public void persist() {
    uses.enter();
    try {
      flushMemtables();
    } finally {
      uses.leave();
    }
  }

  /** A RocksDB property that is a number, for metrics and tests. */
  public long property(String name) {
    uses.enter();
    try {
      return db.getLongProperty(name);
    } catch (RocksDBException e) {
      throw failure("read property " + name + " of", e);
    } finally {
      uses.leave();
    }
  }

  @Override
  public void close() {
    if (!uses.close(CLOSE_WAIT_MS)) {
      return;
    }
    try {
      flushMemtables();
    } finally {
      release();
    }
  }

  RocksDB db() {
    return db;
  }

  WriteOptions writeOptions() {
    return writeOptions;
  }

  void leave() {
    uses.leave();
  }

  StoreException failure(String action, RocksDBException cause) {
    return failure(directory, action, cause);
  }

  private static StoreException failure(Path directory, String action, RocksDBException cause) {
    String message = "cannot " + action + " state store " + directory + ": " + cause.getMessage();
    return isCorruption(cause)
        ? new StoreCorruptException(message, cause)
        : new StoreException(message, cause);
  }

  /** A file that is missing or cut short is an IO error to RocksDB; here it is damage. */
  private static boolean isCorruption(RocksDBException cause) {
    Status status = cause.getStatus();
    Status.Code code = status == null ? Status.Code.Undefined : status.getCode();
    String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
    return switch (code) {
      case Corruption -> true;
      case IOError -> message.contains("no such file") || message.contains("truncated");
      case InvalidArgument -> message.contains("does not exist");
      default -> message.contains("corruption");
    };
  }

  private void flushMemtables() {
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      db.flush(flush);
    } catch (RocksDBException e) {
      throw failure("flush", e);
    }
  }

  private void checkFormat() {
    try {
      byte[] stored = db.get(RowFormat.FORMAT_KEY);
      byte[] own = RowFormat.formatValue(RowFormat.FORMAT_VERSION);
      if (stored == null) {
        writeFormat(own);
      } else if (stored.length != own.length) {
        throw new StoreCorruptException(
            "state store " + directory + ": format version has " + stored.length + " bytes", null);
      } else if (!Arrays.equals(stored, own)) {
        throw new StoreFormatException(
            "state store "
                + directory
                + " has format "
                + Integer.toUnsignedString(BigEndian.getInt(stored, 0))
                + "; this build reads up to "
                + RowFormat.FORMAT_VERSION);
      }
    } catch (RocksDBException e) {
      throw failure("open", e);
    }
  }

  /** In the first batch of an empty store. A store with rows but no version is not ours. */
  private void writeFormat(byte[] own) throws RocksDBException {
    if (db.getLatestSequenceNumber() > 0) {
      throw new StoreCorruptException(
          "state store " + directory + " has rows but no format version", null);
    }
    db.put(writeOptions, RowFormat.FORMAT_KEY, own);
  }

  private void release() {
    flushThread.shutdown();
    try {
      // Nobody awaits a task that is still queued: a partition waits for its own before it closes.
      if (!flushThread.awaitTermination(CLOSE_WAIT_MS, TimeUnit.MILLISECONDS)) {
        throw new StoreException("a flush of state store " + directory + " does not end", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writeOptions.close();
    db.close();
    settings.close();
  }
}
