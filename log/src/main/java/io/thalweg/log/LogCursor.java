package io.thalweg.log;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Where a reader of a partition stands: after one batch and before the next. Stored with what is
 * derived from the log (tables, checkpoints, projections), so that the log can tell whether it
 * continues what was read before.
 *
 * @param logId identity of the log: the node's log, or the Kafka topic
 * @param position engine's own position after the batch: a byte position of the node's log, or the
 *     next Kafka offset
 * @param nextOffset offset of the next event
 * @param epoch epoch of the last batch
 * @param lineage ordinal of the lineage of the last batch
 * @param lastCrc CRC of the last batch; 0 at the beginning of a partition
 * @param logTimeUs log time of the last batch, microseconds since 1970
 */
public record LogCursor(
    UUID logId,
    long position,
    long nextOffset,
    long epoch,
    int lineage,
    int lastCrc,
    long logTimeUs) {
  private static final byte FORMAT = 1;

  /** Length of an encoded cursor in bytes. */
  public static final int LENGTH_BYTES = 1 + 16 + 8 + 8 + 8 + 4 + 4 + 8;

  /** The beginning of a partition in a log. */
  public static LogCursor start(UUID logId) {
    return new LogCursor(logId, 0, 0, 0, 0, 0, 0);
  }

  /** Big-endian, a format byte first. */
  public byte[] encode() {
    return ByteBuffer.allocate(LENGTH_BYTES)
        .put(FORMAT)
        .putLong(logId.getMostSignificantBits())
        .putLong(logId.getLeastSignificantBits())
        .putLong(position)
        .putLong(nextOffset)
        .putLong(epoch)
        .putInt(lineage)
        .putInt(lastCrc)
        .putLong(logTimeUs)
        .array();
  }

  /**
   * Reads what {@link #encode()} wrote. Longer input is accepted: a later version may append
   * fields.
   */
  public static LogCursor decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (bytes.length < LENGTH_BYTES || in.get() != FORMAT) {
      throw new IllegalArgumentException("not a cursor of format 1");
    }
    return new LogCursor(
        new UUID(in.getLong(), in.getLong()),
        in.getLong(),
        in.getLong(),
        in.getLong(),
        in.getInt(),
        in.getInt(),
        in.getLong());
  }
}
