package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpObject;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A watch as server-sent events (the WHATWG HTML standard, section 9.2): {@code id} is the position
 * to come back after, {@code event} the kind, {@code data} the item as JSON. A client that
 * reconnects sends {@code Last-Event-ID}, which wins over the query's {@code after}. The first id
 * comes at once and without an event, so that also a client that was sent nothing keeps its place.
 */
final class SseTransport extends StreamTransport<HttpObject> {
  static final String LAST_EVENT_ID = "Last-Event-ID";

  private static final ResponseHeaders HEADERS =
      ResponseHeaders.builder(HttpStatus.OK)
          .contentType(MediaType.EVENT_STREAM)
          .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
          .set("x-accel-buffering", "no")
          .build();
  private static final HttpData HEARTBEAT = HttpData.ofUtf8(":\n\n");

  private final HttpResponseWriter writer;
  private final WatchMethod method;
  private final Watchers watchers;

  /** Completed with the stream, or with an error if there will be none. */
  private final CompletableFuture<HttpResponse> response = new CompletableFuture<>();

  private @Nullable ByteArrayOutputStream chunk;

  SseTransport(
      HttpResponseWriter writer,
      WatchMethod method,
      MethodMetrics metrics,
      Watchers watchers,
      GatewayOptions options,
      ServiceRequestContext ctx) {
    super(writer, metrics, watchers, options, ctx.eventLoop().withoutContext());
    this.writer = writer;
    this.method = method;
    this.watchers = watchers;
  }

  HttpResponse response() {
    return HttpResponse.of(response);
  }

  @Override
  public void opened(Position from) {
    writer.write(HEADERS);
    writer.write(HttpData.ofUtf8("retry: 1000\nid: " + from + "\n\n"));
    response.complete(writer);
  }

  @Override
  @Nullable HttpObject heartbeat() {
    return response.isDone() ? HEARTBEAT : null;
  }

  @Override
  int write(WatchStream.Item item) {
    ByteArrayOutputStream bytes = chunk;
    if (bytes == null) {
      bytes = new ByteArrayOutputStream(1024);
      chunk = bytes;
    }
    int before = bytes.size();
    String head = "id: " + item.position() + "\nevent: " + method.eventName(item) + "\ndata: ";
    bytes.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    bytes.writeBytes(method.json(item));
    bytes.write('\n');
    bytes.write('\n');
    return bytes.size() - before;
  }

  @Override
  void writeAdded() {
    ByteArrayOutputStream bytes = chunk;
    chunk = null;
    if (bytes != null) {
      var _ = writer.tryWrite(HttpData.wrap(bytes.toByteArray()));
    }
  }

  @Override
  void writeEnd(@Nullable Failure reason, @Nullable Position at) {
    Failure told = reason == null ? Failure.of(Code.CANCELLED, "the client left") : reason;
    if (!response.complete(ErrorResponses.of(told)) && reason != null) {
      writeError(reason);
    }
    writer.close();
  }

  private void writeError(Failure reason) {
    // A browser takes the time to come back from here.
    String text = reason.code() == Code.UNAVAILABLE ? "retry: " + watchers.backMs() + "\n" : "";
    if (!isGoingAway(reason)) {
      byte[] body = ErrorResponses.body(HttpCodes.status(reason.code()), reason.status());
      text += "event: error\ndata: " + new String(body, StandardCharsets.UTF_8) + "\n";
    }
    var _ = writer.tryWrite(HttpData.ofUtf8(text + "\n"));
  }

  /** A stream of a server that goes down simply ends: its client comes back, which is no error. */
  private boolean isGoingAway(Failure reason) {
    return reason.code() == Code.UNAVAILABLE && watchers.ending();
  }

  @Override
  void abort() {
    writer.abort();
  }
}
