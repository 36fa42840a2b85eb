package io.thalweg.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.keys.space.KeyText;
import io.thalweg.keys.space.Permutation;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The secret order of keys: no two positions have one key, and nothing of the order shows. All
 * seeds are fixed, so the statistics are the same in every run; the bounds are those that a truly
 * random order keeps in all but about one of a million runs.
 */
class PermutationTest {
  private static final long MILLIONTH_SIGMAS = 5;

  @Test
  void isABijectionOnEverySmallDomain() {
    for (int size = 1; size <= 600; size++) {
      isABijection(size);
    }
    for (int size : new int[] {1 << 10, 1_023, 6_561, 17_576, 46_656, 65_537}) {
      isABijection(size);
    }
  }

  private static void isABijection(int size) {
    Permutation permutation = new Permutation(key(size), size);
    long[] all = new long[size];
    for (int i = 0; i < size; i++) {
      all[i] = i;
    }
    permutation.apply(all, size);
    BitSet seen = new BitSet(size);
    for (int i = 0; i < size; i++) {
      assertThat(all[i]).isBetween(0L, size - 1L);
      assertThat(seen.get((int) all[i])).as("twice of %d: %d", size, all[i]).isFalse();
      seen.set((int) all[i]);
      assertThat(permutation.invert(all[i])).isEqualTo(i);
    }
  }

  @Test
  void theOrderOfBlocksIsABijectionTooWhateverIsLeftAtTheEnd() {
    for (int size = 1; size <= 3_000; size += size < 100 ? 1 : 97) {
      BlockOrder order = new BlockOrder(key(size), size);
      BitSet seen = new BitSet(size);
      for (long position = 0; position < size; ) {
        long run = order.runFrom(position, size - position);
        for (long i = 0; i < run; i++) {
          long number = order.numberAt(position) + i;
          assertThat(number).isEqualTo(order.numberAt(position + i)).isBetween(0L, size - 1L);
          assertThat(seen.get((int) number)).isFalse();
          seen.set((int) number);
          assertThat(order.positionOf(number)).isEqualTo(position + i);
        }
        position += run;
      }
      assertThat(seen.cardinality()).isEqualTo(size);
    }
  }

  @Test
  void canBeTurnedAroundOnLargeDomains() {
    Random random = new Random(1);
    for (long size :
        new long[] {1L << 62, KeyText.sizeOf(62, 10), KeyText.sizeOf(31, 8), 999_983}) {
      Permutation permutation = new Permutation(key(size), size);
      for (int i = 0; i < 200; i++) {
        long number = random.nextLong(size);
        assertThat(permutation.invert(permutation.apply(number))).isEqualTo(number);
        assertThat(permutation.apply(permutation.invert(number))).isEqualTo(number);
      }
    }
  }

  @Test
  void aGroupIsPermutedAsEachOfItAlone() {
    Permutation permutation = new Permutation(key(3), 1_000_003);
    long[] group = new long[700];
    for (int i = 0; i < group.length; i++) {
      group[i] = i * 1_000L;
    }
    permutation.apply(group, group.length);
    for (int i = 0; i < group.length; i++) {
      assertThat(group[i]).isEqualTo(permutation.apply(i * 1_000L));
    }
  }

  /** Computed a second time by a program of its own; so nobody changes what numbers become. */
  @Test
  void whatANumberBecomesNeverChanges() {
    Permutation permutation = new Permutation(key(7), KeyText.sizeOf(62, 8));
    assertThat(
            new long[] {permutation.apply(0), permutation.apply(1), permutation.apply(123_456_789)})
        .containsExactly(VECTOR);
    assertThat(new Permutation(key(8), 1_000).apply(1)).isEqualTo(SMALL_VECTOR);
  }

  private static final long[] VECTOR = {84183963004650L, 137470877946005L, 190114237679547L};
  private static final long SMALL_VECTOR = 585;

  @Test
  void everyCharacterIsEquallyFrequentAtEveryPlaceOfConsecutiveKeys() {
    int symbols = 31;
    int length = 8;
    int count = 62_000;
    long[] keys = consecutive(KeyText.sizeOf(symbols, length), count, 11);
    for (int place = 0; place < length; place++) {
      int[] seen = new int[symbols];
      for (int i = 0; i < count; i++) {
        seen[(int) (keys[i] % symbols)]++;
        keys[i] /= symbols;
      }
      // 30 degrees of freedom: 30 with a deviation of 7.7.
      assertThat(chiSquare(seen, count)).as("at place %d from the end", place).isBetween(5.0, 85.0);
    }
  }

  @Test
  void aKeySaysNothingOfTheNextOne() {
    long size = KeyText.sizeOf(31, 8);
    int count = 50_000;
    long[] keys = consecutive(size, count, 12);
    int cells = 16;
    int[] pairs = new int[cells * cells];
    double sum = 0;
    for (int i = 0; i + 1 < count; i++) {
      double x = (double) keys[i] / size - 0.5;
      double y = (double) keys[i + 1] / size - 0.5;
      sum += x * y;
      pairs[((int) ((x + 0.5) * cells)) * cells + ((int) ((y + 0.5) * cells))]++;
    }
    // Correlation of independent ones: 0 with a deviation of 1 / sqrt(n).
    assertThat(sum / (count - 1) * 12).isBetween(-0.025, 0.025);
    // 255 degrees of freedom: 255 with a deviation of 22.6.
    assertThat(chiSquare(pairs, count - 1))
        .isBetween(255.0 - MILLIONTH_SIGMAS * 23, 255.0 + MILLIONTH_SIGMAS * 23);
  }

  @Test
  void oneBitOfTheNumberOrOfTheSecretChangesEverything() {
    long size = KeyText.sizeOf(31, 8);
    Random random = new Random(13);
    double moved = 0;
    int count = 2_000;
    for (int i = 0; i < count; i++) {
      byte[] key = new byte[Permutation.KEY_BYTES];
      random.nextBytes(key);
      long number = random.nextLong(size / 2);
      long before = new Permutation(key, size).apply(number);
      if (i % 2 == 0) {
        number ^= 1L << random.nextInt(38);
      } else {
        key[random.nextInt(key.length)] ^= (byte) (1 << random.nextInt(8));
      }
      long after = new Permutation(key, size).apply(number);
      long distance = Math.abs(after - before);
      moved += (double) Math.min(distance, size - distance) / size;
    }
    // Two independent points of a circle are a quarter apart, with a deviation of 0.144.
    double mean = moved / count;
    assertThat(mean).isBetween(0.25 - 0.0165, 0.25 + 0.0165);
  }

  private static long[] consecutive(long size, int count, long secret) {
    Permutation mask = new Permutation(key(secret), size);
    BlockOrder order = new BlockOrder(key(secret + 1_000), size);
    long[] keys = new long[count];
    for (int i = 0; i < count; i++) {
      keys[i] = order.numberAt(i);
    }
    mask.apply(keys, count);
    return keys;
  }

  private static double chiSquare(int[] seen, int count) {
    double expected = (double) count / seen.length;
    double sum = 0;
    for (int each : seen) {
      sum += (each - expected) * (each - expected) / expected;
    }
    return sum;
  }

  private static byte[] key(long seed) {
    byte[] key = new byte[Permutation.KEY_BYTES];
    new Random(seed).nextBytes(key);
    return key;
  }
}
