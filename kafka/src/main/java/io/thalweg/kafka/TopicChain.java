package io.thalweg.kafka;

import io.thalweg.log.Barrier;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogCursor;
import io.thalweg.log.PartitionId;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The rule that makes a topic a log: which of its records are valid. Everybody who reads the topic
 * walks through it with one of these, in the order of Kafka offsets, so all agree.
 *
 * <p>A barrier is valid if the epoch that it replaces is current; from then on its own is, which is
 * its Kafka offset plus one. The first one names the offset of the first event. A batch is valid if
 * its epoch is current, its first event offset is the next one, and it carries the CRC of the last
 * valid record. All other records are passed over.
 *
 * <p>Why that is enough: an epoch is current from its barrier to the next valid one, which is the
 * same stretch of the topic for everybody. Within it the CRC of the record before is part of each
 * batch, and so of its own CRC: a batch can continue in one place only. The second copy of a batch,
 * one behind a gap, and one that comes too late all carry the CRC of a record that is not the last
 * valid one.
 *
 * <p>Not thread-safe.
 */
final class TopicChain {
  private final PartitionId id;
  private ChainPoint point;
  private long position;
  private @Nullable Batch batch;

  /**
   * @param from right after a valid record, or the beginning
   */
  TopicChain(PartitionId id, ChainPoint from) {
    this.id = id;
    point = from;
    position = from.position();
  }

  /** The place after the last valid record. */
  ChainPoint point() {
    return point;
  }

  /** The Kafka offset of the next record to be judged. */
  long position() {
    return position;
  }

  /**
   * The last record that was valid; null before the first.
   *
   * @throws IllegalStateException if there is none
   */
  Batch batch() {
    if (batch == null) {
      throw new IllegalStateException("no record of " + id + " was valid yet");
    }
    return batch;
  }

  /**
   * Judges the next record. There may be offsets without a record.
   *
   * @throws LogCorruptException if it is ours and of a version that is not known here: what it
   *     means is not known either, so nobody may pass over it
   */
  Verdict accept(TopicRecord record) {
    if (record.offset() < position) {
      throw new IllegalArgumentException(
          "a record at offset %d of %s, where %d is next".formatted(record.offset(), id, position));
    }
    Verdict verdict = judge(record);
    position = record.offset() + 1;
    return verdict;
  }

  private Verdict judge(TopicRecord record) {
    if (!isBatch(record.bytes())) {
      return Verdict.FOREIGN;
    }
    Batch next;
    try {
      next = Batch.parse(ByteBuffer.wrap(record.bytes()));
    } catch (LogCorruptException e) {
      throw new LogCorruptException(
          "the record at Kafka offset %d of %s: %s".formatted(record.offset(), id, e.getMessage()),
          e);
    }
    return next.kind() == BatchFormat.KIND_BARRIER
        ? barrier(next, record.offset())
        : batch(next, record.offset());
  }

  private Verdict barrier(Batch next, long offset) {
    Barrier barrier = Barrier.decode(next.body());
    if (!barrier.id().equals(id)) {
      return Verdict.FOREIGN;
    }
    if (barrier.replacedEpoch() != point.epoch()) {
      return Verdict.LATE_BARRIER;
    }
    batch = next;
    point =
        new ChainPoint(
            offset + 1,
            offset + 1,
            // The first barrier says where a log begins.
            point.isBeginning() ? next.firstOffset() : point.nextOffset(),
            next.crc(),
            Math.max(point.logTimeUs(), next.logTimeUs()),
            barrier.lineages());
    return Verdict.BARRIER;
  }

  private Verdict batch(Batch next, long offset) {
    if (point.epoch() == 0 || next.epoch() != point.epoch()) {
      return Verdict.DEPOSED;
    }
    if (next.firstOffset() != point.nextOffset()
        || next.previousCrc() != point.lastCrc()
        || next.lineage() != point.lineage()) {
      return Verdict.BROKEN;
    }
    batch = next;
    point =
        new ChainPoint(
            offset + 1,
            point.epoch(),
            next.nextOffset(),
            next.crc(),
            next.logTimeUs(),
            point.lineages());
    return Verdict.BATCH;
  }

  /** Whether a record is the one that a cursor stands behind. */
  static boolean isAt(TopicRecord record, LogCursor cursor) {
    if (!isBatch(record.bytes())
        || ByteBuffer.wrap(record.bytes()).getInt(BatchFormat.CRC_AT) != cursor.lastCrc()) {
      return false;
    }
    Batch batch = Batch.parse(ByteBuffer.wrap(record.bytes()));
    return batch.kind() == BatchFormat.KIND_BARRIER
        ? record.offset() + 1 == cursor.epoch()
        : batch.epoch() == cursor.epoch() && batch.nextOffset() == cursor.nextOffset();
  }

  /** Whether the bytes are a batch in full, of whatever version. */
  private static boolean isBatch(byte[] bytes) {
    if (bytes.length < BatchFormat.HEADER_BYTES) {
      return false;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt(0) != BatchFormat.MAGIC || in.getInt(BatchFormat.LENGTH_AT) != bytes.length) {
      return false;
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, BatchFormat.CRC_FROM, bytes.length - BatchFormat.CRC_FROM);
    return (int) crc.getValue() == in.getInt(BatchFormat.CRC_AT);
  }
}
