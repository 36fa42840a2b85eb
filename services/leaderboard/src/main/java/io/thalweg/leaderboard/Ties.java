package io.thalweg.leaderboard;

/**
 * The order of members whose score and sequence number are equal. Where ties are broken by name,
 * the first 8 bytes of the name stand for the sequence number, and this compares the rest.
 */
@FunctionalInterface
interface Ties {
  /** As of a comparator, of the members with these numbers; 0 only for the same one. */
  int compare(int id, int other);
}
