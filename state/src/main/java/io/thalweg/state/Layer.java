package io.thalweg.state;

import org.jspecify.annotations.Nullable;

/**
 * Changes of consecutive batches. A key's newest state below a point in time is found by looking at
 * each layer from the newest: first its {@code rows}, which are newer than its {@code ranges} where
 * both speak of a key, because a range delete takes the rows that it covers out of its own layer;
 * then what was read from below while the layer was active.
 *
 * <p>Changed by the partition's thread while it is active; frozen then. Only the flush thread and
 * {@link #written} pass between threads afterwards.
 */
final class Layer {
  /** A deleted row. Compared by identity. */
  static final byte[] DELETED = new byte[0];

  final CowTree rows = new CowTree();

  /** Range deletes: first key to end key, disjoint. */
  final CowTree ranges = new CowTree();

  /** Rows as they are below this layer: valid as long as the layer is there. */
  final ReadCache reads = new ReadCache();

  /** Estimate of the memory of rows and ranges. */
  long bytes;

  /** Batches in it. */
  int batches;

  /** The boundary after its last batch, once it is frozen. */
  long endOffset;

  byte[] cursor = {};

  /** The flush thread has been given it. Partition's thread. */
  boolean submitted;

  /** The store has it. Set by the flush thread. */
  volatile boolean written;

  @SuppressWarnings("ReferenceEquality") // an empty value is another array
  static boolean isDeleted(byte[] value) {
    return value == DELETED;
  }

  /** Rows and range deletes. */
  int entries() {
    return rows.size() + ranges.size();
  }

  /** What the layer knows of a row: its value, {@link #DELETED}, or null if it knows nothing. */
  byte @Nullable [] get(byte[] key) {
    byte[] value = rows.size() == 0 ? null : rows.get(key);
    if (value == null && ranges.size() > 0 && CowTree.intervalCovers(ranges.root(), key)) {
      value = DELETED;
    }
    return value == null && reads.bytes() > 0 ? reads.get(key) : value;
  }

  /** Writes the layer and its cursor as one batch. */
  void writeTo(Store store, byte[] cursorKey) {
    try (StoreBatch batch = store.batch()) {
      TreeCursor range = new TreeCursor(ranges.root());
      for (range.seek(DELETED); range.valid(); range.next()) {
        batch.deleteRange(range.key(), range.value());
      }
      TreeCursor row = new TreeCursor(rows.root());
      for (row.seek(DELETED); row.valid(); row.next()) {
        byte[] value = row.value();
        if (isDeleted(value)) {
          batch.delete(row.key());
        } else {
          batch.put(row.key(), RowFormat.storedValue(value));
        }
      }
      batch.put(cursorKey, RowFormat.cursorValue(endOffset, cursor));
      batch.write();
    }
    written = true;
  }
}
