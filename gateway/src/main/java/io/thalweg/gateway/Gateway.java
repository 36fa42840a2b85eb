package io.thalweg.gateway;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.TlsProvider;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerTlsConfig;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.micrometer.core.instrument.Gauge;
import io.netty.handler.ssl.ClientAuth;
import io.thalweg.contract.MethodKind;
import io.thalweg.edge.GrpcProtocol;
import io.thalweg.edge.WebSocketProtocol;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Saturation;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A server on one port: gRPC, gRPC-Web, JSON over HTTP and server-sent events for every method of a
 * node, on HTTP/1.1 and HTTP/2, with or without TLS.
 *
 * <pre>{@code
 * try (Gateway gateway = Gateway.start(node, GatewayOptions.defaults().withPort(0))) {
 *   System.out.println("listening on port " + gateway.port());
 * }
 * }</pre>
 *
 * <p>The node is not closed with it. Thread-safe.
 */
public final class Gateway implements AutoCloseable {
  private static final Duration QUIET = Duration.ofMillis(1);
  private static final long CLOSE_POLL_MS = 5;
  private static final Duration CERTIFICATE_CHECK = Duration.ofSeconds(2);

  private final Server server;
  private final Draining draining;
  private final Watchers watchers;
  private final HealthStatusManager health;
  private final @Nullable TlsProvider certificates;
  private final long drainTimeoutMs;
  private final List<SocketPort> sockets;
  private final Capacity capacity;
  private final AtomicBoolean terminated = new AtomicBoolean();

  private Gateway(
      Server server,
      Draining draining,
      Watchers watchers,
      HealthStatusManager health,
      @Nullable TlsProvider certificates,
      long drainTimeoutMs,
      List<SocketPort> sockets,
      Capacity capacity) {
    this.capacity = capacity;
    this.server = server;
    this.certificates = certificates;
    this.draining = draining;
    this.watchers = watchers;
    this.health = health;
    this.drainTimeoutMs = drainTimeoutMs;
    this.sockets = sockets;
  }

  /**
   * Begins to serve; the port is open when it returns.
   *
   * @throws IllegalArgumentException if an HTTP rule of a contract cannot be served
   * @throws IllegalStateException if the port cannot be opened; the message says which and why
   */
  public static Gateway start(Node node, GatewayOptions options) {
    return start(node, options, WatchOptions.defaults(), List.of());
  }

  /** As {@link #start(Node, GatewayOptions)}, with other bounds for what stays open. */
  public static Gateway start(Node node, GatewayOptions options, WatchOptions watching) {
    return start(node, options, watching, List.of());
  }

  /**
   * Begins to serve, also the protocols of services on ports of their own.
   *
   * @throws IllegalArgumentException if an HTTP rule of a contract cannot be served
   * @throws IllegalStateException if a port cannot be opened; the message says which and why
   */
  public static Gateway start(
      Node node, GatewayOptions options, WatchOptions watching, List<ProtocolPort> protocols) {
    return start(node, options, watching, protocols, List.of());
  }

  /** As above, also with gRPC services of other APIs on the gateway's own port. */
  public static Gateway start(
      Node node,
      GatewayOptions options,
      WatchOptions watching,
      List<ProtocolPort> protocols,
      List<GrpcProtocol> more) {
    return start(node, options, watching, protocols, more, List.of());
  }

  /** As above, also with WebSocket protocols of services on the gateway's own port. */
  public static Gateway start(
      Node node,
      GatewayOptions options,
      WatchOptions watching,
      List<ProtocolPort> protocols,
      List<GrpcProtocol> more,
      List<WebSocketProtocol> webSockets) {
    return start(
        Backend.of(node), options, watching, protocols, more, webSockets, SlowBounds.DEFAULTS);
  }

  static Gateway start(Backend backend, GatewayOptions options) {
    WatchOptions watching = WatchOptions.defaults();
    return start(backend, options, watching, List.of(), List.of(), SlowBounds.DEFAULTS);
  }

  static Gateway start(
      Backend backend,
      GatewayOptions options,
      WatchOptions watching,
      List<ProtocolPort> protocols,
      List<GrpcProtocol> more,
      SlowBounds slow) {
    return start(backend, options, watching, protocols, more, List.of(), slow);
  }

