package io.thalweg.messaging.xmpp;

import com.google.rpc.Code;
import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.Chat;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Answers what a client asks a room or the service of rooms: discovery, the archive of the room,
 * whether it is still there (XEP-0410), and what those ask who lead the room.
 */
final class RoomQueries {
  private static final int MAX_LISTED = 1_000;
  private static final String ROOM_USER_ITEM = "x-roomuser-item";

  private final ClientSession session;
  private final Asking asking;
  private final RoomStanzas rooms;
  private final Archive archive;
  private final RoomAdmin admin;
  private final RoomOwner owner;

  RoomQueries(ClientSession session, Asking asking, RoomStanzas rooms, Archive archive) {
    this.session = session;
    this.asking = asking;
    this.rooms = rooms;
    this.archive = archive;
    this.admin = new RoomAdmin(session, asking, rooms);
    this.owner = new RoomOwner(session, asking, rooms);
  }

  CompletableFuture<@Nullable Element> take(Element iq, RoomAddress to) {
    String type = iq.get("type", "");
    if (iq.get("id") == null) {
      throw StanzaError.bad("an iq must have an 'id'");
    }
    if (type.equals("result") || type.equals("error")) {
      return Stanzas.nothing();
    }
    boolean set = type.equals("set");
    if ((!set && !type.equals("get")) || iq.children().size() != 1) {
      throw StanzaError.bad("an iq must be a get or a set with one child");
    }
    Element what = iq.children().getFirst();
    CompletableFuture<@Nullable Element> payload =
        !to.nick().isEmpty()
            ? somebody(what, set, to)
            : to.room().isEmpty() ? service(what, set) : room(what, set, to);
    return payload.thenApply(found -> {
      Element result =
          Element.stanza("iq")
              .with("type", "result")
              .with("id", iq.get("id"))
              .with("from", iq.get("to"))
              .with("to", session.jid().toString());
      return found == null ? result : result.add(found);
    });
  }

  /** Something for another one of the room is not passed on, but for the ping of oneself. */
  private CompletableFuture<@Nullable Element> somebody(Element what, boolean set, RoomAddress to) {
    Seat seat = rooms.seat(to.room());
    if (seat == null) {
      throw new StanzaError("cancel", "not-acceptable", "enter the room first");
    }
    if (!set && what.is("ping", Names.PING)) {
      return seat.entered()
          .thenApply(entered -> {
            if (!to.nick().equals(seat.nick)) {
              throw StanzaError.unavailable();
            }
            return null;
          });
    }
    throw StanzaError.unavailable();
  }

  // ---------------------------------------------------------------- the service

  private CompletableFuture<@Nullable Element> service(Element what, boolean set) {
    if (set) {
      throw StanzaError.unavailable();
    }
    return switch (what.namespace()) {
      case Names.PING -> Stanzas.nothing();
      case Names.DISCO_INFO -> {
        if (what.get("node") != null) {
          throw new StanzaError("cancel", "item-not-found", "there is no such node");
        }
        Element info = new Element("query", Names.DISCO_INFO).add(identity("Rooms"));
        features(info, Names.MUC, Names.DISCO_INFO, Names.DISCO_ITEMS, Names.PING);
        yield CompletableFuture.completedFuture(info);
      }
      case Names.DISCO_ITEMS -> RoomStanzas.aside(this::list);
      default -> throw StanzaError.unavailable();
    };
  }

  /** The groups that the user is in, the newest first: no others are listed. */
  private Element list() {
    Element items = new Element("query", Names.DISCO_ITEMS);
    String token = "";
    int listed = 0;
    do {
      ListChatsResponse page =
          asking.await(
              ListChatsRequest.newBuilder()
                  .setUser(session.jid().user())
                  .setPageSize(MAX_LISTED)
                  .setPageToken(token)
                  .build(),
              ListChatsResponse.class);
      for (Chat chat : page.getChatsList()) {
        String name = chat.getConversation();
        if (!name.startsWith(Directs.PREFIX) && !chat.getOutside() && listed++ < MAX_LISTED) {
          items.add(
              new Element("item", Names.DISCO_ITEMS)
                  .with("jid", new RoomAddress(name, session.jid().domain(), "").toString())
                  .with("name", name));
        }
      }
      token = page.getNextPageToken();
    } while (!token.isEmpty() && listed < MAX_LISTED);
    return items;
  }

  private static Element identity(String name) {
    return new Element("identity", Names.DISCO_INFO)
        .with("category", "conference")
        .with("type", "text")
        .with("name", name);
  }

  private static void features(Element info, String... names) {
    for (String name : names) {
      info.add(new Element("feature", Names.DISCO_INFO).with("var", name));
    }
  }

  // ---------------------------------------------------------------- a room

