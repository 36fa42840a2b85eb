package io.thalweg.messaging.xmpp;

import com.google.protobuf.Timestamp;
import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.Message;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The archive (XEP-0313, with pages by XEP-0059): the history of the conversation with somebody, as
 * it is now. A message's id in it is the name that it has for ever: its number and conversation.
 */
final class Archive {
  private static final int MAX_PAGE = 100;
  private static final int DEFAULT_PAGE = 50;

  private final ClientSession session;
  private final Asking asking;
  private final Chat chat;

  Archive(ClientSession session, Asking asking, Chat chat) {
    this.session = session;
    this.asking = asking;
    this.chat = chat;
  }

  static String id(Message message) {
    return message.getSeq() + "~" + message.getConversation();
  }

  /** The number of an id in a conversation; null if it is none of it. */
  static @Nullable Long seq(String id, String conversation) {
    int at = id.indexOf('~');
    if (at <= 0 || !id.substring(at + 1).equals(conversation)) {
      return null;
    }
    try {
      long seq = Long.parseLong(id.substring(0, at));
      return seq > 0 ? seq : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** What a query may ask for. */
  static Element form() {
    Element form = new Element("x", Names.DATA_FORMS).with("type", "form");
    form.add(field("FORM_TYPE", "hidden").add(value(Names.ARCHIVE)));
    form.add(field("with", "jid-single"));
    form.add(field("start", "text-single"));
    form.add(field("end", "text-single"));
    return new Element("query", Names.ARCHIVE).add(form);
  }

  private static Element field(String name, String type) {
    return new Element("field", Names.DATA_FORMS).with("type", type).with("var", name);
  }

  private static Element value(String text) {
    return new Element("value", Names.DATA_FORMS).add(text);
  }

  /** Sends what is asked for, and answers with where it ends. */
  CompletableFuture<@Nullable Element> query(Element query) {
    String with = null;
    Instant start = null;
    Instant end = null;
    Element form = query.child("x", Names.DATA_FORMS);
    for (Element field : form == null ? List.<Element>of() : form.children()) {
      Element value = field.child("value", Names.DATA_FORMS);
      String text = value == null ? "" : value.text();
      switch (field.get("var", "")) {
        case "with" -> with = text;
        case "start" -> start = time(text);
        case "end" -> end = time(text);
        case "FORM_TYPE" -> {}
        default -> throw StanzaError.unsupported("a query by '" + field.get("var") + "'");
      }
    }
    Jid jid = Jid.parse(with);
    if (jid == null || jid.isServer() || !jid.domain().equals(session.jid().domain())) {
      throw new StanzaError(
          "cancel", "feature-not-implemented", "say 'with' whom: there is no archive of all");
    }
    return page(query, Directs.of(session.jid().user(), jid.user()), start, end);
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw StanzaError.bad("a time must be as XEP-0082 says");
    }
  }

  private CompletableFuture<@Nullable Element> page(
      Element query, String conversation, @Nullable Instant start, @Nullable Instant end) {
    Element set = query.child("set", Names.RESULT_SETS);
    Element before = set == null ? null : set.child("before", Names.RESULT_SETS);
    Element after = set == null ? null : set.child("after", Names.RESULT_SETS);
    int size = size(set);
    GetMessagesRequest.Builder request =
        GetMessagesRequest.newBuilder()
            .setConversation(conversation)
            .setUser(session.jid().user())
            .setPageSize(Math.max(1, size));
    boolean back = before != null;
    if (before != null) {
      request.setBeforeSeq(
          before.text().isEmpty() ? Long.MAX_VALUE : known(before.text(), conversation));
    } else if (after != null && !after.text().isEmpty()) {
      request.setAfterSeq(known(after.text(), conversation));
    } else if (start != null) {
      request.setFromTime(
          Timestamp.newBuilder().setSeconds(start.getEpochSecond()).setNanos(start.getNano()));
    }
    return asking
        .ask(request.build(), GetMessagesResponse.class)
        .handle((found, problem) -> {
          if (problem == null) {
            return found;
          }
          StanzaError error = StanzaError.of(problem);
          // Nothing was said yet: that is an archive without messages.
          if (String.valueOf(error.condition()).equals("item-not-found")) {
            return GetMessagesResponse.getDefaultInstance();
          }
          throw error;
        })
        .thenApply(found -> answer(query, found, back, start, end));
  }

  private static int size(@Nullable Element set) {
    Element max = set == null ? null : set.child("max", Names.RESULT_SETS);
    if (max == null) {
      return DEFAULT_PAGE;
    }
    try {
      return Math.clamp(Long.parseLong(max.text().strip()), 0, MAX_PAGE);
    } catch (NumberFormatException e) {
      throw StanzaError.bad("'max' must be a number");
    }
  }

  private static long known(String id, String conversation) {
    Long seq = seq(id, conversation);
    if (seq == null) {
      throw new StanzaError("cancel", "item-not-found", "there is no such message in the archive");
    }
    return seq;
  }

  private Element answer(
      Element query,
      GetMessagesResponse found,
      boolean back,
      @Nullable Instant start,
      @Nullable Instant end) {
    List<Message> messages = new ArrayList<>(found.getMessagesList());
    if (back) {
      Collections.reverse(messages);
    }
    int all = messages.size();
    messages.removeIf(message -> {
      Instant at =
          Instant.ofEpochSecond(message.getTime().getSeconds(), message.getTime().getNanos());
      return (start != null && at.isBefore(start)) || (end != null && at.isAfter(end));
    });
    boolean complete = !found.getMore() || (all > messages.size() && all > 0);
    for (Message message : messages) {
      if (message.hasContent()) {
        session.send(result(query, message));
      }
    }
    Element set = new Element("set", Names.RESULT_SETS);
    if (!messages.isEmpty()) {
      set.add(new Element("first", Names.RESULT_SETS).add(id(messages.getFirst())));
      set.add(new Element("last", Names.RESULT_SETS).add(id(messages.getLast())));
    }
    return new Element("fin", Names.ARCHIVE).with("complete", complete ? "true" : null).add(set);
  }

  private Element result(Element query, Message message) {
    return Element.stanza("message")
        .with("from", session.jid().bare().toString())
        .with("to", session.jid().toString())
        .add(
            new Element("result", Names.ARCHIVE)
                .with("queryid", query.get("queryid"))
                .with("id", id(message))
                .add(
                    new Element("forwarded", Names.FORWARD)
                        .add(chat.delay(message))
                        .add(chat.stanza(message))));
  }
}
