package io.thalweg.messaging.xmpp;

import com.google.protobuf.Timestamp;
import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.Message;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The archive (XEP-0313, with pages by XEP-0059): the history of the conversation with somebody, of
 * a room, or of all that the inbox knows of, as it is now. A message's id in it is the name that it
 * has for ever: its number and conversation.
 */
final class Archive {
  private final ClientSession session;
  private final Asking asking;
  private final Chat chat;
  private final WholeArchive whole;

  Archive(ClientSession session, Asking asking, Chat chat) {
    this.session = session;
    this.asking = asking;
    this.chat = chat;
    this.whole = new WholeArchive(session, asking);
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

  static Instant time(Message message) {
    return Instant.ofEpochSecond(message.getTime().getSeconds(), message.getTime().getNanos());
  }

  static StanzaError unknown() {
    return new StanzaError("cancel", "item-not-found", "there is no such message in the archive");
  }

  /** What a query may ask for. */
  static Element form() {
    Element form = new Element("x", Names.DATA_FORMS).with("type", "form");
    form.add(RoomQueries.field("FORM_TYPE", "hidden", Names.ARCHIVE));
    form.add(field("with", "jid-single"));
    form.add(field("start", "text-single"));
    form.add(field("end", "text-single"));
    form.add(field("include-groupchat", "boolean"));
    return new Element("query", Names.ARCHIVE).add(form);
  }

  private static Element field(String name, String type) {
    return new Element("field", Names.DATA_FORMS).with("type", type).with("var", name);
  }

  // ---------------------------------------------------------------- of whom

  /** Sends what is asked for of a user's archive, and answers with where it ends. */
  CompletableFuture<@Nullable Element> query(Element asked, RoomStanzas rooms) {
    ArchiveQuery query = ArchiveQuery.of(asked);
    String from = session.jid().bare().toString();
    if (query.with() == null) {
      return RoomStanzas.aside(() -> {
        WholeArchive.Page page = whole.page(query);
        return answer(query, from, page.messages(), page.complete(), null, rooms);
      });
    }
    RoomAddress room = RoomAddress.parse(query.with(), session.jid().domain());
    if (room != null && !room.room().isEmpty()) {
      return page(query, room.room(), from, room, rooms);
    }
    Jid jid = Jid.parse(query.with());
    if (jid == null || jid.isServer() || !jid.domain().equals(session.jid().domain())) {
      throw new StanzaError("cancel", "item-not-found", "nobody here is meant by 'with'");
    }
    return page(query, Directs.of(session.jid().user(), jid.user()), from, null, rooms);
  }

  /** As {@link #query}, of a room. */
  CompletableFuture<@Nullable Element> room(Element asked, RoomAddress room, RoomStanzas rooms) {
    ArchiveQuery query = ArchiveQuery.of(asked);
    if (query.with() != null) {
      throw StanzaError.unsupported("what one of the room said, alone,");
    }
    return page(query, room.room(), room.toString(), room, rooms);
  }

  // ---------------------------------------------------------------- of one conversation

  private CompletableFuture<@Nullable Element> page(
      ArchiveQuery query,
      String conversation,
      String from,
      @Nullable RoomAddress room,
      RoomStanzas rooms) {
    GetMessagesRequest.Builder request =
        GetMessagesRequest.newBuilder()
            .setConversation(conversation)
            .setUser(session.jid().user())
            .setPageSize(Math.max(1, query.size()));
    String before = query.before();
    Instant start = query.start();
    Instant end = query.end();
    if (before != null && before.isEmpty() && end != null) {
      return first(conversation, end)
          .thenCompose(
              seq -> page(query.before(seq + "~" + conversation), conversation, from, room, rooms));
    }
    if (before != null) {
      request.setBeforeSeq(before.isEmpty() ? Long.MAX_VALUE : known(before, conversation));
    } else if (query.after() != null) {
      request.setAfterSeq(known(query.after(), conversation));
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
          if (room == null && error.condition().equals("item-not-found")) {
            return GetMessagesResponse.getDefaultInstance();
          }
          throw error;
        })
        .thenApply(found -> {
          List<Message> messages = new ArrayList<>(found.getMessagesList());
          if (query.isBack()) {
            Collections.reverse(messages);
          }
          boolean complete =
              !found.getMore()
                  || (!messages.isEmpty()
                      && !query.takes(query.isBack() ? messages.getFirst() : messages.getLast()));
          messages.removeIf(message -> !query.takes(message));
          return answer(query, from, messages, complete, room, rooms);
        });
  }

  /** The number of the first message after a time, or of the next one to come. */
  private CompletableFuture<Long> first(String conversation, Instant after) {
    Instant next = after.plusNanos(1_000);
    return asking
        .ask(
            GetMessagesRequest.newBuilder()
                .setConversation(conversation)
                .setUser(session.jid().user())
                .setFromTime(
                    Timestamp.newBuilder()
                        .setSeconds(next.getEpochSecond())
                        .setNanos(next.getNano()))
                .setPageSize(1)
                .build(),
            GetMessagesResponse.class)
        .handle((found, problem) ->
            // A refusal is that of the page, too.
            found == null || found.getMessagesCount() == 0
                ? Long.MAX_VALUE
                : found.getMessages(0).getSeq());
  }

  private static long known(String id, String conversation) {
    Long seq = seq(id, conversation);
    if (seq == null) {
      throw unknown();
    }
    return seq;
  }

  // ---------------------------------------------------------------- the answer

  private Element answer(
      ArchiveQuery query,
      String from,
      List<Message> messages,
      boolean complete,
      @Nullable RoomAddress room,
      RoomStanzas rooms) {
    Element set = new Element("set", Names.RESULT_SETS);
    if (query.size() == 0) {
      return new Element("fin", Names.ARCHIVE).add(set);
    }
    for (Message message : messages) {
      if (message.hasContent()) {
        session.send(result(query, from, message, room, rooms));
      }
    }
    if (!messages.isEmpty()) {
      set.add(new Element("first", Names.RESULT_SETS).add(id(messages.getFirst())));
      set.add(new Element("last", Names.RESULT_SETS).add(id(messages.getLast())));
    }
    return new Element("fin", Names.ARCHIVE).with("complete", complete ? "true" : null).add(set);
  }

  private Element result(
      ArchiveQuery query,
      String from,
      Message message,
      @Nullable RoomAddress room,
      RoomStanzas rooms) {
    boolean ofRoom = !message.getConversation().startsWith(Directs.PREFIX);
    Element stanza = chat(message, room, rooms);
    if (ofRoom && room != null && Jid.isUser(message.getUser())) {
      stanza.add(
          new Element("x", Names.MUC_USER)
              .add(
                  new Element("item", Names.MUC_USER)
                      .with("jid", session.jid().of(message.getUser()).toString())));
    }
    return Element.stanza("message")
        .with("from", from)
        .with("to", session.jid().toString())
        .add(
            new Element("result", Names.ARCHIVE)
                .with("queryid", query.id())
                .with("id", id(message))
                .add(new Element("forwarded", Names.FORWARD).add(chat.delay(message)).add(stanza)));
  }

  private Element chat(Message message, @Nullable RoomAddress room, RoomStanzas rooms) {
    String conversation = message.getConversation();
    if (conversation.startsWith(Directs.PREFIX)) {
      return chat.stanza(message);
    }
    RoomAddress from =
        room == null ? new RoomAddress(conversation, session.jid().domain(), "") : room;
    return rooms.stanza(message, from, rooms.rooms().find(session.project(), conversation));
  }
}
