package io.thalweg.edge;

import io.netty.channel.Channel;

/**
 * A protocol on a port of its own. The gateway opens the port, counts and bounds the connections,
 * ends TLS and closes what is idle; the protocol reads and writes bytes.
 *
 * <p>When the gateway begins to close, each connection hears {@link Drain} as a user event: it
 * takes nothing more, answers what it has, and closes. One that has not closed after the drain
 * timeout is cut.
 *
 * <p>A client that sends no more but still reads is told by Netty's {@code
 * ChannelInputShutdownEvent}: a protocol that takes it answers what it has and closes; passed on,
 * the gateway closes at once.
 */
public interface SocketProtocol {
  /** Lower case, for metrics and messages: "resp". */
  String name();

  /**
   * Takes a new connection: adds handlers to its pipeline. Called on its event loop, before
   * anything is read.
   */
  void attach(Channel channel, Edge edge);

  /** The user event of a connection that is to end. */
  enum Drain {
    DRAIN
  }
}
