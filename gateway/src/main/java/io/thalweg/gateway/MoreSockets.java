package io.thalweg.gateway;

import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import com.linecorp.armeria.server.websocket.WebSocketServiceBuilder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.thalweg.edge.WebSocketProtocol;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The WebSocket protocols of services that share the port. {@link HostGuard} has looked at them.
 */
final class MoreSockets {
  private final List<WebSocketProtocol> protocols;

  MoreSockets(List<WebSocketProtocol> protocols) {
    this.protocols = List.copyOf(protocols);
  }

  /** Whether a path may be asked for without credentials: they come in a message. */
  boolean isOpen(String path) {
    return protocols.stream()
        .anyMatch(protocol -> protocol.identifiesByMessage() && isOf(protocol, path));
  }

  private static boolean isOf(WebSocketProtocol protocol, String path) {
    return protocol.path().endsWith("/")
        ? path.startsWith(protocol.path())
        : path.equals(protocol.path());
  }

  /** Serves them; to be called before what serves all other paths. */
  void addTo(
      ServerBuilder builder,
      GatewayEdge edge,
      Draining draining,
      Watchers watchers,
      GatewayOptions options) {
    for (WebSocketProtocol protocol : protocols) {
      Served served = new Served(protocol, edge, draining, watchers, options);
      WebSocketServiceBuilder service =
          WebSocketService.builder(served::open)
              .serviceOptions(SocketClose.OPTIONS)
              .allowedOrigins("*")
              .maxFramePayloadLength(protocol.maxMessageBytes())
              .aggregateContinuation(true);
      if (!protocol.subprotocols().isEmpty()) {
        service.subprotocols(protocol.subprotocols());
      }
      String path = protocol.path();
      builder.service(path.endsWith("/") ? "prefix:" + path : "exact:" + path, service.build());
    }
  }

  /** One protocol, as it is served. */
  static final class Served {
    private final WebSocketProtocol protocol;
    private final WebSocketProtocol.Acceptor acceptor;
    private final Draining draining;
    private final Watchers watchers;
    private final GatewayOptions options;
    private final AtomicInteger open = new AtomicInteger();
    private final Counter cut;

    Served(
        WebSocketProtocol protocol,
        GatewayEdge edge,
        Draining draining,
        Watchers watchers,
        GatewayOptions options) {
      this.protocol = protocol;
      this.acceptor = protocol.start(edge);
      this.draining = draining;
      this.watchers = watchers;
      this.options = options;
      Gauge.builder("thalweg.gateway.sockets", open, AtomicInteger::get)
          .description("Open WebSockets of a service's own protocol")
          .tag("protocol", protocol.name())
          .register(edge.meters());
      this.cut =
          Counter.builder("thalweg.gateway.sockets.cut")
              .description("WebSockets cut because the client did not take what was sent")
              .tag("protocol", protocol.name())
              .register(edge.meters());
    }

    private WebSocket open(ServiceRequestContext ctx, WebSocket in) {
      SocketClose.endConnectionOf(ctx);
      ctx.clearRequestTimeout();
      ctx.setMaxRequestLength(0);
      WebSocketWriter writer = WebSocket.streaming();
      ProtocolSocket socket = new ProtocolSocket(this, ctx, writer);
      in.subscribe(socket.input(), ctx.eventLoop());
      socket.begin();
      return writer;
    }

    WebSocketProtocol protocol() {
      return protocol;
    }

    WebSocketProtocol.Acceptor acceptor() {
      return acceptor;
    }

    Draining draining() {
      return draining;
    }

    Watchers watchers() {
      return watchers;
    }

    GatewayOptions options() {
      return options;
    }

    void opened() {
      open.incrementAndGet();
    }

    void closed() {
      open.decrementAndGet();
    }

    void cut() {
      cut.increment();
    }
  }
}
