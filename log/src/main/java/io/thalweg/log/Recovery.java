package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Opens the files of a log: finds its end, tells a torn tail from corruption, and starts a segment
 * of which everything is durable.
 *
 * <h2>What may be believed</h2>
 *
 * <ol>
 *   <li>A segment gets its name only after its header was forced, and after every byte below its
 *       base was forced. So segment N + 1 proves all of segment N below its base, and a header that
 *       cannot be read is corruption.
 *   <li>Every byte below the durable position that a group or a segment header names had been
 *       forced before that header was written.
 *   <li>No position is written twice in one file. So in the last segment a header behind a bad
 *       group that has its own place in it, and names a durable position beyond the bad group, was
 *       written after the bad group had been forced.
 * </ol>
 *
 * So a group that is not good is corruption if one of these three proves it durable. Else it was
 * never acknowledged as far as anyone can tell, and it and all behind it are the torn tail: groups
 * are forced in order, so nothing behind it was acknowledged either.
 *
 * <p>A log whose first segments were removed begins where {@link LogStart} says, with the tails
 * that are there; segments before that are what a crash left, and are deleted.
 *
 * <h2>What is served</h2>
 *
 * The good groups behind the last proven position may be in the page cache only, after a failed
 * force even in pages that nobody will write again. They are copied as they are into another file,
 * which is forced before it gets its name: the next ordinal, with the proven position as its base.
 * From then on what the old file holds beyond is never looked at. If what the last segment holds is
 * small, all of it is copied and the file takes the old one's place and name, so that opening often
 * does not leave many small files. The rename is one step, and both files hold the same batches.
 * Groups without batches at the end are left out. A crash at any step leaves either the old files,
 * untouched, and a temporary one that is deleted, or the new ones.
 */
final class Recovery {
  private static final int COPY_BYTES = 1 << 20;

  /** A segment whose content is no more than this is replaced and not followed, ... */
  private static final long REPLACE_BYTES = 256 << 10;

  /** ... if it is no more than this part of the first segment's size either. */
  private static final int REPLACE_PART = 4;

  private final LogFiles files;
  private final Path directory;
  private final SegmentLogOptions options;

  Recovery(Path directory, SegmentLogOptions options) {
    this.files = options.files();
    this.directory = directory;
    this.options = options;
  }

  /**
   * An opened log.
   *
   * @param start where the log begins; null at position 0
   * @param segments in order; the last one is ready to be written
   * @param lastFile the file of the last one, open for writing
   * @param tails the partitions, by number
   * @param end position at which the log continues; everything before it is durable
   */
  record Opened(
      UUID logId,
      @Nullable LogStart start,
      List<Segment> segments,
      LogFiles.LogFile lastFile,
      List<PartitionTail> tails,
      long end) {}

  Opened open() throws IOException {
    files.createDirectories(directory);
    for (String name : files.list(directory)) {
      if (name.endsWith(".tmp")) {
        files.deleteIfExists(directory.resolve(name));
      }
    }
    LogStart start = LogStart.read(files, directory);
    List<SegmentDirectory.Entry> entries = SegmentDirectory.read(files, directory, start);
    if (start != null) {
      deleteBefore(start);
    }
    List<Segment> segments = new ArrayList<>();
    Chain chain = new Chain(start == null ? List.of() : start.tails());
    UUID logId;
    if (entries.isEmpty()) {
      logId = options.host().newUuid();
      publish(header(1, 0, logId, 0), null);
    } else {
      logId = entries.get(0).header().logId();
      for (int i = 0; i < entries.size() - 1; i++) {
        long end = entries.get(i + 1).header().base();
        chain = seal(entries.get(i), end, logId, chain, segments);
      }
      chain = restart(entries.get(entries.size() - 1), logId, chain, segments);
    }
    return openLast(logId, start, segments, chain);
  }

