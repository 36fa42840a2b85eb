package io.thalweg.state;

import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** A batch of {@link RocksStore}. */
final class RocksBatch implements StoreBatch {
  private final RocksStore store;
  private final WriteBatch batch = new WriteBatch();
  private boolean closed;

  RocksBatch(RocksStore store) {
    this.store = store;
  }

  @Override
  public void put(byte[] key, byte[] value) {
    try {
      batch.put(key, value);
    } catch (RocksDBException e) {
      throw store.failure("write", e);
    }
  }

  @Override
  public void delete(byte[] key) {
    try {
      batch.delete(key);
    } catch (RocksDBException e) {
      throw store.failure("write", e);
    }
  }

  @Override
  public void deleteRange(byte[] from, byte[] to) {
    try {
      batch.deleteRange(from, to);
    } catch (RocksDBException e) {
      throw store.failure("write", e);
    }
  }

  @Override
  public void write() {
    try {
      store.db().write(store.writeOptions(), batch);
    } catch (RocksDBException e) {
      throw store.failure("write", e);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      batch.close();
      store.leave();
    }
  }
}
