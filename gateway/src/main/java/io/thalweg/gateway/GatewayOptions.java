package io.thalweg.gateway;

import io.thalweg.edge.GrpcProtocol;
import io.thalweg.edge.HttpProtocol;
import io.thalweg.edge.WebSocketProtocol;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * How a gateway listens, what it serves beside the methods of the node, and its bounds.
 *
 * <pre>{@code
 * GatewayOptions options =
 *     GatewayOptions.builder().port(0).protocols(ProtocolPort.of(new Resp(), 6379)).build();
 * }</pre>
 *
 * @param bind address to listen on: a name or a literal; the default is loopback
 * @param port 0 to 65535; 0 picks a free one
 * @param allowedHosts names that a {@code Host} header may carry beside the loopback ones. On a
 *     loopback address, or where this is not empty, requests under any other name are refused, so
 *     that a web page cannot reach the node by pointing a name of its own at it
 * @param maxBodyBytes largest request body, and largest gRPC message
 * @param maxUrlBytes longest request line; headers may have twice as much
 * @param maxConnections connections over this number are closed at once
 * @param maxWatchers watchers over this number are refused with RESOURCE_EXHAUSTED
 * @param requestTimeoutMs a request without a deadline of its own is answered DEADLINE_EXCEEDED
 *     after this time; streams of events have no deadline
 * @param firstRequestMs a connection is closed whose first request, with its body, is not there by
 *     then
 * @param idleMs a connection is closed that has been without a request for so long; headers that
 *     are not complete count as nothing
 * @param heartbeatMs an idle stream of events carries a comment so often, which tells a dead
 *     connection from a quiet one
 * @param drainTimeoutMs how long closing waits for the requests in flight
 * @param remoteOperations whether other machines may use what is for operators (backup); without it
 *     only this machine may
 * @param security who may use it, and how much
 * @param watching bounds of what stays open
 * @param protocols protocols of services on ports of their own
 * @param grpcProtocols gRPC services of other APIs on the gateway's own port
 * @param webSocketProtocols WebSocket protocols of services on the gateway's own port
 * @param httpProtocols HTTP protocols of services on the gateway's own port
 * @param warnings what the node has warned of lately, the newest first, for operators; asked from
 *     any thread
 */
