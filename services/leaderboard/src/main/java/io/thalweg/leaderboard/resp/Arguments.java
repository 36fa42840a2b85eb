package io.thalweg.leaderboard.resp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The arguments of one command, in the buffer that they were read into: 0 is the command's name.
 * One object serves a connection; valid until its next command is read.
 */
final class Arguments {
  private static final int MAX_PLAIN_DIGITS = 15;
  private static final int MAX_NUMBER_BYTES = 400;

  private ByteBuf in = Unpooled.EMPTY_BUFFER;
  private int base;
  private int[] starts = {};
  private int[] lengths = {};
  private int count;
  private byte[] scratch = new byte[128];
  // Commands of a connection mostly name the board of the one before.
  private byte[] lastKey = {};
  private String lastKeyText = "";

  void set(ByteBuf in, int base, int[] starts, int[] lengths, int count) {
    this.in = in;
    this.base = base;
    this.starts = starts;
    this.lengths = lengths;
    this.count = count;
  }

  int count() {
    return count;
  }

  int length(int i) {
    return lengths[i];
  }

  byte byteAt(int i, int offset) {
    return in.getByte(base + starts[i] + offset);
  }

  /** Copies an argument into the scratch array; its length. */
  private int load(int i) {
    int length = lengths[i];
    if (length > scratch.length) {
      scratch = new byte[Math.max(length, scratch.length * 2)];
    }
    in.getBytes(base + starts[i], scratch, 0, length);
    return length;
  }

  /** The bytes of an argument. */
  byte[] bytes(int i) {
    return Arrays.copyOf(scratch, load(i));
  }

  /** Whether an argument is this word, in any case. {@code upper} is of capital letters. */
  boolean is(int i, String upper) {
    int length = lengths[i];
    if (length != upper.length()) {
      return false;
    }
    int at = base + starts[i];
    for (int k = 0; k < length; k++) {
      int b = in.getByte(at + k);
      if (b >= 'a' && b <= 'z') {
        b -= 'a' - 'A';
      }
      if (b != upper.charAt(k)) {
        return false;
      }
    }
    return true;
  }

  /** An argument in capital letters, cut after 64 bytes; for words of the protocol. */
  String word(int i) {
    int length = Math.min(load(i), 64);
    return new String(scratch, 0, length, StandardCharsets.ISO_8859_1)
        .toUpperCase(java.util.Locale.ROOT);
  }

  /** An argument for a message to a person: cut after 128 bytes, control characters replaced. */
  String quoted(int i) {
    int length = Math.min(load(i), 128);
    return new String(scratch, 0, length, StandardCharsets.ISO_8859_1)
        .replaceAll("\\p{Cntrl}", " ");
  }

  /**
   * An argument as text.
   *
   * @throws BadCommand if it is not UTF-8
   */
  String text(int i) {
    return text(i, load(i));
  }

  private String text(int i, int length) {
    for (int k = 0; k < length; k++) {
      if (scratch[k] < 0) {
        return decoded(i, length);
      }
    }
    return new String(scratch, 0, length, StandardCharsets.ISO_8859_1);
  }

  private String decoded(int i, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(scratch, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new BadCommand("ERR argument " + i + " must be UTF-8");
    }
  }

  /** The name of a board. */
  String key(int i) {
    int length = load(i);
    if (length != lastKey.length || !Arrays.equals(scratch, 0, length, lastKey, 0, length)) {
      lastKeyText = text(i, length);
      lastKey = Arrays.copyOf(scratch, length);
    }
    return lastKeyText;
  }

  /**
   * A whole number.
   *
   * @throws BadCommand if it is not one, or out of range
   */
  long integer(int i) {
    int length = load(i);
    int from = length > 0 && scratch[0] == '-' ? 1 : 0;
    if (length == from || length > 20) {
      throw notInteger();
    }
    long n = 0;
    for (int k = from; k < length; k++) {
      int digit = scratch[k] - '0';
      if (digit < 0 || digit > 9 || (k == from && digit == 0 && (length > from + 1 || from == 1))) {
        throw notInteger();
      }
      // Counted down: the least number has no positive counterpart.
      long next = n * 10 - digit;
      if (n < Long.MIN_VALUE / 10 || next > 0) {
        throw notInteger();
      }
      n = next;
    }
    if (from == 0 && n == Long.MIN_VALUE) {
      throw notInteger();
    }
    return from == 0 ? -n : n;
  }

  /**
   * A whole number that is not negative.
   *
   * @throws BadCommand if it is not one, or out of range
   */
  long count(int i) {
    try {
      long n = integer(i);
      if (n >= 0) {
        return n;
      }
    } catch (BadCommand e) {
      // The same words for both.
    }
    throw new BadCommand("ERR value is out of range, must be positive");
  }

  private static BadCommand notInteger() {
    return new BadCommand("ERR value is not an integer or out of range");
  }

  /** A number; NaN if it is none. Infinite ones are written inf, +inf, -inf or infinity. */
  double number(int i) {
    return number(i, 0);
  }

  /** As {@link #number(int)}, without the first {@code skip} bytes. */
  double number(int i, int skip) {
    int length = load(i);
    int from = skip < length && (scratch[skip] == '-' || scratch[skip] == '+') ? skip + 1 : skip;
    if (length == from || length > MAX_NUMBER_BYTES) {
      return Double.NaN;
    }
    boolean negative = from > skip && scratch[skip] == '-';
    if (length - from <= MAX_PLAIN_DIGITS) {
      long n = 0;
      int k = from;
      while (k < length && scratch[k] >= '0' && scratch[k] <= '9') {
        n = n * 10 + scratch[k++] - '0';
      }
      if (k == length) {
        return negative ? -(double) n : n;
      }
    }
    String text = new String(scratch, from, length - from, StandardCharsets.ISO_8859_1);
    if (text.equalsIgnoreCase("inf") || text.equalsIgnoreCase("infinity")) {
      return negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    double parsed = decimal(text);
    return negative ? -parsed : parsed;
  }

  /** A decimal number without sign; NaN if it is none, or too large or too small to be told. */
  private static double decimal(String text) {
    boolean nonZero = false;
    boolean mantissa = true;
    for (int k = 0; k < text.length(); k++) {
      char c = text.charAt(k);
      if (c == 'e' || c == 'E') {
        mantissa = false;
      } else if (c >= '1' && c <= '9') {
        nonZero |= mantissa;
      } else if (c != '0' && c != '.' && (mantissa || (c != '+' && c != '-'))) {
        return Double.NaN;
      }
    }
    try {
      double parsed = Double.parseDouble(text);
      return Double.isInfinite(parsed) || (nonZero && parsed == 0) ? Double.NaN : parsed;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
