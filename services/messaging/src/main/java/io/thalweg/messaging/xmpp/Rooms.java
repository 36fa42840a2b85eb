package io.thalweg.messaging.xmpp;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rooms that clients of this node are in. In memory: who may be in a room, and what was said,
 * is the conversation's. Thread-safe; calls nobody while it holds its lock.
 */
final class Rooms {
  private static final int MAX_REASONS = 1_000;

  private record Key(int project, String conversation) {}

  private record Invited(int project, String conversation, String user) {}

  private static final class Open {
    final Room room;
    int uses;

    Open(Room room) {
      this.room = room;
    }
  }

  private final Map<Key, Open> open = new HashMap<>();
  private final Map<Invited, String> reasons =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Invited, String> eldest) {
          return size() > MAX_REASONS;
        }
      };

  /** A room, which is to be closed once by each that opens it. */
  synchronized Room open(int project, String conversation) {
    Open found =
        open.computeIfAbsent(
            new Key(project, conversation), key -> new Open(new Room(project, conversation)));
    found.uses++;
    return found.room;
  }

  synchronized void close(Room room) {
    Key key = new Key(room.project(), room.conversation());
    Open found = open.get(key);
    if (found != null && --found.uses == 0) {
      open.remove(key);
    }
  }

  /** A room that somebody is in; null if nobody is. */
  synchronized @Nullable Room find(int project, String conversation) {
    Open found = open.get(new Key(project, conversation));
    return found == null ? null : found.room;
  }

  /** Why somebody is invited, for clients of this node: it is not kept. */
  synchronized void because(int project, String conversation, String user, String reason) {
    reasons.put(new Invited(project, conversation, user), reason);
  }

  synchronized @Nullable String reason(int project, String conversation, String user) {
    return reasons.get(new Invited(project, conversation, user));
  }
}
