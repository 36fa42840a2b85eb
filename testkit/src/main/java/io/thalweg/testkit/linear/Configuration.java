package io.thalweg.testkit.linear;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a search is: which answered operations are in the order, and the state they lead to.
 *
 * <p>Answered operations are numbered by invocation, so those in the order are nearly a prefix. It
 * is kept as its length and the few bits after it: small, however long the history is. Immutable.
 */
final class Configuration<S> {
  private final int prefix;
  private final long[] after;
  private final S state;
  private final int hash;

  private Configuration(int prefix, long[] after, S state) {
    this.prefix = prefix;
    this.after = after;
    this.state = state;
    hash = 31 * (31 * prefix + Arrays.hashCode(after)) + state.hashCode();
  }

  static <S> Configuration<S> start(S state) {
    return new Configuration<>(0, new long[0], state);
  }

  /** How many operations, from the first one on, are all in the order. */
  int prefix() {
    return prefix;
  }

  S state() {
    return state;
  }

  boolean has(int number) {
    int bit = number - prefix;
    return bit < 0 || (bit / Long.SIZE < after.length && (after[bit / Long.SIZE] >>> bit & 1) == 1);
  }

  /** With one more answered operation, which leads to a state. */
  Configuration<S> with(int number, S reached) {
    BitSet bits = BitSet.valueOf(after);
    bits.set(number - prefix);
    int more = bits.nextClearBit(0);
    BitSet rest = more == 0 ? bits : bits.get(more, Math.max(more, bits.length()));
    return new Configuration<>(prefix + more, rest.toLongArray(), reached);
  }

  /** After an operation of unknown outcome, which leads to a state. */
  Configuration<S> in(S reached) {
    return new Configuration<>(prefix, after, reached);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Configuration<?> that
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
