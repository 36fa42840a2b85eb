package io.thalweg.testkit.linear;

import java.util.List;

/** What the checker found. */
public sealed interface Verdict<I, O> {
  /**
   * Says what is wrong, for a person.
   *
   * @throws AssertionError if the history is not linearizable, and also if that could not be
   *     decided within the budget
   */
  void orThrow();

  /**
   * The answers can be explained.
   *
   * @param steps what the search cost, over all keys
   */
  record Linearizable<I, O>(long steps) implements Verdict<I, O> {
    @Override
    public void orThrow() {}
  }

  /**
   * The budget was used up before an order was found or all were excluded. It is not a pass: give
   * more steps, or make histories of fewer operations that overlap or have an unknown outcome.
   *
   * @param keys the keys that are not decided; no other key is violated
   * @param maxSteps the budget of each key
   */
  record Undecided<I, O>(List<String> keys, long maxSteps) implements Verdict<I, O> {
    public Undecided {
      keys = List.copyOf(keys);
    }

    @Override
    public void orThrow() {
      throw new AssertionError(
          "undecided: %d steps were not enough to check the history of key %s%s"
              .formatted(
                  maxSteps,
                  keys.getFirst(),
                  keys.size() == 1 ? "" : " and of " + (keys.size() - 1) + " other keys"));
    }
  }

  /**
   * No order explains the answers of a key. What is here is the first answer, in the order of time,
   * that has no explanation: as long as it was not known, nor any later one, the history was
   * linearizable. (Another, later one is given only if a part of the history could not be decided
   * within the budget.)
   *
   * @param key the key; when several are violated, the one that appears first in the history
   * @param unexplained the operation whose answer has no explanation
   * @param before an order that explains every answer that had come before it, up to the place
   *     where it would have to take effect; operations that had no answer yet are there if their
   *     effect was seen
   * @param state the state after them, as text; it does not allow the answer
   * @param after the rest of that order: operations whose answers need the effect of the
   *     unexplained one; mostly empty
   */
  record Violation<I, O>(
      String key,
      Operation<I, O> unexplained,
      List<Operation<I, O>> before,
      String state,
      List<Operation<I, O>> after)
      implements Verdict<I, O> {
    private static final int MAX_PRINTED = 12;

    public Violation {
      before = List.copyOf(before);
      after = List.copyOf(after);
    }

    /** Several lines: the last operations that fit, and those that cannot follow them. */
    public String explanation() {
      StringBuilder text = new StringBuilder();
      text.append("not linearizable: key ").append(key);
      text.append(", nothing explains the answer of ").append(unexplained);
      int from = Math.max(0, before.size() - MAX_PRINTED);
      text.append("\n  what fits, in this order");
      text.append(from == 0 ? ":" : " (the last %d of %d):".formatted(MAX_PRINTED, before.size()));
      appendLines(text, before.subList(from, before.size()));
      text.append("\n  then the state is ").append(state).append(", and what cannot follow is:");
      text.append("\n    ").append(unexplained);
      if (!after.isEmpty()) {
        text.append("\n  but these need its effect:");
        appendLines(text, after.subList(0, Math.min(MAX_PRINTED, after.size())));
      }
      return text.toString();
    }

    @Override
    public void orThrow() {
      throw new AssertionError(explanation());
    }

    private static void appendLines(StringBuilder text, List<? extends Operation<?, ?>> lines) {
      for (Operation<?, ?> line : lines) {
        text.append("\n    ").append(line);
      }
    }
  }
}
