package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The segments of an open log in order, and how a reader finds its way in them.
 *
 * <p>Thread-safe. The indexes of sealed segments are read when needed; a bounded number is kept.
 */
final class SegmentSet implements AutoCloseable {
  private static final int MAX_INDEXES = 64;

  private final LogFiles files;
  private final UUID logId;
  private final ReadHandles handles;
  private final Map<Segment, SegmentIndex> indexes = new LinkedHashMap<>(16, 0.75f, true);
  private volatile List<Segment> segments;

  SegmentSet(LogFiles files, UUID logId, List<Segment> segments) {
    this.files = files;
    this.logId = logId;
    this.handles = new ReadHandles(files);
    this.segments = List.copyOf(segments);
  }

  List<Segment> all() {
    return segments;
  }

  /** The first one. */
  Segment first() {
    return segments.get(0);
  }

  /** The one that is being written. */
  Segment last() {
    List<Segment> now = segments;
    return now.get(now.size() - 1);
  }

  /** Adds the next segment; the last one so far must be sealed at its base. */
  synchronized void add(Segment segment) {
    List<Segment> more = new ArrayList<>(segments);
    more.add(segment);
    segments = List.copyOf(more);
  }

  /** Forgets the first ones and lets go of their files, which are about to be deleted. */
  void removeFirst(int count) throws IOException {
    List<Segment> removed;
    synchronized (this) {
      removed = segments.subList(0, count);
      segments = List.copyOf(segments.subList(count, segments.size()));
    }
    synchronized (indexes) {
      indexes.keySet().removeAll(removed);
    }
    for (Segment segment : removed) {
      handles.forget(segment.file());
    }
  }

  /** The segment that holds a position; the last one for a position at or beyond its base. */
  Segment holding(long position) {
    List<Segment> now = segments;
    int low = 0;
    int high = now.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (now.get(middle).base() <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return now.get(low);
  }

  /** Reads from a segment's file. */
  int read(Segment segment, ByteBuffer into, long fileOffset) throws IOException {
    return handles.read(segment.file(), into, fileOffset);
  }

  /**
   * Where to begin looking for the batch that holds an offset: a batch of the partition that begins
   * below the offset, the last indexed one, or the partition's first batch.
   *
   * @return a position; -1 if the log holds no batch of the partition
   */
  long locateOffset(int number, long offset) {
    List<Segment> now = segments;
    int at = now.size() - 1;
    while (at > 0 && now.get(at - 1).nextOffset(number) >= offset) {
      at--;
    }
    long below = index(now.get(at)).lastBelowOffset(number, offset);
    return below >= 0 ? below : firstFrom(now, at, number);
  }

  /**
   * Where to begin looking for the first batch of a log time or later: an older batch, the last
   * indexed one, or if there is none in its segment the partition's first batch from there on.
   *
   * @return a position; -1 if all batches are older
   */
  long locateTime(int number, long logTimeUs) {
    List<Segment> now = segments;
    int at = now.size() - 1;
    while (at > 0 && now.get(at - 1).logTimeUs(number) >= logTimeUs) {
      at--;
    }
    long below = index(now.get(at)).lastBelowTime(number, logTimeUs);
    return below >= 0 ? below : firstFrom(now, at, number);
  }

  private long firstFrom(List<Segment> now, int from, int number) {
    for (int at = from; at < now.size(); at++) {
      long first = now.get(at).mayKnow(number) ? index(now.get(at)).first(number) : -1;
      if (first >= 0) {
        return first;
      }
    }
    return -1;
  }

  /** The index of a segment, from memory, from its file, or made again from the segment. */
  SegmentIndex index(Segment segment) {
    SegmentIndex pinned = segment.index();
    if (pinned != null) {
      return pinned;
    }
    synchronized (indexes) {
      SegmentIndex known = indexes.get(segment);
      if (known != null) {
        return known;
      }
    }
    // Without the lock: two readers may both load it, neither waits for a file while it holds one.
    SegmentIndex loaded = IndexFile.readEntries(files, segment.indexFile(), segment);
    if (loaded == null) {
      loaded = rebuild(segment);
    }
    synchronized (indexes) {
      indexes.put(segment, loaded);
      if (indexes.size() > MAX_INDEXES) {
        indexes.remove(indexes.keySet().iterator().next());
      }
    }
    return loaded;
  }

  private SegmentIndex rebuild(Segment segment) {
    SegmentIndex index = new SegmentIndex(segment.base());
    try (LogFiles.LogFile file = files.openForReading(segment.file())) {
      GroupScanner scanner = new GroupScanner(file, logId, segment.base(), segment.end());
      GroupScanner.Result result =
          scanner.scan(
              null,
              (batch, position) ->
                  index.add(batch.partition(), position, batch.firstOffset(), batch.logTimeUs()));
      if (result.bad() != null) {
        throw new LogCorruptException(
            segment.where(result.end()) + ": " + result.bad().getMessage(), result.bad());
      }
      rewrite(segment, index);
      return index;
    } catch (IOException e) {
      throw new LogException("cannot read " + segment.file() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Repairs an index file whose entries are damaged; one that cannot be is left to the next open.
   */
  private void rewrite(Segment segment, SegmentIndex index) {
    IndexFile.@Nullable Summary summary = IndexFile.readSummary(files, segment.indexFile());
    if (summary != null) {
      try {
        IndexFile.write(files, segment.indexFile(), summary, index);
      } catch (IOException e) {
        segment.index(index);
      }
    }
  }

  @Override
  public void close() throws IOException {
    handles.close();
  }
}
