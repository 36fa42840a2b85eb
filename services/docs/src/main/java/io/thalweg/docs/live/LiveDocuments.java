package io.thalweg.docs.live;

import io.thalweg.edge.Edge;
import io.thalweg.edge.WebSocketProtocol;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What clients of Yjs speak, for a gateway. Clients of both framings meet in the same documents.
 */
public final class LiveDocuments {
  private final ClientLimits limits;
  private @Nullable Rooms rooms;

  private LiveDocuments(ClientLimits limits) {
    this.limits = limits;
  }

  /** The protocols, for one gateway. */
  public static List<WebSocketProtocol> protocols() {
    return protocols(ClientLimits.DEFAULTS);
  }

  /** As {@link #protocols()}, with other limits for each connection. */
  public static List<WebSocketProtocol> protocols(ClientLimits limits) {
    LiveDocuments documents = new LiveDocuments(limits);
    return List.of(new YjsSockets(documents), new HocuspocusSockets(documents));
  }

  synchronized Rooms rooms(Edge edge) {
    Rooms made = rooms;
    if (made == null) {
      made = new Rooms(edge.meters(), limits, edge.neighbours());
      rooms = made;
    }
    return made;
  }
}
