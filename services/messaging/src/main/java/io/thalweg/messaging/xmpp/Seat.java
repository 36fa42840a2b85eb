package io.thalweg.messaging.xmpp;

import io.thalweg.messaging.v1.Role;
import java.util.concurrent.CompletableFuture;

/**
 * A client's place in a room: ephemeral, and gone with its session. What changes of it is guarded
 * by the lock of the room, but for what its own inbox's thread alone looks at.
 */
final class Seat {
  private final ClientSession session;
  private final RoomStanzas owner;
  private final Room room;
  private final CompletableFuture<Seat> entered = new CompletableFuture<>();
  // Guarded by the room; the nick, empty while the client is not there, may be read without.
  volatile String nick = "";
  Role role = Role.MEMBER;
  Element presence = Element.stanza("presence");
  String title = "";
  // Of the newest message that the client was given, or that is from before it came.
  volatile long upTo;
  // The client has made the room and not said yet how it is to be.
  volatile boolean fresh;

  Seat(ClientSession session, RoomStanzas owner, Room room) {
    this.session = session;
    this.owner = owner;
    this.room = room;
  }

  ClientSession session() {
    return session;
  }

  RoomStanzas owner() {
    return owner;
  }

  Room room() {
    return room;
  }

  String user() {
    return session.jid().user();
  }

  /** Ends when the client has entered, or may not. */
  CompletableFuture<Seat> entered() {
    return entered;
  }

  /** The room as this client calls it. */
  RoomAddress address() {
    return new RoomAddress(room.conversation(), session.jid().domain(), "");
  }
}
