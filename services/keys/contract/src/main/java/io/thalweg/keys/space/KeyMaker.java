package io.thalweg.keys.space;

import org.jspecify.annotations.Nullable;

/**
 * Makes keys of the numbers of a run: the mask permutes each, and the result is written as text.
 * For one thread at a time.
 */
public final class KeyMaker {
  /** Numbers that are best made into keys together. */
  public static final int GROUP = Permutation.GROUP;

  private final KeyText text;
  private final @Nullable Permutation mask;
  private final BlockedWords words;
  private final boolean blocking;
  private final long[] numbers = new long[GROUP];

  /**
   * A maker.
   *
   * @param mask of the size of {@code text}; null: none
   */
  public KeyMaker(KeyText text, @Nullable Permutation mask, BlockedWords words) {
    this.text = text;
    this.mask = mask;
    this.words = words;
    this.blocking = !words.isEmpty();
  }

  /**
   * Makes the keys of {@code count} consecutive numbers.
   *
   * @param start the first number
   * @param count 1 to {@link #GROUP}
   * @param keys is given the keys from its beginning; null where a blocked word is in one
   */
  public void make(long start, int count, @Nullable String[] keys) {
    for (int i = 0; i < count; i++) {
      numbers[i] = start + i;
    }
    if (mask != null) {
      mask.apply(numbers, count);
    }
    byte[] ascii = new byte[text.textLength()];
    for (int i = 0; i < count; i++) {
      text.write(numbers[i], ascii);
      keys[i] = blocking && words.isIn(ascii) ? null : KeyText.string(ascii);
    }
  }

  /**
   * The number that a key is made of.
   *
   * @return -1 if it is none of these keys
   */
  public long numberOf(String key) {
    long number = text.number(key);
    return number < 0 || mask == null ? number : mask.invert(number);
  }

  /** How the keys look. */
  public KeyText text() {
    return text;
  }

  /** What is in none of the keys. */
  public BlockedWords words() {
    return words;
  }
}
