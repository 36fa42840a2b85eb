package io.thalweg.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Closes a new connection whose address has too many already. Thread-safe. */
final class AddressConnections {
  private final int most;
  private final ConcurrentMap<InetAddress, Integer> open = new ConcurrentHashMap<>();
  private final Counter refused;

  /**
   * @param most of an address; 0: no bound
   */
  AddressConnections(int most, MeterRegistry meters) {
    this.most = most;
    this.refused =
        Counter.builder("thalweg.gateway.limited")
            .description("Connections closed since their address had too many")
            .tag("limit", "connections")
            .register(meters);
    Fullest.register(meters, "connections", "address", open::values, Integer::doubleValue, most);
  }

  /** Counts a new connection until it closes; closes it at once if it is one too many. */
  void accept(Channel channel) {
    if (most == 0 || !(channel.remoteAddress() instanceof InetSocketAddress peer)) {
      return;
    }
    InetAddress address = peer.getAddress();
    int now = open.merge(address, 1, Integer::sum);
    channel
        .closeFuture()
        .addListener(
            closed -> open.computeIfPresent(address, (a, count) -> count == 1 ? null : count - 1));
    if (now > most) {
      refused.increment();
      var _ = channel.close();
    }
  }
}
