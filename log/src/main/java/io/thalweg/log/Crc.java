package io.thalweg.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C over a part of a buffer. */
final class Crc {
  private Crc() {}

  /** Over the bytes {@code from} to {@code to}, the buffer's position and limit left alone. */
  static int of(ByteBuffer buffer, int from, int to) {
    CRC32C crc = new CRC32C();
    crc.update(buffer.slice(from, to - from));
    return (int) crc.getValue();
  }
}
