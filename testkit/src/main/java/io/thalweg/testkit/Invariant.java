package io.thalweg.testkit;

import com.google.protobuf.Message;
import io.thalweg.runtime.Node;

/**
 * Something that holds in every run, whatever goes wrong. One object is made for each run; its
 * methods are called in virtual time, one at a time, and throw an {@link AssertionError} when it
 * does not hold.
 */
public interface Invariant {
  /** What holds, as a name: it stands in the report of a failure. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** A client has an answer. */
  default void answered(Answered answered) {}

  /**
   * A client will never know what became of a command that it sent without a name: it may have been
   * executed, or will be, once or not at all.
   */
  default void unanswered(Message request) {}

  /** The node is up (again), and all its partitions take requests. */
  default void ready(Node node) {}

  /**
   * All operations are answered, nothing goes wrong any more, and messages between partitions have
   * arrived: the node can be asked. Waits for an answer are allowed here and nowhere else.
   */
  default void quiet(QuietNode node) {}

  /** A backup of the node begins. Called only with {@link Simulation#restores}. */
  default void backupBegins() {}

  /**
   * The backup that began last is whole: whatever is restored from now on is restored with it, or
   * with the keys that it has of what is sealed.
   */
  default void backedUp() {}

  /**
   * Another node was restored from a backup of the first one, of any moment of its run: it knows
   * what had happened by then, and nothing later. It is as quiet as in {@link #quiet}. Called only
   * with {@link Simulation#restores}.
   */
  default void restored(QuietNode node) {}

  /** The node is stopped; its log and tables can be looked at. */
  default void stopped(StoppedNode node) {}
}
