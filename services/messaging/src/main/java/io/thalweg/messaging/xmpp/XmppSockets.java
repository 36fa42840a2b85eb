package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Edge;
import io.thalweg.edge.WebSocketHandler;
import io.thalweg.edge.WebSocketPeer;
import io.thalweg.edge.WebSocketProtocol;
import java.util.List;

/**
 * XMPP over WebSockets: RFC 7395.
 *
 * @param name for metrics
 */
record XmppSockets(String name, String path, Xmpp xmpp) implements WebSocketProtocol {
  static final String PATH = "/v1/messaging/xmpp";

  /** Where clients look that are told nothing. */
  static final String USUAL_PATH = "/xmpp-websocket";

  @Override
  public List<String> subprotocols() {
    return List.of("xmpp");
  }

  @Override
  public int maxMessageBytes() {
    return Transport.MAX_STANZA_BYTES;
  }

  @Override
  public boolean identifiesByMessage() {
    return true;
  }

  @Override
  public Acceptor start(Edge edge) {
    return new Acceptor() {
      @Override
      public WebSocketHandler accept(WebSocketPeer peer) {
        return new SocketTransport(peer, edge, xmpp.sessions(), xmpp.metrics(edge)).handler();
      }
    };
  }
}
