package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.InviteMemberRequest;
import io.thalweg.messaging.v1.InviteMemberResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Invitations by way of the room (XEP-0045, section 7.8.2): those of the group, which wait in the
 * inbox of who is invited. Who was added without being asked hears of it in the same way.
 */
final class Invitations {
  private static final int MAX_AT_ONCE = 50;
  private static final int MAX_REASON_CHARS = 1_000;

  private final ClientSession session;
  private final Asking asking;
  private final Rooms rooms;

  Invitations(ClientSession session, Asking asking, Rooms rooms) {
    this.session = session;
    this.asking = asking;
    this.rooms = rooms;
  }

  /** Invites, or declines. */
  CompletableFuture<@Nullable Element> take(Element x, RoomAddress to) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (Element each : x.children()) {
      boolean declines = each.is("decline", Names.MUC_USER);
      if (!declines && !each.is("invite", Names.MUC_USER)) {
        continue;
      }
      Jid user = Jid.parse(each.get("to"));
      if (user == null || user.isServer() || !user.domain().equals(session.jid().domain())) {
        throw new StanzaError("modify", "jid-malformed", "only users of this server are invited");
      }
      if (all.size() >= MAX_AT_ONCE) {
        throw StanzaError.bad("at most " + MAX_AT_ONCE + " at once");
      }
      all.add(declines ? decline(each, user, to) : invite(each, user, to));
    }
    if (all.isEmpty()) {
      throw StanzaError.unsupported("what is not an invitation");
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).thenApply(done -> null);
  }

  private CompletableFuture<?> invite(Element invite, Jid user, RoomAddress to) {
    Element reason = invite.child("reason", Names.MUC_USER);
    if (reason != null && reason.text().length() <= MAX_REASON_CHARS) {
      rooms.because(session.project(), to.room(), user.user(), reason.text());
    }
    return asking.ask(
        InviteMemberRequest.newBuilder()
            .setConversation(to.room())
            .setUser(session.jid().user())
            .setMember(user.user())
            .build(),
        InviteMemberResponse.class);
  }

  /** That somebody does not come is told who is in the room, and not kept. */
  private CompletableFuture<?> decline(Element decline, Jid user, RoomAddress to) {
    Room room = rooms.find(session.project(), to.room());
    for (Seat seat : room == null ? List.<Seat>of() : room.of(user.user())) {
      Element told =
          new Element("decline", Names.MUC_USER).with("from", session.jid().bare().toString());
      Element reason = decline.child("reason", Names.MUC_USER);
      if (reason != null) {
        told.add(reason);
      }
      seat.session()
          .send(
              Element.stanza("message")
                  .with("from", seat.address().toString())
                  .with("to", seat.session().jid().toString())
                  .add(new Element("x", Names.MUC_USER).add(told)));
    }
    return Stanzas.nothing();
  }

  /** The user is invited to a group, or has come to be in it. */
  void invited(String conversation, String by) {
    RoomAddress room = new RoomAddress(conversation, session.jid().domain(), "");
    Element invite = new Element("invite", Names.MUC_USER);
    if (Jid.isUser(by)) {
      invite.with("from", session.jid().of(by).toString());
    }
    String reason = rooms.reason(session.project(), conversation, session.jid().user());
    if (reason != null) {
      invite.add(new Element("reason", Names.MUC_USER).add(reason));
    }
    session.send(
        Element.stanza("message")
            .with("from", room.toString())
            .with("to", session.jid().toString())
            .with("id", Negotiation.drawn())
            .add(new Element("x", Names.MUC_USER).add(invite))
            .add(
                new Element("x", Names.INVITATION)
                    .with("jid", room.toString())
                    .with("reason", reason)));
  }
}
