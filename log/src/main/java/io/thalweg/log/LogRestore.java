package io.thalweg.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a log from the bytes of another one up to a cut, or up to a log time before it.
 *
 * <p>Every group, batch and chain of the source is checked on the way. Of each partition a prefix
 * is taken: up to a log time, all batches that are not later. Log time never goes back within a
 * partition, and what answers something is never earlier than it, so the prefixes fit together. Of
 * a partition whose first barrier is later, that barrier is taken alone: the partition is then
 * known, and empty.
 *
 * <p>The new log has an identity of its own, and every partition goes on in a new {@link Lineage}:
 * what was derived from the old log beyond the cut, and positions that clients hold of it, are not
 * continued by mistake.
 */
public final class LogRestore {
  /** No bound on time. */
  public static final long TO_THE_END = Long.MAX_VALUE;

  /** The bytes of a log by their position. */
  public interface Source {
    /**
     * Reads from a position; positions only go up, but a part may be read again.
     *
     * @return the number of bytes read; -1 if there are none
     */
    int read(ByteBuffer into, long position) throws IOException;

    /** Says where a position is, for messages. */
    String where(long position);
  }

  /**
   * Where a source begins.
   *
   * @param beginning null at position 0
   * @param needed cursors of what the new log will be used with, such as a checkpoint of the rows
   *     before the beginning: each must be reached
   */
  public record From(@Nullable LogBeginning beginning, Map<PartitionId, LogCursor> needed) {
    /** The first position; nothing else is needed. */
    public static final From ZERO = new From(null, Map.of());

    public From {
      needed = Map.copyOf(needed);
    }

    /** The earliest log time that can be restored to; 0 if there is no bound. */
    public long earliestUs() {
      long neededUs = needed.values().stream().mapToLong(LogCursor::logTimeUs).max().orElse(0);
      return Math.max(neededUs, beginning == null ? 0 : beginning.lastLogTimeUs());
    }
  }

  /**
   * What was made.
   *
   * @param logId identity of the new log
   * @param batches that were taken
   * @param batchesLeftOut that were later than the log time
   * @param partitions where they stand, by number
   * @param bytes of the new log
   */
  public record Report(
      UUID logId, long batches, long batchesLeftOut, List<PartitionCut> partitions, long bytes) {}

  private final Source source;
  private final long toTimeUs;
  private final LongConsumer progress;
  private final RestoreWriter writer;
  private final From from;
  private final Map<PartitionId, LogCursor> missing;
  private final Set<Integer> ended = new HashSet<>();
  private long batches;
  private long leftOut;

  private LogRestore(
      Source source, From from, long toTimeUs, LongConsumer progress, RestoreWriter writer) {
    this.source = source;
    this.from = from;
    this.missing = new HashMap<>(from.needed());
    this.toTimeUs = toTimeUs;
    this.progress = progress;
    this.writer = writer;
  }

  /**
   * Writes the new log into a directory that holds none. It must not be opened before this has
   * returned; if this throws, what is there must be deleted.
   *
   * @param from where it begins
   * @param logId identity of the source
   * @param end position of the cut
   * @param toTimeUs microseconds since 1970; {@link #TO_THE_END} for all
   * @param progress told how many bytes of the source have been read
   * @throws LogCorruptException if the source is damaged; says where
   * @throws LogException if the time is before the first batch, or before what is needed
   * @throws IOException if a file cannot be read or written
   */
  public static Report restore(
      Source source,
      From from,
      UUID logId,
      long end,
      long toTimeUs,
      Path directory,
      SegmentLogOptions options,
      LongConsumer progress)
      throws IOException {
    if (toTimeUs < from.earliestUs()) {
      throw new LogException(
          "the earliest time that can be restored to is %s; %s is before it"
              .formatted(time(from.earliestUs()), time(toTimeUs)));
    }
    for (String name : options.files().list(makeDirectory(options, directory))) {
      throw new LogException(directory + " is not empty: it holds " + name);
    }
    try (RestoreWriter writer = new RestoreWriter(options, directory, from.beginning())) {
      return new LogRestore(source, from, toTimeUs, progress, writer).run(logId, end);
    }
  }

  private static Path makeDirectory(SegmentLogOptions options, Path directory) throws IOException {
    options.files().createDirectories(directory);
    return directory;
  }

  private Report run(UUID logId, long end) throws IOException {
    LogStart start = from.beginning() == null ? null : from.beginning().start();
    long base = start == null ? 0 : start.base();
    List<PartitionTail> tails = start == null ? List.of() : start.tails();
    tails.forEach(this::reached);
    GroupScanner scanner = new GroupScanner(new SourceFile(source, base), logId, base, end);
    GroupScanner.Result found;
    try {
      found = scanner.scan(new Chain(tails), this::take);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (found.bad() != null) {
      throw new LogCorruptException(
          source.where(found.end()) + ": " + found.bad().getMessage(), found.bad());
    }
    if (!missing.isEmpty()) {
      throw new LogCorruptException(
          "the log does not go through the cursors that are needed: " + missing);
    }
    List<PartitionCut> partitions =
        writer.finish().stream()
            .map(tail ->
                new PartitionCut(tail.id(), tail.nextOffset(), tail.logTimeUs(), tail.lineages()))
            .toList();
    return new Report(writer.logId(), batches, leftOut, partitions, writer.bytes());
  }

  private void take(Batch batch, long position) {
    boolean first = from.beginning() == null && batches == 0 && leftOut == 0;
    if (first && batch.logTimeUs() > toTimeUs) {
      throw new LogException(
          "the log begins at %s, after %s".formatted(time(batch.logTimeUs()), time(toTimeUs)));
    }
    int number = batch.partition();
    boolean known = writer.knows(number);
    if (batch.logTimeUs() > toTimeUs) {
      ended.add(number);
    }
    if (known && ended.contains(number)) {
      leftOut++;
    } else {
      try {
        writer.add(batch, batch.bytes());
        batches++;
        PartitionTail tail = writer.tail(number);
        if (tail != null && !missing.isEmpty()) {
          reached(tail);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    progress.accept(position + batch.lengthBytes());
  }

  private void reached(PartitionTail tail) {
    LogCursor cursor = missing.get(tail.id());
    if (cursor != null
        && cursor.nextOffset() == tail.nextOffset()
        && cursor.epoch() == tail.epoch()
        && cursor.lastCrc() == tail.lastCrc()) {
      missing.remove(tail.id());
    }
  }

  private static Instant time(long us) {
    return Instant.EPOCH.plus(us, ChronoUnit.MICROS);
  }

  /** The source as the file of one segment that begins at a position. */
  private record SourceFile(Source source, long base) implements LogFiles.LogFile {
    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      return source.read(into, atBytes - SegmentFormat.HEADER_BYTES + base);
    }

    @Override
    public void write(ByteBuffer from, long atBytes) {
      throw new UnsupportedOperationException("a source is only read");
    }

    @Override
    public void force() {
      throw new UnsupportedOperationException("a source is only read");
    }

    @Override
    public long sizeBytes() {
      throw new UnsupportedOperationException("a source is only read");
    }

    @Override
    public void close() {
      // The caller's.
    }
  }
}
