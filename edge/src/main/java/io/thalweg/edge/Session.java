package io.thalweg.edge;

import com.google.protobuf.Message;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Trace;
import io.thalweg.runtime.WatchStream;
import org.jspecify.annotations.Nullable;

/**
 * One client: who it is, and what it may do. A request that it may not make is answered with a
 * {@link Failure} of UNAUTHENTICATED or PERMISSION_DENIED, as any other refusal. Thread-safe.
 */
public interface Session {
  /** Who it is. */
  Caller caller();

  /**
   * Submits a request; see {@link io.thalweg.runtime.Node#submit}.
   *
   * @param request of a command, query, scan or signal
   * @param name of the request, under which a command is executed once; null: none
   * @param deadlineNs of {@link System#nanoTime()}; a request that is still queued then is not
   *     executed; {@link Long#MAX_VALUE}: none
   * @param handler hears one answer, once, on another thread or on this one
   */
  void submit(Message request, @Nullable String name, long deadlineNs, ReplyHandler handler);

  /**
   * As {@link #submit(Message, String, long, ReplyHandler)}.
   *
   * @param trace follows the request; null: nobody does. The caller ends it
   */
  default void submit(
      Message request,
      @Nullable String name,
      long deadlineNs,
      @Nullable Trace trace,
      ReplyHandler handler) {
    submit(request, name, deadlineNs, handler);
  }

  /**
   * As {@link #submit(Message, String, long, Trace, ReplyHandler)}.
   *
   * @param seen makes a point query a session read: see {@link io.thalweg.runtime.Request#seen};
   *     null: linearizable
   */
  default void submit(
      Message request,
      @Nullable String name,
      long deadlineNs,
      @Nullable Trace trace,
      @Nullable Position seen,
      ReplyHandler handler) {
    submit(request, name, deadlineNs, trace, handler);
  }

  /**
   * Watches the events of a key; see {@link io.thalweg.runtime.Node#watch}.
   *
   * @throws Failure if it may not, or as there
   */
  WatchStream watch(Message request, @Nullable String after);
}
