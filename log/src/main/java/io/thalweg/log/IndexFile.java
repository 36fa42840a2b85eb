package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file beside a sealed segment that saves reading it: how each partition continues after it,
 * and its {@link SegmentIndex}. Derived: a file that is missing, damaged or of another version is
 * made again from the segment, and so it is not forced. Version 1, big-endian:
 *
 * <pre>
 *   offset size
 *     0     4   magic "TWX1"
 *     4     4   CRC32C of bytes 8 .. end of the summary
 *     8     1   format = 1
 *     9     3   reserved, 0
 *    12     4   length of the summary, from the file's start
 *    16     8   ordinal of the segment
 *    24     8   base of the segment
 *    32     8   end of the segment: base of the next one
 *    40    16   id of the log
 *    56     4   CRC32C of the entries
 *    60     4   number of partitions
 *    64     8   length of the entries in bytes
 *    72         for each partition of the log up to here, by number:
 *                 2 service name: length, then bytes of UTF-8
 *                 4 index within the service, 8 epoch, 4 CRC of the last batch, 8 next offset,
 *                 8 log time, 8 position after the last batch, 4 number of entries,
 *                 2 number of lineages, then for each: 4 ordinal, 4 parent, 8 fork offset, 16 id
 *               the entries, by partition: 8 position, 8 first offset, 8 log time
 * </pre>
 */
final class IndexFile {
  private static final int MAGIC = 0x54575831; // "TWX1"
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 72;
  private static final int ENTRY_BYTES = 24;
  private static final int MAX_BYTES = 1 << 30;

  private IndexFile() {}

  /**
   * What an index says of a segment.
   *
   * @param tails by number, from 1
   * @param entryCounts of each
   */
  record Summary(
      long ordinal,
      long base,
      long end,
      UUID logId,
      List<PartitionTail> tails,
      int[] entryCounts) {}

