package io.thalweg.state;

/**
 * Memory and sizes of a node's tables.
 *
 * <p>{@code totalBytes} is split once: 3/8 for the store (its block cache, in which the memtables,
 * at most 2/8, are counted), 3/8 for rows in overlays that are not yet written, 2/8 for rows in
 * memory that are written. Heap sizes are estimates by entry, and one flush may pass the memtable
 * part by the size of a layer.
 *
 * @param totalBytes memory for all tables of the node, 4 MiB to 1 TiB
 * @param layerBytes a partition's overlay freezes a layer at this size, 64 KiB to 256 MiB; less if
 *     many partitions share the budget
 * @param layerRows and at this number of rows, 16 to 10 million
 * @param layerBatches and at this number of batches, 1 to 1 million
 * @param verifyBefore whether the {@code before} that callers of {@link Table#replace} and {@link
 *     Table#delete(Object, Object)} state is compared with the row (a read; for tests)
 */
public record StateOptions(
    long totalBytes, long layerBytes, int layerRows, int layerBatches, boolean verifyBefore) {

  public StateOptions {
    check("totalBytes", totalBytes, 4L << 20, 1L << 40);
    check("layerBytes", layerBytes, 64L << 10, 256L << 20);
    check("layerRows", layerRows, 16, 10_000_000);
    check("layerBatches", layerBatches, 1, 1_000_000);
  }

  /** 128 MiB in all; layers of 16 MiB, 200,000 rows or 10,000 batches; callers are trusted. */
  public static StateOptions defaults() {
    return new StateOptions(128L << 20, 16L << 20, 200_000, 10_000, false);
  }

  public StateOptions withTotalBytes(long bytes) {
    return new StateOptions(bytes, layerBytes, layerRows, layerBatches, verifyBefore);
  }

  public StateOptions withLayer(long bytes, int rows, int batches) {
    return new StateOptions(totalBytes, bytes, rows, batches, verifyBefore);
  }

  public StateOptions withVerifyBefore(boolean verify) {
    return new StateOptions(totalBytes, layerBytes, layerRows, layerBatches, verify);
  }

  /** The store's block cache, with memtables. */
  long blockCacheBytes() {
    return totalBytes / 8 * 3;
  }

  /** The part of the block cache that memtables may take. */
  long memtableBytes() {
    return totalBytes / 8 * 2;
  }

  /** Rows that are not yet written. */
  long dirtyBytes() {
    return totalBytes / 8 * 3;
  }

  /** Rows in memory that are written. */
  long cleanBytes() {
    return totalBytes / 8 * 2;
  }

  private static void check(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          field + " must be within " + least + ".." + most + "; got " + value);
    }
  }
}
