package io.thalweg.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a closed log from where it begins to its last byte and checks all that can be checked:
 * headers, CRCs, positions, chains, dense offsets, and that indexes say what the segments say.
 * Changes nothing.
 */
public final class LogVerifier {
  /** Hears how far the walk is. Called on the walking thread. */
  @FunctionalInterface
  public interface Progress {
    /** So many bytes of so many are checked. */
    void checked(long bytes, long ofBytes);
  }

  /**
   * What the walk found.
   *
   * @param segments number of segments
   * @param bytes bytes of good groups
   * @param groups number of groups
   * @param batches number of batches
   * @param events offset after the last event of each partition; a partition may have none yet
   * @param startOffsets the first offset that the log holds, of the partitions where that is not 0
   * @param tornTailBytes bytes behind the last good group that are not zero and were never proven
   *     durable, counted up to the last one that is not zero; what a crash leaves, not an error
   * @param indexesMissing sealed segments whose index file is missing or damaged, or is of another
   *     version; the next open makes it again
   */
  public record Report(
      int segments,
      long bytes,
      long groups,
      long batches,
      Map<PartitionId, Long> events,
      Map<PartitionId, Long> startOffsets,
      long tornTailBytes,
      int indexesMissing) {}

  private final LogFiles files;
  private final Path directory;
  private final Progress progress;

  private long bytes;
  private long groups;
  private long batches;
  private long totalBytes;
  private int indexesMissing;

  private LogVerifier(LogFiles files, Path directory, Progress progress) {
    this.files = files;
    this.directory = directory;
    this.progress = progress;
  }

  /**
   * Checks the log in a directory, which must not be open.
   *
   * @throws LogCorruptException at the first thing that is wrong; names file and offset
   * @throws LogException if a file cannot be read
   */
  public static Report verify(Path directory, LogFiles files, Progress progress) {
    try {
      return new LogVerifier(files, directory, progress).walk();
    } catch (IOException e) {
      throw new LogException("cannot read the log in " + directory + ": " + e.getMessage(), e);
    }
  }

  private Report walk() throws IOException {
    LogStart start = LogStart.read(files, directory);
    List<SegmentDirectory.Entry> entries = SegmentDirectory.read(files, directory, start);
    Chain chain = new Chain(start == null ? List.of() : start.tails());
    long tornTailBytes = 0;
    for (int i = 0; i < entries.size(); i++) {
      totalBytes += end(entries, i) - entries.get(i).header().base();
    }
    for (int i = 0; i < entries.size(); i++) {
      SegmentDirectory.Entry entry = entries.get(i);
      if (i < entries.size() - 1) {
        sealed(entry, end(entries, i), chain);
      } else {
        tornTailBytes = last(entry, chain);
      }
      progress.checked(bytes, totalBytes);
    }
    progress.checked(totalBytes, totalBytes);
    Map<PartitionId, Long> events = new TreeMap<>(Comparator.naturalOrder());
    for (PartitionTail tail : chain.tails()) {
      events.put(tail.id(), tail.nextOffset());
    }
    return new Report(
        entries.size(),
        bytes,
        groups,
        batches,
        events,
        startOffsets(start),
        tornTailBytes,
        indexesMissing);
  }

  private static Map<PartitionId, Long> startOffsets(@Nullable LogStart start) {
    Map<PartitionId, Long> offsets = new TreeMap<>(Comparator.naturalOrder());
    if (start != null) {
      for (PartitionTail tail : start.tails()) {
        if (tail.nextOffset() > 0) {
          offsets.put(tail.id(), tail.nextOffset());
        }
      }
    }
    return offsets;
  }

  private static long end(List<SegmentDirectory.Entry> entries, int at) {
    return at < entries.size() - 1 ? entries.get(at + 1).header().base() : entries.get(at).limit();
  }

  private void sealed(SegmentDirectory.Entry entry, long end, Chain chain) throws IOException {
    SegmentIndex built = new SegmentIndex(entry.header().base());
    try (LogFiles.LogFile file = files.openForReading(entry.file())) {
      GroupScanner scanner =
          new GroupScanner(file, entry.header().logId(), entry.header().base(), end);
      GroupScanner.Result found = Recovery.scanSealed(scanner, entry, chain, visitor(entry, built));
      count(entry, found);
    }
    checkIndex(entry, end, chain, built);
  }

  private long last(SegmentDirectory.Entry entry, Chain chain) throws IOException {
    try (LogFiles.LogFile file = files.openForReading(entry.file())) {
      GroupScanner.Result found =
          Recovery.scanLast(
              entry, file, chain, visitor(entry, new SegmentIndex(entry.header().base())));
      count(entry, found);
      return new GroupScanner(file, entry.header().logId(), entry.header().base(), entry.limit())
          .bytesNotZeroFrom(found.end());
    }
  }

  private GroupScanner.Visitor visitor(SegmentDirectory.Entry entry, SegmentIndex index) {
    long before = bytes;
    long base = entry.header().base();
    return (batch, position) -> {
      index.add(batch.partition(), position, batch.firstOffset(), batch.logTimeUs());
      progress.checked(before + position - base, totalBytes);
    };
  }

  private void count(SegmentDirectory.Entry entry, GroupScanner.Result found) {
    bytes += found.end() - entry.header().base();
    groups += found.groups();
    batches += found.batches();
  }

  /** A damaged index is only missing; one that is whole and says something else is an error. */
  private void checkIndex(SegmentDirectory.Entry entry, long end, Chain chain, SegmentIndex built) {
    Segment segment =
        new Segment(
            entry.header().ordinal(), entry.header().base(), entry.file(), entry.sizeBytes(), null);
    segment.seal(end, chain.tails());
    IndexFile.Summary summary = IndexFile.readSummary(files, segment.indexFile());
    SegmentIndex stored = IndexFile.readEntries(files, segment.indexFile(), segment);
    if (summary == null || stored == null) {
      indexesMissing++;
      return;
    }
    if (summary.ordinal() != segment.ordinal()
        || !summary.logId().equals(entry.header().logId())
        || !summary.tails().equals(chain.tails())
        || !stored.equals(built)) {
      throw new LogCorruptException(
          segment.indexFile()
              + " does not agree with "
              + entry.file()
              + ", which is good; delete the index, the next open makes it again");
    }
  }
}
