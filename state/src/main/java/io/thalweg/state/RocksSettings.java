package io.thalweg.state;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.WriteBufferManager;

/** RocksDB's options and the native objects that they refer to, closed together. */
final class RocksSettings implements AutoCloseable {
  private static final int MAX_MEMTABLES = 4;
  private static final int BLOCK_BYTES = 8 << 10;
  private static final int FILE_BYTES = 16 << 20;
  private static final long LEAST_SHARD_BYTES = 8 << 20;

  /** Part of the cache in which index and filter blocks are not pushed out by rows. */
  private static final double INDEX_AND_FILTER_RATIO = 0.5;

  private final Cache cache;
  private final WriteBufferManager memtables;
  private final BloomFilter filter = new BloomFilter(10);
  private final Options options;

  RocksSettings(StateOptions state) {
    cache = newCache(state.blockCacheBytes());
    memtables = new WriteBufferManager(state.memtableBytes(), cache);
    options =
        new Options()
            .setCreateIfMissing(true)
            .setWriteBufferManager(memtables)
            .setWriteBufferSize(state.memtableBytes() / MAX_MEMTABLES)
            .setMaxWriteBufferNumber(MAX_MEMTABLES)
            .setTargetFileSizeBase(FILE_BYTES)
            .setMaxBackgroundJobs(2)
            .setMaxOpenFiles(512)
            .setCompressionType(CompressionType.LZ4_COMPRESSION)
            .setEnablePipelinedWrite(false)
            .setUnorderedWrite(false)
            .setAllowConcurrentMemtableWrite(false)
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(4)
            .setMaxLogFileSize(1 << 20)
            .setTableFormatConfig(
                new BlockBasedTableConfig()
                    .setBlockCache(cache)
                    .setBlockSize(BLOCK_BYTES)
                    .setFilterPolicy(filter)
                    .setCacheIndexAndFilterBlocks(true)
                    .setCacheIndexAndFilterBlocksWithHighPriority(true)
                    .setPinL0FilterAndIndexBlocksInCache(true));
  }

  /**
   * A filter of a file of 16 MiB has about 1 MiB. A shard of the cache must hold several, or each
   * read of a row reads a filter from disk; RocksDB's own choice is shards of 512 KiB.
   */
  private static Cache newCache(long capacityBytes) {
    int shardBits = 0;
    while (shardBits < 6 && capacityBytes >> (shardBits + 1) >= LEAST_SHARD_BYTES) {
      shardBits++;
    }
    return new LRUCache(capacityBytes, shardBits, false, INDEX_AND_FILTER_RATIO);
  }

  Options options() {
    return options;
  }

  @Override
  public void close() {
    options.close();
    filter.close();
    memtables.close();
    cache.close();
  }
}
