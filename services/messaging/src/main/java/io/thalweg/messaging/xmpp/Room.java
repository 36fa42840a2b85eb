package io.thalweg.messaging.xmpp;

import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who of this node is in a room (XEP-0045), and presence between them. Clients of a user may share
 * a nick. Messages do not come by here: each client has them from its inbox.
 *
 * <p>Thread-safe. It sends while it holds its lock, so that all hear of comings and goings in one
 * order; nobody who holds the lock of a session calls it.
 */
final class Room {
  private static final int MAX_SEATS = 1_000;

  /** What a change says beside the change itself. */
  record Because(@Nullable String actor, @Nullable String reason) {
    static final Because NOTHING = new Because(null, null);
  }

  private final int project;
  private final String conversation;
  private final Map<String, List<Seat>> byNick = new LinkedHashMap<>();
  private int seats;

  Room(int project, String conversation) {
    this.project = project;
    this.conversation = conversation;
  }

  int project() {
    return project;
  }

  String conversation() {
    return conversation;
  }

  synchronized int size() {
    return byNick.size();
  }

  synchronized List<Seat> all() {
    List<Seat> all = new ArrayList<>();
    byNick.values().forEach(all::addAll);
    return all;
  }

  /** Somebody who goes by a nick; null if nobody of this node does. */
  synchronized @Nullable Seat find(String nick) {
    List<Seat> found = byNick.get(nick);
    return found == null ? null : found.getFirst();
  }

  synchronized List<Seat> of(String user) {
    return all().stream().filter(seat -> seat.user().equals(user)).toList();
  }

  /** What the sender of a message is called; its name if another one goes by that nick now. */
  synchronized String nick(Message message) {
    String said = message.getContent().getSenderName();
    if (!Jid.isResource(said)) {
      return message.getUser();
    }
    Seat held = find(said);
    return held == null || held.user().equals(message.getUser()) ? said : message.getUser();
  }

  /** By which nick a user is seen. */
  synchronized String nickOf(String user) {
    List<Seat> found = of(user);
    return found.isEmpty() ? user : found.getFirst().nick;
  }

  private void requireFree(String nick, String user) {
    Seat held = find(nick);
    if (held != null && !held.user().equals(user)) {
      throw new StanzaError("cancel", "conflict", "somebody in the room goes by that nick");
    }
  }

  // ---------------------------------------------------------------- coming and going

  /** A client enters, or says again that it does: it is shown who is there, last itself. */
  synchronized void enter(
      Seat seat, String nick, Role role, Element presence, List<Integer> codes) {
    requireFree(nick, seat.user());
    boolean again = !seat.nick.isEmpty();
    if (!again && seats >= MAX_SEATS) {
      throw new StanzaError("wait", "service-unavailable", "the room is full");
    }
    if (again && !seat.nick.equals(nick)) {
      rename(seat, nick);
    }
    for (Seat other : all()) {
      if (other != seat) {
        seat.session().send(Presences.of(other, seat, List.of()));
      }
    }
    seat.role = role;
    seat.presence = presence;
    if (!again) {
      seat.nick = nick;
      byNick.computeIfAbsent(nick, name -> new ArrayList<>()).add(seat);
      seats++;
    }
    show(seat, codes);
  }

  /** Shows all in the room how somebody is there. */
  private void show(Seat seat, List<Integer> codes) {
    for (Seat to : all()) {
      if (to != seat) {
        to.session().send(Presences.of(seat, to, List.of()));
      }
    }
    seat.session().send(Presences.of(seat, seat, codes));
  }

  /** A client is there in another way, or by another nick. */
  synchronized void update(Seat seat, String nick, Element presence) {
    if (seat.nick.isEmpty()) {
      return;
    }
    seat.presence = presence;
    if (!seat.nick.equals(nick)) {
      requireFree(nick, seat.user());
      rename(seat, nick);
    }
    show(seat, List.of());
  }

  private void rename(Seat seat, String nick) {
    boolean last = take(seat);
    for (Seat to : all()) {
      if (last) {
        to.session().send(Presences.renamed(seat, to, nick));
      }
    }
    seat.session().send(Presences.renamed(seat, seat, nick));
    seat.nick = nick;
    byNick.computeIfAbsent(nick, name -> new ArrayList<>()).add(seat);
    seats++;
  }

  /** Takes a seat away; true if it was the last by its nick. */
  private boolean take(Seat seat) {
    List<Seat> at = byNick.get(seat.nick);
    if (at == null || !at.remove(seat)) {
      return false;
    }
    seats--;
    if (at.isEmpty()) {
      byNick.remove(seat.nick);
      return true;
    }
    return false;
  }

  /**
   * A client leaves, or has to.
   *
   * @param code of XEP-0045 that says why; 0: it leaves by itself
   */
  synchronized void leave(Seat seat, Element presence, int code, Because because) {
    if (seat.nick.isEmpty()) {
      return;
    }
    boolean last = take(seat);
    seat.presence = presence;
    // Who is put out has no part in the room any more; who leaves stays a member.
    Role role = seat.role;
    if (code != 0) {
      seat.role = Role.ROLE_UNSPECIFIED;
    }
    if (last) {
      for (Seat to : all()) {
        to.session().send(Presences.gone(seat, to, role, code, because));
      }
    }
    seat.session().send(Presences.gone(seat, seat, role, code, because));
    seat.nick = "";
    seat.owner().forget(seat);
  }

  // ---------------------------------------------------------------- what others do

  /** A user has another role now. */
  synchronized void given(String user, Role role) {
    for (Seat seat : of(user)) {
      if (seat.role != role) {
        seat.role = role;
        show(seat, List.of());
      }
    }
  }

  /** A user is no longer a member. */
  synchronized void removed(String user, int code, Because because) {
    for (Seat seat : of(user)) {
      leave(seat, Element.stanza("presence"), code, because);
    }
  }

  /** The room is no more: its owner says why. */
  synchronized void destroyed(@Nullable Element why) {
    for (Seat seat : all()) {
      take(seat);
      seat.session().send(Presences.destroyed(seat, why));
      seat.nick = "";
      seat.owner().forget(seat);
    }
  }

  /** Gives everybody something that is not kept. */
  synchronized void tell(Seat from, Element message) {
    for (Seat to : all()) {
      to.session()
          .send(
              message
                  .between(to.address().as(from.nick).toString(), to.session().jid().toString())
                  .add(Presences.occupant(from.user())));
    }
  }

  /** Title, as the subject, for those who do not know it yet; null: for all. */
  synchronized void subject(@Nullable Seat only, String by, String title) {
    for (Seat to : only == null ? all() : List.of(only)) {
      if (only != null || !to.title.equals(title)) {
        to.title = title;
        String nick = by.isEmpty() ? "" : nickOf(by);
        to.session()
            .send(
                Element.stanza("message")
                    .with("from", to.address().as(nick).toString())
                    .with("to", to.session().jid().toString())
                    .with("type", "groupchat")
                    .with("id", Negotiation.drawn())
                    .add(Element.stanza("subject").add(title)));
      }
    }
  }

  /** The settings of the room are others. */
  synchronized void configured() {
    for (Seat to : all()) {
      to.session()
          .send(
              Element.stanza("message")
                  .with("from", to.address().toString())
                  .with("to", to.session().jid().toString())
                  .with("type", "groupchat")
                  .with("id", Negotiation.drawn())
                  .add(new Element("x", Names.MUC_USER).add(Presences.status(104))));
    }
  }
}