  /** Deletes what a crash left of removed segments. */
  private void deleteBefore(LogStart start) throws IOException {
    for (String name : files.list(directory)) {
      boolean known = SegmentFormat.isSegmentName(name) || SegmentFormat.isIndexName(name);
      if (known && SegmentFormat.ordinal(name) < start.ordinal()) {
        files.deleteIfExists(directory.resolve(name));
      }
    }
  }

  /** Starts the segment that follows or replaces the last one. */
  private Chain restart(
      SegmentDirectory.Entry last, UUID logId, Chain chain, List<Segment> segments)
      throws IOException {
    GroupScanner.Result found;
    try (LogFiles.LogFile file = files.openForReading(last.file())) {
      found = scanLast(last, file, new Chain(chain.tails()), (batch, position) -> {});
    }
    long base = last.header().base();
    long end = found.contentEnd();
    long proven = Math.min(end, Math.max(found.durablePosition(), last.header().durablePosition()));
    long small = Math.min(REPLACE_BYTES, options.firstSegmentBytes() / REPLACE_PART);
    if (end - base <= small || proven == base) {
      publish(header(last.header().ordinal(), base, logId, end), last);
      return chain;
    }
    publish(header(last.header().ordinal() + 1, proven, logId, end), last);
    return seal(last, proven, logId, chain, segments);
  }

  /**
   * Walks over the last segment.
   *
   * @throws LogCorruptException if it ends, or holds a bad group, where it is proven durable
   */
  static GroupScanner.Result scanLast(
      SegmentDirectory.Entry last, LogFiles.LogFile file, Chain chain, GroupScanner.Visitor visitor)
      throws IOException {
    GroupScanner scanner =
        new GroupScanner(file, last.header().logId(), last.header().base(), last.limit());
    GroupScanner.Result found = scanner.scan(chain, visitor);
    LogCorruptException bad = found.bad();
    String why = bad == null ? "the file ends here" : String.valueOf(bad.getMessage());
    if (found.end() < last.header().durablePosition()) {
      throw new LogCorruptException(
          last.where(found.end())
              + ": "
              + why
              + "; the segment's header says that everything before position "
              + last.header().durablePosition()
              + " was durable; restore the file from a copy",
          bad);
    }
    if (bad != null) {
      long proof = scanner.proofBehind(found.end());
      if (proof >= 0) {
        throw new LogCorruptException(
            last.where(found.end())
                + ": "
                + why
                + "; the group at position "
                + proof
                + " says that this was durable; restore the file from a copy",
            bad);
      }
    }
    return found;
  }

  /** Takes a sealed segment over, by its index or by walking over it. */
  private Chain seal(
      SegmentDirectory.Entry entry, long end, UUID logId, Chain chain, List<Segment> segments)
      throws IOException {
    SegmentFormat.Header header = entry.header();
    Segment segment =
        new Segment(header.ordinal(), header.base(), entry.file(), entry.sizeBytes(), null);
    segments.add(segment);
    IndexFile.Summary summary = IndexFile.readSummary(files, segment.indexFile());
    if (summary != null
        && summary.ordinal() == header.ordinal()
        && summary.base() == header.base()
        && summary.end() == end
        && summary.logId().equals(logId)) {
      segment.seal(end, summary.tails());
      return new Chain(summary.tails());
    }
    Chain moved = new Chain(chain.tails());
    SegmentIndex index = new SegmentIndex(header.base());
    try (LogFiles.LogFile file = files.openForReading(entry.file())) {
      scanSealed(
          new GroupScanner(file, header.logId(), header.base(), end),
          entry,
          moved,
          (batch, position) ->
              index.add(batch.partition(), position, batch.firstOffset(), batch.logTimeUs()));
    }
    segment.seal(end, moved.tails());
    writeIndex(files, segment, logId, moved.tails(), index);
    return moved;
  }

  /**
   * Walks over a sealed segment.
   *
   * @throws LogCorruptException if anything in it is not good
   */
  static GroupScanner.Result scanSealed(
      GroupScanner scanner, SegmentDirectory.Entry entry, Chain chain, GroupScanner.Visitor visitor)
      throws IOException {
    GroupScanner.Result found = scanner.scan(chain, visitor);
    if (found.bad() != null) {
      throw new LogCorruptException(
          entry.where(found.end())
              + ": "
              + found.bad().getMessage()
              + "; a later segment proves that this was durable; restore the file from a copy",
          found.bad());
    }
    return found;
  }

