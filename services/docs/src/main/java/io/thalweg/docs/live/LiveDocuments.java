package io.thalweg.docs.live;

import io.thalweg.edge.Edge;
import io.thalweg.edge.WebSocketProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What clients of Yjs speak, for a gateway. Clients of both framings meet in the same documents.
 */
public final class LiveDocuments {
  private @Nullable Rooms rooms;

  private LiveDocuments() {}

  /** The protocols, for one gateway. */
  public static List<WebSocketProtocol> protocols() {
    LiveDocuments documents = new LiveDocuments();
    return List.of(new YjsSockets(documents), new HocuspocusSockets(documents));
  }

  synchronized Rooms rooms(Edge edge) {
    Rooms made = rooms;
    if (made == null) {
      made = new Rooms(edge.meters());
      rooms = made;
    }
    return made;
  }
}
