package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.MarkReadResponse;
import io.thalweg.messaging.v1.Message;
import io.thalweg.runtime.Failure;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Receipts (XEP-0184) and chat markers (XEP-0333), which are what messaging knows of the other one
 * of a conversation: how far it has received, and read. A client hears of what it sent itself.
 *
 * <p>Remembers the {@value #MAX_KNOWN} newest messages in both directions, by id. Thread-safe.
 */
final class Receipts {
  private static final int MAX_KNOWN = 512;
  private static final int LOOKED_AT = 100;

  private record Sent(String other, long seq, String id, boolean wanted) {}

  private record Name(String other, String id) {}

  private final ClientSession session;
  private final Asking asking;
  private final String device;
  private final ArrayDeque<Sent> unreceived = new ArrayDeque<>();
  private final ArrayDeque<Sent> unread = new ArrayDeque<>();
  private final Map<String, Long> received = bounded();
  private final Map<String, Long> read = bounded();
  private final Map<Name, Long> seqs = bounded();

  Receipts(ClientSession session, Asking asking, String device) {
    this.session = session;
    this.asking = asking;
    this.device = device;
  }

  private static <K> Map<K, Long> bounded() {
    return new LinkedHashMap<>() {
      @Override
      protected boolean removeEldestEntry(Map.Entry<K, Long> eldest) {
        return size() > MAX_KNOWN;
      }
    };
  }

  // ---------------------------------------------------------------- of what the client sent

  /** The client has sent a message, which may have been received meanwhile. */
  synchronized void sent(String other, long seq, String id, boolean wantsReceipt) {
    if (id.isEmpty()) {
      return;
    }
    Sent message = new Sent(other, seq, id, wantsReceipt);
    keep(unreceived, message);
    keep(unread, message);
    tell(other);
  }

  private static void keep(ArrayDeque<Sent> into, Sent message) {
    into.add(message);
    if (into.size() > MAX_KNOWN) {
      into.poll();
    }
  }

  /** The other one has received and read more. */
  void told(InboxItem item, boolean late) {
    String other = Directs.other(item.getConversation(), session.jid().user());
    if (other == null) {
      return;
    }
    if (late) {
      before(item, other);
    }
    synchronized (this) {
      received.merge(other, item.getDeliveredSeq(), Math::max);
      read.merge(other, item.getSeq(), Math::max);
      tell(other);
    }
  }

  /** What this device sent while it had another session. */
  private void before(InboxItem item, String other) {
    GetMessagesResponse found;
    try {
      found =
          asking.await(
              GetMessagesRequest.newBuilder()
                  .setConversation(item.getConversation())
                  .setUser(session.jid().user())
                  .setBeforeSeq(Math.max(item.getDeliveredSeq(), item.getSeq()) + 1)
                  .setPageSize(LOOKED_AT)
                  .build(),
              GetMessagesResponse.class);
    } catch (Failure notToBeHad) {
      return;
    }
    synchronized (this) {
      for (Message message : found.getMessagesList().reversed()) {
        boolean own =
            message.getUser().equals(session.jid().user()) && message.getDevice().equals(device);
        boolean known =
            unreceived.stream()
                .anyMatch(s -> s.other().equals(other) && s.seq() == message.getSeq());
        if (own && !known) {
          Sent sent = new Sent(other, message.getSeq(), Chat.id(message), true);
          keep(unreceived, sent);
          keep(unread, sent);
        }
      }
    }
  }

  private void tell(String other) {
    long receivedSeq = received.getOrDefault(other, 0L);
    long readSeq = read.getOrDefault(other, 0L);
    unreceived.removeIf(message -> {
      boolean over =
          message.other().equals(other) && message.seq() <= Math.max(receivedSeq, readSeq);
      if (over && message.wanted()) {
        say(other, new Element("received", Names.RECEIPTS).with("id", message.id()));
      }
      return over;
    });
    Sent newest = null;
    for (Sent message : unread) {
      if (message.other().equals(other) && message.seq() <= readSeq) {
        newest = message;
      }
    }
    if (newest != null) {
      unread.removeIf(message -> message.other().equals(other) && message.seq() <= readSeq);
      say(other, new Element("displayed", Names.MARKERS).with("id", newest.id()));
    }
  }

  private void say(String other, Element what) {
    session.send(
        Element.stanza("message")
            .with("from", session.jid().of(other).toString())
            .with("to", session.jid().toString())
            .with("type", "chat")
            .with("id", Negotiation.drawn())
            .add(what));
  }

  // ---------------------------------------------------------------- of what it received

  /** The client is given a message. */
  synchronized void delivered(String other, long seq, String id) {
    seqs.put(new Name(other, id), seq);
  }

  /** The user has read up to a message: that with the id, as its sender or the archive named it. */
  CompletableFuture<@Nullable Element> displayed(Jid to, String id) {
    String conversation = Directs.of(session.jid().user(), to.user());
    Long seq;
    synchronized (this) {
      seq = seqs.get(new Name(to.user(), id));
    }
    if (seq == null) {
      seq = Archive.seq(id, conversation);
    }
    if (seq != null) {
      return read(conversation, seq);
    }
    return asking
        .ask(
            GetMessagesRequest.newBuilder()
                .setConversation(conversation)
                .setUser(session.jid().user())
                .setBeforeSeq(Long.MAX_VALUE)
                .setPageSize(LOOKED_AT)
                .build(),
            GetMessagesResponse.class)
        .thenCompose(found -> {
          for (Message message : found.getMessagesList()) {
            if (message.getUser().equals(to.user()) && Chat.id(message).equals(id)) {
              return read(conversation, message.getSeq());
            }
          }
          return Stanzas.nothing();
        });
  }

  private CompletableFuture<@Nullable Element> read(String conversation, long seq) {
    return asking
        .ask(
            MarkReadRequest.newBuilder()
                .setUser(session.jid().user())
                .setConversation(conversation)
                .setSeq(seq)
                .build(),
            MarkReadResponse.class)
        .thenApply(done -> null);
  }
}
