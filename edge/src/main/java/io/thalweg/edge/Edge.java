package io.thalweg.edge;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Neighbours;
import java.util.concurrent.CompletableFuture;

/** What a protocol gets from the gateway. Thread-safe. */
public interface Edge {
  /**
   * A session of somebody who has proved nothing. Whether that may do anything is the gateway's
   * matter: where credentials are needed, each request is answered UNAUTHENTICATED.
   */
  Session anonymous();

  /**
   * A session of whom the credentials belong to. May wait for a moment: not on an event loop.
   *
   * @throws Failure UNAUTHENTICATED if they are not good
   */
  Session authenticate(Credentials credentials);

  /** As {@link #authenticate}, as a future that fails with a {@link Failure}; for event loops. */
  CompletableFuture<Session> authenticateAsync(Credentials credentials);

  /** Where to count. */
  MeterRegistry meters();

  /** The same protocol at the other nodes of the cluster. */
  default Neighbours neighbours() {
    return Neighbours.NONE;
  }

  /**
   * One of the threads that serve connections, for what lives longer than a connection or is called
   * on other threads: one task at a time, in order; nothing that blocks.
   */
  default EventExecutor loop() {
    return GlobalEventExecutor.INSTANCE;
  }

  /** What one connection may take. */
  Bounds bounds();

  /** Whether the gateway is closing. What comes in from now on need not be taken. */
  boolean draining();
}
