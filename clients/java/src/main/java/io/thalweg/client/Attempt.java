package io.thalweg.client;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A request sent once. Tells its owner how it ended, unless it was cancelled before. */
final class Attempt<Q extends Message, R extends Message> extends ClientCall.Listener<R> {
  private final UnaryCall<Q, R> owner;
  private final boolean hedge;
  private final long startNs = System.nanoTime();
  private volatile @Nullable ClientCall<Q, R> call;
  private @Nullable String position;
  private @Nullable String lag;
  private @Nullable R reply;

  Attempt(UnaryCall<Q, R> owner, boolean hedge) {
    this.owner = owner;
    this.hedge = hedge;
  }

  boolean hedge() {
    return hedge;
  }

  long startNs() {
    return startNs;
  }

  /** Sends it. What goes wrong here comes back as every other failure does. */
  void send(
      Connection connection,
      ServiceMethod<Q, R> method,
      Q request,
      @Nullable String name,
      @Nullable String session,
      long leftNs) {
    ClientCall<Q, R> opened = null;
    try {
      Metadata headers = connection.headers(method.name(), name);
      if (session != null) {
        headers.put(Connection.SESSION, session);
      }
      opened =
          connection.call(
              method.grpc(),
              CallOptions.DEFAULT.withDeadlineAfter(leftNs, TimeUnit.NANOSECONDS),
              hedge);
      call = opened;
      opened.start(this, headers);
      opened.request(2);
      opened.sendMessage(request);
      opened.halfClose();
    } catch (ThalwegException e) {
      owner.refused(this, new Refusal(e.code(), e.reason(), List.of(), null, e));
    } catch (RuntimeException e) {
      if (opened != null) {
        opened.cancel("it could not be sent", e);
      }
      owner.refused(
          this,
          new Refusal(
              Code.INTERNAL, "it could not be sent: " + e.getMessage(), List.of(), null, e));
    }
  }

  void cancel() {
    ClientCall<Q, R> opened = call;
    if (opened != null) {
      opened.cancel("its answer is not needed any more", null);
    }
  }

  @Override
  public void onHeaders(Metadata headers) {
    position = headers.get(Connection.POSITION);
    lag = headers.get(Connection.LAG);
  }

  @Override
  public void onMessage(R message) {
    reply = message;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    R message = reply;
    if (!status.isOk()) {
      owner.refused(this, Refusal.of(status, trailers));
    } else if (message == null) {
      owner.refused(this, Refusal.of(Code.INTERNAL, "the answer holds no message"));
    } else {
      owner.answered(this, message, position, lag);
    }
  }
}
