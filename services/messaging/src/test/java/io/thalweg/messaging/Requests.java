package io.thalweg.messaging;

import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.SendMessageRequest;
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
}
