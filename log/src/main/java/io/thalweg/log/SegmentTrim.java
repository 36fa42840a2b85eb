package io.thalweg.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Removes whole sealed segments from the front of an open log.
 *
 * <p>Steps, a crash between any two of which is safe:
 *
 * <ol>
 *   <li>Every segment that is to go is read in full, and its chain checked. That gives the tails of
 *       all partitions behind it, from the batches and not from an index.
 *   <li>Under the lock that readers take their place under: nobody holds a segment that is to go,
 *       and from now on nobody may begin to read below.
 *   <li>{@link LogStart} is written, forced, renamed, and the directory forced. From here on the
 *       log begins there: what an open finds of earlier segments is deleted.
 *   <li>The files are deleted, oldest first.
 * </ol>
 */
final class SegmentTrim {
  private final LogFiles files;
  private final Path directory;
  private final UUID logId;
  private final SegmentSet segments;
  private final ReadClaims claims;
  private final List<PartitionTail> partitions;
  private final TrimRequest request;
  private String held = "it is the one that is being written";

  SegmentTrim(
      LogFiles files,
      Path directory,
      UUID logId,
      SegmentSet segments,
      ReadClaims claims,
      List<PartitionTail> partitions,
      TrimRequest request) {
    this.files = files;
    this.directory = directory;
    this.logId = logId;
    this.segments = segments;
    this.claims = claims;
    this.partitions = partitions;
    this.request = request;
  }

  Trimmed run() throws IOException {
    List<Segment> all = segments.all();
    LogStart before = claims.start();
    Chain chain = new Chain(before == null ? List.of() : before.tails());
    LogStart next = null;
    int count = 0;
    // The last one is being written.
    while (count < all.size() - 1) {
      Segment segment = all.get(count);
      if (!isOld(all, count) || !isPassedAtAGlance(segment)) {
        break;
      }
      walk(segment, chain);
      LogStart behind = new LogStart(logId, segment.ordinal() + 1, segment.end(), chain.tails());
      String holder = holderOf(behind);
      if (holder != null) {
        held = holder;
        break;
      }
      next = behind;
      count++;
    }
    if (next == null) {
      return new Trimmed(0, 0, held);
    }
    LogStart start = next;
    String late = claims.moveStart(start, () -> holderOf(start));
    if (late != null) {
      return new Trimmed(0, 0, late);
    }
    try {
      start.write(files, directory);
    } catch (IOException e) {
      claims.restoreStart(before);
      throw e;
    }
    return delete(all.subList(0, count));
  }

  /** Whether age and size let a segment go. */
  private boolean isOld(List<Segment> all, int at) {
    Segment segment = all.get(at);
    if (segment.newestLogTimeUs() >= request.keepFromLogTimeUs()) {
      held = "segment " + segment.ordinal() + " holds batches that are not old enough";
      return false;
    }
    long behindBytes = 0;
    for (Segment later : all.subList(at + 1, all.size())) {
      behindBytes += later.sizeBytes();
    }
    if (behindBytes < request.keepBytes()) {
      held = "segment " + segment.ordinal() + " belongs to the newest bytes, which are kept";
      return false;
    }
    return true;
  }

  /** What keeps the first segment, as far as offsets tell; null if nothing is seen to. */
  @Nullable String blocker() {
    List<Segment> all = segments.all();
    boolean free = all.size() > 1 && isOld(all, 0) && isPassedAtAGlance(all.get(0));
    return free ? null : held;
  }

  /** Whether all are past a segment by their offsets; spares reading it in vain. */
  private boolean isPassedAtAGlance(Segment segment) {
    for (TrimRequest.Holder holder : request.holders().get()) {
      String below = holder.holdsBelow(segment.end());
      if (below != null) {
        held = below;
        return false;
      }
      if (holder.fromPosition() >= 0) {
        continue;
      }
      for (PartitionTail tail : partitions) {
        LogCursor position = holder.positions().get(tail.id());
        long at = position == null ? 0 : position.nextOffset();
        if (at < segment.nextOffset(tail.number())) {
          held = holds(holder.name(), tail.id(), at);
          return false;
        }
      }
    }
    String reader = claims.readerBelow(segment::nextOffset);
    if (reader != null) {
      held = reader;
    }
    return reader == null;
  }

  private void walk(Segment segment, Chain chain) throws IOException {
    try (LogFiles.LogFile file = files.openForReading(segment.file())) {
      GroupScanner.Result found =
          new GroupScanner(file, logId, segment.base(), segment.end())
              .scan(chain, (batch, position) -> {});
      if (found.bad() != null) {
        throw new LogCorruptException(
            segment.where(found.end())
                + ": "
                + found.bad().getMessage()
                + "; this was durable, restore the file from a copy",
            found.bad());
      }
    }
  }

  /** What needs a batch before a start; null if nothing does. */
  private @Nullable String holderOf(LogStart start) {
    for (TrimRequest.Holder holder : request.holders().get()) {
      String below = holder.holdsBelow(start.base());
      if (below != null) {
        return below;
      }
      if (holder.fromPosition() >= 0) {
        continue;
      }
      for (PartitionTail tail : start.tails()) {
        LogCursor position = holder.positions().get(tail.id());
        if (position == null || !position.logId().equals(logId)) {
          return holds(holder.name(), tail.id(), 0);
        }
        if (!isPast(position.nextOffset(), position.epoch(), tail)) {
          return holds(holder.name(), tail.id(), position.nextOffset());
        }
      }
    }
    return claims.readerBelow(start::nextOffset);
  }

  /** Whether whoever stands there has all batches up to a tail behind. */
  static boolean isPast(long nextOffset, long epoch, PartitionTail tail) {
    return nextOffset > tail.nextOffset()
        || (nextOffset == tail.nextOffset() && epoch >= tail.epoch());
  }

  static String holds(String who, PartitionId id, long offset) {
    return "%s needs %s from offset %d on".formatted(who, id, offset);
  }

  private Trimmed delete(List<Segment> removed) throws IOException {
    segments.removeFirst(removed.size());
    long bytes = 0;
    for (Segment segment : removed) {
      bytes += segment.sizeBytes();
      files.deleteIfExists(segment.file());
      files.deleteIfExists(segment.indexFile());
    }
    files.forceDirectory(directory);
    return new Trimmed(removed.size(), bytes, held);
  }
}
