package io.thalweg.state;

/**
 * Walks a range of a store in key order: {@link #next} before the first and before each further
 * key. One thread. Must be closed.
 */
public interface StoreScan extends AutoCloseable {
  /** Steps to the next key; false at the end, also when called again. */
  boolean next();

  /** Makes {@link #next} step to the first key at or after {@code key}; only forward. */
  void seek(byte[] key);

  /** The present key, a new array. */
  byte[] key();

  /** The present value, a new array. */
  byte[] value();

  /** The present value without the byte that tells a row's value format. */
  default byte[] rowValue() {
    byte[] value = value();
    return RowFormat.tableValue(value, value.length);
  }

  @Override
  void close();
}
