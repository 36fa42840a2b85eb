package io.thalweg.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.thalweg.runtime.Saturation;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections of one protocol: counts them, and closes those that are too many. Thread-safe.
 */
final class OpenConnections {
  private final AtomicInteger open = new AtomicInteger();
  private final int most;
  private final Counter refused;

  OpenConnections(String protocol, int most, MeterRegistry meters) {
    this.most = most;
    Gauge.builder("thalweg.gateway.connections", open, AtomicInteger::get)
        .description("Open connections")
        .tag("protocol", protocol)
        .register(meters);
    Saturation.register(meters, "connections", protocol, open, AtomicInteger::get, most);
    refused =
        Counter.builder("thalweg.gateway.connections.refused")
            .description("Connections closed at once: there were too many")
            .tag("protocol", protocol)
            .register(meters);
  }

  /**
   * Counts a new connection until it closes. Closes it at once, and is false, if it is too many.
   */
  boolean accept(Channel channel) {
    if (open.incrementAndGet() > most) {
      open.decrementAndGet();
      refuse(channel);
      return false;
    }
    var _ = channel.closeFuture().addListener(closed -> open.decrementAndGet());
    return true;
  }

  /** Whether one more may come beside those that are open and so many that wait. */
  boolean hasRoom(int waiting) {
    return open.get() + waiting < most;
  }

  /** A connection was closed before it was set up. */
  void countRefused() {
    refused.increment();
  }

  /** Closes a connection that comes too late. */
  void refuse(Channel channel) {
    refused.increment();
    var _ = channel.close();
  }
}
