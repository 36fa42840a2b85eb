package io.thalweg.testkit.linear;

import io.thalweg.testkit.linear.SequentialModel.Step;
import java.util.Set;
import java.util.TreeSet;

/** Objects that everybody knows. Answers are text. */
final class Models {
  sealed interface Input {}

  record Put(int value) implements Input {}

  record Get() implements Input {}

  /** Puts a value if another one is there: "ok" or "no". */
  record Swap(int from, int to) implements Input {}

  /** Adds one and answers the sum. */
  record Add() implements Input {}

  static final SequentialModel<Integer, Input, String> REGISTER =
      SequentialModel.of(0, Models::register, input -> input instanceof Get);

  /** A set of names; "new" or "known" when one is added, "removed" or "missing". */
  static final SequentialModel<Set<String>, String, String> SET =
      SequentialModel.of(Set.of(), Models::set);

  private Models() {}

  static Step<Integer, String> register(int value, Input input) {
    return switch (input) {
      case Put put -> new Step<>(put.value(), "ok");
      case Get _ -> new Step<>(value, Integer.toString(value));
      case Swap swap ->
          value == swap.from() ? new Step<>(swap.to(), "ok") : new Step<>(value, "no");
      case Add _ -> new Step<>(value + 1, Integer.toString(value + 1));
    };
  }

  private static Step<Set<String>, String> set(Set<String> names, String input) {
    String name = input.substring(1);
    boolean has = names.contains(name);
    Set<String> after = new TreeSet<>(names);
    if (input.startsWith("+")) {
      after.add(name);
      return new Step<>(after, has ? "known" : "new");
    }
    after.remove(name);
    return new Step<>(after, has ? "removed" : "missing");
  }
}
