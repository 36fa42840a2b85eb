package io.thalweg.runtime.checkpoint;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The bytes of a partition's file in a checkpoint, format 1. All numbers are big-endian.
 *
 * <pre>
 *   header, 64 bytes
 *   offset size
 *     0     4   magic "TWK1"
 *     4     4   CRC32C of bytes 8 .. 64
 *     8     1   format = 1
 *     9     3   reserved, 0
 *    12     4   header length in bytes, 64
 *    16    16   id of the log
 *    32     4   service id: the CRC32C of the service's name
 *    36     4   first slot
 *    40     4   end slot
 *    44         reserved, 0
 *
 *   blocks, each
 *     0     4   magic "TWKB"
 *     4     4   CRC32C of bytes 8 .. length
 *     8     4   length in bytes, these 24 included
 *    12     4   number of rows
 *    16     8   number of the block, from 0
 *    24         rows in key order (slot, table, project, key), each:
 *                 4 length of what names it (8 and the key's), 4 length of the value,
 *                 2 slot, 2 table, 4 project, the table's key, the table's value
 *
 *   footer
 *     0     4   magic "TWKF"
 *     4     4   CRC32C of bytes 8 .. length
 *     8     4   length in bytes
 *    12     4   length of the cursor
 *    16     8   number of blocks
 *    24     8   number of rows
 *    32     8   bytes of the rows as they stand in the blocks
 *    40     8   offset: every event below it is in the rows
 *    48    32   SHA-256 of the rows as they stand in the blocks, without the blocks' headers: the
 *               digest of {@link io.thalweg.state.StateView#digest}
 *    80         the cursor of the boundary, as {@link io.thalweg.log.LogCursor} writes it
 * </pre>
 *
 * Nothing follows the footer. The file says nothing of RocksDB: any store can be filled from it.
 */
final class RowFile {
  static final int HEADER_MAGIC = 0x54574B31; // "TWK1"
  static final int BLOCK_MAGIC = 0x54574B42; // "TWKB"
  static final int FOOTER_MAGIC = 0x54574B46; // "TWKF"
  static final byte FORMAT = 1;
  static final int HEADER_BYTES = 64;
  static final int BLOCK_HEADER_BYTES = 24;
  static final int FOOTER_BYTES = 80;
  static final int ROW_HEADER_BYTES = 16;

  /** A block is closed at this size. */
  static final int BLOCK_BYTES = 256 << 10;

  /** The largest one: a block that is nearly full, and one row of 1 MiB and its key. */
  static final int MAX_BLOCK_BYTES = 2 << 20;

  static final int MAX_FOOTER_BYTES = FOOTER_BYTES + (64 << 10);

  private RowFile() {}

  /** What a file is of. */
  record Header(UUID logId, int serviceId, int firstSlot, int endSlot) {}

  static ByteBuffer header(Header header) {
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES);
    out.putInt(0, HEADER_MAGIC).put(8, FORMAT).putInt(12, HEADER_BYTES);
    out.putLong(16, header.logId().getMostSignificantBits());
    out.putLong(24, header.logId().getLeastSignificantBits());
    out.putInt(32, header.serviceId()).putInt(36, header.firstSlot()).putInt(40, header.endSlot());
    seal(out, HEADER_BYTES);
    return out;
  }

  /** Puts the CRC of bytes 8 to {@code end} into its place. */
  static void seal(ByteBuffer bytes, int end) {
    bytes.putInt(4, crc(bytes, 8, end));
  }

  static int crc(ByteBuffer bytes, int from, int end) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(from, end - from));
    return (int) crc.getValue();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
