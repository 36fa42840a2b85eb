package io.thalweg.crashtest;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * What clients were answered. Each write adds 1, so the answers for a member are the numbers from 1
 * to its score, each once: a number that is given twice or left out is a write that was lost or
 * applied twice. Thread-safe.
 */
final class Ledger {
  private static final int KEPT = 64;

  private final Map<String, Map<String, BitSet>> answered = new TreeMap<>();
  private final List<String> repeated = new ArrayList<>();
  private final List<Kept> kept = new ArrayList<>();
  private final RandomGenerator random;
  private final CounterHistory history = new CounterHistory();
  private long writes;

  /** A write with its answer, to be asked for again. */
  record Kept(Write write, List<Standing> answer) {}

  Ledger(RandomGenerator random) {
    this.random = random;
  }

  /** When each sum was asked for and answered. */
  CounterHistory history() {
    return history;
  }

  /**
   * A write was acknowledged.
   *
   * @param startNs when it was sent first
   */
  void acknowledged(Write write, List<Standing> answer, long startNs, long endNs) {
    acknowledged(write, answer);
    for (Standing standing : answer) {
      history.wrote(write.board(), standing.member(), standing.score(), startNs, endNs);
    }
  }

  private synchronized void acknowledged(Write write, List<Standing> answer) {
    List<String> members = answer.stream().map(Standing::member).toList();
    if (!members.equals(write.members())) {
      throw new IllegalStateException(write + " was answered by " + answer);
    }
    for (Standing standing : answer) {
      BitSet sums =
          answered
              .computeIfAbsent(write.board(), _ -> new TreeMap<>())
              .computeIfAbsent(standing.member(), _ -> new BitSet());
      if (sums.get(standing.score())) {
        repeated.add(write.board() + " " + standing + " of " + write.name());
      }
      sums.set(standing.score());
    }
    writes++;
    // A sample in which every write is as likely as another.
    if (kept.size() < KEPT) {
      kept.add(new Kept(write, answer));
    } else {
      long at = random.nextLong(writes);
      if (at < KEPT) {
        kept.set((int) at, new Kept(write, answer));
      }
    }
  }

  /** How many writes were acknowledged. */
  synchronized long writes() {
    return writes;
  }

  /** The sums that were answered, by board and member. */
  synchronized Map<String, Map<String, BitSet>> answered() {
    Map<String, Map<String, BitSet>> copy = new TreeMap<>();
    answered.forEach((board, members) -> {
      Map<String, BitSet> sums = new TreeMap<>();
      members.forEach((member, set) -> sums.put(member, (BitSet) set.clone()));
      copy.put(board, sums);
    });
    return copy;
  }

  /** Sums that were answered to two writes. */
  synchronized List<String> repeated() {
    return List.copyOf(repeated);
  }

  /** Some of the writes, early and late ones. */
  synchronized List<Kept> kept() {
    return List.copyOf(kept);
  }
}
