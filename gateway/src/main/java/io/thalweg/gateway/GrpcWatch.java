package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watch as a gRPC stream. As with {@link SseWatch}, a virtual thread takes events from the node
 * only while the call is ready for more.
 */
final class GrpcWatch implements ServerCallHandler<Message, Message> {
  private static final Logger log = LoggerFactory.getLogger(GrpcWatch.class);

  /** How often an idle watch looks whether it has ended; it is told, too. */
  private static final Duration POLL = Duration.ofSeconds(15);

  private final MethodType method;
  private final WatchRequests requests;
  private final MethodMetrics metrics;
  private final Watchers watchers;
  private final Draining draining;

  GrpcWatch(MethodType method, MethodMetrics metrics, Watchers watchers, Draining draining) {
    this.method = method;
    this.requests = new WatchRequests(method);
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

  private final class Watching extends GrpcRequestListener {
    private final ServerCall<Message, Message> call;
    private final Session session;
    private final long startNs = System.nanoTime();
    private final Semaphore ready = new Semaphore(0);
    private volatile Watchers.@Nullable Watcher watcher;

    Watching(ServerCall<Message, Message> call, Session session) {
      super(call, draining);
      this.call = call;
      this.session = session;
    }

    @Override
    void begin(Message request) {
      Watchers.Watcher entered = watchers.enter();
      watcher = entered;
      Thread.ofVirtual().name("grpc-watch").start(() -> watch(request, entered));
    }

    @Override
    public void onReady() {
      ready.release();
    }

    @Override
    public void onCancel() {
      Watchers.Watcher entered = watcher;
      if (entered != null) {
        entered.end();
      }
      ready.release();
    }

    private void watch(Message request, Watchers.Watcher entered) {
      Failure reason = Failure.of(Code.UNAVAILABLE, "the server is shutting down");
      try (entered;
          WatchStream stream = session.watch(request, requests.after(request))) {
        entered.attach(stream);
        call.sendHeaders(new Metadata());
        send(stream, entered);
      } catch (Failure e) {
        reason = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        log.error("a watch of {} failed", method.fullName(), e);
        reason = Failure.of(Code.INTERNAL, "internal error");
      }
      failure(reason);
    }

    private void send(WatchStream stream, Watchers.Watcher entered) throws InterruptedException {
      while (!entered.ended()) {
        WatchStream.Item next = stream.next(POLL);
        if (next != null && !entered.ended()) {
          call.sendMessage(next.message());
        }
        while (!call.isReady() && !entered.ended()) {
          ready.acquire();
        }
      }
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
