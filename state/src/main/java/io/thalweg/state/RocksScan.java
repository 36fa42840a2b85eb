package io.thalweg.state;

import java.util.Arrays;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** A scan of {@link RocksSnapshot}. One thread. */
final class RocksScan implements StoreScan {
  private static final int READ_AHEAD_BYTES = 1 << 20;

  private final RocksStore store;
  private final Slice end;
  private final ReadOptions options;
  private final RocksIterator iterator;
  private byte[] buffer = new byte[1024];
  private boolean fresh = true;
  private boolean closed;

  RocksScan(RocksStore store, Snapshot snapshot, byte[] from, byte[] to, boolean bulk) {
    this.store = store;
    end = new Slice(to);
    options = new ReadOptions();
    options.setSnapshot(snapshot);
    options.setIterateUpperBound(end);
    if (bulk) {
      options.setReadaheadSize(READ_AHEAD_BYTES);
      options.setFillCache(false);
    }
    iterator = store.db().newIterator(options);
    iterator.seek(from);
  }

  @Override
  public boolean next() {
    if (fresh) {
      fresh = false;
    } else if (iterator.isValid()) {
      iterator.next();
    }
    if (iterator.isValid()) {
      return true;
    }
    try {
      iterator.status();
    } catch (RocksDBException e) {
      throw store.failure("scan", e);
    }
    return false;
  }

  @Override
  public void seek(byte[] key) {
    iterator.seek(key);
    fresh = true;
  }

  @Override
  public byte[] key() {
    int length = iterator.key(buffer);
    if (length > buffer.length) {
      buffer = new byte[length];
      iterator.key(buffer);
    }
    return Arrays.copyOf(buffer, length);
  }

  @Override
  public byte[] value() {
    return iterator.value();
  }

  @Override
  public byte[] rowValue() {
    int length = iterator.value(buffer);
    if (length > buffer.length) {
      buffer = new byte[length];
      iterator.value(buffer);
    }
    return RowFormat.tableValue(buffer, length);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      iterator.close();
      options.close();
      end.close();
    }
  }
}
