package io.thalweg.gateway;

import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.websocket.WebSocketService;
import io.micrometer.core.instrument.Counter;
import io.thalweg.gateway.centrifuge.ErrorReply;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/**
 * {@value #PATH}: the bidirectional client protocol of Centrifuge over WebSockets, for its
 * unmodified clients. JSON, or Protobuf where the client asks for the subprotocol {@value
 * #PROTOBUF} or with {@code ?format=protobuf}.
 */
final class CentrifugeService {
  static final String PATH = "/connection/websocket";
  static final String PROTOBUF = "centrifuge-protobuf";
  private static final String JSON = "centrifuge-json";

  private final CentrifugeMethods methods;
  private final Sessions sessions;
  private final Watchers watchers;
  private final Draining draining;
  private final GatewayOptions options;
  private final Presence presence;
  private final Counter ignored;
  private final Counter channelsRefused;
  private final Counter callsRefused;
  private final Set<CentrifugeConnection> connections = ConcurrentHashMap.newKeySet();

  CentrifugeService(
      Backend backend,
      Sessions sessions,
      Watchers watchers,
      Draining draining,
      GatewayOptions options) {
    this.methods = new CentrifugeMethods(backend);
    this.sessions = sessions;
    this.watchers = watchers;
    this.draining = draining;
    this.options = options;
    this.presence = new Presence(options.watching(), backend.meters());
    this.ignored =
        Counter.builder("thalweg.gateway.centrifuge.ignored")
            .description("Messages sent without a reply, for which no method stands")
            .register(backend.meters());
    this.channelsRefused = RateLimits.refusals(backend.meters(), "channels");
    this.callsRefused = RateLimits.refusals(backend.meters(), "calls");
    fullest(backend, "channels", c -> c.channels().size(), options.watching().maxChannels());
    fullest(backend, "calls", CentrifugeConnection::inFlight, CentrifugeConnection.MAX_IN_FLIGHT);
    fullest(
        backend,
        "waiting",
        CentrifugeConnection::waitingBytes,
        CentrifugeConnection.MAX_WAITING_BYTES);
  }

  private void fullest(
      Backend backend, String bound, ToDoubleFunction<CentrifugeConnection> used, double most) {
    Fullest.register(
        backend.meters(), "centrifuge-" + bound, "connection", () -> connections, used, most);
  }

  WebSocketService service() {
    return WebSocketService.builder(this::open)
        .serviceOptions(SocketClose.OPTIONS)
        .subprotocols(JSON, PROTOBUF)
        // HostGuard has looked at it.
        .allowedOrigins("*")
        .maxFramePayloadLength(options.watching().maxFrameBytes())
        .aggregateContinuation(true)
        .build();
  }

  private WebSocket open(ServiceRequestContext ctx, WebSocket in) {
    SocketClose.endConnectionOf(ctx);
    ctx.clearRequestTimeout();
    ctx.setMaxRequestLength(0);
    WebSocketWriter writer = WebSocket.streaming();
    CentrifugeConnection connection = new CentrifugeConnection(this, ctx, writer);
    connections.add(connection);
    var _ = writer.whenComplete().handle((done, cause) -> connections.remove(connection));
    in.subscribe(connection.input(), ctx.eventLoop());
    return writer;
  }

  static CentrifugeFormat formatOf(ServiceRequestContext ctx) {
    String protocols = ctx.request().headers().get("sec-websocket-protocol", "");
    boolean asked =
        Arrays.stream(protocols.split(","))
            .map(String::trim)
            .filter(name -> name.equals(JSON) || name.equals(PROTOBUF))
            .findFirst()
            .map(PROTOBUF::equals)
            .orElseGet(() -> "protobuf".equals(ctx.queryParam("format")));
    return asked ? CentrifugeFormat.PROTOBUF : CentrifugeFormat.JSON;
  }

  CentrifugeMethods methods() {
    return methods;
  }

  Sessions sessions() {
    return sessions;
  }

  Watchers watchers() {
    return watchers;
  }

  Draining draining() {
    return draining;
  }

  GatewayOptions options() {
    return options;
  }

  WatchOptions watching() {
    return options.watching();
  }

  Presence presence() {
    return presence;
  }

  /** What a subscription is answered that is one too many of its connection. */
  ErrorReply channelRefused() {
    channelsRefused.increment();
    return CentrifugeError.LIMIT_EXCEEDED.reply(
        "a connection has at most " + watching().maxChannels() + " channels");
  }

  /** What a call is answered that is one too many of its connection. */
  ErrorReply callRefused() {
    callsRefused.increment();
    return CentrifugeError.TOO_MANY_REQUESTS.reply(
        "a connection has at most " + CentrifugeConnection.MAX_IN_FLIGHT + " calls under way");
  }

  void ignore() {
    ignored.increment();
  }
}
