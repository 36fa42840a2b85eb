package io.thalweg.keys.space;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret order of the numbers 0 to size - 1: each is given another one of them, no two the same.
 * Needs no memory of its own, and can be turned around.
 *
 * <p>An alternating Feistel network over pairs (l, r) of Z_a x Z_b with a about b and a * b just
 * not below the size, as FF1 of NIST SP 800-38G has it, but with sides of any size: in each round
 * one side gets added what AES-128 makes of the round and of the other side. A result that is not
 * below the size is permuted again until it is (cycle walking; fewer than one in sqrt(size)
 * results). 10 rounds as FF1, and more where the domain is so small that attacks on few rounds are
 * of practical size.
 *
 * <p>Numbers are worked on in groups, for AES is many times faster so. An instance is for one
 * thread at a time.
 */
public final class Permutation {
  /** Bytes of a key. */
  public static final int KEY_BYTES = 16;

  /** The most numbers that a permutation can have. */
  public static final long MAX_SIZE = 1L << 62;

  /** Numbers that are worked on together. */
  static final int GROUP = 256;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK_BYTES = 16;
  private static final long SMALL = 1L << 20;
  private static final long MEDIUM = 1L << 32;

  private final long size;
  private final long a;
  private final long b;
  private final int rounds;
  private final Cipher aes;
  private final byte[] in = new byte[GROUP * BLOCK_BYTES];
  private final byte[] out = new byte[GROUP * BLOCK_BYTES];
  private final long[] left = new long[GROUP];
  private final long[] right = new long[GROUP];
  private final long[] one = new long[1];

  /**
   * A permutation.
   *
   * @param key 16 bytes
   * @param size how many numbers, 1 to 2^62
   */
  public Permutation(byte[] key, long size) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("key must have 16 bytes; got " + key.length);
    }
    if (size < 1 || size > MAX_SIZE) {
      throw new IllegalArgumentException("size must be 1 to 2^62; got " + size);
    }
    this.size = size;
    this.a = ceilSqrt(size);
    this.b = (size + a - 1) / a;
    this.rounds = size < SMALL ? 32 : size < MEDIUM ? 16 : 10;
    try {
      aes = Cipher.getInstance("AES/ECB/NoPadding");
      aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES", e);
    }
  }

  private static long ceilSqrt(long size) {
    long root = (long) Math.sqrt((double) size);
    while (root * root < size) {
      root++;
    }
    while (root > 1 && (root - 1) * (root - 1) >= size) {
      root--;
    }
    return root;
  }

  /** How many numbers. */
  public long size() {
    return size;
  }

  /** What a number of 0 to size - 1 becomes. */
  public long apply(long number) {
    one[0] = number;
    apply(one, 1);
    return one[0];
  }

  /** What became this: {@code invert(apply(x)) == x}. */
  public long invert(long number) {
    check(number);
    one[0] = number;
    do {
      turn(one, 0, 1, false);
    } while (one[0] >= size);
    return one[0];
  }

  /** Replaces the first {@code count} numbers by what they become. */
  public void apply(long[] numbers, int count) {
    for (int i = 0; i < count; i++) {
      check(numbers[i]);
    }
    for (int from = 0; from < count; from += GROUP) {
      int n = Math.min(GROUP, count - from);
      turn(numbers, from, n, true);
      for (int i = from; i < from + n; i++) {
        while (numbers[i] >= size) {
          turn(numbers, i, 1, true);
        }
      }
    }
  }

  private void check(long number) {
    if (number < 0 || number >= size) {
      throw new IllegalArgumentException("number must be 0 to " + (size - 1) + "; got " + number);
    }
  }

  /** One pass through all rounds, or back. */
  private void turn(long[] numbers, int from, int n, boolean forward) {
    for (int i = 0; i < n; i++) {
      left[i] = numbers[from + i] / b;
      right[i] = numbers[from + i] - left[i] * b;
    }
    for (int step = 0; step < rounds; step++) {
      int round = forward ? step : rounds - 1 - step;
      if ((round & 1) == 0) {
        mix(round, left, a, right, n, forward);
      } else {
        mix(round, right, b, left, n, forward);
      }
    }
    for (int i = 0; i < n; i++) {
      numbers[from + i] = left[i] * b + right[i];
    }
  }

  /** Adds to one side what the other one and the round give, or takes it off. */
  private void mix(int round, long[] side, long modulus, long[] other, int n, boolean add) {
    for (int i = 0; i < n; i++) {
      LONG.set(in, i * BLOCK_BYTES, other[i]);
      LONG.set(in, i * BLOCK_BYTES + Long.BYTES, (long) round);
    }
    try {
      aes.update(in, 0, n * BLOCK_BYTES, out, 0);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the buffers are of one size", e);
    }
    for (int i = 0; i < n; i++) {
      // The upper half of the product: 64 random bits, scaled to 0 to modulus - 1 without a
      // division.
      long shift = Math.unsignedMultiplyHigh((long) LONG.get(out, i * BLOCK_BYTES), modulus);
      long moved = add ? side[i] + shift : side[i] - shift;
      side[i] = moved >= modulus ? moved - modulus : moved < 0 ? moved + modulus : moved;
    }
  }

  /** Says nothing of the key. */
  @Override
  public String toString() {
    return "permutation of " + size;
  }
}
