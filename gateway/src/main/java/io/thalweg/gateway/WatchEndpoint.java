package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.QueryParamsBuilder;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP binding of a watch: server-sent events, a long poll if the request says how long it
 * would wait ({@code ?wait=30s}, or {@code Prefer: wait=30} of RFC 7240), or a WebSocket if the
 * connection is to be one. All of them give the same items under the same positions.
 */
final class WatchEndpoint implements Endpoint {
  private static final String WAIT = "wait";
  private static final Pattern PREFER =
      Pattern.compile("(?:^|[,;\\s])wait\\s*=\\s*\"?(\\d{1,7})\"?");

  private final HttpBinding binding;
  private final WatchMethod method;
  private final MethodMetrics events;
  private final MethodMetrics polls;
  private final MethodMetrics sockets;
  private final Watchers watchers;
  private final Draining draining;
  private final GatewayOptions options;

  WatchEndpoint(
      HttpBinding binding,
      WatchMethod method,
      MeterRegistry meters,
      Watchers watchers,
      Draining draining,
      GatewayOptions options) {
    this.binding = binding;
    this.method = method;
    this.events = new MethodMetrics(meters, method.type(), "http");
    this.polls = new MethodMetrics(meters, method.type(), "poll");
    this.sockets = new MethodMetrics(meters, method.type(), "websocket");
    this.watchers = watchers;
    this.draining = draining;
    this.options = options;
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
      Session visitor = Visitors.of(ctx);
      Message message = message(ctx, request.headers(), pathValues);
      Long waitMs = waitMs(ctx.queryParams(), request.headers());
      ctx.clearRequestTimeout();
      return waitMs == null ? stream(ctx, visitor, message) : poll(ctx, visitor, message, waitMs);
    } catch (Failure e) {
      events.record(e.code(), startNs);
      return ErrorResponses.of(e);
    }
  }

  private HttpResponse stream(ServiceRequestContext ctx, Session visitor, Message message) {
    HttpResponseWriter writer = HttpResponse.streaming();
    SseTransport transport = new SseTransport(writer, method, events, watchers, options, ctx);
    begin(transport, visitor, message);
    return transport.response();
  }

  private HttpResponse poll(
      ServiceRequestContext ctx, Session visitor, Message message, long waitMs) {
    PollTransport transport = new PollTransport(method, polls, options.watching(), ctx, waitMs);
    WatchSession session = WatchSession.of(method, visitor, message, watchers, transport);
    transport.carry(session);
    var _ = ctx.whenRequestCancelled().thenRun(session::leave);
    session.begin();
    return transport.response();
  }

  /**
   * Opens the watch over a WebSocket. What is wrong with the request is said over it, too: a
   * browser shows its page nothing of a handshake that was refused.
   */
  WebSocket open(
      ServiceRequestContext ctx, WebSocket in, RequestHeaders headers, List<String> pathValues) {
    ctx.clearRequestTimeout();
    ctx.setMaxRequestLength(0);
    WebSocketWriter writer = WebSocket.streaming();
    SocketTransport transport =
        new SocketTransport(writer, method, sockets, watchers, options, ctx);
    try {
      draining.check();
      Session visitor = Visitors.of(ctx);
      begin(transport, visitor, message(ctx, headers, pathValues));
    } catch (Failure e) {
      transport.ended(e, null);
    }
    in.subscribe(transport.input(), ctx.eventLoop());
    return writer;
  }

  private void begin(StreamTransport<?> transport, Session visitor, Message message) {
    WatchSession session;
    try {
      session = WatchSession.of(method, visitor, message, watchers, transport);
    } catch (Failure e) {
      transport.ended(e, null);
      return;
    }
    transport.carry(session);
    session.begin();
  }

  private Message message(
      ServiceRequestContext ctx, RequestHeaders headers, List<String> pathValues) {
    QueryParamsBuilder fields = ctx.queryParams().toBuilder();
    fields.remove(WAIT);
    fields.remove(Visitors.TOKEN_PARAMETER);
    Message.Builder builder = binding.read(pathValues, fields.build(), new byte[0]);
    String lastEventId = headers.get(SseTransport.LAST_EVENT_ID);
    if (lastEventId != null && !lastEventId.isEmpty()) {
      method.requests().setAfter(builder, SseTransport.LAST_EVENT_ID, lastEventId);
    }
    return builder.build();
  }

  /** How long a poll waits, at most as long as the options say; null if it is none. */
  private @Nullable Long waitMs(QueryParams query, RequestHeaders headers) {
    String asked = query.get(WAIT);
    if (asked != null) {
      return Timeouts.of(asked, WAIT, options.watching().maxWaitMs());
    }
    for (String preference : headers.getAll("prefer")) {
      Matcher m = PREFER.matcher(preference);
      if (m.find()) {
        return Math.min(options.watching().maxWaitMs(), Long.parseLong(m.group(1)) * 1000);
      }
    }
    return null;
  }
}
