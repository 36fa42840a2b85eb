package io.thalweg.messaging.xmpp;

import com.google.rpc.Code;
import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.AddMembersRequest;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.ListBannedRequest;
import io.thalweg.messaging.v1.ListBannedResponse;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.Member;
import io.thalweg.messaging.v1.RemoveMemberRequest;
import io.thalweg.messaging.v1.RemoveMemberResponse;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SetRoleRequest;
import io.thalweg.messaging.v1.UnbanMemberRequest;
import io.thalweg.messaging.v1.UnbanMemberResponse;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Roles and affiliations (XEP-0045, sections 8 to 10), which are the roles of the group: the group
 * decides who may change them, and they stay when everybody has gone. On a thread that may wait.
 */
final class RoomAdmin {
  private static final int MAX_ITEMS = 100;
  private static final int MAX_LISTED = 10_000;
  private static final int PAGE = 1_000;

  private final ClientSession session;
  private final Asking asking;
  private final RoomStanzas rooms;

  RoomAdmin(ClientSession session, Asking asking, RoomStanzas rooms) {
    this.session = session;
    this.asking = asking;
    this.rooms = rooms;
  }

  private String self() {
    return session.jid().user();
  }

  // ---------------------------------------------------------------- lists

  Element get(Element query, RoomAddress to) {
    Element answer = new Element("query", Names.MUC_ADMIN);
    for (Element item : query.children()) {
      String affiliation = item.get("affiliation");
      String role = item.get("role");
      if (affiliation != null && affiliation.equals("outcast")) {
        banned(to, answer);
      } else if (affiliation != null && Affiliation.ofAffiliation(affiliation) != null) {
        members(to, affiliation, answer);
      } else if (role != null && Affiliation.ofRole(role) != null) {
        present(to, role, answer);
      } else {
        throw StanzaError.bad("a list is of an affiliation, or of a role");
      }
    }
    return answer;
  }

  private void members(RoomAddress to, String affiliation, Element answer) {
    for (Member member : members(to.room())) {
      if (Affiliation.affiliation(member.getRole()).equals(affiliation)) {
        answer.add(item(affiliation).with("jid", session.jid().of(member.getUser()).toString()));
      }
    }
  }

  List<Member> members(String room) {
    List<Member> all = new ArrayList<>();
    String token = "";
    do {
      ListMembersResponse page =
          asking.await(
              ListMembersRequest.newBuilder()
                  .setConversation(room)
                  .setUser(self())
                  .setPageSize(PAGE)
                  .setPageToken(token)
                  .build(),
              ListMembersResponse.class);
      all.addAll(page.getMembersList());
      token = page.getNextPageToken();
    } while (!token.isEmpty() && all.size() < MAX_LISTED);
    return all;
  }

