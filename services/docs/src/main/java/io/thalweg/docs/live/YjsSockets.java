package io.thalweg.docs.live;

import io.thalweg.edge.Edge;
import io.thalweg.edge.WebSocketHandler;
import io.thalweg.edge.WebSocketPeer;
import io.thalweg.edge.WebSocketProtocol;

/**
 * The framing of y-websocket: {@code ws://HOST:PORT/v1/docs/yjs/DOCUMENT}. An API key or a token
 * comes as {@code access_token} in the query.
 */
final class YjsSockets implements WebSocketProtocol {
  private final LiveDocuments documents;

  YjsSockets(LiveDocuments documents) {
    this.documents = documents;
  }

  @Override
  public String name() {
    return "yjs";
  }

  @Override
  public String path() {
    return "/v1/docs/yjs/";
  }

  @Override
  public int maxMessageBytes() {
    return LiveBounds.MAX_MESSAGE_BYTES;
  }

  @Override
  public Acceptor start(Edge edge) {
    Rooms rooms = documents.rooms(edge);
    long requestTimeoutMs = edge.bounds().requestTimeoutMs();
    return new Acceptor() {
      @Override
      public WebSocketHandler accept(WebSocketPeer peer) {
        return new YjsConnection(rooms, peer, requestTimeoutMs);
      }
    };
  }
}
