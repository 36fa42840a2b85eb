package io.thalweg.kafka;

import io.thalweg.log.Lineage;
import io.thalweg.log.LogCursor;
import java.util.List;
import java.util.UUID;

/**
 * A place in a topic, right after a valid record or at the beginning, with all that is needed to
 * judge what follows.
 *
 * @param position the next Kafka offset
 * @param epoch the current epoch; 0 if there is none
 * @param nextOffset offset of the next event
 * @param lastCrc CRC of the last valid record; 0 if there is none
 * @param logTimeUs the latest log time, microseconds since 1970
 * @param lineages of the last valid barrier, oldest first; empty if there is none
 */
record ChainPoint(
    long position,
    long epoch,
    long nextOffset,
    int lastCrc,
    long logTimeUs,
    List<Lineage> lineages) {
  static final ChainPoint BEGINNING = new ChainPoint(0, 0, 0, 0, 0, List.of());

  boolean isBeginning() {
    return epoch == 0;
  }

  /** Ordinal of the lineage that is written; 0 if there is none. */
  int lineage() {
    return lineages.isEmpty() ? 0 : lineages.get(lineages.size() - 1).ordinal();
  }

  LogCursor cursor(UUID topicId) {
    return new LogCursor(
        topicId, position, nextOffset, epoch, lineage(), lastCrc, logTimeUs, lineages);
  }

  /** The place of a cursor, whose position may be lower. */
  static ChainPoint of(LogCursor cursor, long position) {
    return new ChainPoint(
        position,
        cursor.epoch(),
        cursor.nextOffset(),
        cursor.lastCrc(),
        cursor.logTimeUs(),
        cursor.lineages());
  }
}