public record GatewayOptions(
    String bind,
    int port,
    Set<String> allowedHosts,
    int maxBodyBytes,
    int maxUrlBytes,
    int maxConnections,
    int maxWatchers,
    long requestTimeoutMs,
    long firstRequestMs,
    long idleMs,
    long heartbeatMs,
    long drainTimeoutMs,
    boolean remoteOperations,
    Security security,
    WatchOptions watching,
    List<ProtocolPort> protocols,
    List<GrpcProtocol> grpcProtocols,
    List<WebSocketProtocol> webSocketProtocols,
    List<HttpProtocol> httpProtocols,
    Supplier<List<NodeWarning>> warnings) {
  private static final int HOUR_MS = 3_600_000;

  public GatewayOptions {
    allowedHosts = Set.copyOf(allowedHosts);
    protocols = List.copyOf(protocols);
    grpcProtocols = List.copyOf(grpcProtocols);
    webSocketProtocols = List.copyOf(webSocketProtocols);
    httpProtocols = List.copyOf(httpProtocols);
    check("port", port, 0, 65_535);
    check("maxBodyBytes", maxBodyBytes, 1, 1 << 30);
    check("maxUrlBytes", maxUrlBytes, 256, 1 << 20);
    check("maxConnections", maxConnections, 1, 1 << 20);
    check("maxWatchers", maxWatchers, 0, 1 << 20);
    check("requestTimeoutMs", requestTimeoutMs, 1, HOUR_MS);
    check("firstRequestMs", firstRequestMs, 1, HOUR_MS);
    check("idleMs", idleMs, 1, HOUR_MS);
    check("heartbeatMs", heartbeatMs, 1, HOUR_MS);
    check("drainTimeoutMs", drainTimeoutMs, 1, HOUR_MS);
  }

  /** Loopback, port 8080, bodies up to 2 MiB, everybody may do everything. */
  public static GatewayOptions defaults() {
    return builder().build();
  }

  /** Begins with {@link #defaults()}. */
  public static Builder builder() {
    return new Builder();
  }

  /** Begins with these. */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.bind = bind;
    builder.port = port;
    builder.allowedHosts = allowedHosts;
    builder.maxBodyBytes = maxBodyBytes;
    builder.maxUrlBytes = maxUrlBytes;
    builder.maxConnections = maxConnections;
    builder.maxWatchers = maxWatchers;
    builder.requestTimeoutMs = requestTimeoutMs;
    builder.firstRequestMs = firstRequestMs;
    builder.idleMs = idleMs;
    builder.heartbeatMs = heartbeatMs;
    builder.drainTimeoutMs = drainTimeoutMs;
    builder.remoteOperations = remoteOperations;
    builder.security = security;
    builder.watching = watching;
    builder.protocols = protocols;
    builder.grpcProtocols = grpcProtocols;
    builder.webSocketProtocols = webSocketProtocols;
    builder.httpProtocols = httpProtocols;
    builder.warnings = warnings;
    return builder;
  }

  static void check(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + " must be from " + min + " to " + max + "; got " + value);
    }
  }

  /** What differs from the defaults; each is described at {@link GatewayOptions}. */
  public static final class Builder {
    private String bind = "127.0.0.1";
    private int port = 8080;
    private Set<String> allowedHosts = Set.of();
    private int maxBodyBytes = 2 << 20;
    private int maxUrlBytes = 16 << 10;
    private int maxConnections = 20_000;
    private int maxWatchers = 20_000;
    private long requestTimeoutMs = 30_000;
    private long firstRequestMs = 30_000;
    private long idleMs = 60_000;
    private long heartbeatMs = 15_000;
    private long drainTimeoutMs = 10_000;
    private boolean remoteOperations;
    private Security security = Security.open();
    private WatchOptions watching = WatchOptions.defaults();
    private List<ProtocolPort> protocols = List.of();
    private List<GrpcProtocol> grpcProtocols = List.of();
    private List<WebSocketProtocol> webSocketProtocols = List.of();
    private List<HttpProtocol> httpProtocols = List.of();
    private Supplier<List<NodeWarning>> warnings = List::of;

    private Builder() {}

    public Builder bind(String value) {
      bind = value;
      return this;
    }

    public Builder port(int value) {
      port = value;
      return this;
    }

    public Builder allowedHosts(Set<String> value) {
      allowedHosts = value;
      return this;
    }

    public Builder maxBodyBytes(int value) {
      maxBodyBytes = value;
      return this;
    }

    public Builder maxUrlBytes(int value) {
      maxUrlBytes = value;
      return this;
    }

    public Builder maxConnections(int value) {
      maxConnections = value;
      return this;
    }

    public Builder maxWatchers(int value) {
      maxWatchers = value;
      return this;
    }

    public Builder requestTimeoutMs(long value) {
      requestTimeoutMs = value;
      return this;
    }

    public Builder firstRequestMs(long value) {
      firstRequestMs = value;
      return this;
    }

    public Builder idleMs(long value) {
      idleMs = value;
      return this;
    }

    public Builder heartbeatMs(long value) {
      heartbeatMs = value;
      return this;
    }

    public Builder drainTimeoutMs(long value) {
      drainTimeoutMs = value;
      return this;
    }

    public Builder remoteOperations(boolean value) {
      remoteOperations = value;
      return this;
    }

    public Builder security(Security value) {
      security = value;
      return this;
    }

    public Builder watching(WatchOptions value) {
      watching = value;
      return this;
    }

    public Builder protocols(ProtocolPort... value) {
      return protocols(List.of(value));
    }

    public Builder protocols(List<ProtocolPort> value) {
      protocols = value;
      return this;
    }

    public Builder grpcProtocols(GrpcProtocol... value) {
      grpcProtocols = List.of(value);
      return this;
    }

    public Builder httpProtocols(List<HttpProtocol> value) {
      httpProtocols = value;
      return this;
    }

    public Builder webSocketProtocols(List<WebSocketProtocol> value) {
      webSocketProtocols = value;
      return this;
    }

    public Builder warnings(Supplier<List<NodeWarning>> value) {
      warnings = value;
      return this;
    }

    /**
     * The options.
     *
     * @throws IllegalArgumentException naming the option that is out of its bounds
     */
    public GatewayOptions build() {
      return new GatewayOptions(
          bind,
          port,
          allowedHosts,
          maxBodyBytes,
          maxUrlBytes,
          maxConnections,
          maxWatchers,
          requestTimeoutMs,
          firstRequestMs,
          idleMs,
          heartbeatMs,
          drainTimeoutMs,
          remoteOperations,
          security,
          watching,
          protocols,
          grpcProtocols,
          webSocketProtocols,
          httpProtocols,
          warnings);
    }
  }
}
