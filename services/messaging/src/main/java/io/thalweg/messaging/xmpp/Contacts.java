package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.Chat;
import io.thalweg.messaging.v1.ConnectedDevice;
import io.thalweg.messaging.v1.GetPresenceRequest;
import io.thalweg.messaging.v1.GetPresenceResponse;
import io.thalweg.messaging.v1.ListBlockedRequest;
import io.thalweg.messaging.v1.ListBlockedResponse;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.SetPresenceRequest;
import io.thalweg.messaging.v1.SetPresenceResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The contacts of a user, who are those of its conversations of two, and presence between them. Who
 * talks with whom sees the other come and go, unless one blocks the other: there is nothing to ask
 * for and nothing else to store.
 *
 * <p>Presence as it changes goes to the clients of this node; that of devices elsewhere, and of
 * those that are not of XMPP, is asked for when a client comes. Thread-safe.
 */
final class Contacts {
  private static final int MAX_CONTACTS = 10_000;
  private static final int PAGE = 1_000;
  private static final int MAX_ASKED = 100;
  private static final int TTL_MS = 120_000;

  private final ClientSession session;
  private final Asking asking;
  private final String device;
  private final Sessions sessions;
  private final Set<String> others = new LinkedHashSet<>();
  private final Set<String> blocked = new LinkedHashSet<>();
  private volatile @Nullable Element presence;
  private volatile boolean wantsRoster;
  private @Nullable CompletableFuture<?> loaded;

  Contacts(ClientSession session, Asking asking, String device, Sessions sessions) {
    this.session = session;
    this.asking = asking;
    this.device = device;
    this.sessions = sessions;
  }

  boolean isAvailable() {
    return presence != null;
  }

  // ---------------------------------------------------------------- who they are

  /** Reads them, once. */
  private synchronized CompletableFuture<?> load() {
    CompletableFuture<?> known = loaded;
    if (known == null || known.isCompletedExceptionally()) {
      known = CompletableFuture.allOf(chats(""), blocked());
      loaded = known;
    }
    return known;
  }

  private CompletableFuture<?> chats(String token) {
    return asking
        .ask(
            ListChatsRequest.newBuilder()
                .setUser(session.jid().user())
                .setPageSize(PAGE)
                .setPageToken(token)
                .build(),
            ListChatsResponse.class)
        .thenCompose(page -> {
          boolean more;
          synchronized (this) {
            for (Chat chat : page.getChatsList()) {
              String other = Directs.other(chat.getConversation(), session.jid().user());
              if (other != null && others.size() < MAX_CONTACTS) {
                others.add(other);
              }
            }
            more = !page.getNextPageToken().isEmpty() && others.size() < MAX_CONTACTS;
          }
          return more ? chats(page.getNextPageToken()) : CompletableFuture.completedFuture(null);
        });
  }

  private CompletableFuture<?> blocked() {
    return asking
        .ask(
            ListBlockedRequest.newBuilder().setUser(session.jid().user()).build(),
            ListBlockedResponse.class)
        .thenAccept(page -> {
          synchronized (this) {
            blocked.addAll(page.getUsersList());
          }
        });
  }

  private synchronized List<String> all() {
    return List.copyOf(others);
  }

  /** There is a conversation with somebody: one more contact if it is the first. */
  void met(String other) {
    synchronized (this) {
      if (others.size() >= MAX_CONTACTS || !others.add(other)) {
        return;
      }
    }
    if (wantsRoster) {
      session.send(
          Element.stanza("iq")
              .with("type", "set")
              .with("id", Negotiation.drawn())
              .with("to", session.jid().toString())
              .add(new Element("query", Names.ROSTER).add(item(other))));
    }
    Element here = presence;
    if (here != null) {
      see(other);
      show(other, here);
    }
  }

  private Element item(String other) {
    return new Element("item", Names.ROSTER)
        .with("jid", session.jid().of(other).toString())
        .with("subscription", "both");
  }

  /** The roster: RFC 6121, section 2. */
  CompletableFuture<Element> roster() {
    wantsRoster = true;
    return load()
        .thenApply(done -> {
          Element query = new Element("query", Names.ROSTER);
          all().forEach(other -> query.add(item(other)));
          return query;
        });
  }

