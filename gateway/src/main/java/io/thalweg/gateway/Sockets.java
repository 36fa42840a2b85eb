package io.thalweg.gateway;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import io.netty.util.AttributeKey;
import java.util.List;

/**
 * The WebSockets of the paths that can be watched. {@link HostGuard} has looked at their origin.
 */
final class Sockets {
  /** For clients that insist on naming one; there is no other. */
  static final String SUBPROTOCOL = "thalweg.watch.v1";

  /** A watch takes control frames only. */
  private static final int MAX_FRAME_BYTES = 4 << 10;

  private static final AttributeKey<Target> TARGET = AttributeKey.valueOf(Sockets.class, "TARGET");

  private final WebSocketService service =
      WebSocketService.builder(Sockets::open)
          .subprotocols(SUBPROTOCOL)
          .allowedOrigins("*")
          .maxFramePayloadLength(MAX_FRAME_BYTES)
          .aggregateContinuation(true)
          .build();

  private record Target(WatchEndpoint endpoint, List<String> values) {}

  /** Whether a client wants to speak WebSocket: over HTTP/1.1, or over HTTP/2 by RFC 8441. */
  static boolean isUpgrade(RequestHeaders headers) {
    return headers.method() == HttpMethod.GET
        ? headers.get("upgrade", "").equalsIgnoreCase("websocket")
        : headers.method() == HttpMethod.CONNECT
            && headers.get(":protocol", "").equalsIgnoreCase("websocket");
  }

  WebSocketService service() {
    return service;
  }

  /** Names what the context's WebSocket is for. */
  static void aim(ServiceRequestContext ctx, WatchEndpoint endpoint, List<String> values) {
    ctx.setAttr(TARGET, new Target(endpoint, values));
  }

  private static WebSocket open(ServiceRequestContext ctx, WebSocket in) {
    Target target = ctx.attr(TARGET);
    if (target == null) {
      throw new IllegalStateException("a WebSocket without a target");
    }
    SocketClose.endConnectionOf(ctx);
    return target.endpoint.open(ctx, in, ctx.request().headers(), target.values);
  }
}