  /** Writes an index; if that fails it stays in memory, and the next open tries again. */
  static void writeIndex(
      LogFiles files, Segment segment, UUID logId, List<PartitionTail> tails, SegmentIndex index) {
    try {
      IndexFile.write(
          files,
          segment.indexFile(),
          IndexFile.summary(segment.ordinal(), segment.base(), segment.end(), logId, tails, index),
          index);
      segment.index(null);
    } catch (IOException e) {
      segment.index(index);
    }
  }

  private SegmentFormat.Header header(long ordinal, long base, UUID logId, long durable) {
    long nowMs = options.host().wallTimeUs() / 1_000;
    return new SegmentFormat.Header(ordinal, base, logId, nowMs, durable);
  }

  /**
   * Makes a segment file with what the last one holds from the new base to the durable position.
   */
  private void publish(SegmentFormat.Header header, SegmentDirectory.@Nullable Entry last)
      throws IOException {
    Path file = directory.resolve(SegmentFormat.segmentName(header.ordinal()));
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (LogFiles.LogFile out = files.create(temporary)) {
      out.write(SegmentFormat.encode(header), 0);
      long content = header.durablePosition() - header.base();
      ByteBuffer bytes = buffer(content);
      if (last != null) {
        long from = SegmentFormat.HEADER_BYTES + header.base() - last.header().base();
        copy(last, from, content, out, bytes);
      }
      long size = Math.max(options.firstSegmentBytes(), content + options.firstSegmentBytes() / 2);
      long at = SegmentFormat.HEADER_BYTES + content;
      ByteBuffer zeros = buffer(size - at);
      while (at < size) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
        int length = zeros.remaining();
        out.write(zeros, at);
        at += length;
      }
      out.force();
    }
    files.rename(temporary, file);
    files.forceDirectory(directory);
  }

  private static ByteBuffer buffer(long wantedBytes) {
    return ByteBuffer.allocateDirect(Math.clamp(wantedBytes, 1, COPY_BYTES));
  }

  private void copy(
      SegmentDirectory.Entry last, long from, long length, LogFiles.LogFile out, ByteBuffer bytes)
      throws IOException {
    try (LogFiles.LogFile in = files.openForReading(last.file())) {
      long done = 0;
      while (done < length) {
        bytes.clear().limit((int) Math.min(bytes.capacity(), length - done));
        int read = in.read(bytes, from + done);
        if (read < 0) {
          throw new IOException(last.file() + " became shorter while it was read");
        }
        bytes.flip();
        out.write(bytes, SegmentFormat.HEADER_BYTES + done);
        done += read;
      }
    }
  }

  /** Reads back the segment that was just made, and opens it for writing. */
  private Opened openLast(UUID logId, @Nullable LogStart start, List<Segment> segments, Chain chain)
      throws IOException {
    List<SegmentDirectory.Entry> entries = SegmentDirectory.read(files, directory, start);
    SegmentDirectory.Entry last = entries.get(entries.size() - 1);
    SegmentIndex index = new SegmentIndex(last.header().base());
    LogFiles.LogFile file = files.openForWriting(last.file());
    try {
      GroupScanner.Result found =
          scanLast(
              last,
              file,
              chain,
              (batch, position) ->
                  index.add(batch.partition(), position, batch.firstOffset(), batch.logTimeUs()));
      if (found.end() != last.header().durablePosition()) {
        throw new LogCorruptException(
            last.where(found.end()) + ": a new segment holds more than was written to it");
      }
      segments.add(
          new Segment(
              last.header().ordinal(), last.header().base(), last.file(), last.sizeBytes(), index));
      return new Opened(logId, start, List.copyOf(segments), file, chain.tails(), found.end());
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }
}
