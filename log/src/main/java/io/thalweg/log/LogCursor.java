package io.thalweg.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * Where a reader of a partition stands: after one batch and before the next. Stored with what is
 * derived from the log (tables, checkpoints, projections), so that the log can tell whether it
 * continues what was read before.
 *
 * @param logId identity of the log: the node's log, or the Kafka topic
 * @param position engine's own position, at or before the end of the batch: a byte position of the
 *     node's log, or the next Kafka offset
 * @param nextOffset offset of the next event
 * @param epoch epoch of the last batch
 * @param lineage ordinal of the lineage of the last batch
 * @param lastCrc CRC of the last batch; 0 at the beginning of a partition
 * @param logTimeUs log time of the last batch, microseconds since 1970
 * @param lineages those of the last barrier, oldest first, where the engine needs them to read on;
 *     else empty
 */
public record LogCursor(
    UUID logId,
    long position,
    long nextOffset,
    long epoch,
    int lineage,
    int lastCrc,
    long logTimeUs,
    List<Lineage> lineages) {
  private static final byte FORMAT = 1;

  /** Length in bytes of an encoded cursor without lineages. */
  public static final int LENGTH_BYTES = 1 + 16 + 8 + 8 + 8 + 4 + 4 + 8;

  public LogCursor {
    lineages = List.copyOf(lineages);
  }

  /** A cursor of an engine that needs no lineages to read on. */
  public LogCursor(
      UUID logId,
      long position,
      long nextOffset,
      long epoch,
      int lineage,
      int lastCrc,
      long logTimeUs) {
    this(logId, position, nextOffset, epoch, lineage, lastCrc, logTimeUs, List.of());
  }

  /** The beginning of a partition in a log. */
  public static LogCursor start(UUID logId) {
    return new LogCursor(logId, 0, 0, 0, 0, 0, 0);
  }

  /** Big-endian, a format byte first. Lineages follow, with their count before them, if any. */
  public byte[] encode() {
    int more = lineages.isEmpty() ? 0 : 2 + Barrier.LINEAGE_BYTES * lineages.size();
    ByteBuffer out = ByteBuffer.allocate(LENGTH_BYTES + more);
    out.put(FORMAT)
        .putLong(logId.getMostSignificantBits())
        .putLong(logId.getLeastSignificantBits())
        .putLong(position)
        .putLong(nextOffset)
        .putLong(epoch)
        .putInt(lineage)
        .putInt(lastCrc)
        .putLong(logTimeUs);
    if (more > 0) {
      out.putShort((short) lineages.size());
      Barrier.putLineages(out, lineages);
    }
    return out.array();
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
        in.getLong(),
        in.remaining() < 2 ? List.of() : lineages(in));
  }

  private static List<Lineage> lineages(ByteBuffer in) {
    int count = Short.toUnsignedInt(in.getShort());
    if (in.remaining() < count * Barrier.LINEAGE_BYTES) {
      throw new IllegalArgumentException("a cursor whose lineages are cut short");
    }
    return Barrier.getLineages(in, count);
  }
}
