package io.thalweg.leaderboard;

/**
 * What counts for a member.
 *
 * @param score finite
 * @param seq grows with every score reached: offset of the event and place in it, see {@link #seq}
 * @param reachTimeMs when the score was reached, milliseconds since 1970
 */
record Standing(double score, long seq, long reachTimeMs) {
  // A batch of 1,000 scores can make up to 2,000 entries: each may push another member out.
  private static final int INDEX_BITS = 11;

  /** The sequence number of the {@code index}th entry of the event at {@code offset}. */
  static long seq(long offset, int index) {
    if (index >>> INDEX_BITS != 0) {
      throw new IllegalArgumentException("entry " + index + " of an event");
    }
    return offset << INDEX_BITS | index;
  }
}
