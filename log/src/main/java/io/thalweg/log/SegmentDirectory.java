package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The segment files that a directory holds, their headers checked against each other. */
final class SegmentDirectory {
  /** A segment file. */
  record Entry(Path file, long sizeBytes, SegmentFormat.Header header) {
    /** The position at which the file ends, a multiple of the alignment. */
    long limit() {
      return header.base()
          + ((sizeBytes - SegmentFormat.HEADER_BYTES) & -GroupFormat.ALIGNMENT_BYTES);
    }

    /** Says where something is, for messages. */
    String where(long position) {
      return file
          + " at file offset "
          + (SegmentFormat.HEADER_BYTES + position - header.base())
          + " (log position "
          + position
          + ")";
    }
  }

  private SegmentDirectory() {}

  /**
   * Lists the segments in order; none in an empty directory. Those before the start are not listed.
   *
   * @param start where the log begins; null at position 0
   * @throws LogCorruptException if a header is damaged, or a segment is missing, cut short, of
   *     another log or under another's name
   */
  static List<Entry> read(LogFiles files, Path directory, @Nullable LogStart start)
      throws IOException {
    long first = start == null ? 1 : start.ordinal();
    List<String> names = files.list(directory);
    List<String> segments =
        names.stream()
            .filter(SegmentFormat::isSegmentName)
            .filter(name -> SegmentFormat.ordinal(name) >= first)
            .sorted()
            .toList();
    List<Entry> entries = new ArrayList<>();
    for (String name : segments) {
      Path file = directory.resolve(name);
      long expected = first + entries.size();
      if (SegmentFormat.ordinal(name) != expected) {
        throw missing(directory, expected);
      }
      entries.add(readHeader(files, file, expected));
    }
    if (entries.isEmpty() && start != null) {
      throw missing(directory, first);
    }
    for (int i = 0; i < entries.size(); i++) {
      check(entries, i, start);
    }
    // An index is written only after the next segment has its name.
    long indexed =
        names.stream()
            .filter(SegmentFormat::isIndexName)
            .mapToLong(SegmentFormat::ordinal)
            .max()
            .orElse(0);
    long next = first + entries.size();
    if (indexed >= next - 1 && indexed >= first) {
      throw missing(directory, next);
    }
    return entries;
  }

  private static Entry readHeader(LogFiles files, Path file, long ordinal) throws IOException {
    try (LogFiles.LogFile in = files.openForReading(file)) {
      ByteBuffer bytes = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES);
      while (bytes.hasRemaining()) {
        if (in.read(bytes, bytes.position()) < 0) {
          throw new LogCorruptException(
              file + " is cut short: it has " + in.sizeBytes() + " bytes, less than a header");
        }
      }
      SegmentFormat.Header header = SegmentFormat.decode(bytes);
      if (header.ordinal() != ordinal) {
        throw new LogCorruptException("this is segment " + header.ordinal() + " by its header");
      }
      return new Entry(file, in.sizeBytes(), header);
    } catch (LogCorruptException e) {
      throw new LogCorruptException(
          file + " at file offset 0: " + e.getMessage() + "; restore the file from a copy", e);
    }
  }

  private static void check(List<Entry> entries, int at, @Nullable LogStart start) {
    Entry entry = entries.get(at);
    UUID logId = start == null ? entries.get(0).header().logId() : start.logId();
    if (!entry.header().logId().equals(logId)) {
      throw new LogCorruptException(
          entry.file() + " belongs to log " + entry.header().logId() + ", not to " + logId);
    }
    if (at == 0) {
      long base = start == null ? 0 : start.base();
      if (entry.header().base() != base) {
        throw new LogCorruptException(
            entry.file() + " begins at position " + entry.header().base() + ", not at " + base);
      }
      return;
    }
    Entry before = entries.get(at - 1);
    if (entry.header().base() <= before.header().base()) {
      throw new LogCorruptException(
          entry.file()
              + " begins at position "
              + entry.header().base()
              + ", the segment before it at "
              + before.header().base());
    }
    if (before.limit() < entry.header().base()) {
      throw new LogCorruptException(
          before.file()
              + " is cut short: it ends at file offset "
              + before.sizeBytes()
              + ", the next segment says at "
              + (SegmentFormat.HEADER_BYTES + entry.header().base() - before.header().base())
              + "; restore the file from a copy");
    }
  }

  private static LogCorruptException missing(Path directory, long ordinal) {
    return new LogCorruptException(
        directory.resolve(SegmentFormat.segmentName(ordinal))
            + " is missing; restore the file from a copy");
  }
}
