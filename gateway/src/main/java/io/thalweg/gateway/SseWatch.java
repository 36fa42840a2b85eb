package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.WatchStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watch as server-sent events (the WHATWG HTML standard, section 9.2): {@code id} is the position
 * to come back after, {@code event} the kind, {@code data} the item as JSON. A client that
 * reconnects sends {@code Last-Event-ID}, which wins over the query's {@code after}.
 *
 * <p>Each client has a virtual thread. It takes events from the node only when the client's
 * connection has taken those before them, so a slow client costs its place and one chunk of at most
 * about {@value #CHUNK_BYTES} bytes.
 */
final class SseWatch implements Endpoint {
  private static final Logger log = LoggerFactory.getLogger(SseWatch.class);
  private static final String LAST_EVENT_ID = "Last-Event-ID";
  private static final int CHUNK_BYTES = 64 << 10;
  private static final ResponseHeaders HEADERS =
      ResponseHeaders.builder(HttpStatus.OK)
          .contentType(MediaType.EVENT_STREAM)
          .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
          .set("x-accel-buffering", "no")
          .build();
  private static final HttpData GREETING = HttpData.ofUtf8("retry: 1000\n\n");
  private static final HttpData HEARTBEAT = HttpData.ofUtf8(":\n\n");

  private final HttpBinding binding;
  private final WatchRequests requests;
  private final MessageShape item;
  private final MethodMetrics metrics;
  private final Watchers watchers;
  private final Draining draining;
  private final Duration heartbeat;

  SseWatch(
      HttpBinding binding,
      MethodMetrics metrics,
      Watchers watchers,
      Draining draining,
      GatewayOptions options) {
    this.binding = binding;
    this.requests = new WatchRequests(binding.method());
    this.item = MessageShape.of(binding.method().descriptor().getOutputType());
    this.metrics = metrics;
    this.watchers = watchers;
    this.draining = draining;
    this.heartbeat = Duration.ofMillis(options.heartbeatMs());
  }

  @Override
  public boolean streams() {
    return true;
  }

  @Override
  public HttpResponse serve(
      ServiceRequestContext ctx, HttpRequest request, List<String> pathValues) {
    long startNs = System.nanoTime();
    try {
      draining.check();
      Message.Builder builder = binding.read(pathValues, ctx.queryParams(), new byte[0]);
      String lastEventId = request.headers().get(LAST_EVENT_ID);
      if (lastEventId != null && !lastEventId.isEmpty()) {
        requests.setAfter(builder, LAST_EVENT_ID, lastEventId);
      }
      Message message = builder.build();
      Watchers.Watcher watcher = watchers.enter();
      ctx.clearRequestTimeout();
      CompletableFuture<HttpResponse> opened = new CompletableFuture<>();
      Session session = Visitors.of(ctx);
      Thread.ofVirtual()
          .name("sse-watch")
          .start(() -> watch(session, message, watcher, opened, startNs));
      return HttpResponse.of(opened);
    } catch (Failure e) {
      metrics.record(e.code(), startNs);
      return ErrorResponses.of(e);
    }
  }

  private void watch(
      Session session,
      Message message,
      Watchers.Watcher watcher,
      CompletableFuture<HttpResponse> opened,
      long startNs) {
    HttpResponseWriter writer = null;
    Failure failure = null;
    try (watcher;
        WatchStream stream = session.watch(message, requests.after(message))) {
      watcher.attach(stream);
      writer = open(watcher);
      opened.complete(writer);
      send(stream, writer, watcher);
    } catch (Failure e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      log.error("a watch of {} failed", binding.method().fullName(), e);
      failure = Failure.of(Code.INTERNAL, "internal error");
    }
    metrics.record(failure == null ? Code.OK : failure.code(), startNs);
    finish(writer, failure, opened);
  }

  private static HttpResponseWriter open(Watchers.Watcher watcher) {
    HttpResponseWriter writer = HttpResponse.streaming();
    writer.write(HEADERS);
    writer.write(GREETING);
    var _ =
        writer
            .whenComplete()
            .handle((done, cause) -> {
              watcher.end();
              return null;
            });
    return writer;
  }

  private void send(WatchStream stream, HttpResponseWriter writer, Watchers.Watcher watcher)
      throws InterruptedException {
    while (true) {
      WatchStream.Item next = stream.next(heartbeat);
      if (watcher.ended()) {
        return;
      }
      HttpData chunk = next == null ? HEARTBEAT : chunk(next, stream);
      if (!writer.tryWrite(chunk) || !taken(writer)) {
        return;
      }
    }
  }

  /** An item and those that are there already, as long as they fit. */
  private HttpData chunk(WatchStream.Item first, WatchStream stream) throws InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    WatchStream.Item next = first;
    do {
      write(bytes, next);
      next = bytes.size() < CHUNK_BYTES ? stream.next(Duration.ZERO) : null;
    } while (next != null);
    return HttpData.wrap(bytes.toByteArray());
  }

  private void write(ByteArrayOutputStream out, WatchStream.Item next) {
    String head =
        "id: " + next.position() + "\nevent: " + requests.eventName(next.message()) + "\ndata: ";
    out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(JsonWriter.write(next.message(), item));
    out.write('\n');
    out.write('\n');
  }

  /** Waits until the connection took what was written; false if it is gone. */
  private static boolean taken(HttpResponseWriter writer) {
    try {
      writer.whenConsumed().join();
      return writer.isOpen();
    } catch (CompletionException e) {
      return false;
    }
  }

  private static void finish(
      @Nullable HttpResponseWriter writer,
      @Nullable Failure failure,
      CompletableFuture<HttpResponse> opened) {
    if (writer == null) {
      Failure reason =
          failure == null ? Failure.of(Code.UNAVAILABLE, "the watch was interrupted") : failure;
      opened.complete(ErrorResponses.of(reason));
      return;
    }
    if (failure != null && writer.isOpen()) {
      byte[] body = ErrorResponses.body(HttpCodes.status(failure.code()), failure.status());
      var _ =
          writer.tryWrite(
              HttpData.ofUtf8(
                  "event: error\ndata: " + new String(body, StandardCharsets.UTF_8) + "\n\n"));
    }
    writer.close();
  }
}
