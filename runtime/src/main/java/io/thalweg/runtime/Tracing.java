package io.thalweg.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Follows requests from the edge to the log and back. Which are followed is this one's matter: for
 * those that are not there is no {@link Trace}, and they cost nothing. Thread-safe; must not block
 * or throw.
 *
 * <p>The context of a followed command is in the header of each of its events, and in the messages
 * and effects that it asks for, so what they cause belongs to the same trace, also after a restart.
 * A timer begins none.
 */
public interface Tracing {
  /** Follows nothing. */
  Tracing OFF =
      new Tracing() {
        @Override
        public @Nullable Trace begin(String method, String protocol, long startNs, Headers from) {
          return null;
        }

        @Override
        public @Nullable Trace resume(String what, byte[] context, long startNs) {
          return null;
        }
      };

  /** What a client sent with its request, by lower-case name. */
  interface Headers {
    /** The value of a header; null if there is none. */
    @Nullable String get(String name);
  }

  /**
   * A request came in.
   *
   * @param method full name
   * @param protocol by which it came: "http", "grpc"
   * @param startNs the monotonic clock when it was met
   * @param from its headers, of which {@code traceparent} and {@code tracestate} are read
   * @return null if it is not followed
   */
  @Nullable Trace begin(String method, String protocol, long startNs, Headers from);

  /**
   * Something goes on that a followed request has caused.
   *
   * @param what it is: type of a message, handler of an effect
   * @param context as {@link Trace#context}
   * @param startNs the monotonic clock now
   * @return null if it is not followed
   */
  @Nullable Trace resume(String what, byte[] context, long startNs);
}
