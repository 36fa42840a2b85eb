package io.thalweg.log;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one partition of a {@link SegmentLog}. Walks from batch to batch, and from region to region
 * where the index says that there is nothing of the partition in between. Checks the CRC and the
 * chain of every batch that it returns.
 */
final class SegmentReader implements LogReader {
  private static final int READ_AHEAD_BYTES = 256 << 10;

  private final SegmentLog log;
  private final SegmentSet segments;
  private final ReadClaims claims;
  private final ReadClaims.Claim claim;
  private final PartitionState state;
  private final FileWindow window = new FileWindow(READ_AHEAD_BYTES);

  /** Batches that end at or below it, or are without events below it, are passed over. */
  private long fromOffset;

  private LogCursor cursor;

  /** Whether the chain is known up to here: not before the first batch after a seek. */
  private boolean chained;

  private @Nullable Segment segment;
  private long at = -1;

  /** The walk goes batch by batch up to here; from here on the index is asked. */
  private long walkEnd;

  private boolean closed;

  private SegmentReader(
      SegmentLog log,
      SegmentSet segments,
      ReadClaims claims,
      PartitionState state,
      long claimedOffset,
      long claimedEpoch) {
    this.log = log;
    this.segments = segments;
    this.claims = claims;
    this.state = state;
    this.claim = claims.claim(state, claimedOffset, claimedEpoch);
    PartitionTail first = claims.startTail(state);
    this.cursor = first == null ? LogCursor.start(log.logId()) : log.cursor(first);
    this.chained = true;
  }

  /** Reads from an offset that is not beyond the end. */
  static SegmentReader from(
      SegmentLog log,
      SegmentSet segments,
      ReadClaims claims,
      PartitionState state,
      long fromOffset) {
    SegmentReader reader =
        new SegmentReader(log, segments, claims, state, fromOffset, Long.MAX_VALUE);
    try {
      reader.fromOffset = fromOffset;
      PartitionTail tail = state.durable();
      if (tail != null && fromOffset > reader.cursor.nextOffset()) {
        reader.seekOffset(tail.number(), fromOffset);
      }
      return reader;
    } catch (RuntimeException | Error e) {
      reader.close();
      throw e;
    }
  }

  private void seekOffset(int number, long offset) {
    seek(segments.locateOffset(number, offset));
    if (!passOver(offset)) {
      // The offset lies in the first batch here: begin one entry earlier to know what is before.
      seek(segments.locateOffset(number, cursor.nextOffset()));
      passOver(offset);
    }
  }

  /** Reads from a cursor; throws if the log does not continue it. */
  static SegmentReader at(
      SegmentLog log,
      SegmentSet segments,
      ReadClaims claims,
      PartitionState state,
      LogCursor from) {
    if (!from.logId().equals(log.logId())) {
      throw mismatch(state, from, "it is of log " + from.logId() + ", this is " + log.logId());
    }
    boolean isBeginning = from.nextOffset() == 0 && from.lastCrc() == 0 && from.epoch() == 0;
    // Whoever begins has seen nothing, so barriers that were removed are nothing to it.
    SegmentReader reader =
        new SegmentReader(
            log,
            segments,
            claims,
            state,
            from.nextOffset(),
            isBeginning ? Long.MAX_VALUE : from.epoch());
    try {
      PartitionTail first = claims.startTail(state);
      if (!isBeginning && (first == null || !isAt(from, first))) {
        reader.find(from);
      }
      return reader;
    } catch (RuntimeException | Error e) {
      reader.close();
      throw e;
    }
  }

  private void find(LogCursor from) {
    PartitionTail tail = state.durable();
    if (tail == null || from.nextOffset() > tail.nextOffset()) {
      throw mismatch(
          state, from, "the log ends at offset " + (tail == null ? 0 : tail.nextOffset()));
    }
    if (isAt(from, tail)) {
      stand(log.cursor(tail), tail.position());
      return;
    }
    seek(segments.locateOffset(tail.number(), from.nextOffset()));
    Batch batch;
    while ((batch = step()) != null && batch.nextOffset() <= from.nextOffset()) {
      if (batch.nextOffset() == from.nextOffset()
          && batch.crc() == from.lastCrc()
          && batch.epoch() == from.epoch()) {
        return;
      }
    }
    throw mismatch(state, from, "no batch there has CRC %08x".formatted(from.lastCrc()));
  }

