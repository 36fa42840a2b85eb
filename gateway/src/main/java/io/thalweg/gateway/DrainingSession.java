package io.thalweg.gateway;

import com.google.protobuf.Message;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Trace;
import io.thalweg.runtime.WatchStream;
import org.jspecify.annotations.Nullable;

/** A session that refuses what is new while the gateway is closing. */
record DrainingSession(Session session, Draining draining) implements Session {
  @Override
  public Caller caller() {
    return session.caller();
  }

  @Override
  public void submit(
      Message request, @Nullable String name, long deadlineNs, ReplyHandler handler) {
    submit(request, name, deadlineNs, null, handler);
  }

  @Override
  public void submit(
      Message request,
      @Nullable String name,
      long deadlineNs,
      @Nullable Trace trace,
      ReplyHandler handler) {
    submit(request, name, deadlineNs, trace, null, handler);
  }

  @Override
  public void submit(
      Message request,
      @Nullable String name,
      long deadlineNs,
      @Nullable Trace trace,
      @Nullable Position seen,
      ReplyHandler handler) {
    try {
      draining.check();
    } catch (Failure refusal) {
      handler.failure(refusal);
      return;
    }
    session.submit(request, name, deadlineNs, trace, seen, handler);
  }

  @Override
  public WatchStream watch(Message request, @Nullable String after) {
    draining.check();
    return session.watch(request, after);
  }
}
