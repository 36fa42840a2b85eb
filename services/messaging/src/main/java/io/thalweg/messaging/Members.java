package io.thalweg.messaging;

import com.google.rpc.Code;
import io.thalweg.messaging.v1.AddMembersRequest;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.EraseMemberRequest;
import io.thalweg.messaging.v1.EraseMemberResponse;
import io.thalweg.messaging.v1.InviteMemberRequest;
import io.thalweg.messaging.v1.InviteMemberResponse;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.JoinConversationRequest;
import io.thalweg.messaging.v1.Member;
import io.thalweg.messaging.v1.MemberChange;
import io.thalweg.messaging.v1.MemberChangeKind;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MembersChanged;
import io.thalweg.messaging.v1.RemoveMemberRequest;
import io.thalweg.messaging.v1.RemoveMemberResponse;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SetRoleRequest;
import io.thalweg.messaging.v1.UnbanMemberRequest;
import io.thalweg.messaging.v1.UnbanMemberResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;

/** Who is in a group, and what each may do. */
final class Members {
  private final ConversationRows rows;
  private final Telling telling;

  Members(ConversationRows rows, Telling telling) {
    this.rows = rows;
    this.telling = telling;
  }

  Conversation add(AddMembersRequest request, CommandContext context) {
    String conversation = request.getConversation();
    ConversationRow row = group(conversation);
    require(conversation, request.getUser(), Role.MODERATOR);
    Set<String> added = new LinkedHashSet<>();
    for (int i = 0; i < request.getMembersCount(); i++) {
      String member = request.getMembers(i);
      Bounds.checkUser("members[" + i + "]", member);
      requireNotBanned(conversation, member);
      if (rows.findMember(conversation, member) == null) {
        added.add(member);
      }
    }
    admit(conversation, row, request.getUser(), added, context);
    return ConversationReads.shown(rows, conversation, request.getUser());
  }

  private void admit(
      String conversation,
      ConversationRow row,
      String actor,
      Set<String> added,
      CommandContext context) {
    if (added.isEmpty()) {
      return;
    }
    if (row.getMembers() + added.size() > Bounds.MAX_MEMBERS) {
      throw Bounds.exhausted("a group has at most " + Bounds.MAX_MEMBERS + " members");
    }
    MembersChanged.Builder event =
        MembersChanged.newBuilder().setConversation(conversation).setActor(actor);
    for (String member : added) {
      event.addChanges(
          change(member, MemberChangeKind.ADDED)
              .setRole(Role.MEMBER)
              .setJoinedSeq(row.getHistoryForAll() ? 0 : row.getLastSeq()));
    }
    telling.tellAll(conversation, ItemKind.UPDATED, 0, actor, context);
    context.emit(event.build());
    for (String member : added) {
      Telling.tell(member, conversation, ItemKind.JOINED, row.getLastSeq(), actor, context);
    }
  }

  InviteMemberResponse invite(InviteMemberRequest request, CommandContext context) {
    String conversation = request.getConversation();
    ConversationRow row = group(conversation);
    require(conversation, request.getUser(), Role.MODERATOR);
    Bounds.checkUser("member", request.getMember());
    requireNotBanned(conversation, request.getMember());
    Pair<String, String> key = new Pair<>(conversation, request.getMember());
    if (rows.members().contains(key) || rows.invited().contains(key)) {
      return InviteMemberResponse.getDefaultInstance();
    }
    if (row.getInvited() >= Bounds.MAX_INVITED) {
      throw Bounds.exhausted("a group has at most " + Bounds.MAX_INVITED + " invitations");
    }
    emit(
        conversation,
        request.getUser(),
        change(request.getMember(), MemberChangeKind.INVITED_TO),
        context);
    Telling.tell(
        request.getMember(), conversation, ItemKind.INVITED, 0, request.getUser(), context);
    return InviteMemberResponse.getDefaultInstance();
  }

  Conversation join(JoinConversationRequest request, CommandContext context) {
    String conversation = request.getConversation();
    String user = request.getUser();
    ConversationRow row = group(conversation);
    Bounds.checkUser("user", user);
    if (rows.findMember(conversation, user) == null) {
      Pair<String, String> key = new Pair<>(conversation, user);
      if (rows.banned().contains(key) || !(row.getOpen() || rows.invited().contains(key))) {
        throw Bounds.denied(
            "'%s' is not invited to '%s'"
                .formatted(Failure.quote(user), Failure.quote(conversation)));
      }
      admit(conversation, row, user, Set.of(user), context);
    }
    return ConversationReads.shown(rows, conversation, user);
  }

