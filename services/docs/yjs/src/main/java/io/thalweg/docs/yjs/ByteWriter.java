package io.thalweg.docs.yjs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes lib0's encodings; the counterpart of {@link ByteReader}. Not thread-safe. */
public final class ByteWriter {
  private byte[] bytes;
  private int size;

  /** An empty writer. */
  public ByteWriter() {
    this(64);
  }

  ByteWriter(int capacity) {
    this.bytes = new byte[capacity];
  }

  /** What was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** Bytes written so far. */
  public int size() {
    return size;
  }

  private void room(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
    }
  }

  /** The lowest eight bits. */
  public ByteWriter writeByte(int value) {
    room(1);
    bytes[size++] = (byte) value;
    return this;
  }

  /** A number from 0 on, in groups of seven bits. */
  public ByteWriter writeVarUint(long value) {
    room(9);
    long rest = value;
    while (rest > 0x7f) {
      bytes[size++] = (byte) (0x80 | (rest & 0x7f));
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
    return this;
  }

  /** A whole number whose magnitude is below 2^53; negative zero keeps its sign. */
  ByteWriter writeVarInt(double value) {
    room(9);
    boolean negative = value < 0 || (value == 0 && 1 / value < 0);
    long rest = (long) Math.abs(value);
    bytes[size++] = (byte) ((rest > 0x3f ? 0x80 : 0) | (negative ? 0x40 : 0) | (int) (rest & 0x3f));
    rest >>>= 6;
    while (rest > 0) {
      bytes[size++] = (byte) ((rest > 0x7f ? 0x80 : 0) | (int) (rest & 0x7f));
      rest >>>= 7;
    }
    return this;
  }

  /** Bytes behind their length. */
  public ByteWriter writeBytes(byte[] value) {
    writeVarUint(value.length);
    return writeRaw(value);
  }

  /** Bytes as they are. */
  ByteWriter writeRaw(byte[] value) {
    room(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
    return this;
  }

  /**
   * A string as UTF-8 behind its length in bytes. Half of a surrogate pair becomes U+FFFD, as in
   * browsers.
   */
  public ByteWriter writeString(CharSequence value) {
    int length = value.length();
    room(length + 5);
    int start = size;
    writeVarUint(length);
    int from = size;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c >= 0x80) {
        size = start;
        return writeBytes(utf8(value.toString()));
      }
      bytes[from + i] = (byte) c;
    }
    size = from + length;
    return this;
  }

  private static byte[] utf8(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && i + 1 < value.length()
            && Character.isLowSurrogate(value.charAt(i + 1))) {
          i++;
        } else {
          return utf8(withoutHalves(value));
        }
      }
    }
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private static String withoutHalves(String value) {
    StringBuilder whole = new StringBuilder(value.length());
    value
        .codePoints()
        .forEach(c ->
            whole.appendCodePoint(
                c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c));
    return whole.toString();
  }

  ByteWriter writeLong(long value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      writeByte((int) (value >>> shift));
    }
    return this;
  }

  ByteWriter writeFloat(float value) {
    int bits = Float.floatToIntBits(value);
    for (int shift = 24; shift >= 0; shift -= 8) {
      writeByte(bits >>> shift);
    }
    return this;
  }
}
