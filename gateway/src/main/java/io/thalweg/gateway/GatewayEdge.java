package io.thalweg.gateway;

import com.google.rpc.Code;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.edge.Bounds;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import java.util.concurrent.CompletableFuture;

/** What the gateway gives the protocols of services. */
final class GatewayEdge implements Edge {
  // Long enough for the pools of clients, which keep connections that nobody uses.
  private static final long IDLE_TIMEOUT_MS = 3_600_000;

  private final Backend backend;
  private final Draining draining;
  private final Session anonymous;
  private final Bounds bounds;

  GatewayEdge(Backend backend, Draining draining, GatewayOptions options) {
    this.backend = backend;
    this.draining = draining;
    this.anonymous = new BackendSession(backend, draining, Caller.ANONYMOUS);
    this.bounds = new Bounds(options.maxBodyBytes(), IDLE_TIMEOUT_MS, options.requestTimeoutMs());
  }

  @Override
  public Session anonymous() {
    return anonymous;
  }

  @Override
  public Session authenticate(Credentials credentials) {
    return switch (credentials) {
      case Credentials.None none -> anonymous;
      case Credentials.Token token ->
          throw Failure.of(Code.UNAUTHENTICATED, "this server has no API keys");
    };
  }

  @Override
  public CompletableFuture<Session> authenticateAsync(Credentials credentials) {
    try {
      return CompletableFuture.completedFuture(authenticate(credentials));
    } catch (Failure refusal) {
      return CompletableFuture.failedFuture(refusal);
    }
  }

  @Override
  public MeterRegistry meters() {
    return backend.meters();
  }

  @Override
  public Bounds bounds() {
    return bounds;
  }

  @Override
  public boolean draining() {
    return draining.begun();
  }
}
