package io.thalweg.state;

import java.util.Arrays;

/**
 * Collects an encoded key, part by part. The order of the bytes is the order of the parts: first by
 * the first part, then by the second, and so on. A descending variant turns the order of its part
 * around.
 *
 * <p>Encodings (all are self-delimiting, so no part is a prefix of another):
 *
 * <ul>
 *   <li>integers: big-endian with the sign bit flipped
 *   <li>{@code float64}: IEEE 754 bits, sign bit flipped if positive, all bits flipped if negative:
 *       the order of {@link Double#compare} (-0.0 before 0.0, NaN last)
 *   <li>{@code bool}: 0 or 1
 *   <li>{@code bytes}: the bytes with 00 written as 00 FF, then 00 01
 *   <li>{@code string}: UTF-8 as {@code bytes}; the order is that of the code points
 *   <li>descending: the complement of each of the bytes above
 * </ul>
 *
 * <p>A key has at most {@link #MAX_KEY_BYTES} bytes, else {@link IllegalArgumentException}. Not
 * thread-safe.
 */
public final class KeyWriter {
  /** The most bytes that an encoded key may have. */
  public static final int MAX_KEY_BYTES = 4096;

  static final byte ESCAPED_ZERO = (byte) 0xFF;
  static final byte TERMINATOR = 1;
  private static final long SIGN = Long.MIN_VALUE;

  private final String what;
  private final int start;
  private byte[] buffer;
  private int length;

  /** An empty key. */
  public KeyWriter() {
    this("key", 0);
  }

  /**
   * A key that begins after {@code start} bytes that the caller fills by {@link #header}.
   *
   * @param what names the key in errors
   */
  KeyWriter(String what, int start) {
    this.what = what;
    this.start = start;
    this.buffer = new byte[start + 64];
    this.length = start;
  }

  /** Appends a string, ascending. A string with an unpaired surrogate is refused. */
  public KeyWriter string(String value) {
    return string(value, 0);
  }

  /** Appends a string, descending. */
  public KeyWriter stringDescending(String value) {
    return string(value, 0xFF);
  }

  /** Appends bytes, ascending (unsigned). */
  public KeyWriter bytes(byte[] value) {
    return bytes(value, 0);
  }

  /** Appends bytes, descending (unsigned). */
  public KeyWriter bytesDescending(byte[] value) {
    return bytes(value, 0xFF);
  }

  /** Appends the last part of a key as it is: shorter than {@link #bytes}, nothing can follow. */
  public KeyWriter rest(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, buffer, length, value.length);
    length += value.length;
    return this;
  }

  /** Appends a signed number of 8 bytes, ascending. */
  public KeyWriter int64(long value) {
    return raw64(value ^ SIGN);
  }

  /** Appends a signed number of 8 bytes, descending. */
  public KeyWriter int64Descending(long value) {
    return raw64(~(value ^ SIGN));
  }

  /** Appends a signed number of 4 bytes, ascending. */
  public KeyWriter int32(int value) {
    return raw32(value ^ Integer.MIN_VALUE);
  }

  /** Appends a signed number of 4 bytes, descending. */
  public KeyWriter int32Descending(int value) {
    return raw32(~(value ^ Integer.MIN_VALUE));
  }

  /** Appends a boolean, false first. */
  public KeyWriter bool(boolean value) {
    return raw8(value ? 1 : 0);
  }

  /** Appends a boolean, true first. */
  public KeyWriter boolDescending(boolean value) {
    return raw8(value ? 0xFE : 0xFF);
  }

  /** Appends a floating point number in the order of {@link Double#compare}. */
  public KeyWriter float64(double value) {
    return raw64(sortableBits(value));
  }

  /** Appends a floating point number in the reverse order of {@link Double#compare}. */
  public KeyWriter float64Descending(double value) {
    return raw64(~sortableBits(value));
  }

  /** Bytes so far. */
  public int length() {
    return length - start;
  }

  /** The bytes so far, a copy. */
  public byte[] toBytes() {
    return Arrays.copyOf(buffer, length);
  }

  /** Forgets what follows the header. */
  KeyWriter reset() {
    length = start;
    return this;
  }

  /** The bytes before the key. */
  byte[] header() {
    return buffer;
  }

  private static long sortableBits(double value) {
    long bits = Double.doubleToLongBits(value);
    return bits < 0 ? ~bits : bits ^ SIGN;
  }

  private KeyWriter raw64(long value) {
    reserve(Long.BYTES);
    BigEndian.putLong(buffer, length, value);
    length += Long.BYTES;
    return this;
  }

  private KeyWriter raw32(int value) {
    reserve(Integer.BYTES);
    BigEndian.putInt(buffer, length, value);
    length += Integer.BYTES;
    return this;
  }

  private KeyWriter raw8(int value) {
    reserve(1);
    buffer[length++] = (byte) value;
    return this;
  }

  private KeyWriter bytes(byte[] value, int mask) {
    // Refused before it is copied: the caller's array may be large.
    reserve(value.length + 2);
    for (byte b : value) {
      escaped(b, mask);
    }
    return terminate(mask);
  }

  private KeyWriter string(String value, int mask) {
    int chars = value.length();
    reserve(chars + 2);
    for (int i = 0; i < chars; i++) {
      char c = value.charAt(i);
      if (c < 0x80) {
        escaped((byte) c, mask);
      } else {
        int point = value.codePointAt(i);
        if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
          throw new IllegalArgumentException(
              what + ": string has an unpaired surrogate at index " + i + " and cannot be UTF-8");
        }
        if (point >= Character.MIN_SUPPLEMENTARY_CODE_POINT) {
          i++;
        }
        utf8(point, mask);
      }
    }
    return terminate(mask);
  }

  /** Appends a code point from U+0080 on. */
  private void utf8(int point, int mask) {
    reserve(point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
    if (point < 0x800) {
      buffer[length++] = (byte) ((0xC0 | (point >> 6)) ^ mask);
    } else {
      if (point < 0x10000) {
        buffer[length++] = (byte) ((0xE0 | (point >> 12)) ^ mask);
      } else {
        buffer[length++] = (byte) ((0xF0 | (point >> 18)) ^ mask);
        buffer[length++] = (byte) ((0x80 | ((point >> 12) & 0x3F)) ^ mask);
      }
      buffer[length++] = (byte) ((0x80 | ((point >> 6) & 0x3F)) ^ mask);
    }
    buffer[length++] = (byte) ((0x80 | (point & 0x3F)) ^ mask);
  }

  private void escaped(byte b, int mask) {
    reserve(1);
    buffer[length++] = (byte) (b ^ mask);
    if (b == 0) {
      reserve(1);
      buffer[length++] = (byte) (ESCAPED_ZERO ^ mask);
    }
  }

  private KeyWriter terminate(int mask) {
    reserve(2);
    buffer[length++] = (byte) mask;
    buffer[length++] = (byte) (TERMINATOR ^ mask);
    return this;
  }

  private void reserve(int more) {
    int needed = length + more;
    if (needed > buffer.length || needed - start > MAX_KEY_BYTES) {
      grow(needed);
    }
  }

  private void grow(int needed) {
    if (needed - start > MAX_KEY_BYTES) {
      throw new IllegalArgumentException(
          what
              + ": at most "
              + MAX_KEY_BYTES
              + " bytes encoded; got "
              + (needed - start)
              + " or more");
    }
    buffer =
        Arrays.copyOf(buffer, Math.max(needed, Math.min(buffer.length * 2, start + MAX_KEY_BYTES)));
  }
}