  private static CursorMismatchException mismatch(
      PartitionState state, LogCursor from, String why) {
    return new CursorMismatchException(
        "the log does not continue the cursor of "
            + state.id()
            + " at offset "
            + from.nextOffset()
            + ", epoch "
            + from.epoch()
            + ": "
            + why
            + "; drop what was derived and rebuild it from offset 0");
  }

  private static boolean isAt(LogCursor cursor, PartitionTail tail) {
    return cursor.nextOffset() == tail.nextOffset()
        && cursor.lastCrc() == tail.lastCrc()
        && cursor.epoch() == tail.epoch();
  }

  @Override
  public @Nullable Batch next() {
    if (closed) {
      throw new IllegalStateException("the reader of " + state.id() + " is closed");
    }
    Batch batch;
    do {
      batch = step();
    } while (batch != null && isBelow(batch, fromOffset));
    if (batch != null) {
      claim.moveTo(cursor.nextOffset());
    }
    return batch;
  }

  private static boolean isBelow(Batch batch, long offset) {
    return batch.firstOffset() < offset && batch.nextOffset() <= offset;
  }

  @Override
  public LogCursor cursor() {
    return cursor;
  }

  @Override
  public void close() {
    closed = true;
    claims.giveBack(claim);
  }

  /** Goes to a batch of which the one before is not known. */
  private void seek(long position) {
    at = position;
    walkEnd = position < 0 ? 0 : position + 1;
    segment = null;
    window.clear();
    chained = false;
  }

  private void stand(LogCursor newCursor, long position) {
    seek(position);
    cursor = newCursor;
    chained = true;
  }

  /** Goes on while batches lie below an offset; false if the very first one does not. */
  private boolean passOver(long offset) {
    boolean any = false;
    while (true) {
      LogCursor before = cursor;
      boolean beforeChained = chained;
      Batch batch = step();
      if (batch == null) {
        return any;
      }
      if (!isBelow(batch, offset)) {
        long start = cursor.position() - batch.lengthBytes();
        if (!any) {
          cursor =
              new LogCursor(log.logId(), start, batch.firstOffset(), 0, 0, batch.previousCrc(), 0);
          at = start;
          chained = beforeChained;
          return false;
        }
        cursor = before;
        at = start;
        walkEnd = Math.max(walkEnd, start + 1);
        return true;
      }
      any = true;
    }
  }

  /** The next durable batch, whatever its offset. */
  private @Nullable Batch step() {
    PartitionTail tail = state.durable();
    if (tail == null || (chained && isAt(cursor, tail))) {
      return null;
    }
    long limit = Math.max(log.durablePosition(), tail.position());
    if (at < 0) {
      PartitionTail first = claims.startTail(state);
      if (chained && first != null && first.nextOffset() == cursor.nextOffset()) {
        // Barriers were removed since this reader was opened.
        cursor = log.cursor(first);
      }
      at = segments.locateOffset(tail.number(), 0);
      if (at < 0) {
        return null;
      }
      walkEnd = at + 1;
    }
    while (true) {
      try {
        return walk(tail.number(), limit);
      } catch (IOException e) {
        // A file that was removed under a reader that needs nothing of it.
        if (at >= segments.first().base()) {
          throw new LogException("cannot read " + state.id() + ": " + e.getMessage(), e);
        }
      }
    }
  }

  /** Segments up to here were removed; whatever they held, this reader has taken or passed over. */
  private void goTo(long begin) {
    PartitionTail first = claims.startTail(state);
    if (chained && first != null) {
      if (cursor.nextOffset() != first.nextOffset()) {
        throw new OffsetOutOfRangeException(
            "the log of %s holds its events from offset %d on; those from %d on were removed"
                .formatted(state.id(), first.nextOffset(), cursor.nextOffset()));
      }
      cursor = log.cursor(first);
    }
    at = begin;
    walkEnd = begin;
    segment = null;
    window.clear();
  }

  private @Nullable Batch walk(int number, long limit) throws IOException {
    while (at < limit) {
      long begin = segments.first().base();
      if (at < begin) {
        goTo(begin);
        continue;
      }
      Segment now = segment;
      if (now == null || at >= now.end()) {
        now = segments.holding(at);
        segment = now;
        window.clear();
      }
      long end = Math.min(limit, now.end());
      if (at >= walkEnd && !skip(now, number, end)) {
        continue;
      }
      int shown = window.show(sourceOf(now), now.fileOffset(at), 4, now.fileOffset(end));
      int magic = shown < 0 ? 0 : window.bytes().getInt(shown);
      if (magic == BatchFormat.MAGIC) {
        Batch batch = batchAt(now, number, end);
        if (batch != null) {
          return batch;
        }
      } else if (magic == GroupFormat.MAGIC) {
        passGroupHeader(now, end);
      } else if (at % GroupFormat.ALIGNMENT_BYTES != 0 && magic >>> 24 == 0) {
        at = GroupFormat.align(at);
      } else {
        throw corrupt(now, at, "neither a group nor a batch begins here");
      }
    }
    return null;
  }

