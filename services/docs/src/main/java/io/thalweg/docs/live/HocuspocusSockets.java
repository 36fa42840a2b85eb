package io.thalweg.docs.live;

import io.thalweg.edge.Edge;
import io.thalweg.edge.WebSocketHandler;
import io.thalweg.edge.WebSocketPeer;
import io.thalweg.edge.WebSocketProtocol;

/**
 * The framing of Hocuspocus: {@code ws://HOST:PORT/v1/docs/hocuspocus}. Each message names its
 * document, and each document is asked for with a token of its own.
 */
final class HocuspocusSockets implements WebSocketProtocol {
  private final LiveDocuments documents;

  HocuspocusSockets(LiveDocuments documents) {
    this.documents = documents;
  }

  @Override
  public String name() {
    return "hocuspocus";
  }

  @Override
  public String path() {
    return "/v1/docs/hocuspocus";
  }

  @Override
  public int maxMessageBytes() {
    return LiveBounds.MAX_MESSAGE_BYTES;
  }

  @Override
  public boolean identifiesByMessage() {
    return true;
  }

  @Override
  public Acceptor start(Edge edge) {
    Rooms rooms = documents.rooms(edge);
    return new Acceptor() {
      @Override
      public WebSocketHandler accept(WebSocketPeer peer) {
        return new HocuspocusConnection(rooms, peer, edge);
      }
    };
  }
}
