package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.MarkReadResponse;
import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.messaging.v1.UpdateConversationRequest;
import io.thalweg.runtime.Failure;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a client says to rooms (XEP-0045), and what it hears there. A room is a view of a group:
 * what is said is sent to the conversation, and each client has it from its own inbox, in order,
 * once: while it enters its inbox waits, and what its history held is not said again.
 *
 * <p>Thread-safe.
 */
final class RoomStanzas {
  private static final int MAX_ROOMS = 500;
  private static final int MAX_PRESENCE_CHARS = 8_192;

  private final ClientSession session;
  private final Asking asking;
  private final String device;
  private final Rooms rooms;
  private final Map<String, Seat> seats = new ConcurrentHashMap<>();
  private final Invitations invitations;
  private final RoomQueries queries;

  RoomStanzas(ClientSession session, Asking asking, String device, Rooms rooms, Archive archive) {
    this.session = session;
    this.asking = asking;
    this.device = device;
    this.rooms = rooms;
    this.invitations = new Invitations(session, asking, rooms);
    this.queries = new RoomQueries(session, asking, this, archive);
  }

  /** Handles a stanza to a room, or to the service of rooms. */
  CompletableFuture<@Nullable Element> take(Element stanza, RoomAddress to) {
    return switch (stanza.name()) {
      case "message" -> message(stanza, to);
      case "presence" -> presence(stanza, to);
      default -> queries.take(stanza, to);
    };
  }

  /** Does something that waits for answers of the node. */
  static CompletableFuture<@Nullable Element> aside(Supplier<@Nullable Element> work) {
    CompletableFuture<@Nullable Element> done = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("xmpp-room")
        .start(() -> {
          try {
            done.complete(work.get());
          } catch (RuntimeException e) {
            done.completeExceptionally(e);
          }
        });
    return done;
  }

  /** The place of this client in a room; null if it has none. */
  @Nullable Seat seat(String room) {
    return seats.get(room);
  }

  Rooms rooms() {
    return rooms;
  }

  void forget(Seat seat) {
    if (seats.remove(seat.room().conversation(), seat)) {
      rooms.close(seat.room());
    }
  }

  // ---------------------------------------------------------------- presence

  private CompletableFuture<@Nullable Element> presence(Element presence, RoomAddress to) {
    String type = presence.get("type", "");
    Seat seat = seats.get(to.room());
    if (type.equals("unavailable")) {
      if (seat != null) {
        return seat.entered()
            .handle((entered, problem) -> {
              seat.room().leave(seat, shown(presence), 0, Room.Because.NOTHING);
              return null;
            });
      }
      return Stanzas.nothing();
    }
    if (!type.isEmpty()) {
      return Stanzas.nothing();
    }
    if (to.nick().isEmpty()) {
      throw new StanzaError("modify", "jid-malformed", "a room is entered as ROOM/NICK");
    }
    if (presence.child("x", Names.MUC) != null) {
      return enter(presence, to);
    }
    if (seat == null) {
      throw outside();
    }
    return seat.entered()
        .thenCompose(entered ->
            RoomStanzas.aside(() -> {
              if (!to.nick().equals(seat.nick)) {
                new RoomEntry(session, asking, seat).checkNick(to.nick());
              }
              seat.room().update(seat, to.nick(), shown(presence));
              return null;
            }));
  }

