package io.thalweg.testkit.linear;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a search has been: which answered operations are in the order, and the state they lead to.
 *
 * <p>Answered operations are numbered by invocation, so those in the order are nearly a prefix. It
 * is kept as its length and the few bits after it: small, however long the history is.
 */
final class Configuration {
  private final int prefix;
  private final long[] after;
  private final Object state;
  private final int hash;

  Configuration(BitSet answered, Object state) {
    prefix = answered.nextClearBit(0);
    after = answered.get(prefix, answered.length()).toLongArray();
    this.state = state;
    hash = 31 * (31 * prefix + Arrays.hashCode(after)) + state.hashCode();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Configuration that
        && hash == that.hash
        && prefix == that.prefix
        && Arrays.equals(after, that.after)
        && state.equals(that.state);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
