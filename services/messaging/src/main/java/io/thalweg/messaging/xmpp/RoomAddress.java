package io.thalweg.messaging.xmpp;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An address at the service of rooms: {@code ROOM@conference.DOMAIN/NICK}, where ROOM is the name
 * of a group in messaging, escaped as XEP-0106 says.
 *
 * @param room name of a group; empty: the service
 * @param domain what the client calls the server, without "conference."
 * @param nick what somebody is called in the room; empty: the room
 */
record RoomAddress(String room, String domain, String nick) {
  private static final String HOST = "conference.";
  private static final int MAX_CHARS = 1_024;
  private static final int MAX_ROOM_BYTES = 120;

  /** Reads an address; null if it is none of rooms, or one beyond the bounds of messaging. */
  static @Nullable RoomAddress parse(@Nullable String text, String domain) {
    if (text == null || text.length() > MAX_CHARS) {
      return null;
    }
    int slash = text.indexOf('/');
    String bare = slash < 0 ? text : text.substring(0, slash);
    String nick = slash < 0 ? "" : text.substring(slash + 1);
    int at = bare.indexOf('@');
    String room = at < 0 ? "" : Jid.unescape(bare.substring(0, at));
    boolean ofRooms = bare.substring(at + 1).equals(HOST + domain);
    if (!ofRooms
        || (at >= 0 && !isRoom(room))
        || (slash >= 0 && (at < 0 || !Jid.isResource(nick)))) {
      return null;
    }
    return new RoomAddress(room, domain, nick);
  }

  private static boolean isRoom(String name) {
    return !name.isEmpty()
        && name.getBytes(StandardCharsets.UTF_8).length <= MAX_ROOM_BYTES
        && name.chars().noneMatch(Character::isISOControl)
        && !name.startsWith(Directs.PREFIX);
  }

  /** The service of rooms of a server. */
  static RoomAddress service(String domain) {
    return new RoomAddress("", domain, "");
  }

  RoomAddress as(String who) {
    return new RoomAddress(room, domain, who);
  }

  RoomAddress bare() {
    return as("");
  }

  @Override
  public String toString() {
    return (room.isEmpty() ? "" : Jid.escape(room) + "@")
        + HOST
        + domain
        + (nick.isEmpty() ? "" : "/" + nick);
  }
}
