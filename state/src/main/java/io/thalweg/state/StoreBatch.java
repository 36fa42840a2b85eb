package io.thalweg.state;

/** Changes that are written together. They take effect in the order in which they were added. */
public interface StoreBatch extends AutoCloseable {
  void put(byte[] key, byte[] value);

  void delete(byte[] key);

  /** Deletes from inclusive to exclusive. */
  void deleteRange(byte[] from, byte[] to);

  /** Writes the changes, once, as one. */
  void write();

  @Override
  void close();
}
