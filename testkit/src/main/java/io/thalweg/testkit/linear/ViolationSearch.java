package io.thalweg.testkit.linear;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Explains a violation: finds the first answer with which the history of a key is not linearizable
 * any more, and an order that explains everything before it.
 *
 * <p>The history as it was known after some of its answers has all later answers unknown. If it is
 * not linearizable, it is not after more answers either; so the first such answer is found by
 * halving.
 */
final class ViolationSearch<S, I, O> {
  private final SequentialModel<S, I, O> model;
  private final long maxSteps;

  /** By invocation, so that what was invoked up to a time is a prefix. */
  private final List<Operation<I, O>> history;

  /** Indexes of answered operations, by return. */
  private final List<Integer> answers = new ArrayList<>();

  /**
   * @param history of one key, not linearizable
   */
  ViolationSearch(SequentialModel<S, I, O> model, List<Operation<I, O>> history, long maxSteps) {
    this.model = model;
    this.maxSteps = maxSteps;
    this.history = new ArrayList<>(history);
    this.history.sort(Comparator.comparingLong(Operation::invokedAt));
    for (int i = 0; i < this.history.size(); i++) {
      if (this.history.get(i).output().isPresent()) {
        answers.add(i);
      }
    }
    answers.sort(Comparator.comparingLong(i -> this.history.get(i).returnedAt()));
  }

  Verdict.Violation<I, O> find() {
    int explained = 0;
    int violated = answers.size();
    List<Integer> order = List.of();
    while (violated - explained > 1) {
      int middle = (explained + violated) >>> 1;
      KeySearch<S, I, O> search = new KeySearch<>(model, known(middle));
      switch (search.run(maxSteps)) {
        case FOUND -> {
          explained = middle;
          order = search.order();
        }
        case NONE -> violated = middle;
        // It is not known to be violated; the later answer is, and is a good enough explanation.
        case OUT_OF_STEPS -> explained = middle;
      }
    }
    return violation(answers.get(violated - 1), order);
  }

  /** The history as it was known after a number of answers, at least 1. */
  private List<Operation<I, O>> known(int count) {
    long until = history.get(answers.get(count - 1)).returnedAt();
    boolean[] isKnown = new boolean[history.size()];
    answers.subList(0, count).forEach(i -> isKnown[i] = true);
    List<Operation<I, O>> known = new ArrayList<>();
    for (int i = 0; i < history.size() && history.get(i).invokedAt() <= until; i++) {
      Operation<I, O> o = history.get(i);
      known.add(isKnown[i] ? o : Operation.unknown(o.client(), o.key(), o.input(), o.invokedAt()));
    }
    return known;
  }

  private Verdict.Violation<I, O> violation(int unexplained, List<Integer> order) {
    Operation<I, O> operation = history.get(unexplained);
    // If it is in the order it took effect there, with another answer than it gave.
    int place = order.indexOf(unexplained);
    List<Operation<I, O>> before = operations(order.subList(0, place < 0 ? order.size() : place));
    List<Operation<I, O>> after =
        place < 0 ? List.of() : operations(order.subList(place + 1, order.size()));
    S state = model.initial(operation.key());
    for (int index : order.subList(0, before.size())) {
      state = after(state, index, operation.returnedAt());
    }
    return new Verdict.Violation<>(
        operation.key(), operation, before, Operation.printed(state), after);
  }

  /** The state after an operation of the order, whose answer counts if it had come by then. */
  private S after(S state, int index, long knownUntil) {
    Operation<I, O> o = history.get(index);
    return o.output()
        .filter(_ -> o.returnedAt() <= knownUntil)
        .flatMap(output -> model.step(state, o.input(), output))
        .orElseGet(() -> model.stepUnknown(state, o.input()));
  }

  private List<Operation<I, O>> operations(List<Integer> indexes) {
    return indexes.stream().map(history::get).toList();
  }
}
