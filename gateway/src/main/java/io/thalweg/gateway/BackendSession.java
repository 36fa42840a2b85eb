package io.thalweg.gateway;

import com.google.protobuf.Message;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import org.jspecify.annotations.Nullable;

/** A session of a caller who may do everything. */
final class BackendSession implements Session {
  private final Backend backend;
  private final Draining draining;
  private final Caller caller;

  BackendSession(Backend backend, Draining draining, Caller caller) {
    this.backend = backend;
    this.draining = draining;
    this.caller = caller;
  }

  @Override
  public Caller caller() {
    return caller;
  }

  @Override
  public void submit(
      Message request, @Nullable String name, long deadlineNs, ReplyHandler handler) {
    try {
      draining.check();
    } catch (Failure refusal) {
      handler.failure(refusal);
      return;
    }
    backend.submit(new Request(request, caller, name, deadlineNs), handler);
  }

  @Override
  public WatchStream watch(Message request, @Nullable String after) {
    draining.check();
    return backend.watch(new Request(request, caller, null, Long.MAX_VALUE), after);
  }
}
