package io.thalweg.state;

import java.util.Iterator;

/**
 * Puts other rows in the place of all rows of a partition.
 *
 * <p>More rows than fit into one batch, so the first batch sets a mark and the last one, which
 * brings the cursor, takes it away. A store that a crash left between them says so by the mark, and
 * {@link PartitionState#open} then deletes what is there: a mix of old and new rows is never read.
 */
final class RowReplacement {
  private static final int BATCH_BYTES = 1 << 20;
  private static final int BATCH_ROWS = 8_192;
  private static final byte[] MARK = {1};

  private RowReplacement() {}

  /** Whether a replacement was begun and did not end. */
  static boolean isUnfinished(Store store, PartitionScope scope) {
    return store.get(RowFormat.replacingKey(scope)) != null;
  }

  /** Deletes rows, cursor and mark. */
  static void clear(Store store, PartitionScope scope) {
    try (StoreBatch batch = store.batch()) {
      deleteAll(batch, scope);
      batch.delete(RowFormat.replacingKey(scope));
      batch.write();
    }
  }

  private static void deleteAll(StoreBatch batch, PartitionScope scope) {
    batch.deleteRange(
        RowFormat.slotStart(scope.serviceId(), scope.firstSlot()),
        RowFormat.slotStart(scope.serviceId(), scope.endSlot()));
    batch.delete(RowFormat.cursorKey(scope));
  }

  /**
   * Replaces all rows; returns how many there are now.
   *
   * @param rows in any order; if it throws, the partition is left empty at its next open
   */
  static long replace(
      Store store, PartitionScope scope, Iterator<StoredRow> rows, long endOffset, byte[] cursor) {
    try (StoreBatch batch = store.batch()) {
      deleteAll(batch, scope);
      batch.put(RowFormat.replacingKey(scope), MARK);
      batch.write();
    }
    long count = 0;
    boolean more = true;
    while (more) {
      try (StoreBatch batch = store.batch()) {
        int bytes = 0;
        for (int i = 0; i < BATCH_ROWS && bytes < BATCH_BYTES && rows.hasNext(); i++) {
          StoredRow row = rows.next();
          byte[] key = rowKey(scope, row);
          batch.put(key, RowFormat.storedValue(row.value()));
          bytes += key.length + row.value().length;
          count++;
        }
        more = rows.hasNext();
        if (!more) {
          batch.delete(RowFormat.replacingKey(scope));
          batch.put(RowFormat.cursorKey(scope), RowFormat.cursorValue(endOffset, cursor));
        }
        batch.write();
      }
    }
    return count;
  }

  private static byte[] rowKey(PartitionScope scope, StoredRow row) {
    if (row.slot() < scope.firstSlot() || row.slot() >= scope.endSlot()) {
      throw new IllegalArgumentException(
          "a row of slot %d does not belong to slots %d..%d"
              .formatted(row.slot(), scope.firstSlot(), scope.endSlot() - 1));
    }
    byte[] key = new byte[RowFormat.KEY_AT + row.key().length];
    RowFormat.putService(key, scope.serviceId());
    RowFormat.putPlace(key, row.slot(), row.table(), row.project());
    System.arraycopy(row.key(), 0, key, RowFormat.KEY_AT, row.key().length);
    return key;
  }
}
