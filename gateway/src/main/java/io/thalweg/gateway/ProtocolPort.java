package io.thalweg.gateway;

import io.thalweg.edge.SocketProtocol;

/**
 * A service's own protocol and the port that it is spoken on, at the gateway's address.
 *
 * @param port 0 to 65535; 0 picks a free one
 * @param threads that serve its connections: one for each core that it may have; 0: one for each
 *     core of the machine
 */
public record ProtocolPort(SocketProtocol protocol, int port, int threads) {
  public ProtocolPort {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          protocol.name() + " port must be from 0 to 65535; got " + port);
    }
    if (threads < 0 || threads > 1024) {
      throw new IllegalArgumentException("threads must be from 0 to 1024; got " + threads);
    }
  }

  /** One thread for each core. */
  public static ProtocolPort of(SocketProtocol protocol, int port) {
    return new ProtocolPort(protocol, port, 0);
  }

  int eventLoops() {
    return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
  }
}
