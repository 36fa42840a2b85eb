package io.thalweg.runtime;

import com.google.protobuf.Message;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A running node: the partitions of its services over one log and one store. Thread-safe.
 *
 * <p>Open one with {@link Thalweg}.
 */
public final class Node implements AutoCloseable {

  /** The methods of all services. */
  public List<MethodType> methods() {
    throw new UnsupportedOperationException();
  }

  /** The services. */
  public List<ServiceType> services() {
    throw new UnsupportedOperationException();
  }

  /**
   * Submits a command or query. The handler is called exactly once.
   *
   * <p>Failures beside those of the method: INVALID_ARGUMENT (a field out of its bounds),
   * UNIMPLEMENTED (a message that is no request of a service here), RESOURCE_EXHAUSTED (the queue
   * is full, or the memory budget is used up; says when to try again), UNAVAILABLE (the partition
   * is loading or closed; or the outcome is unknown because the log failed), DEADLINE_EXCEEDED (it
   * waited too long in the queue; it was not executed), INTERNAL (its handler threw).
   */
  public void submit(Request request, ReplyHandler handler) {
    throw new UnsupportedOperationException();
  }

  /** As {@link #submit(Request, ReplyHandler)}, as a future that fails with a {@link Failure}. */
  public <R extends Message> CompletableFuture<R> submit(Message request, Class<R> reply) {
    throw new UnsupportedOperationException();
  }

  /** Submits a request and waits for its reply. */
  public <R extends Message> R call(Message request, Class<R> reply) {
    throw new UnsupportedOperationException();
  }

  /** Submits a request and waits for its reply. */
  public <R extends Message> R call(Request request, Class<R> reply) {
    throw new UnsupportedOperationException();
  }

  /**
   * Watches the events of a key.
   *
   * @param request the request of a watch method
   * @param after the place after which to begin: a {@link Position} token, "0" for everything that
   *     the log holds, or null or empty for what happens from now on
   * @throws Failure OUT_OF_RANGE with the word "resync" if the position is not of this history
   */
  public WatchStream watch(Request request, @Nullable String after) {
    throw new UnsupportedOperationException();
  }

  public NodeStatus status() {
    throw new UnsupportedOperationException();
  }

  /** Where its metrics are registered. */
  public MeterRegistry meters() {
    throw new UnsupportedOperationException();
  }

  /** Refuses new requests, answers those that it has, makes everything durable and closes. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
