package io.thalweg.log;

import java.util.Collection;
import java.util.UUID;

/**
 * One history of a partition. The first has no parent; every restore starts another, which shares
 * its parent's events below the fork.
 *
 * <p>Clients hold the ordinal in their positions. So that a position of one restore is not taken
 * for one of another restore of the same backup, the ordinal of a fork is a count in millions (the
 * second history of a partition is 2,000,000 and something) and six digits that are drawn.
 *
 * @param ordinal from 1, increasing; at most 999,999,999
 * @param parent ordinal of the lineage it forked from; 0 for the first
 * @param forkOffset first offset that is not shared with the parent; 0 for the first
 * @param id unique identity
 */
public record Lineage(int ordinal, int parent, long forkOffset, UUID id) {
  /** Drawn digits of an ordinal are below this. */
  public static final int DRAWN = 1_000_000;

  private static final int MAX_ORDINAL = 999_999_999;

  /** The history that continues this one from an offset on. */
  Lineage fork(long offset, int drawn, UUID newId) {
    return new Lineage(ordinalAfter(ordinal, drawn), ordinal, offset, newId);
  }

  /**
   * The ordinal of a history that comes after another one.
   *
   * @param drawn from 0, below a million
   * @throws LogException if there have been too many
   */
  public static int ordinalAfter(int ordinal, int drawn) {
    int next = (ordinal < DRAWN ? 2 : ordinal / DRAWN + 1) * DRAWN + drawn;
    if (next > MAX_ORDINAL) {
      throw new LogException("a partition can be restored at most 998 times in a row");
    }
    return next;
  }

  /**
   * The first history of a new partition: ordinal 1, but in a log that was restored the newest one
   * that its partitions have, since the partition may have been there before in another history.
   */
  static Lineage first(Collection<PartitionState> others, UUID newId) {
    int ordinal = 1;
    for (PartitionState other : others) {
      PartitionTail tail = other.durable();
      if (tail != null) {
        ordinal = Math.max(ordinal, tail.lineage().ordinal());
      }
    }
    return new Lineage(ordinal, 0, 0, newId);
  }
}