  static Summary summary(
      long ordinal,
      long base,
      long end,
      UUID logId,
      List<PartitionTail> tails,
      SegmentIndex index) {
    int[] counts = new int[tails.size()];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = index.count(i + 1);
    }
    return new Summary(ordinal, base, end, logId, tails, counts);
  }

  /** Writes an index under a temporary name and gives it its own. */
  static void write(LogFiles files, Path file, Summary summary, SegmentIndex index)
      throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (LogFiles.LogFile out = files.create(temporary)) {
      out.write(encode(summary, index), 0);
    }
    files.rename(temporary, file);
  }

  private static ByteBuffer encode(Summary summary, SegmentIndex index) {
    int summaryBytes = HEADER_BYTES;
    int entries = 0;
    for (PartitionTail tail : summary.tails()) {
      summaryBytes += 48 + tail.id().service().length() + 32 * tail.lineages().size();
      entries += summary.entryCounts()[tail.number() - 1];
    }
    ByteBuffer out = ByteBuffer.allocate(summaryBytes + entries * ENTRY_BYTES);
    out.putInt(MAGIC).putInt(0).put(FORMAT).put((byte) 0).putShort((short) 0).putInt(summaryBytes);
    out.putLong(summary.ordinal()).putLong(summary.base()).putLong(summary.end());
    out.putLong(summary.logId().getMostSignificantBits());
    out.putLong(summary.logId().getLeastSignificantBits());
    out.putInt(0).putInt(summary.tails().size()).putLong((long) entries * ENTRY_BYTES);
    for (PartitionTail tail : summary.tails()) {
      byte[] service = tail.id().service().getBytes(StandardCharsets.UTF_8);
      out.putShort((short) service.length).put(service).putInt(tail.id().index());
      out.putLong(tail.epoch()).putInt(tail.lastCrc()).putLong(tail.nextOffset());
      out.putLong(tail.logTimeUs()).putLong(tail.position());
      out.putInt(summary.entryCounts()[tail.number() - 1]);
      out.putShort((short) tail.lineages().size());
      Barrier.putLineages(out, tail.lineages());
    }
    for (PartitionTail tail : summary.tails()) {
      for (int entry = 0; entry < summary.entryCounts()[tail.number() - 1]; entry++) {
        for (int field = 0; field < 3; field++) {
          out.putLong(index.field(tail.number(), entry, field));
        }
      }
    }
    out.flip();
    out.putInt(56, Crc.of(out, summaryBytes, out.limit()));
    out.putInt(4, Crc.of(out, 8, summaryBytes));
    return out;
  }

  /** Reads how partitions continue; null if the file is not there or not good. */
  static @Nullable Summary readSummary(LogFiles files, Path file) {
    try (LogFiles.LogFile in = files.openForReading(file)) {
      ByteBuffer bytes = summaryBytes(in);
      return bytes == null ? null : decodeSummary(bytes);
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  /** Reads the entries; null if the file is not there, not good, or of something else. */
  static @Nullable SegmentIndex readEntries(LogFiles files, Path file, Segment segment) {
    try (LogFiles.LogFile in = files.openForReading(file)) {
      ByteBuffer head = summaryBytes(in);
      if (head == null) {
        return null;
      }
      Summary summary = decodeSummary(head);
      long length = head.getLong(64);
      if (summary.base() != segment.base()
          || summary.end() != segment.end()
          || length < 0
          || length > MAX_BYTES) {
        return null;
      }
      ByteBuffer entries = read(in, head.limit(), (int) length);
      if (entries == null || Crc.of(entries, 0, (int) length) != head.getInt(56)) {
        return null;
      }
      SegmentIndex index = new SegmentIndex(summary.base());
      for (int number = 1; number <= summary.entryCounts().length; number++) {
        for (int entry = 0; entry < summary.entryCounts()[number - 1]; entry++) {
          index.addStored(number, entries.getLong(), entries.getLong(), entries.getLong());
        }
      }
      return entries.hasRemaining() ? null : index;
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static @Nullable ByteBuffer summaryBytes(LogFiles.LogFile in) throws IOException {
    ByteBuffer head = read(in, 0, HEADER_BYTES);
    if (head == null || head.getInt(0) != MAGIC) {
      return null;
    }
    int length = head.getInt(12);
    if (length < HEADER_BYTES || length > in.sizeBytes()) {
      return null;
    }
    ByteBuffer bytes = read(in, 0, length);
    return bytes == null || Crc.of(bytes, 8, length) != bytes.getInt(4) || bytes.get(8) != FORMAT
        ? null
        : bytes;
  }

  private static Summary decodeSummary(ByteBuffer in) {
    in.position(16);
    long ordinal = in.getLong();
    long base = in.getLong();
    long end = in.getLong();
    UUID logId = new UUID(in.getLong(), in.getLong());
    in.position(60);
    int count = in.getInt();
    in.position(HEADER_BYTES);
    List<PartitionTail> tails = new ArrayList<>();
    int[] entryCounts = new int[count];
    for (int i = 0; i < count; i++) {
      byte[] service = new byte[Short.toUnsignedInt(in.getShort())];
      in.get(service);
      PartitionId id = new PartitionId(new String(service, StandardCharsets.UTF_8), in.getInt());
      long epoch = in.getLong();
      int lastCrc = in.getInt();
      long nextOffset = in.getLong();
      long logTimeUs = in.getLong();
      long position = in.getLong();
      entryCounts[i] = in.getInt();
      List<Lineage> lineages = Barrier.getLineages(in, Short.toUnsignedInt(in.getShort()));
      tails.add(
          new PartitionTail(id, i + 1, epoch, lastCrc, nextOffset, logTimeUs, position, lineages));
    }
    return new Summary(ordinal, base, end, logId, List.copyOf(tails), entryCounts);
  }

  private static @Nullable ByteBuffer read(LogFiles.LogFile in, long at, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (in.read(bytes, at + bytes.position()) < 0) {
        return null;
      }
    }
    return bytes.flip();
  }
}
