package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.Member;
import io.thalweg.messaging.v1.RemoveMemberRequest;
import io.thalweg.messaging.v1.RemoveMemberResponse;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.UpdateConversationRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an owner settles of a room (XEP-0045, section 10): its title, and whether it is open. An
 * open room shows those who come what was said before. On a thread that may wait.
 */
final class RoomOwner {
  private static final String TITLE = "muc#roomconfig_roomname";
  private static final String MEMBERS_ONLY = "muc#roomconfig_membersonly";
  private static final int MAX_REMOVED = 1_000;

  private final ClientSession session;
  private final Asking asking;
  private final RoomStanzas rooms;
  private final RoomAdmin admin;

  RoomOwner(ClientSession session, Asking asking, RoomStanzas rooms) {
    this.session = session;
    this.asking = asking;
    this.rooms = rooms;
    this.admin = new RoomAdmin(session, asking, rooms);
  }

  private Conversation owned(RoomAddress to) {
    Conversation found =
        asking.await(
            GetConversationRequest.newBuilder()
                .setConversation(to.room())
                .setUser(session.jid().user())
                .build(),
            Conversation.class);
    if (found.getMe().getRole() != Role.OWNER) {
      throw new StanzaError("auth", "forbidden", "only an owner settles that");
    }
    return found;
  }

  /** What there is to be settled. A room that was made just now is proposed to be open. */
  Element form(RoomAddress to) {
    Conversation found = owned(to);
    Seat seat = rooms.seat(to.room());
    boolean open = found.getOpen() || (seat != null && seat.fresh);
    Element form = new Element("x", Names.DATA_FORMS).with("type", "form");
    form.add(RoomQueries.field("FORM_TYPE", "hidden", Names.MUC + "#roomconfig"));
    form.add(RoomQueries.field(TITLE, "text-single", found.getTitle()).with("label", "Title"));
    form.add(
        RoomQueries.field(MEMBERS_ONLY, "boolean", open ? "0" : "1")
            .with("label", "Only those who are invited enter"));
    form.add(
        RoomQueries.field("muc#roomconfig_persistentroom", "boolean", "1")
            .with("label", "The room stays when all have gone: always"));
    return new Element("query", Names.MUC_OWNER).add(form);
  }

  @Nullable Element set(Element query, RoomAddress to) {
    owned(to);
    Element destroy = query.child("destroy", Names.MUC_OWNER);
    if (destroy != null) {
      destroy(destroy, to);
      return null;
    }
    Element form = query.child("x", Names.DATA_FORMS);
    if (form == null) {
      throw StanzaError.bad("a form, or 'destroy'");
    }
    Seat seat = rooms.seat(to.room());
    if (form.get("type", "").equals("cancel")) {
      return null;
    }
    UpdateConversationRequest.Builder request =
        UpdateConversationRequest.newBuilder()
            .setConversation(to.room())
            .setUser(session.jid().user());
    if (seat != null && seat.fresh) {
      request.setOpen(true).setHistoryForAll(true);
    }
    for (Element field : form.children()) {
      Element value = field.child("value", Names.DATA_FORMS);
      settle(field.get("var", ""), value == null ? "" : value.text(), request);
    }
    Conversation found = asking.await(request.build(), Conversation.class);
    if (seat != null) {
      boolean fresh = seat.fresh;
      seat.fresh = false;
      seat.room().subject(null, seat.user(), found.getTitle());
      if (!fresh) {
        seat.room().configured();
      }
    }
    return null;
  }

  private static void settle(String name, String value, UpdateConversationRequest.Builder request) {
    boolean wanted = value.equals("1") || value.equals("true");
    switch (name) {
      case TITLE -> request.setTitle(value);
      case MEMBERS_ONLY -> {
        request.setOpen(!wanted);
        if (wanted) {
          request.clearHistoryForAll();
        } else {
          request.setHistoryForAll(true);
        }
      }
      case "muc#roomconfig_passwordprotectedroom" -> refuse(wanted, "passwords");
      case "muc#roomconfig_moderatedroom" -> refuse(wanted, "a moderated room");
      case "muc#roomconfig_whois" -> refuse(value.equals("moderators"), "an anonymous room");
      default -> {
        // Nothing that would be missed.
      }
    }
  }

  private static void refuse(boolean wanted, String what) {
    if (wanted) {
      throw new StanzaError("modify", "not-acceptable", what + " cannot be had");
    }
  }

  /** All but the owner are removed, and nobody enters any more: what was said stays hers. */
  private void destroy(Element destroy, RoomAddress to) {
    List<Member> members = admin.members(to.room());
    if (members.size() > MAX_REMOVED) {
      throw new StanzaError(
          "cancel",
          "not-allowed",
          "a room with more than " + MAX_REMOVED + " members is not destroyed at once");
    }
    String self = session.jid().user();
    boolean shared =
        members.stream()
            .anyMatch(each -> each.getRole() == Role.OWNER && !each.getUser().equals(self));
    if (shared) {
      throw new StanzaError("cancel", "not-allowed", "another one owns the room, too");
    }
    asking.await(
        UpdateConversationRequest.newBuilder()
            .setConversation(to.room())
            .setUser(self)
            .setOpen(false)
            .build(),
        Conversation.class);
    Room room = rooms.rooms().find(session.project(), to.room());
    if (room != null) {
      room.destroyed(told(destroy));
    }
    for (Member member : members) {
      if (!member.getUser().equals(self)) {
        asking.await(
            RemoveMemberRequest.newBuilder()
                .setConversation(to.room())
                .setUser(self)
                .setMember(member.getUser())
                .build(),
            RemoveMemberResponse.class);
      }
    }
  }

  /** Why, and where else to go, in the words of those who are told. */
  private static Element told(Element destroy) {
    Element told = new Element("destroy", Names.MUC_USER).with("jid", destroy.get("jid"));
    Element reason = destroy.child("reason", Names.MUC_OWNER);
    return reason == null
        ? told
        : told.add(new Element("reason", Names.MUC_USER).add(reason.text()));
  }
}
