package io.thalweg.edge;

import java.util.List;

/**
 * A protocol over WebSockets on the gateway's own port. The gateway has TLS, who a client is, the
 * check of Host and Origin, the handshake, pings, bounds and the metrics; the protocol has the
 * messages.
 */
public interface WebSocketProtocol {
  /** Lower case, for metrics and messages: "yjs". */
  String name();

  /**
   * The path. One that ends in '/' stands for all paths below it, whose rest the protocol is told;
   * any other for itself.
   */
  String path();

  /** The subprotocols that a client may ask for; one that asks for none is served too. */
  default List<String> subprotocols() {
    return List.of();
  }

  /** Largest message that a client may send, in bytes. */
  int maxMessageBytes();

  /**
   * Whether credentials may come in messages. Otherwise a client without any is refused with the
   * handshake, where credentials are needed.
   */
  default boolean identifiesByMessage() {
    return false;
  }

  /** Called once, before the port is open. */
  Acceptor start(Edge edge);

  /** Takes connections. Thread-safe. */
  interface Acceptor {
    /** A client has connected. Must not block. */
    WebSocketHandler accept(WebSocketPeer peer);
  }
}
