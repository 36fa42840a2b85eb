package io.thalweg.runtime.checkpoint;

import io.thalweg.log.LogCursor;
import io.thalweg.log.LogFiles;
import io.thalweg.state.StoredRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.UUID;

/**
 * The rows of a {@link RowFile}, block by block. Every block's CRC is checked before its rows are
 * given out; counts, digest, offset and cursor when the last row was: {@link #hasNext} answers
 * false only if all of the file is good. One block in memory. Used by one thread.
 */
public final class RowFileReader implements Iterator<StoredRow>, AutoCloseable {
  private final LogFiles.LogFile file;
  private final String place;
  private final Checkpoint.Part part;
  private final Pace pace;
  private final MessageDigest digest = RowFile.sha256();
  private final byte[] small = new byte[RowFile.ROW_HEADER_BYTES];
  private ByteBuffer block = ByteBuffer.allocate(RowFile.BLOCK_BYTES * 2).limit(0);
  private int blockRows;
  private long at = RowFile.HEADER_BYTES;
  private long blocks;
  private long rows;
  private long rowBytes;
  private boolean ended;

  RowFileReader(LogFiles files, Path path, UUID logId, Checkpoint.Part part, Pace pace)
      throws IOException {
    this(files.openForReading(path), path.toString(), logId, part, pace);
  }

  /**
   * @param file closed with this
   * @param place what it is called in messages
   */
  RowFileReader(LogFiles.LogFile file, String place, UUID logId, Checkpoint.Part part, Pace pace)
      throws IOException {
    this.place = place;
    this.part = part;
    this.pace = pace;
    this.file = file;
    try {
      ByteBuffer found = read(0, RowFile.HEADER_BYTES, "header");
      RowFile.Header wanted =
          new RowFile.Header(logId, part.serviceId(), part.firstSlot(), part.endSlot());
      if (!found.equals(RowFile.header(wanted).rewind())) {
        throw damaged("its header is not that of partition " + part.id() + " in format 1");
      }
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Whether there is another row.
   *
   * @throws CheckpointException if the file is damaged; names it
   */
  @Override
  public boolean hasNext() {
    if (blockRows == 0 && !ended) {
      try {
        step();
      } catch (IOException e) {
        throw new CheckpointException("cannot read " + place + ": " + e.getMessage(), e);
      }
    }
    return blockRows > 0;
  }

  @Override
  public StoredRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int from = block.position();
    if (block.remaining() < RowFile.ROW_HEADER_BYTES) {
      throw damaged("block " + (blocks - 1) + " ends within a row");
    }
    block.get(small);
    ByteBuffer head = ByteBuffer.wrap(small);
    int keyBytes = head.getInt() - 8;
    int valueBytes = head.getInt();
    if (keyBytes < 0 || valueBytes < 0 || (long) keyBytes + valueBytes > block.remaining()) {
      throw damaged("block " + (blocks - 1) + " ends within a row");
    }
    int slot = Short.toUnsignedInt(head.getShort());
    int table = Short.toUnsignedInt(head.getShort());
    int project = head.getInt();
    byte[] key = new byte[keyBytes];
    byte[] value = new byte[valueBytes];
    block.get(key).get(value);
    digest.update(block.array(), from, block.position() - from);
    blockRows--;
    rows++;
    rowBytes += block.position() - from;
    if (blockRows == 0 && block.hasRemaining()) {
      throw damaged("block " + (blocks - 1) + " has bytes behind its rows");
    }
    return new StoredRow(slot, table, project, key, value);
  }

  /** Reads all rows to check them. */
  void verify() {
    while (hasNext()) {
      next();
    }
  }

  private void step() throws IOException {
    ByteBuffer head = read(at, RowFile.BLOCK_HEADER_BYTES, "block or footer");
    int length = head.getInt(8);
    switch (head.getInt(0)) {
      case RowFile.BLOCK_MAGIC -> {
        checkLength(length, RowFile.BLOCK_HEADER_BYTES + 1, RowFile.MAX_BLOCK_BYTES);
        readBlock(length);
        if (block.getLong(16) != blocks || block.getInt(12) < 1) {
          throw damaged("block " + blocks + " is another one, or empty");
        }
        blockRows = block.getInt(12);
        block.position(RowFile.BLOCK_HEADER_BYTES);
        blocks++;
        at += length;
      }
      case RowFile.FOOTER_MAGIC -> {
        checkLength(length, RowFile.FOOTER_BYTES, RowFile.MAX_FOOTER_BYTES);
        readBlock(length);
        checkFooter();
        at += length;
        if (file.sizeBytes() != at) {
          throw damaged((file.sizeBytes() - at) + " bytes follow its footer");
        }
        ended = true;
      }
      default -> throw damaged("neither a block nor the footer begins at byte " + at);
    }
  }

  private void checkLength(int length, int least, int most) {
    if (length < least || length > most) {
      throw damaged("what begins at byte " + at + " says that it has " + length + " bytes");
    }
  }

  private void readBlock(int length) throws IOException {
    if (block.capacity() < length) {
      block = ByteBuffer.allocate(length);
    }
    block.clear().limit(length);
    fill(block, at, "block or footer");
    int crc = RowFile.crc(block, 8, length);
    if (crc != block.getInt(4)) {
      throw damaged(
          "the CRC32C of what begins at byte %d is %08x, it says %08x"
              .formatted(at, crc, block.getInt(4)));
    }
    pace.moved(length);
  }

  private void checkFooter() {
    byte[] stated = new byte[32];
    block.get(48, stated);
    byte[] sum = digest.digest();
    byte[] cursor = new byte[Math.clamp(block.getInt(12), 0, block.limit() - RowFile.FOOTER_BYTES)];
    block.get(RowFile.FOOTER_BYTES, cursor);
    if (block.getLong(16) != blocks
        || block.getLong(24) != rows
        || block.getLong(32) != rowBytes
        || part.rows() != rows
        || part.bytes() != rowBytes) {
      throw damaged(
          "it holds %d rows in %d blocks, which is not what it says".formatted(rows, blocks));
    }
    if (!Arrays.equals(sum, stated) || !HexFormat.of().formatHex(sum).equals(part.digest())) {
      throw damaged(
          "the digest of its rows is %s, it should be %s"
              .formatted(HexFormat.of().formatHex(sum), part.digest()));
    }
    if (block.getLong(40) != part.offset()
        || !Arrays.equals(cursor, part.cursor().encode())
        || LogCursor.decode(cursor).nextOffset() != part.offset()) {
      throw damaged("its cursor is not that of the manifest");
    }
  }

  private ByteBuffer read(long from, int length, String what) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(length);
    fill(into, from, what);
    return into.rewind();
  }

  private void fill(ByteBuffer into, long from, String what) throws IOException {
    while (into.hasRemaining()) {
      if (file.read(into, from + into.position()) < 0) {
        throw damaged("it ends within a " + what + ", at byte " + file.sizeBytes());
      }
    }
    into.rewind();
  }

  private CheckpointException damaged(String why) {
    return new CheckpointException("the checkpoint file " + place + " is damaged: " + why);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new CheckpointException("cannot close " + place, e);
    }
  }
}
