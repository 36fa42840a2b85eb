package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Chat messages as messages of the conversation of two, and back.
 *
 * <p>A body alone is kept as text, so every client of messaging reads it. A message with more in it
 * than the server makes itself, such as one that is encrypted, is kept as the XML of what is in it.
 */
final class Chat {
  private static final String XML = "application/xmpp+xml";
  private static final int MAX_ID_BYTES = 100;
  private static final int MAX_KEPT_BYTES = 48 << 10;
  // Behind the id of a message whose client does not promise that it is used once.
  private static final Pattern DRAWN = Pattern.compile(" [0-9a-f]{32}$");

  private final ClientSession session;
  private final Asking asking;
  private final String device;
  private final Contacts contacts;
  private final Receipts receipts;
  private volatile boolean carbons;

  Chat(ClientSession session, Asking asking, String device, Contacts contacts, Receipts receipts) {
    this.session = session;
    this.asking = asking;
    this.device = device;
    this.contacts = contacts;
    this.receipts = receipts;
  }

  /** XEP-0280: whether this client wants to see what others of its user send. */
  void carbons(boolean wanted) {
    carbons = wanted;
  }

  /** Whether a message is one to be kept: it says something. */
  static boolean isKept(Element message) {
    return message.child("body", Names.CLIENT) != null
        || message.child("x", Names.INVITATION) != null
        || message.children().stream().anyMatch(child -> child.name().equals("encrypted"));
  }

  // ---------------------------------------------------------------- sending

  CompletableFuture<@Nullable Element> send(Element message, Jid to) {
    String id = message.get("id", "");
    String conversation = Directs.of(session.jid().user(), to.user());
    SendMessageRequest request =
        SendMessageRequest.newBuilder()
            .setConversation(conversation)
            .setUser(session.jid().user())
            .setDevice(device)
            .setClientMessageId(clientMessageId(message))
            .setContent(content(message))
            .build();
    boolean wantsReceipt = message.child("request", Names.RECEIPTS) != null;
    return asking
        .ask(request, SendMessageResponse.class)
        .thenApply(sent -> {
          contacts.met(to.user());
          receipts.sent(to.user(), sent.getSeq(), id, wantsReceipt);
          return null;
        });
  }

  /** The client's own name of a message: its id, with something drawn unless it is used once. */
  static String clientMessageId(Element message) {
    String id = message.get("id", "");
    Element origin = message.child("origin-id", Names.STANZA_IDS);
    boolean once = origin != null && !id.isEmpty() && id.equals(origin.get("id"));
    if (id.getBytes(StandardCharsets.UTF_8).length > (once ? 128 : MAX_ID_BYTES - 10)
        || id.chars().anyMatch(Character::isISOControl)) {
      throw StanzaError.bad("the id of a message may have 90 bytes, without control characters");
    }
    return once ? id : id + " " + Negotiation.drawn();
  }

  /** What a message says. */
  static Content content(Element message) {
    List<Element> more = new ArrayList<>();
    int bodies = 0;
    for (Element child : message.children()) {
      boolean body = child.is("body", Names.CLIENT) && child.get("xml:lang") == null;
      bodies += body ? 1 : 0;
      if (!body && !isMade(child)) {
        more.add(child);
      }
    }
    Element body = message.child("body", Names.CLIENT);
    if (more.isEmpty() && bodies == 1 && body != null) {
      String text = body.text();
      checkSize(text.getBytes(StandardCharsets.UTF_8).length);
      return Content.newBuilder().setText(text).build();
    }
    Element kept = Element.stanza("message");
    message.children().stream().filter(child -> !isMade(child)).forEach(kept::add);
    byte[] xml = kept.xml().getBytes(StandardCharsets.UTF_8);
    checkSize(xml.length);
    return Content.newBuilder()
        .setData(com.google.protobuf.ByteString.copyFrom(xml))
        .setContentType(XML)
        .build();
  }

  private static void checkSize(int bytes) {
    if (bytes > MAX_KEPT_BYTES) {
      throw new StanzaError(
          "modify", "not-acceptable", "what a message says may have " + MAX_KEPT_BYTES + " bytes");
    }
  }

  /** Whether a child is one that says nothing later, or that is made again for each receiver. */
  private static boolean isMade(Element child) {
    return switch (child.namespace()) {
      case Names.RECEIPTS, Names.MARKERS, Names.STANZA_IDS, Names.DELAY, Names.CARBONS -> true;
      case "http://jabber.org/protocol/chatstates", "urn:xmpp:hints" -> true;
      default -> false;
    };
  }

  // ---------------------------------------------------------------- delivering

  /** A message of the inbox: one of the other one, or what this user sent by another device. */
  void deliver(Message message, boolean late) {
    String self = session.jid().user();
    String other = Directs.other(message.getConversation(), self);
    if (other == null || message.getRetracted() || !message.hasContent()) {
      return;
    }
    contacts.met(other);
    boolean own = message.getUser().equals(self);
    if (own && message.getDevice().equals(device)) {
      return;
    }
    if (own && !other.equals(self)) {
      if (carbons) {
        Jid bare = session.jid().bare();
        session.send(
            Element.stanza("message")
                .with("from", bare.toString())
                .with("to", session.jid().toString())
                .with("type", "chat")
                .add(
                    new Element("sent", Names.CARBONS)
                        .add(
                            new Element("forwarded", Names.FORWARD)
                                .add(delay(message))
                                .add(stanza(message)))));
      }
      return;
    }
    receipts.delivered(other, message.getSeq(), id(message));
    Element stanza = stanza(message).with("to", session.jid().toString());
    session.send(late ? stanza.add(delay(message)) : stanza);
  }

  /** A message as its receiver gets it. */
  Element stanza(Message message) {
    Jid self = session.jid();
    String other = Directs.other(message.getConversation(), self.user());
    boolean own = message.getUser().equals(self.user());
    Jid to = self.of(own && other != null ? other : self.user());
    Jid from = self.of(message.getUser());
    String at = message.getDevice();
    Element stanza =
        Element.stanza("message")
            .with("from", (Jid.isResource(at) ? from.at(at) : from).toString())
            .with("to", to.toString())
            .with("type", "chat")
            .with("id", id(message));
    kept(message).forEach(stanza::add);
    return stanza
        .add(new Element("request", Names.RECEIPTS))
        .add(new Element("markable", Names.MARKERS))
        .add(
            new Element("stanza-id", Names.STANZA_IDS)
                .with("by", self.bare().toString())
                .with("id", Archive.id(message)));
  }

  /** What a message that is kept says, as stanzas say it. */
  static List<Element> kept(Message message) {
    Content content = message.getContent();
    if (content.getBodyCase() == Content.BodyCase.DATA) {
      if (content.getContentType().equals(XML)) {
        return Kept.children(content.getData().toByteArray());
      }
      return List.of(
          Element.stanza("body").add("(" + content.getContentType() + ", which is not for XMPP)"));
    }
    StringBuilder text = new StringBuilder(content.getText());
    content
        .getAttachmentsList()
        .forEach(file -> {
          text.append(text.isEmpty() ? "" : "\n").append(file.getUrl());
        });
    return List.of(Element.stanza("body").add(text.toString()));
  }

  static String id(Message message) {
    return DRAWN.matcher(message.getClientMessageId()).replaceFirst("");
  }

  Element delay(Message message) {
    return new Element("delay", Names.DELAY)
        .with("from", session.jid().domain())
        .with(
            "stamp",
            Instant.ofEpochSecond(message.getTime().getSeconds(), message.getTime().getNanos())
                .toString());
  }
}
