package io.thalweg.gateway;

import com.google.protobuf.Message;
import io.thalweg.edge.Identity;
import io.thalweg.edge.MethodAccess;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Trace;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The one way of a client's requests to the node, whatever protocol they came by: here it is
 * checked that the client may make them, and that its project is within its limits.
 */
final class GuardedSession implements Session {
  private final Backend backend;
  private final Map<Class<?>, MethodAccess> methods;
  private final Identity identity;
  private final RateLimits limits;
  private final Audit audit;
  private final Capacity capacity;

  GuardedSession(
      Backend backend,
      Map<Class<?>, MethodAccess> methods,
      Identity identity,
      RateLimits limits,
      Audit audit,
      Capacity capacity) {
    this.backend = backend;
    this.methods = methods;
    this.identity = identity;
    this.limits = limits;
    this.audit = audit;
    this.capacity = capacity;
  }

  Identity identity() {
    return identity;
  }

  @Override
  public Caller caller() {
    return identity.caller();
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
    int project = caller().project();
    try {
      if (trace == null) {
        check(request);
      } else {
        try (var _ = MDC.putCloseable("trace_id", trace.id())) {
          check(request);
        }
      }
      capacity.enter(project);
    } catch (Failure refusal) {
      handler.failure(refusal);
      return;
    }
    Admitted admitted = new Admitted(handler, project);
    try {
      backend.submit(new Request(request, caller(), name, deadlineNs, trace, seen), admitted);
    } catch (RuntimeException e) {
      admitted.leave();
      throw e;
    }
  }

  /**
   * Whether a request of a session would be let in now, as far as that can be told before anything
   * of it is read.
   *
   * @throws Failure RESOURCE_EXHAUSTED, with a time to come back
   */
  static void checkCapacity(Session session) {
    if (session instanceof GuardedSession guarded) {
      guarded.capacity.check(guarded.caller().project());
    }
  }

  @Override
  public WatchStream watch(Message request, @Nullable String after) {
    check(request);
    limits.enter(caller().project());
    try {
      return new Counted(
          backend.watch(new Request(request, caller(), null, Long.MAX_VALUE), after));
    } catch (RuntimeException e) {
      limits.leave(caller().project());
      throw e;
    }
  }

  private void check(Message request) {
    MethodAccess method = methods.get(request.getClass());
    // What is no request of a method is refused by the node, in its own words.
    if (method != null) {
      try {
        identity.check(method, request);
      } catch (Failure denied) {
        audit.refused(caller(), method.name(), denied);
        throw denied;
      }
      audit.allowed(caller(), method);
    }
    limits.admit(caller().project(), request.getSerializedSize());
  }

  /** Gives the place of a request back when it is answered. */
  private final class Admitted extends AtomicBoolean implements ReplyHandler {
    private static final long serialVersionUID = 1L;

    private final transient ReplyHandler handler;
    private final int project;

    Admitted(ReplyHandler handler, int project) {
      this.handler = handler;
      this.project = project;
    }

    void leave() {
      if (compareAndSet(false, true)) {
        capacity.leave(project);
      }
    }

    @Override
    public void reply(Message reply, Position position) {
      leave();
      handler.reply(reply, position);
    }

    @Override
    public void replyOfFollower(Message reply, Position position, long lag) {
      leave();
      handler.replyOfFollower(reply, position, lag);
    }

    @Override
    public void failure(Failure failure) {
      leave();
      handler.failure(failure);
    }
  }

  /** Gives its place back when it is closed. */
  private final class Counted implements WatchStream {
    private final WatchStream stream;
    private final AtomicBoolean closed = new AtomicBoolean();

    Counted(WatchStream stream) {
      this.stream = stream;
    }

    @Override
    public Position position() {
      return stream.position();
    }

    @Override
    public void onNews(Runnable listener) {
      stream.onNews(listener);
    }

    @Override
    public @Nullable Item next(Duration timeout) throws InterruptedException {
      return stream.next(timeout);
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        limits.leave(caller().project());
      }
      stream.close();
    }
  }
}
