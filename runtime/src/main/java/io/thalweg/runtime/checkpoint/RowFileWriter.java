package io.thalweg.runtime.checkpoint;

import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.state.StoredRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Iterator;

/** Writes the rows of a frozen view to a {@link RowFile} and forces it. One block in memory. */
final class RowFileWriter {
  /**
   * What was written.
   *
   * @param bytes of the rows
   * @param digest of the view's rows, made from the rows and not from what was written
   */
  record Written(long rows, long bytes, byte[] digest) {}

  private final LogFiles.LogFile file;
  private final Pace pace;
  private final MessageDigest digest = RowFile.sha256();
  private final ByteBuffer block = ByteBuffer.allocateDirect(RowFile.MAX_BLOCK_BYTES);
  private final ByteBuffer rowHeader = ByteBuffer.allocate(RowFile.ROW_HEADER_BYTES);
  private long at;
  private long blocks;
  private int blockRows;
  private long rows;
  private long rowBytes;

  private RowFileWriter(LogFiles.LogFile file, Pace pace) {
    this.file = file;
    this.pace = pace;
  }

  /**
   * @param rows in key order
   * @param cursor behind the last event that is in them
   */
  static Written write(
      LogFiles files,
      Path path,
      RowFile.Header header,
      Iterator<StoredRow> rows,
      LogCursor cursor,
      Pace pace)
      throws IOException {
    try (LogFiles.LogFile file = files.create(path)) {
      RowFileWriter writer = new RowFileWriter(file, pace);
      writer.put(RowFile.header(header));
      writer.rows(rows);
      byte[] sum = writer.digest.digest();
      writer.footer(cursor.nextOffset(), cursor, sum);
      file.force();
      return new Written(writer.rows, writer.rowBytes, sum);
    }
  }

  private void rows(Iterator<StoredRow> all) throws IOException {
    startBlock();
    while (all.hasNext()) {
      StoredRow row = all.next();
      int nameBytes = 8 + row.key().length;
      rowHeader.clear();
      rowHeader
          .putInt(nameBytes)
          .putInt(row.value().length)
          .putShort((short) row.slot())
          .putShort((short) row.table())
          .putInt(row.project())
          .flip();
      digest.update(rowHeader.array());
      digest.update(row.key());
      digest.update(row.value());
      block.put(rowHeader).put(row.key()).put(row.value());
      blockRows++;
      if (block.position() >= RowFile.BLOCK_BYTES) {
        endBlock();
      }
    }
    endBlock();
  }

  private void startBlock() {
    block.clear().position(RowFile.BLOCK_HEADER_BYTES);
    blockRows = 0;
  }

  private void endBlock() throws IOException {
    if (blockRows == 0) {
      return;
    }
    int length = block.position();
    block
        .putInt(0, RowFile.BLOCK_MAGIC)
        .putInt(8, length)
        .putInt(12, blockRows)
        .putLong(16, blocks);
    block.flip();
    RowFile.seal(block, length);
    blocks++;
    rows += blockRows;
    rowBytes += length - RowFile.BLOCK_HEADER_BYTES;
    put(block);
    startBlock();
  }

  private void footer(long offset, LogCursor cursor, byte[] sum) throws IOException {
    byte[] place = cursor.encode();
    ByteBuffer out = ByteBuffer.allocate(RowFile.FOOTER_BYTES + place.length);
    out.putInt(RowFile.FOOTER_MAGIC).putInt(0).putInt(out.capacity()).putInt(place.length);
    out.putLong(blocks).putLong(rows).putLong(rowBytes).putLong(offset).put(sum).put(place);
    out.flip();
    RowFile.seal(out, out.limit());
    put(out);
  }

  private void put(ByteBuffer bytes) throws IOException {
    int length = bytes.remaining();
    file.write(bytes, at);
    at += length;
    pace.moved(length);
  }
}