  RemoveMemberResponse remove(RemoveMemberRequest request, CommandContext context) {
    String conversation = request.getConversation();
    String user = request.getUser();
    String member = request.getMember();
    ConversationRow row = group(conversation);
    MemberRow actor = rows.member(conversation, user);
    MemberRow gone = rows.findMember(conversation, member);
    if (!user.equals(member) || request.getBan()) {
      Bounds.checkUser("member", member);
      require(conversation, user, Role.MODERATOR);
      if (gone != null && gone.getRoleValue() >= actor.getRoleValue()) {
        throw Bounds.denied(
            "a role that is higher than that of '" + Failure.quote(member) + "' is needed");
      }
    }
    if (gone != null && gone.getRole() == Role.OWNER && row.getOwners() == 1) {
      throw onlyOwner();
    }
    MembersChanged.Builder event =
        MembersChanged.newBuilder().setConversation(conversation).setActor(user);
    if (gone != null) {
      event.addChanges(change(member, MemberChangeKind.REMOVED));
    }
    if (request.getBan() && !rows.banned().contains(new Pair<>(conversation, member))) {
      if (row.getBanned() >= Bounds.MAX_BANNED) {
        throw Bounds.exhausted("a group bans at most " + Bounds.MAX_BANNED + " users");
      }
      event.addChanges(change(member, MemberChangeKind.BANNED));
    }
    if (event.getChangesCount() > 0) {
      context.emit(event.build());
    }
    if (gone != null) {
      Telling.tell(member, conversation, ItemKind.REMOVED_FROM, row.getLastSeq(), user, context);
      telling.tellAll(conversation, ItemKind.UPDATED, 0, user, context);
    }
    return RemoveMemberResponse.newBuilder().setRemoved(gone != null).build();
  }

  UnbanMemberResponse unban(UnbanMemberRequest request, CommandContext context) {
    String conversation = request.getConversation();
    group(conversation);
    require(conversation, request.getUser(), Role.MODERATOR);
    if (rows.banned().contains(new Pair<>(conversation, request.getMember()))) {
      emit(
          conversation,
          request.getUser(),
          change(request.getMember(), MemberChangeKind.UNBANNED),
          context);
    }
    return UnbanMemberResponse.getDefaultInstance();
  }

  Member setRole(SetRoleRequest request, CommandContext context) {
    String conversation = request.getConversation();
    String member = request.getMember();
    ConversationRow row = group(conversation);
    require(conversation, request.getUser(), Role.OWNER);
    Role role = request.getRole();
    if (role == Role.ROLE_UNSPECIFIED || role == Role.UNRECOGNIZED) {
      throw Failure.invalid(
          "role", "must be READER, MEMBER, MODERATOR or OWNER; got " + request.getRoleValue());
    }
    MemberRow before = rows.member(conversation, member);
    if (before.getRole() == Role.OWNER && role != Role.OWNER && row.getOwners() == 1) {
      throw onlyOwner();
    }
    if (before.getRole() != role) {
      emit(
          conversation,
          request.getUser(),
          change(member, MemberChangeKind.ROLE_GIVEN).setRole(role),
          context);
      telling.tellAll(conversation, ItemKind.UPDATED, 0, request.getUser(), context);
    }
    return ConversationReads.member(
            member, Objects.requireNonNull(rows.findMember(conversation, member)))
        .build();
  }

  /** A user is erased: it is in the conversation no longer, whatever its role. */
  EraseMemberResponse erase(EraseMemberRequest request, CommandContext context) {
    String conversation = request.getConversation();
    if (rows.findMember(conversation, request.getUser()) != null) {
      emit(
          conversation,
          request.getUser(),
          change(request.getUser(), MemberChangeKind.REMOVED),
          context);
      telling.tellAll(conversation, ItemKind.UPDATED, 0, request.getUser(), context);
    }
    return EraseMemberResponse.getDefaultInstance();
  }

  private ConversationRow group(String conversation) {
    ConversationRow row = rows.conversation(conversation);
    if (row.getDirect()) {
      throw Bounds.denied("in a conversation of two nobody comes or goes");
    }
    return row;
  }

  private void require(String conversation, String user, Role role) {
    if (rows.member(conversation, user).getRoleValue() < role.getNumber()) {
      throw Bounds.denied(
          "'%s' needs the role %s in '%s'"
              .formatted(Failure.quote(user), role, Failure.quote(conversation)));
    }
  }

  private void requireNotBanned(String conversation, String user) {
    if (rows.banned().contains(new Pair<>(conversation, user))) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "'%s' is banned from '%s'".formatted(Failure.quote(user), Failure.quote(conversation)));
    }
  }

  private static Failure onlyOwner() {
    return Failure.of(
        Code.FAILED_PRECONDITION, "a group needs an owner; give somebody else that role first");
  }

  private static MemberChange.Builder change(String user, MemberChangeKind kind) {
    return MemberChange.newBuilder().setUser(user).setKind(kind);
  }

  private static void emit(
      String conversation, String actor, MemberChange.Builder change, CommandContext context) {
    context.emit(
        MembersChanged.newBuilder()
            .setConversation(conversation)
            .setActor(actor)
            .addChanges(change)
            .build());
  }
}
