package io.thalweg.messaging;

import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AddMembersRequest;
import io.thalweg.messaging.v1.BlockUserRequest;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.EditMessageRequest;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.InviteMemberRequest;
import io.thalweg.messaging.v1.JoinConversationRequest;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.ReactRequest;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.RemoveMemberRequest;
import io.thalweg.messaging.v1.RetractMessageRequest;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SetPresenceRequest;
import io.thalweg.messaging.v1.SetPushTargetRequest;
import io.thalweg.messaging.v1.SetRoleRequest;
import io.thalweg.messaging.v1.UnbanMemberRequest;
import io.thalweg.messaging.v1.UpdateConversationRequest;
import io.thalweg.messaging.v1.WatchInboxRequest;
import java.util.List;

/** Requests in few words. */
final class Requests {
  private Requests() {}

  static CreateConversationRequest create(String conversation, String user, String... members) {
    return CreateConversationRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .addAllMembers(List.of(members))
        .build();
  }

  static SendMessageRequest send(String conversation, String user, String id, String text) {
    return SendMessageRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setDevice("phone")
        .setClientMessageId(id)
        .setContent(Content.newBuilder().setText(text))
        .build();
  }

  static GetConversationRequest get(String conversation, String user) {
    return GetConversationRequest.newBuilder().setConversation(conversation).setUser(user).build();
  }

  static ListMembersRequest members(String conversation, String user) {
    return ListMembersRequest.newBuilder().setConversation(conversation).setUser(user).build();
  }

  static GetMessagesRequest after(String conversation, String user, long afterSeq) {
    return GetMessagesRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setAfterSeq(afterSeq)
        .setPageSize(100)
        .build();
  }

  static GetMessagesRequest before(String conversation, String user, long beforeSeq) {
    return GetMessagesRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setBeforeSeq(beforeSeq)
        .build();
  }

  static ReadInboxRequest read(String user, String device) {
    return ReadInboxRequest.newBuilder().setUser(user).setDevice(device).build();
  }

  static ReadInboxRequest read(String user, String device, long afterOrder) {
    return read(user, device).toBuilder().setAfterOrder(afterOrder).build();
  }

  static AckInboxRequest ack(String user, String device, long order) {
    return AckInboxRequest.newBuilder().setUser(user).setDevice(device).setOrder(order).build();
  }

  static MarkReadRequest markRead(String user, String conversation, long seq) {
    return MarkReadRequest.newBuilder()
        .setUser(user)
        .setConversation(conversation)
        .setSeq(seq)
        .build();
  }

  static ListChatsRequest chats(String user) {
    return ListChatsRequest.newBuilder().setUser(user).setPageSize(1_000).build();
  }

  static WatchInboxRequest watch(String user) {
    return WatchInboxRequest.newBuilder().setUser(user).build();
  }

  static EditMessageRequest edit(String conversation, String user, long seq, String text) {
    return EditMessageRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setSeq(seq)
        .setContent(Content.newBuilder().setText(text))
        .build();
  }

  static RetractMessageRequest retract(String conversation, String user, long seq) {
    return RetractMessageRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setSeq(seq)
        .build();
  }

  static ReactRequest react(
      String conversation, String user, long seq, String reaction, boolean remove) {
    return ReactRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setSeq(seq)
        .setReaction(reaction)
        .setRemove(remove)
        .build();
  }

  static AddMembersRequest add(String conversation, String user, List<String> members) {
    return AddMembersRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .addAllMembers(members)
        .build();
  }

  static InviteMemberRequest invite(String conversation, String user, String member) {
    return InviteMemberRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setMember(member)
        .build();
  }

  static JoinConversationRequest join(String conversation, String user) {
    return JoinConversationRequest.newBuilder().setConversation(conversation).setUser(user).build();
  }

  static RemoveMemberRequest remove(String conversation, String user, String member, boolean ban) {
    return RemoveMemberRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setMember(member)
        .setBan(ban)
        .build();
  }

  static UnbanMemberRequest unban(String conversation, String user, String member) {
    return UnbanMemberRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setMember(member)
        .build();
  }

  static SetRoleRequest role(String conversation, String user, String member, Role role) {
    return SetRoleRequest.newBuilder()
        .setConversation(conversation)
        .setUser(user)
        .setMember(member)
        .setRole(role)
        .build();
  }

  static UpdateConversationRequest.Builder update(String conversation, String user) {
    return UpdateConversationRequest.newBuilder().setConversation(conversation).setUser(user);
  }

  static BlockUserRequest block(String user, String other, boolean letGo) {
    return BlockUserRequest.newBuilder().setUser(user).setOther(other).setLetGo(letGo).build();
  }

  static SetPresenceRequest present(String user, String device, boolean gone) {
    return SetPresenceRequest.newBuilder()
        .setUser(user)
        .setDevice(device)
        .setNode("node-1")
        .setGone(gone)
        .build();
  }

  static SetPushTargetRequest push(String user, String device, String url) {
    return SetPushTargetRequest.newBuilder().setUser(user).setDevice(device).setUrl(url).build();
  }
}
