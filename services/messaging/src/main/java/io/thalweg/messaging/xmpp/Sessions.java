package io.thalweg.messaging.xmpp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The clients of this node, by user and device, and the streams that may be resumed. In memory:
 * what must not be lost is in the inboxes. Thread-safe; calls nobody while it holds its lock.
 */
final class Sessions {
  private static final int MAX_RESUMABLE = 100_000;

  private record Key(int project, String user) {}

  private final Map<Key, Map<String, ClientSession>> byUser = new HashMap<>();
  private final Map<String, ClientSession> resumable = new HashMap<>();
  private final Rooms rooms = new Rooms();

  /** Where clients of this node talk with many. */
  Rooms rooms() {
    return rooms;
  }

  /** A client is there. Returns the one of the same name that it replaces. */
  synchronized @Nullable ClientSession enter(ClientSession session) {
    return byUser
        .computeIfAbsent(key(session), key -> new HashMap<>())
        .put(session.jid().resource(), session);
  }

  synchronized void leave(ClientSession session) {
    Map<String, ClientSession> devices = byUser.get(key(session));
    if (devices != null && devices.remove(session.jid().resource(), session) && devices.isEmpty()) {
      byUser.remove(key(session));
    }
    String id = session.resumption();
    if (id != null) {
      resumable.remove(id, session);
    }
  }

  private static Key key(ClientSession session) {
    return new Key(session.project(), session.jid().user());
  }

  /** The clients of a user of a project. */
  synchronized List<ClientSession> of(int project, String user) {
    Map<String, ClientSession> devices = byUser.get(new Key(project, user));
    return devices == null ? List.of() : new ArrayList<>(devices.values());
  }

  /** Makes a stream resumable; false if there are too many. */
  synchronized boolean offer(String id, ClientSession session) {
    return resumable.size() < MAX_RESUMABLE && resumable.putIfAbsent(id, session) == null;
  }

  synchronized @Nullable ClientSession resumable(String id) {
    return resumable.get(id);
  }
}
