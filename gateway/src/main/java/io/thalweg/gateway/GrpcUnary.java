package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Trace;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A command or a query over gRPC. A call without a deadline gets the gateway's. */
final class GrpcUnary implements ServerCallHandler<Message, Message> {
  private final MethodMetrics metrics;
  private final Draining draining;
  private final long timeoutMs;

  GrpcUnary(MethodMetrics metrics, Draining draining, GatewayOptions options) {
    this.metrics = metrics;
    this.draining = draining;
    this.timeoutMs = options.requestTimeoutMs();
  }

  @Override
  public ServerCall.Listener<Message> startCall(
      ServerCall<Message, Message> call, Metadata headers) {
    long startNs = System.nanoTime();
    ServiceRequestContext ctx = ServiceRequestContext.current();
    try {
      // Before anything of the message is decoded.
      GuardedSession.checkCapacity(Visitors.of(ctx));
    } catch (Failure e) {
      metrics.record(e.code(), startNs);
      GrpcRequestListener.close(call, e);
      return new ServerCall.Listener<>() {};
    }
    if (ctx.requestTimeoutMillis() == 0) {
      ctx.setRequestTimeoutMillis(TimeoutMode.SET_FROM_NOW, timeoutMs);
    }
    long deadlineNs = startNs + TimeUnit.MILLISECONDS.toNanos(ctx.requestTimeoutMillis());
    call.request(2);
    return new Unary(ctx, call, headers, startNs, deadlineNs);
  }

  private final class Unary extends GrpcRequestListener implements ReplyHandler {
    private final ServiceRequestContext ctx;
    private final ServerCall<Message, Message> call;
    private final Metadata headers;
    private final long startNs;
    private final long deadlineNs;
    private @Nullable Trace trace;

    Unary(
        ServiceRequestContext ctx,
        ServerCall<Message, Message> call,
        Metadata headers,
        long startNs,
        long deadlineNs) {
      super(call, draining);
      this.ctx = ctx;
      this.call = call;
      this.headers = headers;
      this.startNs = startNs;
      this.deadlineNs = deadlineNs;
    }

    @Override
    void begin(Message request) {
      trace = metrics.follow(startNs, GrpcMethods.textOf(headers));
      String name = RequestNames.of(headers.getAll(GrpcMethods.NAME));
      Position seen = SessionReads.seen(headers.get(GrpcMethods.SESSION));
      Visitors.of(ctx).submit(request, name, deadlineNs, trace, seen, this);
    }

    @Override
    public void reply(Message reply, Position position) {
      reply(reply, position, -1);
    }

    @Override
    public void replyOfFollower(Message reply, Position position, long lag) {
      reply(reply, position, lag);
    }

    private void reply(Message reply, Position position, long lag) {
      onEventLoop(() -> {
        metrics.record(Code.OK, startNs, trace);
        Metadata sent = new Metadata();
        sent.put(GrpcMethods.POSITION, position.toString());
        if (lag >= 0) {
          sent.put(GrpcMethods.LAG, Long.toString(lag));
        }
        call.sendHeaders(sent);
        call.sendMessage(reply);
        call.close(Status.OK, new Metadata());
      });
    }

    @Override
    public void failure(Failure failure) {
      onEventLoop(() -> {
        metrics.record(failure.code(), startNs, trace);
        close(failure);
      });
    }

    /** The call may be over by then: its deadline passed, or its client left. */
    private void onEventLoop(Runnable task) {
      ctx.eventLoop()
          .withoutContext()
          .execute(() -> {
            if (!call.isCancelled()) {
              task.run();
            } else if (trace != null) {
              trace.end(Code.CANCELLED);
            }
          });
    }
  }
}
