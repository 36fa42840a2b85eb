package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.Message;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Gives each stanza of a client to whoever handles it, and answers. Thread-safe. */
final class Stanzas implements InboxFeed.Taker {
  private final ClientSession session;
  private final Sessions sessions;
  private final InboxFeed feed;
  private final XmppMetrics metrics;
  private final Contacts contacts;
  private final Chat chat;
  private final Receipts receipts;
  private final Queries queries;
  private final RoomStanzas rooms;

  Stanzas(
      ClientSession session,
      Asking asking,
      String device,
      Sessions sessions,
      InboxFeed feed,
      XmppMetrics metrics) {
    this.session = session;
    this.sessions = sessions;
    this.feed = feed;
    this.metrics = metrics;
    this.contacts = new Contacts(session, asking, device, sessions);
    this.receipts = new Receipts(session, asking, device);
    this.chat = new Chat(session, asking, device, contacts, receipts);
    Archive archive = new Archive(session, asking, chat);
    this.rooms = new RoomStanzas(session, asking, device, sessions.rooms(), archive);
    this.queries = new Queries(session, asking, contacts, chat, archive, rooms);
  }

  Contacts contacts() {
    return contacts;
  }

  /** Handles a stanza; the future ends when it is handled, also if it was refused. Never fails. */
  CompletableFuture<?> take(Element stanza) {
    CompletableFuture<@Nullable Element> answer;
    try {
      answer = route(stanza);
    } catch (StanzaError refused) {
      answer = CompletableFuture.failedFuture(refused);
    }
    return answer.handle((reply, problem) -> {
      if (problem != null) {
        refuse(stanza, StanzaError.of(problem));
      } else if (reply != null) {
        session.send(reply);
      }
      return null;
    });
  }

  private void refuse(Element stanza, StanzaError error) {
    String type = stanza.get("type", "");
    if (type.equals("error") || (stanza.name().equals("iq") && type.equals("result"))) {
      return;
    }
    metrics.refused.increment();
    session.send(
        Element.stanza(stanza.name())
            .with("type", "error")
            .with("id", stanza.get("id"))
            .with("from", stanza.get("to"))
            .with("to", session.jid().toString())
            .add(error.element()));
  }

  private CompletableFuture<@Nullable Element> route(Element stanza) {
    String from = stanza.get("from");
    if (from != null
        && !session.jid().equals(Jid.parse(from))
        && !session.jid().bare().equals(Jid.parse(from))) {
      throw StanzaError.bad("'from' must be your own address, or left out");
    }
    String address = stanza.get("to");
    RoomAddress room = RoomAddress.parse(address, session.jid().domain());
    if (room != null) {
      CompletableFuture<@Nullable Element> answer = rooms.take(stanza, room);
      if (stanza.name().equals("presence")) {
        feed.begin(this);
      }
      return answer;
    }
    Jid to = address == null ? session.jid().bare() : Jid.parse(address);
    if (to == null) {
      throw new StanzaError(
          "modify", "jid-malformed", "'to' must be USER@DOMAIN with a user of 1 to 56 bytes");
    }
    if (!to.domain().equals(session.jid().domain())) {
      throw new StanzaError(
          "cancel", "remote-server-not-found", "there is no way to other servers");
    }
    return switch (stanza.name()) {
      case "message" -> message(stanza, to);
      case "presence" -> presence(stanza, address == null ? null : to);
      default -> iq(stanza, to);
    };
  }

  private CompletableFuture<@Nullable Element> message(Element message, Jid to) {
    if (to.isServer()) {
      throw StanzaError.unavailable();
    }
    switch (message.get("type", "normal")) {
      case "error" -> {
        return nothing();
      }
      case "groupchat" -> throw StanzaError.bad("a message to a user is not of type groupchat");
      default -> {}
    }
    if (Chat.isKept(message)) {
      return chat.send(message, to);
    }
    Element displayed = message.child("displayed", Names.MARKERS);
    if (displayed != null) {
      return receipts.displayed(to, displayed.get("id", ""));
    }
    // That a message has come is told by the cursor of the device, whatever the client says.
    if (message.child("received", Names.RECEIPTS) == null
        && message.child("received", Names.MARKERS) == null
        && message.child() != null) {
      forward(message, to);
    }
    return nothing();
  }

