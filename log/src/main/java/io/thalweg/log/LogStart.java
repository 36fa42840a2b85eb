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
 * Where a log begins whose first segments were removed: the file {@value #NAME}. It holds what the
 * removed segments would have told, the tails of all partitions, so that what is kept can be
 * checked from its first batch on. A log without this file begins at position 0. Version 1,
 * big-endian:
 *
 * <pre>
 *   offset size
 *     0     4   magic "TWL1"
 *     4     4   CRC32C of bytes 8 .. length
 *     8     1   format = 1
 *     9     3   reserved, 0
 *    12     4   length in bytes
 *    16    16   id of the log
 *    32     8   ordinal of the first segment
 *    40     8   its base
 *    48     4   number of partitions
 *    52     4   reserved, 0
 *    56         for each partition of the log up to here, by number:
 *                 2 service name: length, then bytes of UTF-8
 *                 4 index within the service, 8 epoch, 4 CRC of the last batch, 8 next offset,
 *                 8 log time, 8 position after the last batch,
 *                 2 number of lineages, then for each: 4 ordinal, 4 parent, 8 fork offset, 16 id
 * </pre>
 *
 * It is forced and gets its name by a rename before a file is deleted: {@link SegmentTrim}. It is
 * no derived file: if it is damaged the log is refused.
 *
 * @param ordinal of the first segment; files of lower ones are left over and count as deleted
 * @param base position at which it begins
 * @param tails by number, from 1
 */
record LogStart(UUID logId, long ordinal, long base, List<PartitionTail> tails) {
  static final String NAME = "log.start";
  private static final int MAGIC = 0x54574C31; // "TWL1"
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 56;
  private static final int MAX_BYTES = 64 << 20;

  LogStart {
    tails = List.copyOf(tails);
  }

  /** How a partition stands at the start; null if it begins later. */
  @Nullable PartitionTail tail(int number) {
    return number >= 1 && number <= tails.size() ? tails.get(number - 1) : null;
  }

  /** The offset of a partition's first event from here on. */
  long nextOffset(int number) {
    PartitionTail tail = tail(number);
    return tail == null ? 0 : tail.nextOffset();
  }

  /** Writes it under a temporary name, forces it and gives it its own. */
  void write(LogFiles files, Path directory) throws IOException {
    Path temporary = directory.resolve(NAME + ".tmp");
    try (LogFiles.LogFile out = files.create(temporary)) {
      out.write(encode(), 0);
      out.force();
    }
    files.rename(temporary, directory.resolve(NAME));
    files.forceDirectory(directory);
  }

  ByteBuffer encode() {
    int length = HEADER_BYTES;
    for (PartitionTail tail : tails) {
      length += 44 + tail.id().service().length() + 32 * tail.lineages().size();
    }
    ByteBuffer out = ByteBuffer.allocate(length);
    out.putInt(MAGIC).putInt(0).put(FORMAT).put((byte) 0).putShort((short) 0).putInt(length);
    out.putLong(logId.getMostSignificantBits()).putLong(logId.getLeastSignificantBits());
    out.putLong(ordinal).putLong(base).putInt(tails.size()).putInt(0);
    for (PartitionTail tail : tails) {
      byte[] service = tail.id().service().getBytes(StandardCharsets.UTF_8);
      out.putShort((short) service.length).put(service).putInt(tail.id().index());
      out.putLong(tail.epoch()).putInt(tail.lastCrc()).putLong(tail.nextOffset());
      out.putLong(tail.logTimeUs()).putLong(tail.position());
      out.putShort((short) tail.lineages().size());
      Barrier.putLineages(out, tail.lineages());
    }
    out.flip();
    out.putInt(4, Crc.of(out, 8, length));
    return out;
  }

  /**
   * Reads it; null if the directory has none: the log begins at position 0.
   *
   * @throws LogCorruptException if it is damaged or of another version
   */
  static @Nullable LogStart read(LogFiles files, Path directory) throws IOException {
    if (!files.list(directory).contains(NAME)) {
      return null;
    }
    Path file = directory.resolve(NAME);
    try (LogFiles.LogFile in = files.openForReading(file)) {
      long size = in.sizeBytes();
      if (size < HEADER_BYTES || size > MAX_BYTES) {
        throw new LogCorruptException("it has " + size + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      while (bytes.hasRemaining()) {
        if (in.read(bytes, bytes.position()) < 0) {
          throw new LogCorruptException("it became shorter while it was read");
        }
      }
      return decode(bytes.flip());
    } catch (LogCorruptException e) {
      throw new LogCorruptException(
          file
              + ": "
              + e.getMessage()
              + "; it says where the log begins, restore the file from a copy",
          e);
    }
  }

  static LogStart decode(ByteBuffer in) {
    int length = in.limit();
    if (in.getInt(0) != MAGIC || in.getInt(12) != length) {
      throw new LogCorruptException("this is no start of a log, or it is cut short");
    }
    int crc = Crc.of(in, 8, length);
    if (crc != in.getInt(4)) {
      throw new LogCorruptException(
          "its CRC32C is %08x, it says %08x".formatted(crc, in.getInt(4)));
    }
    if (in.get(8) != FORMAT) {
      throw new LogCorruptException("format " + in.get(8) + " is not known here");
    }
    in.position(16);
    UUID logId = new UUID(in.getLong(), in.getLong());
    long ordinal = in.getLong();
    long base = in.getLong();
    int count = in.getInt();
    in.position(HEADER_BYTES);
    List<PartitionTail> tails = new ArrayList<>();
    try {
      for (int number = 1; number <= count; number++) {
        tails.add(tail(in, number));
      }
    } catch (java.nio.BufferUnderflowException | IllegalArgumentException e) {
      throw new LogCorruptException("it cannot be read: " + e.getMessage(), e);
    }
    return new LogStart(logId, ordinal, base, tails);
  }

  private static PartitionTail tail(ByteBuffer in, int number) {
    byte[] service = new byte[Short.toUnsignedInt(in.getShort())];
    in.get(service);
    PartitionId id = new PartitionId(new String(service, StandardCharsets.UTF_8), in.getInt());
    long epoch = in.getLong();
    int lastCrc = in.getInt();
    long nextOffset = in.getLong();
    long logTimeUs = in.getLong();
    long position = in.getLong();
    List<Lineage> lineages = Barrier.getLineages(in, Short.toUnsignedInt(in.getShort()));
    return new PartitionTail(id, number, epoch, lastCrc, nextOffset, logTimeUs, position, lineages);
  }
}