  /** Who talks with somebody sees its presence already. */
  CompletableFuture<@Nullable Element> subscribe(Jid to) {
    return load()
        .thenApply(done -> {
          if (!all().contains(to.user())) {
            throw new StanzaError(
                "cancel", "not-allowed", "a contact is there from the first message on");
          }
          return Element.stanza("presence")
              .with("type", "subscribed")
              .with("from", to.bare().toString())
              .with("to", session.jid().bare().toString());
        });
  }

  // ---------------------------------------------------------------- blocking

  synchronized void block(String other, boolean wanted) {
    if (wanted) {
      blocked.add(other);
    } else {
      blocked.remove(other);
    }
  }

  private synchronized boolean blocks(String other) {
    return blocked.contains(other);
  }

  /** Whether what is not kept may go to another client. */
  boolean mayReach(Contacts other) {
    return !blocks(other.session.jid().user()) && !other.blocks(session.jid().user());
  }

  // ---------------------------------------------------------------- presence

  /** The client is there, or there in another way. */
  void available(Element as) {
    boolean first = presence == null;
    presence = as;
    var _ =
        load()
            .thenRun(() -> {
              for (String other : all()) {
                show(other, as);
                if (first) {
                  see(other);
                }
              }
              show(session.jid().user(), as);
              if (first) {
                see(session.jid().user());
                seeElsewhere();
              }
            });
    tell(as, false);
  }

  void unavailable(Element as) {
    if (presence == null) {
      return;
    }
    presence = null;
    for (String other : all()) {
      show(other, as);
    }
    show(session.jid().user(), as);
    tell(as, true);
  }

  void gone() {
    unavailable(Element.stanza("presence").with("type", "unavailable"));
  }

  /** Says again that the device is connected, before its time is over. */
  void beat() {
    Element here = presence;
    if (here != null && session.isConnected()) {
      tell(here, false);
    }
  }

  private void tell(Element as, boolean gone) {
    Element show = as.child("show", Names.CLIENT);
    String status = show == null ? "" : show.text();
    // Told again with the next beat; nothing depends on it.
    var _ =
        asking.ask(
            SetPresenceRequest.newBuilder()
                .setUser(session.jid().user())
                .setDevice(device)
                .setStatus(status.length() > 16 ? "" : status)
                .setTtlMs(TTL_MS)
                .setGone(gone)
                .build(),
            SetPresenceResponse.class);
  }

  /** Shows this client's presence to the clients of somebody. */
  private void show(String other, Element as) {
    for (ClientSession to : sessions.of(session.project(), other)) {
      Contacts theirs = to.stanzas().contacts();
      if (to != session && theirs.isAvailable() && mayReach(theirs)) {
        to.send(as.between(session.jid().toString(), to.jid().bare().toString()));
      }
    }
  }

  /** Shows this client the presence of the clients of somebody. */
  private void see(String other) {
    for (ClientSession of : sessions.of(session.project(), other)) {
      Contacts theirs = of.stanzas().contacts();
      Element as = theirs.presence;
      if (of != session && as != null && mayReach(theirs)) {
        session.send(as.between(of.jid().toString(), session.jid().bare().toString()));
      }
    }
  }

  /** Shows devices of contacts that are not clients of this node, where that may be asked. */
  private void seeElsewhere() {
    for (String other : all().stream().limit(MAX_ASKED).toList()) {
      if (!blocks(other) && sessions.of(session.project(), other).isEmpty()) {
        var _ =
            asking
                .ask(
                    GetPresenceRequest.newBuilder().setUser(other).build(),
                    GetPresenceResponse.class)
                .thenAccept(
                    found -> found.getDevicesList().forEach(each -> elsewhere(other, each)));
      }
    }
  }

  private void elsewhere(String other, ConnectedDevice connected) {
    if (!Jid.isResource(connected.getDevice())) {
      return;
    }
    Element as =
        Element.stanza("presence")
            .with("from", session.jid().of(other).at(connected.getDevice()).toString())
            .with("to", session.jid().bare().toString());
    if (Set.of("away", "chat", "dnd", "xa").contains(connected.getStatus())) {
      as.add(Element.stanza("show").add(connected.getStatus()));
    }
    session.send(as);
  }
}