  private void banned(RoomAddress to, Element answer) {
    String token = "";
    do {
      ListBannedResponse page =
          asking.await(
              ListBannedRequest.newBuilder()
                  .setConversation(to.room())
                  .setUser(self())
                  .setPageToken(token)
                  .build(),
              ListBannedResponse.class);
      page.getUsersList()
          .forEach(
              user -> answer.add(item("outcast").with("jid", session.jid().of(user).toString())));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
  }

  private static Element item(String affiliation) {
    return new Element("item", Names.MUC_ADMIN).with("affiliation", affiliation);
  }

  /** Those of this node. */
  private void present(RoomAddress to, String role, Element answer) {
    Seat seat = rooms.seat(to.room());
    if (seat == null) {
      throw new StanzaError("auth", "forbidden", "enter the room first");
    }
    for (Seat each : seat.room().all()) {
      if (Affiliation.role(each.role).equals(role)) {
        answer.add(
            item(Affiliation.affiliation(each.role))
                .with("role", role)
                .with("nick", each.nick)
                .with("jid", each.session().jid().toString()));
      }
    }
  }

  // ---------------------------------------------------------------- changes

  @Nullable Element set(Element query, RoomAddress to) {
    List<Element> items = query.children();
    if (items.isEmpty() || items.size() > MAX_ITEMS) {
      throw StanzaError.bad("1 to " + MAX_ITEMS + " items at once");
    }
    for (Element item : items) {
      try {
        change(item, to);
      } catch (Failure refused) {
        // A group is not left without an owner.
        throw refused.code() == Code.FAILED_PRECONDITION
            ? new StanzaError("cancel", "conflict", String.valueOf(refused.getMessage()))
            : refused;
      }
    }
    return null;
  }

  private void change(Element item, RoomAddress to) {
    Room room = rooms.rooms().find(session.project(), to.room());
    Element reason = item.child("reason", Names.MUC_ADMIN);
    Room.Because because =
        new Room.Because(
            room == null ? self() : room.nickOf(self()), reason == null ? null : reason.text());
    String affiliation = item.get("affiliation");
    String role = item.get("role");
    if (affiliation != null) {
      affiliation(affiliation, user(item, room), to.room(), room, because);
    } else if (role != null) {
      role(role, user(item, room), to.room(), room, because);
    } else {
      throw StanzaError.bad("an item must have an affiliation or a role");
    }
  }

  private String user(Element item, @Nullable Room room) {
    String nick = item.get("nick");
    Jid jid = Jid.parse(item.get("jid"));
    if (jid != null && !jid.isServer() && jid.domain().equals(session.jid().domain())) {
      return jid.user();
    }
    Seat seat = room == null || nick == null ? null : room.find(nick);
    if (seat == null) {
      throw new StanzaError("cancel", "item-not-found", "nobody here is meant by that");
    }
    return seat.user();
  }

  private void affiliation(
      String name, String user, String conversation, @Nullable Room room, Room.Because because) {
    switch (name) {
      case "outcast" -> {
        remove(conversation, user, true);
        removed(room, user, 301, because);
      }
      case "none" -> {
        if (!user.equals(self())) {
          unban(conversation, user);
        }
        remove(conversation, user, false);
        removed(room, user, 321, because);
      }
      default -> {
        Role role = Affiliation.ofAffiliation(name);
        if (role == null) {
          throw StanzaError.bad("there is no such affiliation");
        }
        give(conversation, user, role, room);
      }
    }
  }

  private static void removed(@Nullable Room room, String user, int code, Room.Because because) {
    if (room != null) {
      room.removed(user, code, because);
    }
  }

  private void give(String conversation, String user, Role role, @Nullable Room room) {
    Role before = role(conversation, user);
    if (before == Role.ROLE_UNSPECIFIED) {
      unban(conversation, user);
      asking.await(
          AddMembersRequest.newBuilder()
              .setConversation(conversation)
              .setUser(self())
              .addMembers(user)
              .build(),
          Conversation.class);
      before = Role.MEMBER;
    }
    // Who may only read is a member already.
    if (before != role && !(before == Role.READER && role == Role.MEMBER)) {
      setRole(conversation, user, role);
      if (room != null) {
        room.given(user, role);
      }
    }
  }

  private void role(
      String name, String user, String conversation, @Nullable Room room, Room.Because because) {
    Role before = role(conversation, user);
    if (name.equals("none")) {
      remove(conversation, user, false);
      removed(room, user, 307, because);
      return;
    }
    Role role = Affiliation.ofRole(name);
    if (role == null) {
      throw StanzaError.bad("there is no such role");
    }
    if (before == Role.OWNER || (before == Role.MODERATOR && !rules(conversation))) {
      throw new StanzaError("cancel", "not-allowed", "who leads the room keeps what it may do");
    }
    setRole(conversation, user, role);
    if (room != null) {
      room.given(user, role);
    }
  }

  private boolean rules(String conversation) {
    return role(conversation, self()) == Role.OWNER;
  }

  /** The role of a user; none if it is no member. */
  private Role role(String conversation, String user) {
    if (user.equals(self())) {
      return asking
          .await(
              GetConversationRequest.newBuilder()
                  .setConversation(conversation)
                  .setUser(user)
                  .build(),
              Conversation.class)
          .getMe()
          .getRole();
    }
    ListMembersResponse found =
        asking.await(
            ListMembersRequest.newBuilder()
                .setConversation(conversation)
                .setUser(self())
                .setPageToken(user)
                .setPageSize(1)
                .build(),
            ListMembersResponse.class);
    return found.getMembersCount() > 0 && found.getMembers(0).getUser().equals(user)
        ? found.getMembers(0).getRole()
        : Role.ROLE_UNSPECIFIED;
  }

  private void setRole(String conversation, String user, Role role) {
    asking.await(
        SetRoleRequest.newBuilder()
            .setConversation(conversation)
            .setUser(self())
            .setMember(user)
            .setRole(role)
            .build(),
        Member.class);
  }

  private void unban(String conversation, String user) {
    asking.await(
        UnbanMemberRequest.newBuilder()
            .setConversation(conversation)
            .setUser(self())
            .setMember(user)
            .build(),
        UnbanMemberResponse.class);
  }

  void remove(String conversation, String user, boolean ban) {
    asking.await(
        RemoveMemberRequest.newBuilder()
            .setConversation(conversation)
            .setUser(self())
            .setMember(user)
            .setBan(ban)
            .build(),
        RemoveMemberResponse.class);
  }
}
