package io.thalweg.messaging.xmpp;

import com.google.rpc.Code;
import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.JoinConversationRequest;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.Message;
import io.thalweg.runtime.Failure;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a client enters a room: it becomes a member where it may, is shown who is there and itself,
 * then what was said, then the subject; what is said from then on is from its inbox. A room that is
 * not there is made. On a thread that may wait.
 */
final class RoomEntry {
  private static final int DEFAULT_HISTORY = 20;
  private static final int MAX_HISTORY = 100;

  private final ClientSession session;
  private final Asking asking;
  private final Seat seat;
  private final String conversation;

  RoomEntry(ClientSession session, Asking asking, Seat seat) {
    this.session = session;
    this.asking = asking;
    this.seat = seat;
    this.conversation = seat.room().conversation();
  }

  /** Enters; the inbox of the client waits meanwhile. */
  void enter(Element presence, String nick, Element shown) {
    History history = History.of(presence);
    Conversation found = member(nick);
    List<Integer> codes = seat.fresh ? List.of(100, 170, 201) : List.of(100, 170);
    seat.room().enter(seat, nick, found.getMe().getRole(), shown, codes);
    seat.upTo = found.getLastSeq();
    history(history, found.getLastSeq());
    seat.room().subject(seat, "", found.getTitle());
  }

  /** Has forgotten that it is there: is told as one who enters. Its inbox goes on. */
  void again(Element presence, String nick, Element shown) {
    History history = History.of(presence);
    Conversation found = member(nick);
    seat.room().enter(seat, nick, found.getMe().getRole(), shown, List.of(100, 170));
    // What comes after that is from the inbox.
    history(history, Math.min(found.getLastSeq(), seat.upTo));
    seat.room().subject(seat, "", found.getTitle());
  }

  private Conversation member(String nick) {
    Conversation found;
    try {
      found = join();
    } catch (Failure refused) {
      if (refused.code() == Code.NOT_FOUND) {
        return create();
      }
      throw refused.code() == Code.PERMISSION_DENIED ? denied(refused) : refused;
    }
    checkNick(nick);
    return found;
  }

  private Conversation join() {
    return asking.await(
        JoinConversationRequest.newBuilder()
            .setConversation(conversation)
            .setUser(seat.user())
            .build(),
        Conversation.class);
  }

  private Conversation create() {
    try {
      Conversation made =
          asking.await(
              CreateConversationRequest.newBuilder()
                  .setConversation(conversation)
                  .setUser(seat.user())
                  .build(),
              Conversation.class);
      seat.fresh = true;
      return made;
    } catch (Failure refused) {
      if (refused.code() == Code.ALREADY_EXISTS) {
        return join();
      }
      throw refused;
    }
  }

  /** An open room is closed only to who is banned. */
  private StanzaError denied(Failure refused) {
    String text = String.valueOf(refused.getMessage());
    try {
      asking.await(
          GetConversationRequest.newBuilder()
              .setConversation(conversation)
              .setUser(seat.user())
              .build(),
          Conversation.class);
    } catch (Failure closed) {
      return new StanzaError("auth", "registration-required", text);
    }
    return new StanzaError("auth", "forbidden", text);
  }

  /** Nobody goes by the name of another member, since messages may come from there. */
  void checkNick(String nick) {
    if (nick.equals(seat.user())) {
      return;
    }
    ListMembersResponse found =
        asking.await(
            ListMembersRequest.newBuilder()
                .setConversation(conversation)
                .setUser(seat.user())
                .setPageToken(nick)
                .setPageSize(1)
                .build(),
            ListMembersResponse.class);
    if (found.getMembersCount() > 0 && found.getMembers(0).getUser().equals(nick)) {
      throw new StanzaError("cancel", "conflict", "a member of the room has that name");
    }
  }

  // ---------------------------------------------------------------- history

  /** How much a client wants to hear of what was said. */
  private record History(int stanzas, long chars, @Nullable Instant since) {
    static History of(Element presence) {
      Element x = presence.child("x", Names.MUC);
      Element wanted = x == null ? null : x.child("history", Names.MUC);
      if (wanted == null) {
        return new History(DEFAULT_HISTORY, Long.MAX_VALUE, null);
      }
      try {
        Instant since = null;
        if (wanted.get("since") != null) {
          since = OffsetDateTime.parse(wanted.get("since")).toInstant();
        }
        if (wanted.get("seconds") != null) {
          long seconds = Long.parseLong(wanted.get("seconds", ""));
          Instant from = Instant.now().minusSeconds(Math.clamp(seconds, 0, 1L << 32));
          since = since == null || from.isAfter(since) ? from : since;
        }
        int otherwise = since == null ? DEFAULT_HISTORY : MAX_HISTORY;
        return new History(
            (int) number(wanted, "maxstanzas", otherwise, MAX_HISTORY),
            number(wanted, "maxchars", Long.MAX_VALUE, Long.MAX_VALUE),
            since);
      } catch (NumberFormatException | DateTimeException e) {
        throw StanzaError.bad("'history' must have numbers, and a time as XEP-0082 says");
      }
    }

    private static long number(Element of, String name, long otherwise, long max) {
      String text = of.get(name);
      return text == null ? otherwise : Math.clamp(Long.parseLong(text), 0, max);
    }
  }

  private void history(History wanted, long upTo) {
    if (wanted.stanzas() == 0 || wanted.chars() == 0 || upTo == 0) {
      return;
    }
    GetMessagesResponse found =
        asking.await(
            GetMessagesRequest.newBuilder()
                .setConversation(conversation)
                .setUser(seat.user())
                .setBeforeSeq(upTo + 1)
                .setPageSize(wanted.stanzas())
                .build(),
            GetMessagesResponse.class);
    List<Element> stanzas = new ArrayList<>();
    long chars = 0;
    for (Message message : found.getMessagesList()) {
      if (wanted.since() != null && Archive.time(message).isBefore(wanted.since())) {
        break;
      }
      if (message.getRetracted() || !message.hasContent()) {
        continue;
      }
      Element stanza = seat.owner().stanza(message, seat.address(), seat.room());
      stanza.add(
          new Element("delay", Names.DELAY)
              .with("from", seat.address().toString())
              .with("stamp", Archive.time(message).toString()));
      chars += stanza.xml().length();
      if (chars > wanted.chars()) {
        break;
      }
      stanzas.add(stanza);
    }
    for (Element stanza : stanzas.reversed()) {
      awaitRoom();
      session.send(stanza);
    }
  }

  private void awaitRoom() {
    try {
      session.awaitRoom();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