  private CompletableFuture<@Nullable Element> room(Element what, boolean set, RoomAddress to) {
    return switch (what.namespace()) {
      case Names.DISCO_INFO -> {
        if (set) {
          throw StanzaError.unavailable();
        }
        String node = what.get("node");
        if (node != null && !node.equals(ROOM_USER_ITEM)) {
          throw new StanzaError("cancel", "item-not-found", "there is no such node");
        }
        yield node == null
            ? RoomStanzas.aside(() -> info(to))
            : CompletableFuture.completedFuture(
                new Element("query", Names.DISCO_INFO)
                    .with("node", node)
                    .add(identity(session.jid().user())));
      }
      case Names.DISCO_ITEMS -> {
        if (set) {
          throw StanzaError.unavailable();
        }
        yield CompletableFuture.completedFuture(occupants(to));
      }
      case Names.ARCHIVE ->
          set ? archive.room(what, to, rooms) : CompletableFuture.completedFuture(Archive.form());
      case Names.PING -> {
        if (rooms.seat(to.room()) == null) {
          throw new StanzaError("cancel", "not-acceptable", "enter the room first");
        }
        yield Stanzas.nothing();
      }
      case Names.MUC_ADMIN ->
          RoomStanzas.aside(() -> set ? admin.set(what, to) : admin.get(what, to));
      case Names.MUC_OWNER -> RoomStanzas.aside(() -> set ? owner.set(what, to) : owner.form(to));
      case "jabber:iq:register" -> RoomStanzas.aside(() -> set ? leave(what, to) : member(to));
      default -> throw StanzaError.unavailable();
    };
  }

  /** Leaves the group for good. */
  private @Nullable Element leave(Element what, RoomAddress to) {
    if (what.child("remove", what.namespace()) == null) {
      throw StanzaError.unsupported("to be registered but by entering the room");
    }
    admin.remove(to.room(), session.jid().user(), false);
    Room room = rooms.rooms().find(session.project(), to.room());
    if (room != null) {
      room.removed(session.jid().user(), 321, Room.Because.NOTHING);
    }
    return null;
  }

  private Element member(RoomAddress to) {
    Conversation found = conversation(to);
    Element answer = new Element("query", "jabber:iq:register");
    return found.hasMe()
        ? answer.add(new Element("registered", "jabber:iq:register"))
        : answer.add(
            new Element("instructions", "jabber:iq:register").add("Enter the room to be in it."));
  }

  private Conversation conversation(RoomAddress to) {
    return asking.await(
        GetConversationRequest.newBuilder()
            .setConversation(to.room())
            .setUser(session.jid().user())
            .build(),
        Conversation.class);
  }

  private Element occupants(RoomAddress to) {
    Element items = new Element("query", Names.DISCO_ITEMS);
    Seat seat = rooms.seat(to.room());
    if (seat != null) {
      seat.room().all().stream()
          .map(each -> each.nick)
          .distinct()
          .forEach(nick ->
              items.add(
                  new Element("item", Names.DISCO_ITEMS).with("jid", to.as(nick).toString())));
    }
    return items;
  }

  private Element info(RoomAddress to) {
    Conversation found = null;
    try {
      found = conversation(to);
    } catch (Failure refused) {
      if (refused.code() != Code.PERMISSION_DENIED) {
        throw refused;
      }
      // Of a closed room others hear only that it is closed.
    }
    boolean open = found != null && found.getOpen();
    String title = found == null || found.getTitle().isEmpty() ? to.room() : found.getTitle();
    Element info = new Element("query", Names.DISCO_INFO).add(identity(title));
    features(
        info,
        Names.MUC,
        open ? "muc_open" : "muc_membersonly",
        "muc_hidden",
        "muc_persistent",
        "muc_nonanonymous",
        "muc_unmoderated",
        "muc_unsecured",
        Names.DISCO_INFO,
        Names.DISCO_ITEMS,
        Names.PING,
        Names.ARCHIVE,
        Names.STANZA_IDS,
        "http://jabber.org/protocol/muc#stable_id",
        "http://jabber.org/protocol/muc#self-ping-optimization",
        "urn:xmpp:occupant-id:0",
        "jabber:iq:register");
    if (found != null) {
      Room room = rooms.rooms().find(session.project(), to.room());
      List<Element> fields = new ArrayList<>();
      fields.add(field("FORM_TYPE", "hidden", Names.MUC + "#roominfo"));
      fields.add(field("muc#roominfo_description", "text-single", title));
      fields.add(field("muc#roominfo_subject", "text-single", found.getTitle()));
      fields.add(
          field(
              "muc#roominfo_occupants",
              "text-single",
              Integer.toString(room == null ? 0 : room.size())));
      Element form = new Element("x", Names.DATA_FORMS).with("type", "result");
      fields.forEach(form::add);
      info.add(form);
    }
    return info;
  }

  static Element field(String name, String type, String value) {
    return new Element("field", Names.DATA_FORMS)
        .with("var", name)
        .with("type", type)
        .add(new Element("value", Names.DATA_FORMS).add(Objects.requireNonNull(value)));
  }
}
