package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A command or a query over gRPC. A call without a deadline gets the gateway's. */
final class GrpcUnary implements ServerCallHandler<Message, Message> {
  private static final Logger log = LoggerFactory.getLogger(GrpcUnary.class);

  private final Backend backend;
  private final MethodMetrics metrics;
  private final Draining draining;
  private final long timeoutMs;

  GrpcUnary(Backend backend, MethodMetrics metrics, Draining draining, GatewayOptions options) {
    this.backend = backend;
    this.metrics = metrics;
    this.draining = draining;
    this.timeoutMs = options.requestTimeoutMs();
  }

  @Override
  public ServerCall.Listener<Message> startCall(
      ServerCall<Message, Message> call, Metadata headers) {
    long startNs = System.nanoTime();
    ServiceRequestContext ctx = ServiceRequestContext.current();
    if (ctx.requestTimeoutMillis() == 0) {
      ctx.setRequestTimeoutMillis(TimeoutMode.SET_FROM_NOW, timeoutMs);
    }
    long deadlineNs = startNs + TimeUnit.MILLISECONDS.toNanos(ctx.requestTimeoutMillis());
    call.request(2);
    return new Unary(ctx, call, headers.get(GrpcMethods.NAME), startNs, deadlineNs);
  }

  private final class Unary extends ServerCall.Listener<Message> implements ReplyHandler {
    private final ServiceRequestContext ctx;
    private final ServerCall<Message, Message> call;
    private final @Nullable String name;
    private final long startNs;
    private final long deadlineNs;
    private @Nullable Message request;

    Unary(
        ServiceRequestContext ctx,
        ServerCall<Message, Message> call,
        @Nullable String name,
        long startNs,
        long deadlineNs) {
      this.ctx = ctx;
      this.call = call;
      this.name = name;
      this.startNs = startNs;
      this.deadlineNs = deadlineNs;
    }

    @Override
    public void onMessage(Message message) {
      request = message;
    }

    @Override
    public void onHalfClose() {
      try {
        draining.check();
        if (request == null) {
          throw Failure.of(Code.INVALID_ARGUMENT, "the call has no request message");
        }
        backend.submit(
            new Request(request, Caller.ANONYMOUS, RequestNames.check(name), deadlineNs), this);
      } catch (Failure e) {
        failure(e);
      } catch (RuntimeException e) {
        log.error("{} failed", call.getMethodDescriptor().getFullMethodName(), e);
        failure(Failure.of(Code.INTERNAL, "internal error"));
      }
    }

    @Override
    public void reply(Message reply, Position position) {
      onEventLoop(() -> {
        metrics.record(Code.OK, startNs);
        Metadata headers = new Metadata();
        headers.put(GrpcMethods.POSITION, position.toString());
        call.sendHeaders(headers);
        call.sendMessage(reply);
        call.close(Status.OK, new Metadata());
      });
    }

    @Override
    public void failure(Failure failure) {
      onEventLoop(() -> {
        metrics.record(failure.code(), startNs);
        StatusRuntimeException status = GrpcMethods.status(failure);
        // Without its cause: a cause would be mapped to a status of Armeria's choice.
        call.close(status.getStatus().withCause(null), GrpcMethods.trailers(status));
      });
    }

    /** The call may be over by then: its deadline passed, or its client left. */
    private void onEventLoop(Runnable task) {
      ctx.eventLoop()
          .withoutContext()
          .execute(() -> {
            if (!call.isCancelled()) {
              task.run();
            }
          });
    }
  }
}
