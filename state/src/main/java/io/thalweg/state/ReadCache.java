package io.thalweg.state;

import org.jspecify.annotations.Nullable;

/**
 * Rows that were read from the store, in two generations: a row that is read again moves to the
 * young one; when that is full it becomes the old one, whose rows are forgotten. Approximates
 * "least recently used" at the cost of one tree lookup. Partition's thread.
 */
final class ReadCache {
  private CowTree young = new CowTree();
  private CowTree old = new CowTree();
  private long youngBytes;
  private long oldBytes;

  byte @Nullable [] get(byte[] key) {
    byte[] value = young.get(key);
    if (value == null && oldBytes > 0) {
      value = old.get(key);
      if (value != null) {
        insert(key, value);
      }
    }
    return value;
  }

  void put(byte[] key, byte[] value, long limitBytes) {
    if (youngBytes > limitBytes / 2) {
      old = young;
      oldBytes = youngBytes;
      young = new CowTree();
      youngBytes = 0;
    }
    insert(key, value);
  }

  long bytes() {
    return youngBytes + oldBytes;
  }

  void clear() {
    young = new CowTree();
    old = new CowTree();
    youngBytes = 0;
    oldBytes = 0;
  }

  private void insert(byte[] key, byte[] value) {
    if (young.put(key, value) == null) {
      youngBytes += CowTree.ENTRY_OVERHEAD_BYTES + key.length + value.length;
    }
  }
}