  /** Goes to the next region that has something; false if that is not in what can be read here. */
  private boolean skip(Segment now, int number, long end) {
    SegmentIndex index = segments.index(now);
    long entry = index.firstAtOrAfter(number, at);
    if (entry < 0 || entry >= end) {
      at = end;
      // Where the log still grows, the rest of this region is walked: its entry may lie behind.
      walkEnd = end == now.end() ? end : index.regionEnd(end);
      return false;
    }
    at = entry;
    walkEnd = index.regionEnd(entry);
    return true;
  }

  private void passGroupHeader(Segment now, long end) throws IOException {
    int shown =
        window.show(
            sourceOf(now), now.fileOffset(at), GroupFormat.HEADER_BYTES, now.fileOffset(end));
    if (shown < 0) {
      throw corrupt(now, at, "a group header reaches beyond the end");
    }
    try {
      GroupFormat.header(window.bytes(), shown, at, log.logId());
    } catch (LogCorruptException e) {
      throw corrupt(now, at, e.getMessage());
    }
    at += GroupFormat.HEADER_BYTES;
  }

  /** Takes the batch that begins here, or goes past it if it is another partition's. */
  private @Nullable Batch batchAt(Segment now, int number, long end) throws IOException {
    int shown =
        window.show(
            sourceOf(now), now.fileOffset(at), BatchFormat.HEADER_BYTES, now.fileOffset(end));
    int length = shown < 0 ? 0 : window.bytes().getInt(shown + BatchFormat.LENGTH_AT);
    if (length < BatchFormat.HEADER_BYTES
        || length > BatchFormat.MAX_BATCH_BYTES
        || length > end - at) {
      throw corrupt(now, at, "a batch of " + length + " bytes");
    }
    if (window.bytes().getInt(shown + BatchFormat.PARTITION_AT) != number) {
      at += length;
      return null;
    }
    shown = window.show(sourceOf(now), now.fileOffset(at), length, now.fileOffset(end));
    if (shown < 0) {
      throw corrupt(now, at, "the file ends within a batch");
    }
    Batch batch;
    try {
      batch = Batch.parse(window.bytes().slice(shown, length));
    } catch (LogCorruptException e) {
      throw corrupt(now, at, e.getMessage());
    }
    if (chained
        && (batch.previousCrc() != cursor.lastCrc()
            || batch.firstOffset() != cursor.nextOffset()
            || batch.epoch() < cursor.epoch())) {
      throw corrupt(
          now,
          at,
          "%s of %s does not continue offset %d, epoch %d, CRC %08x"
              .formatted(batch, state.id(), cursor.nextOffset(), cursor.epoch(), cursor.lastCrc()));
    }
    at += length;
    chained = true;
    walkEnd = Math.max(walkEnd, segments.index(now).regionEnd(at - length));
    cursor =
        new LogCursor(
            log.logId(),
            at,
            batch.nextOffset(),
            batch.epoch(),
            batch.lineage(),
            batch.crc(),
            batch.logTimeUs());
    return batch;
  }

  private FileWindow.Source sourceOf(Segment now) {
    return (into, fileOffset) -> segments.read(now, into, fileOffset);
  }

  private static LogCorruptException corrupt(Segment now, long position, @Nullable String why) {
    return new LogCorruptException(
        now.where(position) + ": " + why + "; this was durable, restore the file from a copy");
  }

  /** The first offset whose batch has a log time of at least {@code logTimeUs}. */
  static long offsetAt(
      SegmentLog log,
      SegmentSet segments,
      ReadClaims claims,
      PartitionState state,
      long logTimeUs) {
    PartitionTail tail = state.durable();
    if (tail == null) {
      return 0;
    }
    long start = claims.startOffset(state);
    try (SegmentReader reader =
        new SegmentReader(log, segments, claims, state, start, Long.MAX_VALUE)) {
      long position = segments.locateTime(tail.number(), logTimeUs);
      if (position < 0) {
        return tail.nextOffset();
      }
      reader.seek(position);
      Batch batch;
      while ((batch = reader.step()) != null) {
        if (batch.logTimeUs() >= logTimeUs) {
          return batch.firstOffset();
        }
      }
    }
    return state.durableOffset();
  }
}
