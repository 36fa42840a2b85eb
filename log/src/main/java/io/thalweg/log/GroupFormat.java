package io.thalweg.log;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The byte format of a group, version 1: what one write puts into a segment. All numbers are
 * big-endian.
 *
 * <pre>
 *   group header (48 bytes in version 1)
 *   offset size
 *     0     4   magic "TWG1"
 *     4     4   CRC32C of the log's id (16 bytes) and bytes 8 .. 48: nobody who does not know the id
 *               can put bytes into a payload that pass for a header
 *     8     1   format = 1
 *     9     1   reserved, 0
 *    10     2   flags; 0 in version 1
 *    12     4   length of the whole group in bytes, header and padding included; a multiple of 8
 *    16     8   position of this header in the node's log
 *    24     8   durable position: every byte of the log before it had been forced when this header
 *               was written; at most the position
 *    32     4   count of batches
 *    36     4   header length in bytes; the batches begin there
 *    40     8   reserved, 0
 *    48         the batches, see {@link BatchFormat}, back to back
 *               zeros up to a multiple of 8
 * </pre>
 *
 * A group without batches is what an idle or closing log writes: its only content is the durable
 * position. Groups follow each other without gaps from the end of the segment's header on. The
 * header is not covered by the batches' CRCs nor the batches by the header's: each is checked on
 * its own, and the chain of each partition ties them together.
 */
public final class GroupFormat {
  public static final int MAGIC = 0x54574731; // "TWG1"
  public static final byte FORMAT = 1;

  public static final int CRC_AT = 4;
  public static final int CRC_FROM = 8;
  public static final int FORMAT_AT = 8;
  public static final int FLAGS_AT = 10;
  public static final int LENGTH_AT = 12;
  public static final int POSITION_AT = 16;
  public static final int DURABLE_AT = 24;
  public static final int COUNT_AT = 32;
  public static final int HEADER_LENGTH_AT = 36;
  public static final int HEADER_BYTES = 48;

  /** Groups begin at multiples of this. */
  public static final int ALIGNMENT_BYTES = 8;

  /** The largest group, header included. */
  public static final int MAX_GROUP_BYTES = 16 << 20;

  private GroupFormat() {}

  /** A group header as it was read and checked. */
  record Header(int lengthBytes, long position, long durablePosition, int count) {}

  /** The next multiple of {@link #ALIGNMENT_BYTES}. */
  static long align(long position) {
    return (position + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
  }

  private static int crc(ByteBuffer in, int at, UUID logId) {
    ByteBuffer bytes = ByteBuffer.allocate(16 + HEADER_BYTES - CRC_FROM);
    bytes
        .putLong(logId.getMostSignificantBits())
        .putLong(logId.getLeastSignificantBits())
        .put(16, in, at + CRC_FROM, HEADER_BYTES - CRC_FROM);
    return Crc.of(bytes, 0, bytes.capacity());
  }

  /** Writes a header at the buffer's start. */
  static void putHeader(
      ByteBuffer group,
      UUID logId,
      int lengthBytes,
      long position,
      long durablePosition,
      int count) {
    group.putInt(0, MAGIC);
    group.put(FORMAT_AT, FORMAT);
    group.put(FORMAT_AT + 1, (byte) 0);
    group.putShort(FLAGS_AT, (short) 0);
    group.putInt(LENGTH_AT, lengthBytes);
    group.putLong(POSITION_AT, position);
    group.putLong(DURABLE_AT, durablePosition);
    group.putInt(COUNT_AT, count);
    group.putInt(HEADER_LENGTH_AT, HEADER_BYTES);
    group.putLong(HEADER_LENGTH_AT + 4, 0);
    group.putInt(CRC_AT, crc(group, 0, logId));
  }

  /**
   * Reads a header at a place of a buffer that must hold all of it.
   *
   * @param position where in the log this is
   * @throws LogCorruptException if it is none, or none for this place
   */
  static Header header(ByteBuffer in, int at, long position, UUID logId) {
    if (in.getInt(at) != MAGIC) {
      throw new LogCorruptException("no group begins here");
    }
    int crc = crc(in, at, logId);
    if (crc != in.getInt(at + CRC_AT)) {
      throw new LogCorruptException(
          "the group header's CRC32C is %08x, it says %08x".formatted(crc, in.getInt(at + CRC_AT)));
    }
    if (in.get(at + FORMAT_AT) != FORMAT
        || in.getShort(at + FLAGS_AT) != 0
        || in.getInt(at + HEADER_LENGTH_AT) != HEADER_BYTES) {
      throw new LogCorruptException(
          "group format %d with flags %04x is not known here"
              .formatted(in.get(at + FORMAT_AT), in.getShort(at + FLAGS_AT)));
    }
    Header header =
        new Header(
            in.getInt(at + LENGTH_AT),
            in.getLong(at + POSITION_AT),
            in.getLong(at + DURABLE_AT),
            in.getInt(at + COUNT_AT));
    if (header.position() != position) {
      throw new LogCorruptException("a group of position " + header.position() + " is here");
    }
    int length = header.lengthBytes();
    if (length < HEADER_BYTES || length > MAX_GROUP_BYTES || length % ALIGNMENT_BYTES != 0) {
      throw new LogCorruptException("a group of " + length + " bytes");
    }
    if (header.durablePosition() < 0 || header.durablePosition() > position || header.count() < 0) {
      throw new LogCorruptException(
          "a group of durable position " + header.durablePosition() + ", count " + header.count());
    }
    return header;
  }
}
