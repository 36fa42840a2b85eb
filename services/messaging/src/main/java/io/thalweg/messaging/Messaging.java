package io.thalweg.messaging;

import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.DeviceRemoved;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxAcknowledged;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.InboxPointed;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.MarkReadResponse;
import io.thalweg.messaging.v1.MessageSent;
import io.thalweg.messaging.v1.MessagingProto;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.messaging.v1.PointInboxResponse;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.ReceiptRecorded;
import io.thalweg.messaging.v1.RecordReceiptRequest;
import io.thalweg.messaging.v1.RecordReceiptResponse;
import io.thalweg.messaging.v1.RemoveDeviceRequest;
import io.thalweg.messaging.v1.RemoveDeviceResponse;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.messaging.v1.WatchInboxRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.ServiceType;

/**
 * Conversations, and the inboxes of their users. One instance lives in each partition, with all
 * that falls to it of both.
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), Messaging.TYPE)) {
 *   node.call(
 *       SendMessageRequest.newBuilder()
 *           .setConversation("direct~ana~bo")
 *           .setUser("ana").setDevice("phone").setClientMessageId("1")
 *           .setContent(Content.newBuilder().setText("Hello"))
 *           .build(),
 *       SendMessageResponse.class);
 * }
 * }</pre>
 */
public final class Messaging {
  /** The service, to open a node with. */
  public static final ServiceType TYPE =
      ServiceType.of(
          MessagingProto.getDescriptor().findServiceByName("Messaging"), Messaging::define);

  private Messaging() {}

  private static void define(Definition d) {
    conversations(d, ConversationRows.declare(d));
    inboxes(d, InboxRows.declare(d));
  }

  private static void conversations(Definition d, ConversationRows rows) {
    Groups groups = new Groups(rows);
    d.command(CreateConversationRequest.class, Conversation.class, groups::create);
    Sends sends = new Sends(rows);
    d.command(SendMessageRequest.class, SendMessageResponse.class, sends::send);
    d.command(RecordReceiptRequest.class, RecordReceiptResponse.class, sends::receipt);

    AppliedConversations applied = new AppliedConversations(rows);
    d.event(ConversationCreated.class, applied::created);
    d.event(MessageSent.class, applied::sent);
    d.event(ReceiptRecorded.class, applied::receipt);

    ConversationReads reads = new ConversationReads(rows);
    d.query(GetConversationRequest.class, Conversation.class, reads::conversation);
    d.query(ListMembersRequest.class, ListMembersResponse.class, reads::members);
    d.query(GetMessagesRequest.class, GetMessagesResponse.class, reads::messages);
  }

  private static void inboxes(Definition d, InboxRows rows) {
    InboxCommands commands = new InboxCommands(rows);
    d.command(AckInboxRequest.class, AckInboxResponse.class, commands::ack);
    d.command(RemoveDeviceRequest.class, RemoveDeviceResponse.class, commands::removeDevice);
    d.command(MarkReadRequest.class, MarkReadResponse.class, commands::markRead);
    d.command(PointInboxRequest.class, PointInboxResponse.class, commands::point);

    AppliedInboxes applied = new AppliedInboxes(rows);
    d.event(InboxPointed.class, applied::pointed);
    d.event(InboxAcknowledged.class, applied::acknowledged);
    d.event(DeviceRemoved.class, applied::deviceRemoved);

    InboxReads reads = new InboxReads(rows);
    d.query(ReadInboxRequest.class, ReadInboxResponse.class, reads::items);
    d.query(ListChatsRequest.class, ListChatsResponse.class, reads::chats);
    d.watch(WatchInboxRequest.class, InboxItem.class, InboxReads::watched);
  }
}
