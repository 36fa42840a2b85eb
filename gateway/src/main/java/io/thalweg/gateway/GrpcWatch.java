package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import org.jspecify.annotations.Nullable;

/**
 * A watch as a gRPC stream: items are taken from the node only while the call is ready for more.
 */
final class GrpcWatch implements ServerCallHandler<Message, Message> {
  private final WatchMethod method;
  private final MethodMetrics metrics;
  private final Watchers watchers;
  private final Draining draining;

  GrpcWatch(WatchMethod method, MethodMetrics metrics, Watchers watchers, Draining draining) {
    this.method = method;
    this.metrics = metrics;
    this.watchers = watchers;
    this.draining = draining;
  }

  @Override
  public ServerCall.Listener<Message> startCall(
      ServerCall<Message, Message> call, Metadata headers) {
    call.request(2);
    return new Watching(call, Visitors.of(ServiceRequestContext.current()));
  }

  private final class Watching extends GrpcRequestListener implements WatchSession.Transport {
    private final ServerCall<Message, Message> call;
    private final Session visitor;
    private final long startNs = System.nanoTime();
    private volatile @Nullable WatchSession session;

    Watching(ServerCall<Message, Message> call, Session visitor) {
      super(call, draining);
      this.call = call;
      this.visitor = visitor;
    }

    @Override
    void begin(Message request) {
      WatchSession opened = WatchSession.of(method, visitor, request, watchers, this);
      session = opened;
      opened.begin();
    }

    @Override
    public void onReady() {
      WatchSession opened = session;
      if (opened != null) {
        opened.signal();
      }
    }

    @Override
    public void onCancel() {
      WatchSession opened = session;
      if (opened != null) {
        opened.leave();
      }
    }

    @Override
    public boolean isReady() {
      return call.isReady();
    }

    @Override
    public void opened(Position from) {
      Metadata headers = new Metadata();
      headers.put(GrpcMethods.POSITION, from.toString());
      call.sendHeaders(headers);
    }

    @Override
    public boolean add(WatchStream.Item item) {
      call.sendMessage(item.message());
      return call.isReady();
    }

    @Override
    public void flush(Position upTo) {
      // Each message is sent as it comes.
    }

    @Override
    public void ended(@Nullable Failure reason, @Nullable Position at) {
      failure(reason == null ? Failure.of(Code.CANCELLED, "the client left") : reason);
    }

    @Override
    void failure(Failure failure) {
      metrics.record(call.isCancelled() ? Code.OK : failure.code(), startNs);
      if (!call.isCancelled()) {
        close(failure);
      }
    }
  }
}
