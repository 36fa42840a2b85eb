package io.thalweg.edge;

import io.thalweg.runtime.Failure;

/**
 * One connection of a {@link WebSocketProtocol}. All methods are called one at a time, on a thread
 * that may wait for a moment; what one of them throws closes the connection, a {@link Failure} with
 * its words.
 */
public interface WebSocketHandler {
  /** A whole message. The array is the handler's. The next one is not read before this returns. */
  void message(byte[] bytes, boolean text);

  /** After {@link WebSocketPeer#signal}, and when the client has taken what was sent. */
  void work();

  /** Now and then, some seconds apart: for what has a time to live. */
  void beat();

  /**
   * Whether another message may be read. Asked after each call; until it is true again the client
   * is not read.
   */
  default boolean readsOn() {
    return true;
  }

  /** The connection is gone. Called once, and nothing after it. */
  void closed();
}
