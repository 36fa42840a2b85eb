package io.thalweg.testkit.linear;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Decides whether a history is linearizable.
 *
 * <p>Each key is an object of its own, and a history is linearizable if that of each key is
 * (Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects", 1990). For
 * one key the search is that of Wing and Gong ("Testing and verifying concurrent objects", 1993)
 * with the memory of Lowe ("Testing for linearizability", 2017): an order is built operation by
 * operation, and a set of operations that led to a state before is not tried again.
 *
 * <p>The question is NP-complete. What costs is how many operations of one key overlap: those with
 * an unknown outcome overlap everything after them. So the search has a budget, and says when it
 * was not enough.
 */
public final class Linearizability {
  /**
   * The budget for each key if none is given. A step looks at one operation or one place of the
   * search; for a step at most some 200 bytes and a state are kept until the search ends.
   */
  public static final long MAX_STEPS = 1_000_000;

  private Linearizability() {}

  /** Checks with a budget of {@link #MAX_STEPS} for each key. */
  public static <S, I, O> Verdict<I, O> check(
      SequentialModel<S, I, O> model, Collection<Operation<I, O>> history) {
    return check(model, history, MAX_STEPS);
  }

  /**
   * Checks a history. A violation of any key counts more than a key that is not decided.
   *
   * @param history operations in any order, at most {@link History#MAX_OPERATIONS}
   * @param maxSteps the budget for each key, at least 1; to explain a violation, parts of its
   *     history are searched with the same budget, as many as the logarithm of its length
   * @throws IllegalArgumentException if a bound is passed
   */
  public static <S, I, O> Verdict<I, O> check(
      SequentialModel<S, I, O> model, Collection<Operation<I, O>> history, long maxSteps) {
    if (maxSteps < 1) {
      throw new IllegalArgumentException("maxSteps is " + maxSteps + ", it is at least 1");
    }
    if (history.size() > History.MAX_OPERATIONS) {
      throw new IllegalArgumentException(
          "history has %d operations, it has at most %d"
              .formatted(history.size(), History.MAX_OPERATIONS));
    }
    Map<String, List<Operation<I, O>>> byKey = new LinkedHashMap<>();
    for (Operation<I, O> operation : history) {
      byKey.computeIfAbsent(operation.key(), _ -> new ArrayList<>()).add(operation);
    }
    List<String> undecided = new ArrayList<>();
    long steps = 0;
    for (Map.Entry<String, List<Operation<I, O>>> entry : byKey.entrySet()) {
      KeySearch<S, I, O> search = new KeySearch<>(model, entry.getValue());
      switch (search.run(maxSteps)) {
        case FOUND -> steps += search.steps();
        case NONE -> {
          return new ViolationSearch<>(model, entry.getValue(), maxSteps).find();
        }
        case OUT_OF_STEPS -> undecided.add(entry.getKey());
      }
    }
    return undecided.isEmpty()
        ? new Verdict.Linearizable<>(steps)
        : new Verdict.Undecided<>(undecided, maxSteps);
  }
}
