package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A cut through a node's log at a durable position: what every partition holds up to there. A
 * prefix of the one physical log is consistent across partitions, because what answers something is
 * behind it in the log.
 *
 * <p>The position is the end of the last group that holds a batch. Groups without batches behind it
 * are not part of a cut: the next open may drop them. Everything below the position is fixed for as
 * long as the log lives, also across restarts, which copy groups as they are.
 *
 * @param logId identity of the log
 * @param position bytes of the log below the cut
 * @param start position at which the log begins; 0 unless segments were removed
 * @param partitions by their number in the log
 */
public record LogCut(UUID logId, long position, long start, List<PartitionCut> partitions) {
  private static final int MAX_TRIES = 100_000;

  public LogCut {
    partitions = List.copyOf(partitions);
  }

  /**
   * A cut now. The forcer publishes the partitions of a group before its position: what was read
   * between two equal positions, and is not beyond them, belongs together.
   */
  static LogCut of(SegmentLog log) {
    for (int i = 0; i < MAX_TRIES; i++) {
      long durable = log.durablePosition();
      List<PartitionTail> tails = log.durableTails();
      long end = 0;
      for (PartitionTail tail : tails) {
        end = Math.max(end, GroupFormat.align(tail.position()));
      }
      if (end <= durable && log.durablePosition() == durable) {
        List<PartitionCut> partitions = new ArrayList<>();
        for (PartitionTail tail : tails) {
          partitions.add(
              new PartitionCut(tail.id(), tail.nextOffset(), tail.logTimeUs(), tail.lineages()));
        }
        LogBeginning beginning = log.beginning();
        long start = beginning == null ? 0 : beginning.position();
        return new LogCut(log.logId(), Math.max(end, start), start, partitions);
      }
      Thread.onSpinWait();
    }
    throw new LogException("no cut could be made: the log moves on too fast; try again");
  }

  /** See {@link SegmentLog#readDurable}. */
  static int read(SegmentLog log, SegmentSet segments, long position, ByteBuffer into) {
    long durable = log.durablePosition();
    if (position < 0 || position >= durable) {
      throw new OffsetOutOfRangeException(
          "position must be within 0.." + (durable - 1) + "; got " + position);
    }
    long start = segments.first().base();
    if (position < start) {
      throw new OffsetOutOfRangeException(
          "the log begins at position " + start + "; what was before it was removed");
    }
    Segment segment = segments.holding(position);
    long length = Math.min(Math.min(segment.end(), durable) - position, into.remaining());
    ByteBuffer part = into.slice(into.position(), (int) length);
    try {
      long at = segment.fileOffset(position);
      while (part.hasRemaining()) {
        if (segments.read(segment, part, at + part.position()) < 0) {
          throw new LogCorruptException(segment.where(position) + ": the file ends here");
        }
      }
    } catch (IOException e) {
      throw new LogException("cannot read " + segment.file() + ": " + e.getMessage(), e);
    }
    into.position(into.position() + (int) length);
    return (int) length;
  }
}
