package io.thalweg.edge;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

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

  /**
   * Whether its clients begin in clear text and ask for TLS by the protocol. Then the gateway
   * leaves the beginning of TLS to the protocol, which must let nothing else happen before.
   */
  default boolean startsTls() {
    return false;
  }

  /**
   * As {@link #attach(Channel, Edge)}, of a protocol that {@linkplain #startsTls starts TLS}
   * itself.
   *
   * @param tls null: the node has no TLS
   */
  default void attach(Channel channel, Edge edge, @Nullable TlsStart tls) {
    attach(channel, edge);
  }

  /** Begins TLS on a connection. */
  interface TlsStart {
    /**
     * From here on what is read and written is TLS; what was written before is not. On the event
     * loop, when nothing that was read waits to be looked at.
     *
     * @throws java.io.UncheckedIOException if the certificate cannot be used
     */
    void begin(Channel channel);
  }

  /** The user event of a connection that is to end. */
  enum Drain {
    DRAIN
  }
}
