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

  private final Cache cache;
  private final WriteBufferManager memtables;
  private final BloomFilter filter = new BloomFilter(10);
  private final Options options;

  RocksSettings(StateOptions state) {
    cache = new LRUCache(state.blockCacheBytes());
    memtables = new WriteBufferManager(state.memtableBytes(), cache);
    options =
        new Options()
            .setCreateIfMissing(true)
            .setWriteBufferManager(memtables)
            .setWriteBufferSize(state.memtableBytes() / MAX_MEMTABLES)
            .setMaxWriteBufferNumber(MAX_MEMTABLES)
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
                    .setPinL0FilterAndIndexBlocksInCache(true));
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
