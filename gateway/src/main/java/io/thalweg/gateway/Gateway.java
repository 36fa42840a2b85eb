package io.thalweg.gateway;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.Flags;
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
import io.netty.channel.Channel;
import io.netty.handler.ssl.ClientAuth;
import io.thalweg.runtime.Node;
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
 * try (Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build())) {
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
   * Begins to serve; its ports are open when it returns.
   *
   * @throws IllegalArgumentException if an HTTP rule of a contract cannot be served
   * @throws IllegalStateException if a port cannot be opened; the message says which and why
   */
  public static Gateway start(Node node, GatewayOptions options) {
    return start(Backend.of(node), options);
  }

  static Gateway start(Backend backend, GatewayOptions options) {
    Draining draining = new Draining();
    Watchers watchers = new Watchers(options, backend.meters());
    HealthStatusManager health = new HealthStatusManager();
    InetSocketAddress address = new InetSocketAddress(options.bind(), options.port());
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("bind: there is no address '" + options.bind() + "'");
    }
    Security security = options.security();
    Sessions sessions = new Sessions(backend, security);
    SignIns signIns = new SignIns();
    GatewayEdge edge = new GatewayEdge(sessions, backend, draining, options);
    MoreGrpc others = new MoreGrpc(options.grpcProtocols(), edge);
    MoreSockets moreSockets = new MoreSockets(options.webSocketProtocols());
    MoreHttp moreHttp = new MoreHttp(options.httpProtocols());
    AddressConnections connections =
        new AddressConnections(security.limits().connectionsPerAddress(), backend.meters());
    Refusals refusals = new Refusals(backend.meters());
    SlowStarts starts = new SlowStarts(options.firstRequestMs(), refusals);
    OpenConnections open = new OpenConnections("http", options.maxConnections(), backend.meters());
    Newcomers newcomers = new Newcomers(open, Flags.numCommonWorkers(), backend.meters());
    ServerBuilder builder =
        Server.builder()
            .childChannelPipelineCustomizer(pipeline -> {
              Channel channel = pipeline.channel();
              newcomers.guard(channel);
              if (open.accept(channel)) {
                connections.accept(channel);
                starts.accept(channel);
              }
            })
            .maxRequestLength(options.maxBodyBytes())
            .http1MaxInitialLineLength(options.maxUrlBytes())
            .http1MaxHeaderSize(2 * options.maxUrlBytes())
            .http2MaxHeaderListSize(2L * options.maxUrlBytes())
            .requestTimeoutMillis(options.requestTimeoutMs())
            .idleTimeout(Duration.ofMillis(options.idleMs()))
            .gracefulShutdownTimeout(QUIET, Duration.ofMillis(options.drainTimeoutMs()))
            .disableServerHeader()
            .disableDateHeader()
            .errorHandler(new ServerErrors(options, refusals))
            // ServerErrors logs what nobody expects; a refused body is no fault of this server.
            .unloggedExceptionsReportInterval(Duration.ZERO)
            // The last one is the first to look at a request.
            .decorator(new Visitors(sessions, signIns, others, moreSockets, moreHttp))
            .decorator(new HostGuard(options))
            .service(grpc(backend, watchers, draining, health, options, refusals, others))
            .service(
                CentrifugeService.PATH,
                new CentrifugeService(backend, sessions, watchers, draining, options).service())
            .serviceUnder(
                "/",
                new RoutingService(
                    Routes.of(backend, sessions, signIns, watchers, draining, options, refusals)));
    moreSockets.addTo(builder, edge, draining, watchers, options);
    moreHttp.addTo(builder, edge, draining, watchers, refusals);
    TlsProvider certificates = listen(builder, address, security);
    if (!security.corsOrigins().isEmpty()) {
      builder.decorator(CrossOrigin.decorator(security.corsOrigins()));
    }
    List<SocketPort> sockets = open(edge, sessions, connections, options);
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
      GatewayEdge edge, Sessions sessions, AddressConnections connections, GatewayOptions options) {
    List<ProtocolPort> protocols = options.protocols();
    Security.Tls files = options.security().tls();
    SocketTls tls =
        files == null || protocols.isEmpty()
            ? null
            : new SocketTls(files, options.firstRequestMs());
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

  /** The port that a protocol is spoken on, by the place in {@link GatewayOptions#protocols}. */
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
}
