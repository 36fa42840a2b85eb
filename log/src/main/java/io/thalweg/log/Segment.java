package io.thalweg.log;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One segment of an open log. The last one is being written and has no end yet; all others are
 * sealed.
 *
 * <p>Thread-safe.
 */
final class Segment {
  private final long ordinal;
  private final long base;
  private final Path file;
  private final long sizeBytes;
  private volatile long end = Long.MAX_VALUE;

  /** Kept in memory while there is no good file of it. */
  private volatile @Nullable SegmentIndex index;

  private volatile long[] nextOffsets = {};
  private volatile long[] logTimesUs = {};

  Segment(long ordinal, long base, Path file, long sizeBytes, @Nullable SegmentIndex index) {
    this.ordinal = ordinal;
    this.base = base;
    this.file = file;
    this.sizeBytes = sizeBytes;
    this.index = index;
  }

  long ordinal() {
    return ordinal;
  }

  /** Position of the first byte after the header. */
  long base() {
    return base;
  }

  /** Position at which the next segment begins; {@link Long#MAX_VALUE} in the last one. */
  long end() {
    return end;
  }

  Path file() {
    return file;
  }

  Path indexFile() {
    return file.resolveSibling(SegmentFormat.indexName(ordinal));
  }

  /** What the file takes. */
  long sizeBytes() {
    return sizeBytes;
  }

  /** The offset in the file of a position in the log. */
  long fileOffset(long position) {
    return SegmentFormat.HEADER_BYTES + (position - base);
  }

  @Nullable SegmentIndex index() {
    return index;
  }

  void index(@Nullable SegmentIndex newIndex) {
    index = newIndex;
  }

  /** Ends it: the next one begins at {@code position}, with the partitions standing so. */
  void seal(long position, List<PartitionTail> tails) {
    long[] offsets = new long[tails.size()];
    long[] times = new long[tails.size()];
    for (PartitionTail tail : tails) {
      offsets[tail.number() - 1] = tail.nextOffset();
      times[tail.number() - 1] = tail.logTimeUs();
    }
    nextOffsets = offsets;
    logTimesUs = times;
    end = position;
  }

  /** Whether the log may hold a partition by the end of this segment. */
  boolean mayKnow(int number) {
    return end == Long.MAX_VALUE || number <= nextOffsets.length;
  }

  /** Of a sealed segment: the offset after a partition's last event in it or before it. */
  long nextOffset(int number) {
    return number <= nextOffsets.length ? nextOffsets[number - 1] : 0;
  }

  /** Of a sealed segment: log time of a partition's last batch in it or before it. */
  long logTimeUs(int number) {
    return number <= logTimesUs.length ? logTimesUs[number - 1] : 0;
  }

  /** Of a sealed segment: log time of the newest batch in it or before it. */
  long newestLogTimeUs() {
    long newest = 0;
    for (long time : logTimesUs) {
      newest = Math.max(newest, time);
    }
    return newest;
  }

  /** Says where something is, for messages. */
  String where(long position) {
    return file + " at file offset " + fileOffset(position) + " (log position " + position + ")";
  }
}
