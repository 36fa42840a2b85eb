package io.thalweg.docs.yjs;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads lib0's encodings from bytes: groups of seven bits with the lowest first, strings of UTF-8
 * behind their length in bytes. Everything is checked against what is left of the bytes.
 *
 * <p>Errors: {@link MalformedUpdateException} naming the position. Not thread-safe.
 */
public final class ByteReader {
  /** The greatest integer that a double holds exactly, which bounds client ids. */
  static final long MAX_SAFE = (1L << 53) - 1;

  private final byte[] bytes;
  private final int end;
  private int position;

  /** A reader of all bytes, which are not copied. */
  public ByteReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private ByteReader(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.position = from;
    this.end = end;
  }

  /** Bytes not yet read. */
  public int remaining() {
    return end - position;
  }

  MalformedUpdateException malformed(String what) {
    return new MalformedUpdateException(what + " at byte " + position);
  }

  /** One byte, 0 to 255. */
  public int readByte() {
    if (position >= end) {
      throw malformed("the bytes end too early");
    }
    return bytes[position++] & 0xff;
  }

  /** A number from 0 to 2^53 - 1. */
  public long readVarUint() {
    long value = 0;
    int shift = 0;
    while (true) {
      int next = readByte();
      value |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        if (value > MAX_SAFE) {
          throw malformed("a number above 2^53 - 1");
        }
        return value;
      }
      shift += 7;
      if (shift > 49) {
        throw malformed("a number of more than 8 bytes");
      }
    }
  }

  /** A number from 0 to 2^31 - 1: a clock or a length. */
  int readInt() {
    long value = readVarUint();
    if (value > Integer.MAX_VALUE) {
      throw malformed("%d is above 2147483647, the bound of clocks and lengths".formatted(value));
    }
    return (int) value;
  }

  /** A number of things that take at least {@code leastBytes} each. */
  int readCount(int leastBytes) {
    long count = readVarUint();
    if (count * leastBytes > remaining()) {
      throw malformed(
          "%d things are announced and %d bytes are left".formatted(count, remaining()));
    }
    return (int) count;
  }

  /** A signed number: its sign is the second bit of the first byte. May be negative zero. */
  double readVarInt() {
    int first = readByte();
    boolean negative = (first & 0x40) != 0;
    long value = first & 0x3f;
    int shift = 6;
    int next = first;
    while (next >= 0x80) {
      next = readByte();
      if (shift > 48) {
        throw malformed("a number of more than 8 bytes");
      }
      value |= (long) (next & 0x7f) << shift;
      shift += 7;
    }
    if (value > MAX_SAFE) {
      throw malformed("a number above 2^53 - 1");
    }
    return negative ? -(double) value : value;
  }

  /** Bytes behind their length. */
  public byte[] readBytes() {
    int length = readCount(1);
    byte[] read = Arrays.copyOfRange(bytes, position, position + length);
    position += length;
    return read;
  }

  /** A reader of the bytes behind their length; this one goes on after them. */
  ByteReader readSlice() {
    int length = readCount(1);
    ByteReader slice = new ByteReader(bytes, position, position + length);
    position += length;
    return slice;
  }

  /** A string of UTF-8 behind its length in bytes. */
  public String readString() {
    int length = readCount(1);
    int from = position;
    position += length;
    for (int i = from; i < position; i++) {
      if (bytes[i] < 0) {
        return decode(from, length);
      }
    }
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }

  private String decode(int from, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, from, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedUpdateException(
          "the string of %d bytes before byte %d is not UTF-8".formatted(length, position), e);
    }
  }

  /** Eight bytes, the highest first. */
  long readLong() {
    if (remaining() < Long.BYTES) {
      throw malformed("the bytes end too early");
    }
    long value = ByteBuffer.wrap(bytes, position, Long.BYTES).getLong();
    position += Long.BYTES;
    return value;
  }

  float readFloat() {
    if (remaining() < Float.BYTES) {
      throw malformed("the bytes end too early");
    }
    float value = ByteBuffer.wrap(bytes, position, Float.BYTES).getFloat();
    position += Float.BYTES;
    return value;
  }
}
