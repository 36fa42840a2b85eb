package io.thalweg.state;

/** A store as it was at one moment. Any thread, one at a time. Must be closed. */
public interface StoreSnapshot extends AutoCloseable {
  /**
   * Keys from inclusive to exclusive; to be closed before the snapshot is.
   *
   * @param bulk many rows will be read: read ahead, and leave the cache to others
   */
  StoreScan scan(byte[] from, byte[] to, boolean bulk);

  @Override
  void close();
}
