package io.thalweg.testkit.linear;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a search has been: which operations are in the order, and the state they lead to.
 *
 * <p>Answered operations are numbered by invocation, so those in the order are nearly a prefix. It
 * is kept as its length and the few bits after it: small, however long the history is.
 */
final class Configuration {
  private final long[] words;
  private final Object state;
  private final int hash;

  Configuration(BitSet answered, BitSet unknown, Object state) {
    int prefix = answered.nextClearBit(0);
    long[] after = answered.get(prefix, answered.length()).toLongArray();
    long[] taken = unknown.toLongArray();
    words = new long[2 + after.length + taken.length];
    words[0] = prefix;
    words[1] = after.length;
    System.arraycopy(after, 0, words, 2, after.length);
    System.arraycopy(taken, 0, words, 2 + after.length, taken.length);
    this.state = state;
    hash = 31 * Arrays.hashCode(words) + state.hashCode();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Configuration that
        && hash == that.hash
        && Arrays.equals(words, that.words)
        && state.equals(that.state);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
