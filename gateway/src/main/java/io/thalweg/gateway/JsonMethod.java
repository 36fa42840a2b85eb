package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.EventLoop;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Trace;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP binding of a command or a query: JSON in, one JSON answer out. */
final class JsonMethod implements Endpoint {
  /** Tells how far the state was that an answer saw. */
  static final String POSITION_HEADER = "thalweg-position";

  private static final Logger log = LoggerFactory.getLogger(JsonMethod.class);
  private static final byte[] NOTHING = {};

  private final HttpBinding binding;
  private final MessageShape reply;
  private final MethodMetrics metrics;
  private final Draining draining;
  private final long timeoutMs;
  private final Refusals refusals;

  JsonMethod(
      HttpBinding binding,
      MethodMetrics metrics,
      Draining draining,
      GatewayOptions options,
      Refusals refusals) {
    this.refusals = refusals;
    this.binding = binding;
    this.reply = MessageShape.of(binding.method().descriptor().getOutputType());
    this.metrics = metrics;
    this.draining = draining;
    this.timeoutMs = options.requestTimeoutMs();
  }

  @Override
  public HttpResponse serve(
      ServiceRequestContext ctx, HttpRequest request, List<String> pathValues) {
    long startNs = System.nanoTime();
    long waitMs;
    try {
      // Before anything of the body is decoded.
      GuardedSession.checkCapacity(Visitors.of(ctx));
      waitMs = Timeouts.of(request.headers(), timeoutMs);
    } catch (Failure e) {
      metrics.record(e.code(), startNs);
      return ErrorResponses.of(e);
    }
    if (waitMs < timeoutMs) {
      ctx.setRequestTimeoutMillis(TimeoutMode.SET_FROM_NOW, Math.max(1, waitMs));
    }
    long deadlineNs = startNs + TimeUnit.MILLISECONDS.toNanos(waitMs);
    PendingReply pending = new PendingReply(ctx.eventLoop().withoutContext(), startNs);
    var _ =
        request
            .aggregate()
            .handle((aggregated, cause) -> {
              if (cause != null) {
                pending.response.completeExceptionally(cause);
              } else {
                submit(ctx, aggregated, pathValues, deadlineNs, pending);
              }
              return null;
            });
    return HttpResponse.of(pending.response);
  }

  private void submit(
      ServiceRequestContext ctx,
      AggregatedHttpRequest http,
      List<String> pathValues,
      long deadlineNs,
      PendingReply pending) {
    try {
      draining.check();
      String name = RequestNames.of(http.headers().getAll(RequestNames.HEADER));
      Position seen = SessionReads.seen(http.headers().get(SessionReads.HEADER));
      byte[] body = body(http);
      if (body.length > 0) {
        HttpResponse refusal = refuseContent(http.headers());
        if (refusal != null) {
          refusals.count(Refusals.Reason.ENCODING);
          pending.refused(refusal);
          return;
        }
      }
      Message message = binding.read(pathValues, ctx.queryParams(), body).build();
      pending.trace = metrics.follow(pending.startNs, http.headers()::get);
      Visitors.of(ctx).submit(message, name, deadlineNs, pending.trace, seen, pending);
    } catch (Failure e) {
      pending.failure(e);
    } catch (RuntimeException e) {
      log.error("{} failed before it reached the node", binding.method().fullName(), e);
      pending.failure(Failure.of(Code.INTERNAL, "internal error"));
    }
  }

  private byte[] body(AggregatedHttpRequest http) {
    HttpData content = http.content();
    if (content.isEmpty()) {
      return NOTHING;
    }
    if (!binding.hasBody()) {
      throw Failure.invalid(
          "body", "must be empty for " + binding + "; got " + content.length() + " bytes");
    }
    return content.array();
  }

  private @Nullable HttpResponse refuseContent(RequestHeaders headers) {
    MediaType type = headers.contentType();
    boolean json = type != null && (type.is(MediaType.JSON) || type.subtype().endsWith("+json"));
    if (json
        && type.charset(StandardCharsets.UTF_8).equals(StandardCharsets.UTF_8)
        && headers.get("content-encoding", "identity").equals("identity")) {
      return null;
    }
    return ErrorResponses.of(
        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
        "the header Content-Type must be application/json in UTF-8, not compressed; got "
            + (type == null ? "none" : "'" + Failure.quote(type.toString()) + "'"));
  }

  /** Waits for the node's answer and turns it into the response on the event loop. */
  private final class PendingReply implements ReplyHandler {
    final CompletableFuture<HttpResponse> response = new CompletableFuture<>();
    final long startNs;
    @Nullable Trace trace;
    private final EventLoop eventLoop;

    PendingReply(EventLoop eventLoop, long startNs) {
      this.eventLoop = eventLoop;
      this.startNs = startNs;
    }

    @Override
    public void reply(Message message, Position position) {
      onEventLoop(() -> respond(message, position, -1));
    }

    @Override
    public void replyOfFollower(Message message, Position position, long lag) {
      onEventLoop(() -> respond(message, position, lag));
    }

    @Override
    public void failure(Failure failure) {
      onEventLoop(() -> {
        metrics.record(failure.code(), startNs, trace);
        response.complete(ErrorResponses.of(failure));
      });
    }

    void refused(HttpResponse refusal) {
      metrics.record(Code.INVALID_ARGUMENT, startNs);
      response.complete(refusal);
    }

    private void respond(Message message, Position position, long lag) {
      byte[] json;
      try {
        json = JsonWriter.write(message, reply);
      } catch (RuntimeException e) {
        log.error("the reply of {} cannot be written", binding.method().fullName(), e);
        failure(Failure.of(Code.INTERNAL, "internal error"));
        return;
      }
      metrics.record(Code.OK, startNs, trace);
      ResponseHeadersBuilder headers =
          ResponseHeaders.builder(HttpStatus.OK)
              .contentType(MediaType.JSON_UTF_8)
              .set(POSITION_HEADER, position.toString());
      if (lag >= 0) {
        headers.setLong(SessionReads.LAG_HEADER, lag);
      }
      response.complete(HttpResponse.of(headers.build(), HttpData.wrap(json)));
    }

    private void onEventLoop(Runnable task) {
      if (eventLoop.inEventLoop()) {
        task.run();
      } else {
        eventLoop.execute(task);
      }
    }
  }
}
