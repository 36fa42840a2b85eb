package io.thalweg.state;

import org.rocksdb.Snapshot;

/** A snapshot of {@link RocksStore}. */
final class RocksSnapshot implements StoreSnapshot {
  private final RocksStore store;
  private final Snapshot snapshot;
  private boolean closed;

  RocksSnapshot(RocksStore store) {
    this.store = store;
    this.snapshot = store.db().getSnapshot();
  }

  @Override
  public StoreScan scan(byte[] from, byte[] to, boolean bulk) {
    if (closed) {
      throw new IllegalStateException("the snapshot is closed");
    }
    return new RocksScan(store, snapshot, from, to, bulk);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      store.db().releaseSnapshot(snapshot);
      snapshot.close();
      store.leave();
    }
  }
}
