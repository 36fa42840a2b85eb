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
   * No order explains the answers of a key. What is here is the history up to the first answer that
   * cannot be explained: without that answer, and without all that came after it, the history is
   * linearizable.
   *
   * @param key the key; when several are violated, the one that appears first in the history
   * @param unexplained the operation whose answer has no explanation
   * @param prefix an order that explains every answer that had come before it, as long as can be
   * @param cannotFollow the answered operations that were open then and that the state after the
   *     prefix does not allow; the unexplained one comes first
   * @param states the state after the prefix, then states that other orders lead to (at most {@link
   *     #MAX_STATES} in all), as text
   */
  record Violation<I, O>(
      String key,
      Operation<I, O> unexplained,
      List<Operation<I, O>> prefix,
      List<Operation<I, O>> cannotFollow,
      List<String> states)
      implements Verdict<I, O> {
    /** The most states that a violation names. */
    public static final int MAX_STATES = 8;

    private static final int MAX_PRINTED = 12;

    public Violation {
      prefix = List.copyOf(prefix);
      cannotFollow = List.copyOf(cannotFollow);
      states = List.copyOf(states);
    }

    /** Several lines that show the last operations that fit and those that do not. */
    public String explanation() {
      StringBuilder text = new StringBuilder();
      text.append("not linearizable: key ").append(key);
      text.append(", nothing explains the answer of ").append(unexplained);
      int from = Math.max(0, prefix.size() - MAX_PRINTED);
      text.append("\n  an order of the ").append(prefix.size()).append(" operations before it");
      text.append(from == 0 ? ":" : ", its last " + MAX_PRINTED + ":");
      appendLines(text, prefix.subList(from, prefix.size()));
      text.append("\n  after them the state is ").append(states.getFirst());
      if (states.size() > 1) {
        text.append("\n  in another order it would be ");
        text.append(String.join(" or ", states.subList(1, states.size())));
        text.append(states.size() == MAX_STATES ? " or others" : "");
      }
      text.append("\n  what cannot follow:");
      appendLines(text, cannotFollow.subList(0, Math.min(MAX_PRINTED, cannotFollow.size())));
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
