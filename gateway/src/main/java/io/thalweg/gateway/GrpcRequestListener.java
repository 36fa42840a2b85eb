package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.grpc.ServerCall;
import io.grpc.StatusRuntimeException;
import io.thalweg.runtime.Failure;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the one request of a call and begins with it, unless the gateway drains. */
abstract class GrpcRequestListener extends ServerCall.Listener<Message> {
  private static final Logger log = LoggerFactory.getLogger(GrpcRequestListener.class);

  private final ServerCall<Message, Message> call;
  private final Draining draining;
  private @Nullable Message request;

  GrpcRequestListener(ServerCall<Message, Message> call, Draining draining) {
    this.call = call;
    this.draining = draining;
  }

  /**
   * Begins to serve; called once at most.
   *
   * @throws Failure if the request is refused; {@link #failure} is then called
   */
  abstract void begin(Message request);

  /** Ends the call with a failure, by {@link #close}. */
  abstract void failure(Failure failure);

  @Override
  public final void onMessage(Message message) {
    request = message;
  }

  @Override
  public final void onHalfClose() {
    try {
      draining.check();
      if (request == null) {
        throw Failure.of(Code.INVALID_ARGUMENT, "the call has no request message");
      }
      begin(request);
    } catch (Failure e) {
      failure(e);
    } catch (RuntimeException e) {
      log.error("{} failed", call.getMethodDescriptor().getFullMethodName(), e);
      failure(Failure.of(Code.INTERNAL, "internal error"));
    }
  }

  /** Closes the call with a failure's status and details. */
  final void close(Failure failure) {
    close(call, failure);
  }

  /** As {@link #close(Failure)}, of a call that was not listened to. */
  static void close(ServerCall<Message, Message> call, Failure failure) {
    StatusRuntimeException status = GrpcMethods.status(failure);
    // Without its cause: a cause would be mapped to a status of Armeria's choice.
    call.close(status.getStatus().withCause(null), GrpcMethods.trailers(status));
  }
}
