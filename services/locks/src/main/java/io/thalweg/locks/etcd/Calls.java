package io.thalweg.locks.etcd;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import io.thalweg.edge.GrpcProtocol;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes a gRPC service of functions: no generated stubs are needed. */
final class Calls {
  private final String service;
  private final Map<MethodDescriptor<?, ?>, ServerCallHandler<?, ?>> handlers =
      new LinkedHashMap<>();

  Calls(String service) {
    this.service = service;
  }

  /** Answers a request, now or later. */
  @FunctionalInterface
  interface Unary<Q, R> {
    CompletableFuture<R> answer(Session session, Q request);
  }

  /** Answers a request on a virtual thread of its own, which may wait, and sends what it likes. */
  @FunctionalInterface
  interface Waiting<Q, R> {
    void answer(Session session, Q request, Outgoing<R> out) throws InterruptedException;
  }

  /** What clients send on a stream of both directions. */
  interface Incoming<Q> {
    /** By one thread at a time, in order; must not block. */
    void message(Q message);

    /** Nothing more comes: the client has ended its half, or has left. */
    void ended();

    /** There is room to send again. */
    default void ready() {}
  }

  /** Begins a stream of both directions. */
  @FunctionalInterface
  interface Streaming<Q, R> {
    Incoming<Q> begin(Session session, Outgoing<R> out);
  }

  <Q extends Message, R extends Message> Calls unary(
      String name, Q request, R reply, Unary<Q, R> answer) {
    return add(
        MethodType.UNARY,
        name,
        request,
        reply,
        (session, out) ->
            new One<>(
                message -> {
                  CompletableFuture<R> answered;
                  try {
                    answered = answer.answer(session, message);
                  } catch (Failure e) {
                    out.fail(e);
                    return;
                  }
                  var _ =
                      answered.whenComplete((value, cause) -> {
                        if (cause == null) {
                          out.send(value);
                          out.end();
                        } else {
                          out.fail(failure(cause));
                        }
                      });
                },
                out));
  }

  <Q extends Message, R extends Message> Calls waiting(
      String name, boolean streams, Q request, R reply, Waiting<Q, R> answer) {
    return add(
        streams ? MethodType.SERVER_STREAMING : MethodType.UNARY,
        name,
        request,
        reply,
        (session, out) ->
            new One<>(
                message ->
                    Thread.ofVirtual()
                        .name("etcd-" + name)
                        .start(() -> {
                          try {
                            answer.answer(session, message, out);
                            out.end();
                          } catch (Failure e) {
                            out.fail(e);
                          } catch (InterruptedException e) {
                            out.fail(Failure.of(Code.CANCELLED, "the call was ended"));
                          }
                        }),
                out));
  }

  <Q extends Message, R extends Message> Calls streaming(
      String name, Q request, R reply, Streaming<Q, R> stream) {
    return add(MethodType.BIDI_STREAMING, name, request, reply, stream);
  }

  private <Q extends Message, R extends Message> Calls add(
      MethodType type, String name, Q request, R reply, Streaming<Q, R> stream) {
    MethodDescriptor<Q, R> method =
        MethodDescriptor.<Q, R>newBuilder()
            .setType(type)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(service, name))
            .setRequestMarshaller(ProtoUtils.marshaller(request))
            .setResponseMarshaller(ProtoUtils.marshaller(reply))
            .build();
    ServerCallHandler<Q, R> handler =
        (call, headers) -> {
          Session session = GrpcProtocol.SESSION.get();
          if (session == null) {
            throw new IllegalStateException("a call without a session");
          }
          Outgoing<R> out = new Outgoing<>(call);
          Incoming<Q> in = stream.begin(session, out);
          call.request(1);
          return new Listener<>(call, in, out);
        };
    handlers.put(method, handler);
    return this;
  }

  ServerServiceDefinition definition() {
    ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(service);
    handlers.keySet().forEach(descriptor::addMethod);
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    handlers.forEach((method, handler) -> add(definition, method, handler));
    return definition.build();
  }

  @SuppressWarnings("unchecked")
  private static <Q, R> void add(
      ServerServiceDefinition.Builder definition,
      MethodDescriptor<?, ?> method,
      ServerCallHandler<?, ?> handler) {
    definition.addMethod((MethodDescriptor<Q, R>) method, (ServerCallHandler<Q, R>) handler);
  }

  static Failure failure(Throwable cause) {
    return Failure.of(cause, "internal error");
  }

  /** One request, which is answered when its client has ended its half. */
  private static final class One<Q, R> implements Incoming<Q> {
    private final Consumer<Q> begin;
    private final Outgoing<R> out;
    private @Nullable Q request;
    private boolean begun;

    One(Consumer<Q> begin, Outgoing<R> out) {
      this.begin = begin;
      this.out = out;
    }

    @Override
    public void message(Q message) {
      request = message;
    }

    @Override
    public void ended() {
      Q message = request;
      if (begun || out.isOver()) {
        return;
      }
      begun = true;
      if (message == null) {
        out.fail(Failure.of(Code.INVALID_ARGUMENT, "the call has no request message"));
      } else {
        begin.accept(message);
      }
    }
  }

  private static final class Listener<Q, R> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, R> call;
    private final Incoming<Q> in;
    private final Outgoing<R> out;

    Listener(ServerCall<Q, R> call, Incoming<Q> in, Outgoing<R> out) {
      this.call = call;
      this.in = in;
      this.out = out;
    }

    @Override
    public void onMessage(Q message) {
      in.message(message);
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      in.ended();
    }

    @Override
    public void onCancel() {
      out.left();
      in.ended();
    }

    @Override
    public void onReady() {
      out.ready();
      in.ready();
    }
  }

  /**
   * Answers of one call. Thread-safe: what is sent after the client has left, or after the end, is
   * dropped.
   */
  static final class Outgoing<R> {
    private static final long READY_POLL_MS = 1_000;

    private final ServerCall<?, R> call;
    private boolean begun;
    private boolean over;
    private @Nullable Runnable whenOver;

    Outgoing(ServerCall<?, R> call) {
      this.call = call;
    }

    synchronized void send(R message) {
      if (over) {
        return;
      }
      if (!begun) {
        begun = true;
        call.sendHeaders(new Metadata());
      }
      call.sendMessage(message);
    }

    void end() {
      over(() -> call.close(Status.OK, new Metadata()));
    }

    void fail(Failure failure) {
      over(() -> {
        var status = StatusProto.toStatusRuntimeException(failure.status());
        Metadata trailers = status.getTrailers();
        call.close(
            status.getStatus().withCause(null), trailers == null ? new Metadata() : trailers);
      });
    }

    /** The client has left. */
    void left() {
      over(() -> {});
    }

    // What hears of the end has locks of its own: it is told outside of this one.
    private void over(Runnable close) {
      Runnable heard;
      synchronized (this) {
        if (over) {
          return;
        }
        over = true;
        close.run();
        notifyAll();
        heard = whenOver;
        whenOver = null;
      }
      if (heard != null) {
        heard.run();
      }
    }

    synchronized boolean isOver() {
      return over;
    }

    /** Runs it when the call is over, or now if it is. Must not block. */
    void onOver(Runnable task) {
      synchronized (this) {
        if (!over) {
          whenOver = task;
          return;
        }
      }
      task.run();
    }

    synchronized void ready() {
      notifyAll();
    }

    /** Waits until the client takes more, or the call is over. */
    synchronized void awaitReady() throws InterruptedException {
      while (!over && begun && !call.isReady()) {
        wait(READY_POLL_MS);
      }
    }
  }
}
