package io.thalweg.runtime.checkpoint;

import io.thalweg.log.LogFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A blob that is read as a file from its first byte to its last; the last few bytes that were read
 * can be read again. One request to the store for all of it. Used by one thread.
 */
final class BlobRowFile implements LogFiles.LogFile {
  /** The header of a block is read before the block, and once more with it. */
  private static final int KEPT_BYTES = RowFile.HEADER_BYTES;

  private final InputStream in;
  private final long sizeBytes;
  private byte[] kept = new byte[0];
  private long at;

  /**
   * @param in closed with this; tells at its end whether all of it was the blob's
   */
  BlobRowFile(InputStream in, long sizeBytes) {
    this.in = in;
    this.sizeBytes = sizeBytes;
  }

  @Override
  public int read(ByteBuffer into, long atBytes) throws IOException {
    if (atBytes < at) {
      int from = Math.toIntExact(atBytes - (at - kept.length));
      if (from < 0) {
        throw new IOException("byte %d was read and is gone; at %d".formatted(atBytes, at));
      }
      int n = Math.min(into.remaining(), kept.length - from);
      into.put(kept, from, n);
      return n;
    }
    if (atBytes > at) {
      throw new IOException("byte %d is ahead of %d".formatted(atBytes, at));
    }
    byte[] bytes = into.array();
    int start = into.arrayOffset() + into.position();
    int n = in.readNBytes(bytes, start, into.remaining());
    if (n == 0) {
      return -1;
    }
    kept = Arrays.copyOfRange(bytes, start + Math.max(0, n - KEPT_BYTES), start + n);
    into.position(into.position() + n);
    at += n;
    return n;
  }

  /** Its length; when all of it was read, and it was the blob. */
  @Override
  public long sizeBytes() throws IOException {
    if (at == sizeBytes && in.read() >= 0) {
      throw new IOException("the blob is longer than the store says");
    }
    return sizeBytes;
  }

  @Override
  public void write(ByteBuffer from, long atBytes) throws IOException {
    throw new IOException("a blob is not written");
  }

  @Override
  public void force() throws IOException {
    throw new IOException("a blob is not written");
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
