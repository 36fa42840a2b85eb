package io.thalweg.leaderboard;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * A member's name as words of 8 bytes: a length byte, the UTF-8 bytes, zeros. Names are compared
 * and hashed by words. One object serves all boards of a partition, since only one name is looked
 * at at a time.
 *
 * <p>The hash has a seed of its own in every process, so nobody can choose names that collide. It
 * decides only where a name lies in memory, never what is answered.
 */
final class EncodedName {
  static final int MAX_BYTES = 255;
  private static final int MAX_WORDS = (MAX_BYTES + 8) / 8;
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long seed = new SplittableRandom().nextLong();
  private final byte[] bytes = new byte[MAX_WORDS * 8];
  final long[] words = new long[MAX_WORDS];

  /** Number of words. */
  int length;

  /** Upper half of the hash. */
  int tag;

  /** Encodes a name; its words, length and tag are in the fields afterwards. */
  void set(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > MAX_BYTES) {
      throw new IllegalArgumentException("a name of " + utf8.length + " bytes");
    }
    length = wordsFor(utf8.length);
    WORD.set(bytes, (length - 1) * 8, 0L);
    bytes[0] = (byte) utf8.length;
    System.arraycopy(utf8, 0, bytes, 1, utf8.length);
    for (int i = 0; i < length; i++) {
      words[i] = (long) WORD.get(bytes, i * 8);
    }
    tag = tagOf(words, 0, length);
  }

  /** The name whose words begin at {@code at}. */
  String decode(long[] from, int at) {
    int n = wordsOf(from[at]);
    for (int i = 0; i < n; i++) {
      WORD.set(bytes, i * 8, from[at + i]);
    }
    return new String(bytes, 1, bytes[0] & 0xFF, StandardCharsets.UTF_8);
  }

  boolean equalsAt(long[] other, int at) {
    for (int i = 0; i < length; i++) {
      if (other[at + i] != words[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * The order of two names by the bytes of their UTF-8. No name has U+0000, so the zeros after the
   * shorter one make it the smaller.
   */
  static int compare(long[] one, int at, long[] other, int otherAt) {
    long a = Long.reverseBytes(one[at]) << 8;
    long b = Long.reverseBytes(other[otherAt]) << 8;
    int words = Math.min(wordsOf(one[at]), wordsOf(other[otherAt]));
    for (int i = 1; i < words && a == b; i++) {
      a = Long.reverseBytes(one[at + i]);
      b = Long.reverseBytes(other[otherAt + i]);
    }
    return a == b
        ? Integer.compare((int) one[at] & 0xFF, (int) other[otherAt] & 0xFF)
        : Long.compareUnsigned(a, b);
  }

  /**
   * The first 8 bytes of a name as a number that sorts as they do; greater than {@link
   * Long#MIN_VALUE} and less than {@link Long#MAX_VALUE}.
   */
  static long prefix(long[] words, int at) {
    long first = Long.reverseBytes(words[at]) << 8;
    long eighth = wordsOf(words[at]) > 1 ? words[at + 1] & 0xFF : 0;
    return (first | eighth) ^ Long.MIN_VALUE;
  }

  /** The number of words of a name, from its first. */
  static int wordsOf(long first) {
    return wordsFor((int) (first & 0xFF));
  }

  private static int wordsFor(int utf8Length) {
    return (utf8Length + 8) >>> 3;
  }

  /** Upper half of the hash of the words at {@code at}. */
  int tagOf(long[] from, int at, int n) {
    long h = seed;
    for (int i = 0; i < n; i++) {
      long mixed = (h ^ from[at + i]) + FACTOR;
      h = Math.unsignedMultiplyHigh(mixed, FACTOR) ^ (mixed * FACTOR);
    }
    h ^= h >>> 29;
    return (int) ((h * FACTOR) >>> 32);
  }
}