  /** What is for those who are there now, such as that somebody is typing. */
  private boolean forward(Element stanza, Jid to) {
    boolean there = false;
    String from = session.jid().toString();
    for (ClientSession other : sessions.of(session.project(), to.user())) {
      boolean meant = to.resource().isEmpty() || to.resource().equals(other.jid().resource());
      if (meant
          && other != session
          && (other.stanzas().contacts.isAvailable() || !to.resource().isEmpty())
          && contacts.mayReach(other.stanzas().contacts)) {
        other.send(stanza.between(from, other.jid().toString()));
        there = true;
      }
    }
    return there;
  }

  private CompletableFuture<@Nullable Element> presence(Element presence, @Nullable Jid to) {
    String type = presence.get("type", "");
    if (to != null && !to.user().equals(session.jid().user())) {
      return switch (type) {
        case "", "unavailable" -> {
          forward(presence, to);
          yield nothing();
        }
        case "subscribe" -> contacts.subscribe(to);
        default -> nothing();
      };
    }
    switch (type) {
      case "" -> {
        contacts.available(presence);
        feed.begin(this);
      }
      case "unavailable" -> {
        contacts.unavailable(presence);
        rooms.gone();
      }
      default -> {}
    }
    return nothing();
  }

  private CompletableFuture<@Nullable Element> iq(Element iq, Jid to) {
    String type = iq.get("type", "");
    if (iq.get("id") == null) {
      throw StanzaError.bad("an iq must have an 'id'");
    }
    boolean answers = type.equals("result") || type.equals("error");
    boolean asks = type.equals("get") || type.equals("set");
    if (!answers && !asks) {
      throw StanzaError.bad("the type of an iq must be get, set, result or error");
    }
    boolean own = to.isServer() || to.equals(session.jid().bare());
    if (asks && iq.children().size() != 1) {
      throw StanzaError.bad("a get or set must have one child");
    }
    if (own) {
      return answers ? nothing() : queries.answer(iq, to);
    }
    if (to.resource().isEmpty() || !forward(iq, to)) {
      throw StanzaError.unavailable();
    }
    return nothing();
  }

  static CompletableFuture<@Nullable Element> nothing() {
    return CompletableFuture.completedFuture(null);
  }

  // ---------------------------------------------------------------- from the inbox

  @Override
  public void message(Message message, boolean late) {
    if (message.getConversation().startsWith(Directs.PREFIX)) {
      chat.deliver(message, late);
    } else {
      rooms.deliver(message);
    }
  }

  @Override
  public boolean hears(String conversation) {
    return conversation.startsWith(Directs.PREFIX) || rooms.hears(conversation);
  }

  @Override
  public void item(InboxItem item, boolean late) {
    switch (item.getKind()) {
      case RECEIPT -> receipts.told(item, late);
      default -> {
        // Changes of messages are in the archive.
        if (!item.getConversation().startsWith(Directs.PREFIX)) {
          rooms.item(item);
        }
      }
    }
  }

  @Override
  public void beat() {
    contacts.beat();
  }

  /** The client is gone for good. */
  void gone() {
    contacts.gone();
    rooms.gone();
  }

  /** Names of the extensions, for service discovery. */
  static List<String> features() {
    return List.of(
        Names.DISCO_INFO,
        Names.DISCO_ITEMS,
        Names.PING,
        Names.ROSTER,
        Names.BLOCKING,
        Names.CARBONS,
        Names.ARCHIVE,
        Names.RESULT_SETS,
        Names.STANZA_IDS,
        Names.INVITATION,
        "urn:xmpp:mam:2#groupchat-field",
        "urn:xmpp:csi:0",
        "jid\\20escaping");
  }
}
