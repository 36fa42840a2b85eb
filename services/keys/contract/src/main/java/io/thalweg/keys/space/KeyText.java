package io.thalweg.keys.space;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Numbers as texts of a fixed length over an alphabet, the most significant character first, with
 * or without a check character at the end. Immutable.
 */
public final class KeyText {
  /** The most characters of a key, with its check character. */
  public static final int MAX_LENGTH = 33;

  private static final int ASCII = 128;
  private static final int MAX_TABLE = 8_192;

  private final byte[] symbols;
  private final byte[] digitOf = new byte[ASCII];
  private final int length;
  private final boolean check;
  private final long size;

  /** Characters that one step of the division gives, the texts of them, and what it divides by. */
  private final int chunk;

  private final long chunkSize;
  private final long chunkReciprocal;
  private final byte[] chunks;

  /**
   * The texts of a length over an alphabet.
   *
   * @param alphabet 2 to 94 different ASCII characters
   * @param length 1 to 32, without the check character
   * @param check whether there is one
   */
  public KeyText(String alphabet, int length, boolean check) {
    this.symbols = alphabet.getBytes(StandardCharsets.US_ASCII);
    this.length = length;
    this.check = check;
    this.size = sizeOf(symbols.length, length);
    Arrays.fill(digitOf, (byte) -1);
    for (int i = 0; i < symbols.length; i++) {
      digitOf[symbols[i]] = (byte) i;
    }
    int characters = 1;
    long texts = symbols.length;
    while (characters < length && texts * symbols.length <= MAX_TABLE) {
      texts *= symbols.length;
      characters++;
    }
    chunk = characters;
    chunkSize = texts;
    chunkReciprocal = Long.divideUnsigned(-1L, texts);
    chunks = new byte[(int) texts * characters];
    for (int text = 0; text < texts; text++) {
      int rest = text;
      for (int i = characters - 1; i >= 0; i--) {
        chunks[text * characters + i] = symbols[rest % symbols.length];
        rest /= symbols.length;
      }
    }
  }

  /**
   * How many texts there are.
   *
   * @return at most {@link Long#MAX_VALUE}, which also stands for more
   */
  public static long sizeOf(int alphabet, int length) {
    long size = 1;
    for (int i = 0; i < length; i++) {
      if (size > Long.MAX_VALUE / alphabet) {
        return Long.MAX_VALUE;
      }
      size *= alphabet;
    }
    return size;
  }

  /** How many characters every number from 0 to {@link Long#MAX_VALUE} fits in. */
  public static int lengthOfAnyNumber(int alphabet) {
    int length = 0;
    for (long rest = Long.MAX_VALUE; rest > 0; rest /= alphabet) {
      length++;
    }
    return length;
  }

  /** How many numbers have a text. */
  public long size() {
    return size;
  }

  /** Characters of a text, with the check character. */
  public int textLength() {
    return check ? length + 1 : length;
  }

  /** The text of a number of 0 to size - 1. */
  public String text(long number) {
    byte[] text = new byte[textLength()];
    write(number, text);
    return string(text);
  }

  @SuppressWarnings("deprecation") // Four times as fast as a decoder; all of it is ASCII.
  static String string(byte[] ascii) {
    return new String(ascii, 0, 0, ascii.length);
  }

  /** Writes the text of a number from the array's beginning. */
  void write(long number, byte[] text) {
    long rest = number;
    int at = length;
    while (at >= chunk) {
      // The quotient by multiplication; it may be one too small.
      long quotient = Math.unsignedMultiplyHigh(rest, chunkReciprocal);
      long remainder = rest - quotient * chunkSize;
      if (remainder >= chunkSize) {
        quotient++;
        remainder -= chunkSize;
      }
      at -= chunk;
      int from = (int) remainder * chunk;
      for (int i = 0; i < chunk; i++) {
        text[at + i] = chunks[from + i];
      }
      rest = quotient;
    }
    while (at > 0) {
      text[--at] = symbols[(int) (rest % symbols.length)];
      rest /= symbols.length;
    }
    if (check) {
      text[length] = symbols[checkDigit(text)];
    }
  }

  /**
   * The number of a text.
   *
   * @return -1 if it is not a text of this form, or its check character is another
   */
  public long number(String text) {
    if (!hasForm(text)) {
      return -1;
    }
    if (check && checkCharacter(text) != text.charAt(length)) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < length; i++) {
      int digit = digitOf[text.charAt(i)];
      if (number > (Long.MAX_VALUE - digit) / symbols.length) {
        return -1;
      }
      number = number * symbols.length + digit;
    }
    return number;
  }

  /** Whether a text has the length and only characters of the alphabet; its check may be wrong. */
  public boolean hasForm(String text) {
    if (text.length() != textLength()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ASCII || digitOf[c] < 0) {
        return false;
      }
    }
    return true;
  }

  /** The check character of a text of this form, whatever stands in its place. */
  public char checkCharacter(String text) {
    return (char) symbols[checkDigit(text.getBytes(StandardCharsets.US_ASCII))];
  }

  /**
   * For an even number N of characters ISO/IEC 7064, hybrid system MOD N+1,N: all single errors are
   * found, and all exchanges of neighbours but one in N - 1 of the pairs at most. That system needs
   * an even N; for an odd one the digits are summed with the weights 1 and 2 by turns, which finds
   * all of both.
   */
  private int checkDigit(byte[] text) {
    int n = symbols.length;
    if (n % 2 == 0) {
      int p = n;
      for (int i = 0; i < length; i++) {
        p = (p + digitOf[text[i]]) % n;
        p = (p == 0 ? n : p) * 2 % (n + 1);
      }
      return (n + 1 - p) % n;
    }
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += digitOf[text[i]] * (1 + (length - i) % 2);
    }
    return (n - sum % n) % n;
  }
}
