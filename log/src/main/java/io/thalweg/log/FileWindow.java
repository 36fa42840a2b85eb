package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A moving view of a file's bytes: reads ahead, so that a walk over small pieces needs few reads.
 * Used by one thread.
 */
final class FileWindow {
  /** Where the bytes come from. */
  interface Source {
    /** Like {@link LogFiles.LogFile#read}. */
    int read(ByteBuffer into, long atBytes) throws IOException;
  }

  private final int readAheadBytes;
  private ByteBuffer bytes;
  private long startBytes;

  FileWindow(int readAheadBytes) {
    this.readAheadBytes = readAheadBytes;
    bytes = ByteBuffer.allocateDirect(readAheadBytes).limit(0);
  }

  /** Forgets what was read; needed when the source changes. */
  void clear() {
    bytes.clear().limit(0);
    startBytes = 0;
  }

  /**
   * Makes bytes of the file visible.
   *
   * @param atBytes offset in the file
   * @param endBytes no byte from here on is read
   * @return the index of the first one in {@link #bytes()}; -1 if the file ends before the last one
   */
  int show(Source source, long atBytes, int lengthBytes, long endBytes) throws IOException {
    if (atBytes >= startBytes && atBytes + lengthBytes <= startBytes + bytes.limit()) {
      return (int) (atBytes - startBytes);
    }
    if (atBytes + lengthBytes > endBytes) {
      return -1;
    }
    if (bytes.capacity() < lengthBytes) {
      bytes = ByteBuffer.allocateDirect(Math.max(lengthBytes, readAheadBytes));
    }
    int wanted = (int) Math.min(bytes.capacity(), endBytes - atBytes);
    bytes.clear().limit(wanted);
    startBytes = atBytes;
    while (bytes.hasRemaining()) {
      int read = source.read(bytes, atBytes + bytes.position());
      if (read < 0) {
        break;
      }
    }
    bytes.flip();
    return bytes.limit() < lengthBytes ? -1 : 0;
  }

  /** What is visible, to be read by index. */
  ByteBuffer bytes() {
    return bytes;
  }
}