  private static Gateway start(
      Backend backend,
      GatewayOptions options,
      WatchOptions watching,
      List<ProtocolPort> protocols,
      List<GrpcProtocol> more,
      List<WebSocketProtocol> webSockets,
      SlowBounds slow) {
    Draining draining = new Draining();
    Watchers watchers = new Watchers(options.maxWatchers(), watching, backend.meters());
    HealthStatusManager health = new HealthStatusManager();
    InetSocketAddress address = new InetSocketAddress(options.bind(), options.port());
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("bind: there is no address '" + options.bind() + "'");
    }
    Security security = options.security();
    Sessions sessions = new Sessions(backend, security);
    GatewayEdge edge = new GatewayEdge(sessions, backend, draining, options);
    MoreGrpc others = new MoreGrpc(more, edge);
    MoreSockets moreSockets = new MoreSockets(webSockets);
    AddressConnections connections =
        new AddressConnections(security.limits().connectionsPerAddress(), backend.meters());
    Refusals refusals = new Refusals(backend.meters());
    SlowStarts starts = new SlowStarts(slow.firstRequestMs(), refusals);
    Newcomers newcomers = new Newcomers(starts::accept, backend.meters());
    ServerBuilder builder =
        Server.builder()
            .childChannelPipelineCustomizer(pipeline -> {
              connections.accept(pipeline.channel());
              newcomers.accept(pipeline.channel());
            })
            .maxRequestLength(options.maxBodyBytes())
            .http1MaxInitialLineLength(options.maxUrlBytes())
            .http1MaxHeaderSize(2 * options.maxUrlBytes())
            .http2MaxHeaderListSize(2L * options.maxUrlBytes())
            .maxNumConnections(options.maxConnections())
            .requestTimeoutMillis(options.requestTimeoutMs())
            .idleTimeout(Duration.ofMillis(slow.idleMs()))
            .gracefulShutdownTimeout(QUIET, Duration.ofMillis(options.drainTimeoutMs()))
            .disableServerHeader()
            .disableDateHeader()
            .errorHandler(new ServerErrors(options, refusals))
            // ServerErrors logs what nobody expects; a refused body is no fault of this server.
            .unloggedExceptionsReportInterval(Duration.ZERO)
            // The last one is the first to look at a request.
            .decorator(new Visitors(sessions, others, moreSockets))
            .decorator(new HostGuard(options))
            .service(grpc(backend, watchers, draining, health, options, refusals, others))
            .service(
                CentrifugeService.PATH,
                new CentrifugeService(backend, sessions, watchers, draining, options, watching)
                    .service())
            .serviceUnder(
                "/",
                new RoutingService(
                    router(backend, sessions, watchers, draining, options, watching, refusals)));
    moreSockets.addTo(builder, edge, draining, watchers, options, watching);
    TlsProvider certificates = listen(builder, address, security);
    if (!security.corsOrigins().isEmpty()) {
      builder.decorator(CrossOrigin.decorator(security.corsOrigins()));
    }
    List<SocketPort> sockets =
        open(protocols, sessions, connections, backend, draining, options, slow);
    Server server = builder.build();
    sessions.capacity().watch(server.config().workerGroup());
    try {
      server.start().join();
    } catch (CompletionException e) {
      sockets.forEach(SocketPort::drain);
      sockets.forEach(SocketPort::close);
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "cannot listen on " + options.bind() + ":" + options.port() + ": " + cause.getMessage(),
          cause);
    }
    Gauge.builder("thalweg.gateway.connections", server, Server::numConnections)
        .description("Open connections")
        .tag("protocol", "http")
        .register(backend.meters());
    Saturation.register(
        backend.meters(),
        "connections",
        "http",
        server,
        Server::numConnections,
        options.maxConnections());
    return new Gateway(
        server,
        draining,
        watchers,
        health,
        certificates,
        options.drainTimeoutMs(),
        sockets,
        sessions.capacity());
  }

  /** How certificates are had; null in clear text. */
  private static @Nullable TlsProvider listen(
      ServerBuilder builder, InetSocketAddress address, Security security) {
    Security.Tls tls = security.tls();
    if (tls == null) {
      builder.http(address);
      return null;
    }
    TlsProvider provider = TlsProvider.ofScheduled(new CertificateFiles(tls), CERTIFICATE_CHECK);
    builder.https(address);
    Path clients = tls.clients();
    if (clients == null) {
      builder.tlsProvider(provider);
    } else {
      ClientCertificates trusted = new ClientCertificates(clients);
      builder.tlsProvider(
          provider,
          ServerTlsConfig.builder()
              .clientAuth(tls.clientsRequired() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL)
              .tlsCustomizer(context -> context.trustManager(trusted))
              .build());
    }
    return provider;
  }

  /** Opens all ports or none. */
  private static List<SocketPort> open(
      List<ProtocolPort> protocols,
      Sessions sessions,
      AddressConnections connections,
      Backend backend,
      Draining draining,
      GatewayOptions options,
      SlowBounds slow) {
    GatewayEdge edge = new GatewayEdge(sessions, backend, draining, options);
    Security.Tls files = options.security().tls();
    SocketTls tls =
        files == null || protocols.isEmpty() ? null : new SocketTls(files, slow.firstRequestMs());
    List<SocketPort> sockets = new ArrayList<>();
    try {
      for (ProtocolPort protocol : protocols) {
        SocketPort socket = SocketPort.open(protocol, edge, tls, connections, options);
        sessions.capacity().watch(socket.loops());
        sockets.add(socket);
      }
    } catch (RuntimeException e) {
      sockets.forEach(SocketPort::drain);
      sockets.forEach(SocketPort::close);
      throw e;
    }
    return sockets;
  }

  /** The port that a protocol is spoken on, by the place in the list that the start was given. */
  public int protocolPort(int index) {
    return sockets.get(index).port();
  }

  Capacity capacity() {
    return capacity;
  }

  /** The port that it listens on. */
  public int port() {
    return server.activeLocalPort();
  }

  /**
   * Closes gracefully: {@code /readyz} turns to 503 and new requests are refused, streams end,
   * requests in flight are answered for at most the drain timeout, and then everything is closed.
   * May be called again.
   */
  @Override
  public void close() {
    draining.begin();
    if (terminated.compareAndSet(false, true)) {
      health.enterTerminalState();
    }
    watchers.end();
    if (certificates != null) {
      certificates.close();
    }
    sockets.forEach(SocketPort::drain);
    CompletableFuture<Void> stopped = server.stop();
    // The server's threads take two seconds more to end; nothing is served by then.
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(drainTimeoutMs + 1_500);
    while (isOpen(stopped) && System.nanoTime() < endNs) {
      try {
        Thread.sleep(CLOSE_POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        break;
      }
    }
    sockets.forEach(SocketPort::close);
  }

  private boolean isOpen(CompletableFuture<Void> stopped) {
    boolean http =
        !stopped.isDone() && (!server.activePorts().isEmpty() || server.numConnections() > 0);
    return http || !sockets.stream().allMatch(SocketPort::isEmpty);
  }

  private static GrpcService grpc(
      Backend backend,
      Watchers watchers,
      Draining draining,
      HealthStatusManager health,
      GatewayOptions options,
      Refusals refusals,
      MoreGrpc others) {
    GrpcMethods methods = new GrpcMethods(backend, watchers, draining, options);
    GrpcServiceBuilder builder =
        GrpcService.builder()
            .supportedSerializationFormats(
                GrpcSerializationFormats.PROTO,
                GrpcSerializationFormats.PROTO_WEB,
                GrpcSerializationFormats.PROTO_WEB_TEXT)
            .maxRequestMessageLength(options.maxBodyBytes())
            .exceptionHandler((ctx, status, cause, metadata) -> {
              if (!isTooLarge(cause)) {
                return null;
              }
              refusals.count(Refusals.Reason.BODY_TOO_LARGE);
              return Status.RESOURCE_EXHAUSTED.withDescription(
                  "a message must have at most " + options.maxBodyBytes() + " bytes");
            })
            .addService(ProtoReflectionServiceV1.newInstance())
            .addService(health.getHealthService());
    methods
        .services()
        .forEach(service -> {
          builder.addService(service);
          health.setStatus(service.getServiceDescriptor().getName(), ServingStatus.SERVING);
        });
    others.services().forEach(builder::addService);
    return builder.build();
  }

  /** As it was sent, or once it was decompressed. */
  private static boolean isTooLarge(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof ContentTooLargeException
          || (t instanceof StatusRuntimeException e
              && e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED)) {
        return true;
      }
    }
    return false;
  }

  private static Router<Endpoint> router(
      Backend backend,
      Sessions sessions,
      Watchers watchers,
      Draining draining,
      GatewayOptions options,
      WatchOptions watching,
      Refusals refusals) {
    Router<Endpoint> router = new Router<>();
    List<HttpBinding> bindings = new ArrayList<>();
    for (MethodType method : backend.methods()) {
      MethodMetrics metrics = new MethodMetrics(backend, method, "http");
      for (HttpBinding binding : HttpBinding.of(method)) {
        bindings.add(binding);
        Endpoint endpoint =
            method.kind() == MethodKind.WATCH
                ? new WatchEndpoint(
                    binding,
                    new WatchMethod(method),
                    backend.meters(),
                    watchers,
                    draining,
                    options,
                    watching)
                : new JsonMethod(binding, metrics, draining, options, refusals);
        router.add(binding.httpMethod(), binding.path(), endpoint);
      }
    }
    HealthEndpoints health = new HealthEndpoints(backend, draining);
    add(router, "/livez", health.live());
    add(router, "/readyz", health.ready());
    Operations operations = new Operations(draining, sessions, options);
    BackupEndpoints backup = new BackupEndpoints(backend, operations);
    add(router, "/v1/operations/backup", backup.cut());
    add(router, "/v1/operations/backup/log", backup.log());
    add(router, "/v1/operations/backup/base", backup.base());
    add(router, "/v1/operations/backup/base/file", backup.baseFile());
    LogReaderEndpoints readers = new LogReaderEndpoints(backend, operations);
    add(router, LogReaderEndpoints.COLLECTION, readers.list());
    PathTemplate reader = PathTemplate.parse(LogReaderEndpoints.READER);
    router.add(HttpMethod.PUT, reader, readers.hold());
    router.add(HttpMethod.DELETE, reader, readers.drop());
    TableEndpoints tables = new TableEndpoints(backend, operations);
    add(router, TableEndpoints.CHECKPOINTS, tables.checkpoint());
    PathTemplate checkpoints = PathTemplate.parse(TableEndpoints.CHECKPOINTS);
    router.add(HttpMethod.POST, checkpoints, tables.beginCheckpoint());
    add(router, TableEndpoints.REBUILD, tables.rebuild());
    PathTemplate rebuild = PathTemplate.parse(TableEndpoints.REBUILD);
    router.add(HttpMethod.POST, rebuild, tables.beginRebuild());
    router.add(HttpMethod.DELETE, rebuild, tables.discardRebuild());
    add(router, ClusterEndpoint.PATH, new ClusterEndpoint(backend, operations).view());
    add(router, LogEndpoint.PATH, new LogEndpoint(backend, operations).events());
    add(router, "/v1/operations/backup/keys", backup.keyTags());
    add(router, "/v1/operations/backup/keys/bucket", backup.keys());
    DeadLetterEndpoints letters = new DeadLetterEndpoints(backend, operations);
    add(router, DeadLetterEndpoints.COLLECTION, letters.list());
    router.add(HttpMethod.POST, PathTemplate.parse(DeadLetterEndpoints.RETRY), letters.retry());
    router.add(HttpMethod.DELETE, PathTemplate.parse(DeadLetterEndpoints.LETTER), letters.drop());
    add(router, "/metrics", MetricsEndpoint.of(backend.meters(), sessions));
    Explorer.add(router, bindings, version());
    ConsolePages.add(router, IndexPage.of(bindings));
    return router;
  }

  private static String version() {
    String version = Gateway.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static void add(Router<Endpoint> router, String path, Endpoint endpoint) {
    router.add(HttpMethod.GET, PathTemplate.parse(path), endpoint);
  }
}
