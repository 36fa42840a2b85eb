package io.thalweg.gateway;

import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.EventLoop;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A watch by long polls: each is answered with a page {@code {"items":[{"id","event","data"}...],
 * "next":position}} as soon as there is an item, or with an empty one when its time is over. The
 * next poll asks for what comes after {@code next}.
 */
final class PollTransport implements WatchSession.Transport {
  private final WatchMethod method;
  private final MethodMetrics metrics;
  private final WatchOptions options;
  private final EventLoop eventLoop;
  private final long waitMs;
  private final long startNs = System.nanoTime();
  private final CompletableFuture<HttpResponse> response = new CompletableFuture<>();
  private final ByteArrayOutputStream page = new ByteArrayOutputStream(256);
  private @Nullable WatchSession session;
  private int items;

  PollTransport(
      WatchMethod method,
      MethodMetrics metrics,
      WatchOptions options,
      ServiceRequestContext ctx,
      long waitMs) {
    this.method = method;
    this.metrics = metrics;
    this.options = options;
    this.eventLoop = ctx.eventLoop().withoutContext();
    this.waitMs = waitMs;
    text("{\"items\":[");
  }

  void carry(WatchSession carried) {
    session = carried;
    var _ = response.whenComplete((done, cause) -> carried.leave());
  }

  HttpResponse response() {
    return HttpResponse.of(response);
  }

  @Override
  public boolean isReady() {
    return !response.isDone();
  }

  @Override
  public void opened(Position from) {
    if (session != null) {
      var timeout = eventLoop.schedule(session::leave, waitMs, TimeUnit.MILLISECONDS);
      var _ = response.whenComplete((done, cause) -> timeout.cancel(false));
    }
  }

  @Override
  public boolean add(WatchStream.Item item) {
    text(items == 0 ? "{\"id\":\"" : ",{\"id\":\"");
    text(item.position() + "\",\"event\":\"" + method.eventName(item) + "\",\"data\":");
    page.writeBytes(method.json(item));
    page.write('}');
    items++;
    return items < options.pageItems() && page.size() < options.pageBytes();
  }

  @Override
  public void flush(Position upTo) {
    metrics.record(Code.OK, startNs);
    text("],\"next\":\"" + upTo + "\"}");
    response.complete(
        HttpResponse.of(
            ErrorResponses.headers(HttpStatus.OK)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .build(),
            HttpData.wrap(page.toByteArray())));
  }

  @Override
  public void ended(@Nullable Failure reason, @Nullable Position at) {
    if (response.isDone()) {
      return;
    }
    if (reason == null && at != null) {
      flush(at);
      return;
    }
    Failure told = reason == null ? Failure.of(Code.CANCELLED, "the client left") : reason;
    metrics.record(told.code(), startNs);
    response.complete(ErrorResponses.of(told));
  }

  private void text(String text) {
    page.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