  private CompletableFuture<@Nullable Element> enter(Element presence, RoomAddress to) {
    Seat seat;
    boolean again;
    synchronized (seats) {
      Seat before = seats.get(to.room());
      again = before != null;
      if (before != null) {
        seat = before;
      } else {
        if (seats.size() >= MAX_ROOMS) {
          throw new StanzaError(
              "wait", "resource-constraint", "a client is in at most " + MAX_ROOMS + " rooms");
        }
        seat = new Seat(session, this, rooms.open(session.project(), to.room()));
        // From here on the inbox waits at messages of the room.
        seats.put(to.room(), seat);
      }
    }
    RoomEntry entry = new RoomEntry(session, asking, seat);
    if (again) {
      return seat.entered()
          .thenCompose(entered ->
              RoomStanzas.aside(() -> {
                entry.again(presence, to.nick(), shown(presence));
                return null;
              }));
    }
    return RoomStanzas.aside(() -> {
      try {
        entry.enter(presence, to.nick(), shown(presence));
        seat.entered().complete(seat);
      } catch (RuntimeException e) {
        forget(seat);
        seat.entered().completeExceptionally(e);
        throw e;
      }
      if (session.isOver()) {
        gone();
      }
      return null;
    });
  }

  /** What others are shown of a presence. */
  private static Element shown(Element presence) {
    Element shown = Element.stanza("presence");
    boolean small = presence.xml().length() <= MAX_PRESENCE_CHARS;
    for (Element child : presence.children()) {
      boolean own = child.namespace().equals(Names.CLIENT) && !child.name().equals("status");
      boolean made = child.namespace().startsWith(Names.MUC) || child.name().equals("occupant-id");
      if (!made && (small || own)) {
        shown.add(child);
      }
    }
    return shown;
  }

  /** The client is there no longer. */
  void gone() {
    for (Seat seat : seats.values()) {
      var _ =
          seat.entered()
              .thenRun(() ->
                  seat.room().leave(seat, Element.stanza("presence"), 0, Room.Because.NOTHING));
    }
  }

  // ---------------------------------------------------------------- messages

  private static StanzaError outside() {
    return new StanzaError("modify", "not-acceptable", "enter the room first");
  }

  private CompletableFuture<@Nullable Element> message(Element message, RoomAddress to) {
    String type = message.get("type", "normal");
    if (type.equals("error")) {
      return Stanzas.nothing();
    }
    if (to.room().isEmpty()) {
      throw StanzaError.unavailable();
    }
    if (!to.nick().isEmpty()) {
      throw new StanzaError(
          "cancel", "not-allowed", "nothing is said in private here; write to the user's address");
    }
    Element x = message.child("x", Names.MUC_USER);
    if (x != null && !type.equals("groupchat")) {
      return invitations.take(x, to);
    }
    if (!type.equals("groupchat")) {
      throw StanzaError.bad("a message to a room must be of type groupchat");
    }
    Seat seat = seats.get(to.room());
    if (seat == null) {
      throw outside();
    }
    if (seat.entered().isDone()) {
      requireInside(seat);
      return say(message, seat);
    }
    return seat.entered()
        .thenCompose(entered -> {
          requireInside(seat);
          return say(message, seat);
        });
  }

  private static void requireInside(Seat seat) {
    if (seat.nick.isEmpty()) {
      throw outside();
    }
  }

  private CompletableFuture<@Nullable Element> say(Element message, Seat seat) {
    Element subject = message.child("subject", Names.CLIENT);
    Element displayed = message.child("displayed", Names.MARKERS);
    if (Chat.isKept(message)) {
      String name = seat.nick.equals(seat.user()) ? "" : seat.nick;
      return asking
          .ask(
              SendMessageRequest.newBuilder()
                  .setConversation(seat.room().conversation())
                  .setUser(seat.user())
                  .setDevice(device)
                  .setClientMessageId(Chat.clientMessageId(message))
                  .setContent(Chat.content(message).toBuilder().setSenderName(name))
                  .build(),
              SendMessageResponse.class)
          .thenApply(sent -> null);
    }
    if (subject != null) {
      return asking
          .ask(
              UpdateConversationRequest.newBuilder()
                  .setConversation(seat.room().conversation())
                  .setUser(seat.user())
                  .setTitle(subject.text())
                  .build(),
              Conversation.class)
          .thenApply(updated -> {
            seat.room().subject(null, seat.user(), updated.getTitle());
            return null;
          });
    }
    if (displayed != null) {
      Long seq = Archive.seq(displayed.get("id", ""), seat.room().conversation());
      return seq == null ? Stanzas.nothing() : read(seat, seq);
    }
    if (message.child() != null) {
      seat.room().tell(seat, message);
    }
    return Stanzas.nothing();
  }

