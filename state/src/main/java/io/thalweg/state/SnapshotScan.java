package io.thalweg.state;

/** A scan with a snapshot of its own. */
final class SnapshotScan implements StoreScan {
  private final StoreSnapshot snapshot;
  private final StoreScan scan;

  private SnapshotScan(StoreSnapshot snapshot, StoreScan scan) {
    this.snapshot = snapshot;
    this.scan = scan;
  }

  static SnapshotScan open(Store store, byte[] from, byte[] to) {
    StoreSnapshot snapshot = store.snapshot();
    return new SnapshotScan(snapshot, snapshot.scan(from, to, false));
  }

  @Override
  public boolean next() {
    return scan.next();
  }

  @Override
  public void seek(byte[] key) {
    scan.seek(key);
  }

  @Override
  public byte[] key() {
    return scan.key();
  }

  @Override
  public byte[] value() {
    return scan.value();
  }

  @Override
  public byte[] rowValue() {
    return scan.rowValue();
  }

  @Override
  public void close() {
    scan.close();
    snapshot.close();
  }
}
