package io.thalweg.log;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The byte format of a segment file, version 1. All numbers are big-endian.
 *
 * <pre>
 *   offset size
 *     0     4   magic "TWS1"
 *     4     4   CRC32C of bytes 8 .. 4096
 *     8     1   format = 1
 *     9     1   reserved, 0
 *    10     2   flags; 0 in version 1
 *    12     4   header length in bytes, 4096
 *    16     8   ordinal of the segment, from 1
 *    24     8   base: position in the node's log of the first byte after the header
 *    32    16   id of the log
 *    48     8   created, milliseconds since 1970
 *    56     8   durable position: all bytes of the log before it, also those of this file, had been
 *               forced before the file got its name
 *    64         reserved, 0
 *  4096         groups, see {@link GroupFormat}, then zeros
 * </pre>
 *
 * A segment holds the positions from its base up to the next segment's base. What its file holds
 * beyond that never counts.
 */
final class SegmentFormat {
  static final int MAGIC = 0x54575331; // "TWS1"
  static final byte FORMAT = 1;
  static final int HEADER_BYTES = 4096;

  private static final int CRC_AT = 4;
  private static final int CRC_FROM = 8;
  private static final int FORMAT_AT = 8;
  private static final int FLAGS_AT = 10;
  private static final int HEADER_LENGTH_AT = 12;
  private static final int ORDINAL_AT = 16;
  private static final int BASE_AT = 24;
  static final int LOG_ID_AT = 32;
  private static final int CREATED_AT = 48;
  private static final int DURABLE_AT = 56;

  private static final Pattern SEGMENT_NAME = Pattern.compile("\\d{10}\\.segment");
  private static final Pattern INDEX_NAME = Pattern.compile("\\d{10}\\.index");

  private SegmentFormat() {}

  record Header(long ordinal, long base, UUID logId, long createdMs, long durablePosition) {}

  static String segmentName(long ordinal) {
    return "%010d.segment".formatted(ordinal);
  }

  static String indexName(long ordinal) {
    return "%010d.index".formatted(ordinal);
  }

  static boolean isSegmentName(String name) {
    return SEGMENT_NAME.matcher(name).matches();
  }

  static boolean isIndexName(String name) {
    return INDEX_NAME.matcher(name).matches();
  }

  /** The ordinal in the name of a segment or of an index. */
  static long ordinal(String name) {
    return Long.parseLong(name, 0, 10, 10);
  }

  static ByteBuffer encode(Header header) {
    ByteBuffer out = ByteBuffer.allocateDirect(HEADER_BYTES);
    out.putInt(0, MAGIC);
    out.put(FORMAT_AT, FORMAT);
    out.putInt(HEADER_LENGTH_AT, HEADER_BYTES);
    out.putLong(ORDINAL_AT, header.ordinal());
    out.putLong(BASE_AT, header.base());
    out.putLong(LOG_ID_AT, header.logId().getMostSignificantBits());
    out.putLong(LOG_ID_AT + 8, header.logId().getLeastSignificantBits());
    out.putLong(CREATED_AT, header.createdMs());
    out.putLong(DURABLE_AT, header.durablePosition());
    out.putInt(CRC_AT, Crc.of(out, CRC_FROM, HEADER_BYTES));
    return out;
  }

  /**
   * Reads a header.
   *
   * @throws LogCorruptException if it is none that this version can read; the caller adds the file
   */
  static Header decode(ByteBuffer in) {
    if (in.getInt(0) != MAGIC) {
      throw new LogCorruptException("this is no segment");
    }
    int crc = Crc.of(in, CRC_FROM, HEADER_BYTES);
    if (crc != in.getInt(CRC_AT)) {
      throw new LogCorruptException(
          "the segment header's CRC32C is %08x, it says %08x".formatted(crc, in.getInt(CRC_AT)));
    }
    if (in.get(FORMAT_AT) != FORMAT
        || in.getShort(FLAGS_AT) != 0
        || in.getInt(HEADER_LENGTH_AT) != HEADER_BYTES) {
      throw new LogCorruptException(
          "segment format %d with flags %04x is not known here"
              .formatted(in.get(FORMAT_AT), in.getShort(FLAGS_AT)));
    }
    Header header =
        new Header(
            in.getLong(ORDINAL_AT),
            in.getLong(BASE_AT),
            new UUID(in.getLong(LOG_ID_AT), in.getLong(LOG_ID_AT + 8)),
            in.getLong(CREATED_AT),
            in.getLong(DURABLE_AT));
    if (header.base() < 0
        || header.base() % GroupFormat.ALIGNMENT_BYTES != 0
        || header.durablePosition() < header.base()) {
      throw new LogCorruptException(
          "base " + header.base() + ", durable position " + header.durablePosition());
    }
    return header;
  }
}
