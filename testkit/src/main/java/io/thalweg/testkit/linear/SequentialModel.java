package io.thalweg.testkit.linear;

import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * What an object does when nothing is concurrent: the specification that a history is checked
 * against.
 *
 * <p>A state is immutable and has {@code equals} and {@code hashCode}: the search compares states,
 * and is as fast as they are. All methods are pure. An exception that one of them throws ends the
 * check.
 *
 * @param <S> the state of one key
 * @param <I> what can be asked
 * @param <O> what can be answered
 */
public interface SequentialModel<S, I, O> {
  /** The state of a key before its first operation. */
  S initial(String key);

  /**
   * The state after an operation that was answered with this output, or empty if the object in this
   * state would not have answered so.
   */
  Optional<S> step(S state, I input, O output);

  /**
   * The state after an operation of unknown outcome that took effect on this state. An operation
   * that the object would refuse in this state leaves it as it is.
   */
  S stepUnknown(S state, I input);

  /**
   * Whether an input never changes a state, whatever the state is. Optional: it makes the search
   * shorter, and saying so of an input that does change one makes verdicts wrong.
   */
  default boolean isRead(I input) {
    return false;
  }

  /** What an object did with one input. */
  record Step<S, O>(S state, O output) {}

  /**
   * The model of an object whose answer follows from its state and the input.
   *
   * @param initial the state of every key before its first operation
   * @param apply the state after an input, and the answer; answers are compared by {@code equals}
   */
  static <S, I, O> SequentialModel<S, I, O> of(
      S initial, BiFunction<? super S, ? super I, Step<S, O>> apply) {
    return of(initial, apply, _ -> false);
  }

  /**
   * The same, for an object with reads.
   *
   * @param isRead see {@link #isRead}
   */
  static <S, I, O> SequentialModel<S, I, O> of(
      S initial, BiFunction<? super S, ? super I, Step<S, O>> apply, Predicate<? super I> isRead) {
    return new SequentialModel<>() {
      @Override
      public S initial(String key) {
        return initial;
      }

      @Override
      public Optional<S> step(S state, I input, O output) {
        Step<S, O> step = apply.apply(state, input);
        return step.output().equals(output) ? Optional.of(step.state()) : Optional.empty();
      }

      @Override
      public S stepUnknown(S state, I input) {
        return apply.apply(state, input).state();
      }

      @Override
      public boolean isRead(I input) {
        return isRead.test(input);
      }
    };
  }
}
