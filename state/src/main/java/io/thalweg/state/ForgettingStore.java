package io.thalweg.state;

import io.thalweg.host.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A small map on disk whose changes are durable when they return, and of whose deleted values
 * nothing is left in its files.
 *
 * <p>A RocksDB with its write-ahead log, forced at each change. A delete is followed by a flush and
 * by a compaction of what is around the key, so that the files that held its value are deleted; the
 * write-ahead log that held it goes with the flush. That costs the writing of a few files of 1 MiB.
 *
 * <p><b>Caveat.</b> What a file system or a disk keeps of a deleted file's blocks is theirs.
 *
 * <p>Unlike the tables it cannot be made again from anything: one that is damaged is refused.
 * Thread-safe; runs on this machine's threads only.
 */
public final class ForgettingStore implements AutoCloseable {
  static {
    NativeLibrary.load();
  }

  private static final long MEMTABLE_BYTES = 4 << 20;
  private static final long FILE_BYTES = 1 << 20;
  private static final long CACHE_BYTES = 4 << 20;
  private static final int OPEN_FILES = 64;

  /** From so many deletes on everything is compacted at once. */
  private static final int COMPACT_ALL_FROM = 64;

  private final Path directory;
  private final OpenUses uses;
  private final LRUCache cache = new LRUCache(CACHE_BYTES);
  private final BloomFilter filter = new BloomFilter(10);
  private final Options options;
  private final WriteOptions forced = new WriteOptions().setSync(true);
  private final RocksDB db;

  // A scan holds the files that it reads, also when they are compacted away meanwhile.
  private final ReentrantReadWriteLock scans = new ReentrantReadWriteLock();

  /** A key and its value. */
  public record Row(byte[] key, byte[] value) {}

  private ForgettingStore(Path directory) throws RocksDBException {
    this.directory = directory;
    uses = new OpenUses("the store " + directory, Host.machine());
    options =
        new Options()
            .setCreateIfMissing(true)
            .setWriteBufferSize(MEMTABLE_BYTES)
            .setTargetFileSizeBase(FILE_BYTES)
            .setMaxOpenFiles(OPEN_FILES)
            .setMaxBackgroundJobs(2)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            // A tail that a crash tore was never acknowledged; a hole before it is damage.
            .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(2)
            .setMaxLogFileSize(1 << 20)
            .setTableFormatConfig(
                new BlockBasedTableConfig().setBlockCache(cache).setFilterPolicy(filter));
    try {
      db = RocksDB.open(options, directory.toString());
    } catch (RocksDBException e) {
      release();
      throw e;
    }
  }

  /**
   * Opens or creates a store.
   *
   * @throws StoreException if it cannot be opened, or is damaged; says which
   */
  public static ForgettingStore open(Path directory) {
    try {
      Files.createDirectories(directory);
      return new ForgettingStore(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RocksDBException e) {
      throw new StoreException("cannot open " + directory + ": " + e.getMessage(), e);
    }
  }

  /** The value of a key, or null. */
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

  /** All rows whose keys begin so, in the order of their keys. */
  public List<Row> withPrefix(byte[] prefix) {
    uses.enter();
    scans.readLock().lock();
    try {
      return scan(prefix);
    } catch (RocksDBException e) {
      throw failure("read", e);
    } finally {
      scans.readLock().unlock();
      uses.leave();
    }
  }

  /** Counts the rows whose keys begin so, by reading their keys. */
  public long countWithPrefix(byte[] prefix) {
    uses.enter();
    scans.readLock().lock();
    try (RocksIterator at = db.newIterator()) {
      long count = 0;
      for (at.seek(prefix); at.isValid() && beginsWith(at.key(), prefix); at.next()) {
        count++;
      }
      at.status();
      return count;
    } catch (RocksDBException e) {
      throw failure("read", e);
    } finally {
      scans.readLock().unlock();
      uses.leave();
    }
  }

  private static boolean beginsWith(byte[] key, byte[] prefix) {
    return Arrays.equals(key, 0, Math.min(key.length, prefix.length), prefix, 0, prefix.length);
  }

  private List<Row> scan(byte[] prefix) throws RocksDBException {
    List<Row> rows = new ArrayList<>();
    try (RocksIterator at = db.newIterator()) {
      for (at.seek(prefix); at.isValid(); at.next()) {
        byte[] key = at.key();
        if (!beginsWith(key, prefix)) {
          break;
        }
        rows.add(new Row(key, at.value()));
      }
      at.status();
    }
    return rows;
  }

  /**
   * Puts and deletes rows, all or none; durable when this returns, and then nothing is left of the
   * values that were deleted.
   *
   * @throws StoreException if it cannot be written: what is durable then is not known
   */
  public void change(Collection<Row> puts, Collection<byte[]> deletes) {
    uses.enter();
    try (WriteBatch batch = new WriteBatch()) {
      for (byte[] key : deletes) {
        batch.delete(key);
      }
      for (Row row : puts) {
        batch.put(row.key(), row.value());
      }
      db.write(forced, batch);
      if (!deletes.isEmpty()) {
        forget(deletes);
        deleteUnusedFiles();
      }
    } catch (RocksDBException e) {
      throw failure("write", e);
    } finally {
      uses.leave();
    }
  }

  private void forget(Collection<byte[]> deleted) throws RocksDBException {
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true);
        CompactRangeOptions compact =
            new CompactRangeOptions()
                .setExclusiveManualCompaction(false)
                .setBottommostLevelCompaction(
                    CompactRangeOptions.BottommostLevelCompaction.kForce)) {
      db.flush(flush);
      if (deleted.size() >= COMPACT_ALL_FROM) {
        db.compactRange(db.getDefaultColumnFamily(), null, null, compact);
        return;
      }
      for (byte[] key : deleted) {
        byte[] behind = Arrays.copyOf(key, key.length + 1);
        db.compactRange(db.getDefaultColumnFamily(), key, behind, compact);
      }
    }
  }

  // At the latest when deletions are allowed again RocksDB looks for files that nothing needs.
  private void deleteUnusedFiles() throws RocksDBException {
    scans.writeLock().lock();
    try {
      db.disableFileDeletions();
      db.enableFileDeletions();
    } finally {
      scans.writeLock().unlock();
    }
  }

  private StoreException failure(String action, RocksDBException cause) {
    return new StoreException(
        "cannot " + action + " " + directory + ": " + cause.getMessage(), cause);
  }

  private void release() {
    forced.close();
    options.close();
    filter.close();
    cache.close();
  }

  @Override
  public void close() {
    if (uses.close(Store.CLOSE_WAIT_MS)) {
      db.close();
      release();
    }
  }
}
