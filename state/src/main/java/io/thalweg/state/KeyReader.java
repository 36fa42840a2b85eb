package io.thalweg.state;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads an encoded key, part by part, in the order in which a {@link KeyWriter} wrote it. A key
 * that ends early or holds what no writer writes gives {@link IllegalArgumentException}. Not
 * thread-safe.
 */
public final class KeyReader {
  private final byte[] key;
  private int position;

  /** Reads a key from its first byte. */
  public KeyReader(byte[] key) {
    this(key, 0);
  }

  KeyReader(byte[] key, int start) {
    this.key = key;
    this.position = start;
  }

  /** Bytes that are left to read. */
  public int remaining() {
    return key.length - position;
  }

  /** Whether there is a part left. */
  public boolean hasMore() {
    return position < key.length;
  }

  public String string() {
    return string(0);
  }

  public String stringDescending() {
    return string(0xFF);
  }

  public byte[] bytes() {
    return bytes(0);
  }

  public byte[] bytesDescending() {
    return bytes(0xFF);
  }

  /** What {@link KeyWriter#rest} wrote: all that is left. */
  public byte[] rest() {
    byte[] rest = Arrays.copyOfRange(key, position, key.length);
    position = key.length;
    return rest;
  }

  public long int64() {
    return raw64() ^ Long.MIN_VALUE;
  }

  public long int64Descending() {
    return ~raw64() ^ Long.MIN_VALUE;
  }

  public int int32() {
    return raw32() ^ Integer.MIN_VALUE;
  }

  public int int32Descending() {
    return ~raw32() ^ Integer.MIN_VALUE;
  }

  public boolean bool() {
    return bool(0);
  }

  public boolean boolDescending() {
    return bool(0xFF);
  }

  public double float64() {
    return fromSortableBits(raw64());
  }

  public double float64Descending() {
    return fromSortableBits(~raw64());
  }

  private static double fromSortableBits(long bits) {
    return Double.longBitsToDouble(bits < 0 ? bits ^ Long.MIN_VALUE : ~bits);
  }

  private boolean bool(int mask) {
    need(1);
    int value = (key[position++] ^ mask) & 0xFF;
    if (value > 1) {
      throw malformed("a boolean is 0 or 1; got " + value);
    }
    return value == 1;
  }

  private long raw64() {
    need(Long.BYTES);
    long value = BigEndian.getLong(key, position);
    position += Long.BYTES;
    return value;
  }

  private int raw32() {
    need(Integer.BYTES);
    int value = BigEndian.getInt(key, position);
    position += Integer.BYTES;
    return value;
  }

  private String string(int mask) {
    int start = position;
    int end = endOfPart(mask);
    if (mask == 0 && !escapedIn(start, end)) {
      return new String(key, start, end - start, StandardCharsets.UTF_8);
    }
    return new String(unescape(start, end, mask), StandardCharsets.UTF_8);
  }

  private byte[] bytes(int mask) {
    int start = position;
    int end = endOfPart(mask);
    return unescape(start, end, mask);
  }

  private boolean escapedIn(int start, int end) {
    for (int i = start; i < end; i++) {
      if (key[i] == 0) {
        return true;
      }
    }
    return false;
  }

  private byte[] unescape(int start, int end, int mask) {
    byte[] part = new byte[end - start];
    int length = 0;
    for (int i = start; i < end; i++) {
      byte b = (byte) (key[i] ^ mask);
      part[length++] = b;
      if (b == 0) {
        i++;
      }
    }
    return length == part.length ? part : Arrays.copyOf(part, length);
  }

  /** Steps over a part and its terminator; the index of the terminator. */
  private int endOfPart(int mask) {
    byte zero = (byte) mask;
    byte terminator = (byte) (KeyWriter.TERMINATOR ^ mask);
    byte escaped = (byte) (KeyWriter.ESCAPED_ZERO ^ mask);
    for (int i = position; i + 1 < key.length; i++) {
      if (key[i] == zero) {
        if (key[i + 1] == terminator) {
          position = i + 2;
          return i;
        }
        if (key[i + 1] != escaped) {
          throw malformed("byte " + i + " is neither an escape nor an end");
        }
        i++;
      }
    }
    throw malformed("the part that begins at byte " + position + " has no end");
  }

  private void need(int bytes) {
    if (remaining() < bytes) {
      throw malformed("ends where " + bytes + " more bytes were expected");
    }
  }

  private IllegalArgumentException malformed(String why) {
    return new IllegalArgumentException("stored key of " + key.length + " bytes: " + why);
  }
}