  private CompletableFuture<@Nullable Element> read(Seat seat, long seq) {
    return asking
        .ask(
            MarkReadRequest.newBuilder()
                .setUser(seat.user())
                .setConversation(seat.room().conversation())
                .setSeq(seq)
                .build(),
            MarkReadResponse.class)
        .thenApply(done -> null);
  }

  // ---------------------------------------------------------------- from the inbox

  /** Whether the client hears what is said in a group. */
  boolean hears(String conversation) {
    return seats.containsKey(conversation);
  }

  /** A message of the inbox; waits while the client enters. On the thread of the inbox. */
  void deliver(Message message) {
    Seat seat = entered(message.getConversation());
    if (seat == null || message.getSeq() <= seat.upTo) {
      return;
    }
    seat.upTo = message.getSeq();
    if (!message.getRetracted() && message.hasContent()) {
      session.send(stanza(message, seat.address(), seat.room()));
    }
  }

  private @Nullable Seat entered(String conversation) {
    Seat seat = seats.get(conversation);
    if (seat != null) {
      try {
        seat.entered().join();
      } catch (CompletionException refused) {
        return null;
      }
    }
    return seat;
  }

  /** A message as those in the room get it. */
  Element stanza(Message message, RoomAddress room, @Nullable Room live) {
    String said = message.getContent().getSenderName();
    String nick =
        live != null ? live.nick(message) : Jid.isResource(said) ? said : message.getUser();
    String id = Chat.id(message);
    Element stanza =
        Element.stanza("message")
            .with("from", (Jid.isResource(nick) ? room.as(nick) : room).toString())
            .with("to", session.jid().toString())
            .with("type", "groupchat")
            .with("id", id);
    Chat.kept(message).forEach(stanza::add);
    if (id.equals(message.getClientMessageId())) {
      stanza.add(new Element("origin-id", Names.STANZA_IDS).with("id", id));
    }
    return stanza
        .add(new Element("markable", Names.MARKERS))
        .add(Presences.occupant(message.getUser()))
        .add(
            new Element("stanza-id", Names.STANZA_IDS)
                .with("by", room.bare().toString())
                .with("id", Archive.id(message)));
  }

  /** What an item about a group says. On the thread of the inbox. */
  void item(InboxItem item) {
    String conversation = item.getConversation();
    switch (item.getKind()) {
      case INVITED -> invitations.invited(conversation, item.getActor());
      case JOINED -> {
        if (!item.getActor().equals(session.jid().user())) {
          invitations.invited(conversation, item.getActor());
        }
      }
      case REMOVED_FROM -> {
        Seat seat = entered(conversation);
        if (seat != null) {
          put(seat);
        }
      }
      case UPDATED -> {
        Seat seat = entered(conversation);
        if (seat != null) {
          look(seat, item.getActor());
        }
      }
      default -> {}
    }
  }

  /** The user was removed: the client goes, unless the user is back already. */
  private void put(Seat seat) {
    try {
      if (shown(seat).hasMe()) {
        return;
      }
    } catch (Failure outsideNow) {
      // As the item says.
    }
    seat.room().leave(seat, Element.stanza("presence"), 321, Room.Because.NOTHING);
  }

  private void look(Seat seat, String actor) {
    Conversation found;
    try {
      found = shown(seat);
    } catch (Failure notToBeHad) {
      return;
    }
    if (found.hasMe()) {
      seat.room().given(seat.user(), found.getMe().getRole());
      seat.room().subject(null, actor, found.getTitle());
    }
  }

  private Conversation shown(Seat seat) {
    return asking.await(
        GetConversationRequest.newBuilder()
            .setConversation(seat.room().conversation())
            .setUser(seat.user())
            .build(),
        Conversation.class);
  }
}
