package io.thalweg.client;

import com.google.rpc.Code;

/**
 * Hears what a client does, for metrics. Is called on the client's threads: it must be quick, must
 * not block and must not throw.
 */
public interface ClientListener {
  /** A listener that does nothing. */
  ClientListener NONE = new ClientListener() {};

  /**
   * A request has its answer or its failure.
   *
   * @param durationNs from the call to the answer, with all attempts and pauses
   */
  default void ended(ServiceMethod<?, ?> method, Code code, int attempts, long durationNs) {}

  /** A request is about to be sent again. */
  default void retried(ServiceMethod<?, ?> method) {}

  /** A read was sent a second time since its answer takes long. */
  default void hedged(ServiceMethod<?, ?> method) {}

  /** A retry or hedge was not made since the budget was used up. */
  default void overBudget(ServiceMethod<?, ?> method) {}

  /** A request was refused here since too many are in flight. */
  default void overInFlight(ServiceMethod<?, ?> method) {}

  /** A watch was cut and begins again from where it was. */
  default void resumed(ServiceMethod<?, ?> method) {}
}
