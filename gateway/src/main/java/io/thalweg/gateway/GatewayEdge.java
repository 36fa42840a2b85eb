package io.thalweg.gateway;

import com.linecorp.armeria.common.CommonPools;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.EventExecutor;
import io.thalweg.edge.Bounds;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Neighbours;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** What the gateway gives the protocols of services. */
final class GatewayEdge implements Edge {
  // Long enough for the pools of clients, which keep connections that nobody uses.
  private static final long IDLE_TIMEOUT_MS = 3_600_000;

  private final Sessions sessions;
  private final Backend backend;
  private final Draining draining;
  private final Bounds bounds;

  GatewayEdge(Sessions sessions, Backend backend, Draining draining, GatewayOptions options) {
    this.backend = backend;
    this.draining = draining;
    this.sessions = sessions;
    this.bounds = new Bounds(options.maxBodyBytes(), IDLE_TIMEOUT_MS, options.requestTimeoutMs());
  }

  @Override
  public Session anonymous() {
    return new DrainingSession(sessions.anonymous(), draining);
  }

  @Override
  public Session authenticate(Credentials credentials) {
    try {
      return authenticateAsync(credentials).join();
    } catch (CompletionException e) {
      throw Failure.of(e, "the caller could not be identified");
    }
  }

  @Override
  public CompletableFuture<Session> authenticateAsync(Credentials credentials) {
    return sessions
        .open(credentials, null)
        .thenApply(session -> new DrainingSession(session, draining));
  }

  @Override
  public MeterRegistry meters() {
    return backend.meters();
  }

  @Override
  public Neighbours neighbours() {
    return backend.neighbours();
  }

  @Override
  public EventExecutor loop() {
    // Those of the server.
    return CommonPools.workerGroup().next();
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
