package io.thalweg.gateway;

import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.MethodType;
import io.thalweg.runtime.Node;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A server on one port: gRPC, gRPC-Web, JSON over HTTP and server-sent events for every method of a
 * node, on HTTP/1.1 and HTTP/2, in clear text.
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

  private final Server server;
  private final Draining draining;
  private final Watchers watchers;
  private final HealthStatusManager health;
  private final long drainTimeoutMs;
  private final AtomicBoolean terminated = new AtomicBoolean();

  private Gateway(
      Server server,
      Draining draining,
      Watchers watchers,
      HealthStatusManager health,
      long drainTimeoutMs) {
    this.server = server;
    this.draining = draining;
    this.watchers = watchers;
    this.health = health;
    this.drainTimeoutMs = drainTimeoutMs;
  }

  /**
   * Begins to serve; the port is open when it returns.
   *
   * @throws IllegalArgumentException if an HTTP rule of a contract cannot be served
   * @throws IllegalStateException if the port cannot be opened; the message says which and why
   */
  public static Gateway start(Node node, GatewayOptions options) {
    return start(node, options, WatchOptions.defaults());
  }

  /** As {@link #start(Node, GatewayOptions)}, with other bounds for what stays open. */
  public static Gateway start(Node node, GatewayOptions options, WatchOptions watching) {
    return start(Backend.of(node), options, watching);
  }

  static Gateway start(Backend backend, GatewayOptions options) {
    return start(backend, options, WatchOptions.defaults());
  }

  static Gateway start(Backend backend, GatewayOptions options, WatchOptions watching) {
    Draining draining = new Draining();
    Watchers watchers = new Watchers(options.maxWatchers(), watching.spreadMs(), backend.meters());
    HealthStatusManager health = new HealthStatusManager();
    Visitor.Door door = Visitor.Door.open(backend);
    InetSocketAddress address = new InetSocketAddress(options.bind(), options.port());
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("bind: there is no address '" + options.bind() + "'");
    }
    ServerBuilder builder =
        Server.builder()
            .http(address)
            .maxRequestLength(options.maxBodyBytes())
            .http1MaxInitialLineLength(options.maxUrlBytes())
            .http1MaxHeaderSize(2 * options.maxUrlBytes())
            .http2MaxHeaderListSize(2L * options.maxUrlBytes())
            .maxNumConnections(options.maxConnections())
            .requestTimeoutMillis(options.requestTimeoutMs())
            .idleTimeout(Duration.ofMinutes(1))
            .gracefulShutdownTimeout(QUIET, Duration.ofMillis(options.drainTimeoutMs()))
            .disableServerHeader()
            .disableDateHeader()
            .errorHandler(new ServerErrors(options))
            // ServerErrors logs what nobody expects; a refused body is no fault of this server.
            .unloggedExceptionsReportInterval(Duration.ZERO)
            .decorator(new HostGuard(options))
            .service(grpc(backend, door, watchers, draining, health, options))
            .service(
                CentrifugeService.PATH,
                new CentrifugeService(
                        backend.methods(),
                        backend.meters(),
                        door,
                        watchers,
                        draining,
                        options,
                        watching)
                    .service())
            .serviceUnder(
                "/",
                new RoutingService(router(backend, door, watchers, draining, options, watching)));
    Server server = builder.build();
    try {
      server.start().join();
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "cannot listen on " + options.bind() + ":" + options.port() + ": " + cause.getMessage(),
          cause);
    }
    return new Gateway(server, draining, watchers, health, options.drainTimeoutMs());
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
    CompletableFuture<Void> stopped = server.stop();
    // The server's threads take two seconds more to end; nothing is served by then.
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(drainTimeoutMs + 1_500);
    while (!stopped.isDone() && isOpen() && System.nanoTime() < endNs) {
      try {
        Thread.sleep(CLOSE_POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private boolean isOpen() {
    return !server.activePorts().isEmpty() || server.numConnections() > 0;
  }

  private static GrpcService grpc(
      Backend backend,
      Visitor.Door door,
      Watchers watchers,
      Draining draining,
      HealthStatusManager health,
      GatewayOptions options) {
    GrpcMethods methods = new GrpcMethods(backend, door, watchers, draining, options);
    GrpcServiceBuilder builder =
        GrpcService.builder()
            .supportedSerializationFormats(
                GrpcSerializationFormats.PROTO,
                GrpcSerializationFormats.PROTO_WEB,
                GrpcSerializationFormats.PROTO_WEB_TEXT)
            .maxRequestMessageLength(options.maxBodyBytes())
            .exceptionHandler((ctx, status, cause, metadata) ->
                cause.getCause() instanceof ContentTooLargeException
                    ? Status.RESOURCE_EXHAUSTED.withDescription(
                        "a message must have at most " + options.maxBodyBytes() + " bytes")
                    : null)
            .addService(ProtoReflectionServiceV1.newInstance())
            .addService(health.getHealthService());
    methods
        .services()
        .forEach(service -> {
          builder.addService(service);
          health.setStatus(service.getServiceDescriptor().getName(), ServingStatus.SERVING);
        });
    return builder.build();
  }

  private static Router<Endpoint> router(
      Backend backend,
      Visitor.Door door,
      Watchers watchers,
      Draining draining,
      GatewayOptions options,
      WatchOptions watching) {
    Router<Endpoint> router = new Router<>();
    List<HttpBinding> bindings = new ArrayList<>();
    for (MethodType method : backend.methods()) {
      MethodMetrics metrics = new MethodMetrics(backend.meters(), method, "http");
      for (HttpBinding binding : HttpBinding.of(method)) {
        bindings.add(binding);
        Endpoint endpoint =
            method.kind() == MethodKind.WATCH
                ? new WatchEndpoint(
                    door,
                    binding,
                    new WatchMethod(method),
                    backend.meters(),
                    watchers,
                    draining,
                    options,
                    watching)
                : new JsonMethod(backend, binding, metrics, draining, options);
        router.add(binding.httpMethod(), binding.path(), endpoint);
      }
    }
    HealthEndpoints health = new HealthEndpoints(backend, draining);
    add(router, "/livez", health.live());
    add(router, "/readyz", health.ready());
    Operations operations = new Operations(draining, options);
    BackupEndpoints backup = new BackupEndpoints(backend, operations);
    add(router, "/v1/operations/backup", backup.cut());
    add(router, "/v1/operations/backup/log", backup.log());
    DeadLetterEndpoints letters = new DeadLetterEndpoints(backend, operations);
    add(router, DeadLetterEndpoints.COLLECTION, letters.list());
    router.add(HttpMethod.POST, PathTemplate.parse(DeadLetterEndpoints.RETRY), letters.retry());
    router.add(HttpMethod.DELETE, PathTemplate.parse(DeadLetterEndpoints.LETTER), letters.drop());
    add(router, "/metrics", MetricsEndpoint.of(backend.meters()));
    add(router, "/", IndexPage.of(bindings));
    return router;
  }

  private static void add(Router<Endpoint> router, String path, Endpoint endpoint) {
    router.add(HttpMethod.GET, PathTemplate.parse(path), endpoint);
  }
}
