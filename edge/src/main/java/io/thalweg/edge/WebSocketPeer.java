package io.thalweg.edge;

import org.jspecify.annotations.Nullable;

/** The client at the other end of a WebSocket. Thread-safe; nothing blocks. */
public interface WebSocketPeer {
  /** Who it is by its handshake. */
  Session session();

  /** What the path has below that of the protocol, decoded; empty if there is nothing. */
  String subpath();

  /** A parameter of the query; null if there is none. */
  @Nullable String query(String name);

  /**
   * Sends a binary message. A client that takes nothing of what was sent for as long as the gateway
   * allows is cut, and so is one that lets too much wait: look at {@link #waitingBytes} before.
   */
  void send(byte[] message);

  /**
   * Sends a text message, as {@link #send}.
   *
   * @param taken runs when the connection has taken it, on any thread, and must not block; null:
   *     nothing does
   */
  void sendText(String message, @Nullable Runnable taken);

  /** Bytes that were sent and are not taken by the connection yet. */
  long waitingBytes();

  /** Has {@link WebSocketHandler#work} called soon. */
  void signal();

  /**
   * Closes the connection.
   *
   * @param code of RFC 6455, section 7.4, or 4000 to 4999
   * @param reason at most 123 bytes
   */
  void close(int code, String reason);
}
