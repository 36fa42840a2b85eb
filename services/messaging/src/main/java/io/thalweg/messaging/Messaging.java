package io.thalweg.messaging;

import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.AddMembersRequest;
import io.thalweg.messaging.v1.BlockChanged;
import io.thalweg.messaging.v1.BlockUserRequest;
import io.thalweg.messaging.v1.BlockUserResponse;
import io.thalweg.messaging.v1.ChatMuted;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.ConversationUpdated;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.DeviceRemoved;
import io.thalweg.messaging.v1.EditMessageRequest;
import io.thalweg.messaging.v1.EditMessageResponse;
import io.thalweg.messaging.v1.EraseInboxRequest;
import io.thalweg.messaging.v1.EraseInboxResponse;
import io.thalweg.messaging.v1.EraseMemberRequest;
import io.thalweg.messaging.v1.EraseMemberResponse;
import io.thalweg.messaging.v1.EraseUserRequest;
import io.thalweg.messaging.v1.EraseUserResponse;
import io.thalweg.messaging.v1.ExpireMessagesRequest;
import io.thalweg.messaging.v1.ExpireMessagesResponse;
import io.thalweg.messaging.v1.FanOutBegun;
import io.thalweg.messaging.v1.FanOutRequest;
import io.thalweg.messaging.v1.FanOutResponse;
import io.thalweg.messaging.v1.FannedOut;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.GetPresenceRequest;
import io.thalweg.messaging.v1.GetPresenceResponse;
import io.thalweg.messaging.v1.InboxAcknowledged;
import io.thalweg.messaging.v1.InboxErased;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.InboxPointed;
import io.thalweg.messaging.v1.InviteMemberRequest;
import io.thalweg.messaging.v1.InviteMemberResponse;
import io.thalweg.messaging.v1.JoinConversationRequest;
import io.thalweg.messaging.v1.ListBannedRequest;
import io.thalweg.messaging.v1.ListBannedResponse;
import io.thalweg.messaging.v1.ListBlockedRequest;
import io.thalweg.messaging.v1.ListBlockedResponse;
import io.thalweg.messaging.v1.ListChangesRequest;
import io.thalweg.messaging.v1.ListChangesResponse;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.MarkReadResponse;
import io.thalweg.messaging.v1.Member;
import io.thalweg.messaging.v1.MembersChanged;
import io.thalweg.messaging.v1.MessageChanged;
import io.thalweg.messaging.v1.MessageSent;
import io.thalweg.messaging.v1.MessagesExpired;
import io.thalweg.messaging.v1.MessagingProto;
import io.thalweg.messaging.v1.MuteChatRequest;
import io.thalweg.messaging.v1.MuteChatResponse;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.messaging.v1.PointInboxResponse;
import io.thalweg.messaging.v1.PushChanged;
import io.thalweg.messaging.v1.PushCorrelation;
import io.thalweg.messaging.v1.PushTargetSet;
import io.thalweg.messaging.v1.ReactRequest;
import io.thalweg.messaging.v1.ReactResponse;
import io.thalweg.messaging.v1.ReactionChanged;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.ReceiptRecorded;
import io.thalweg.messaging.v1.RecordReceiptRequest;
import io.thalweg.messaging.v1.RecordReceiptResponse;
import io.thalweg.messaging.v1.RemoveDeviceRequest;
import io.thalweg.messaging.v1.RemoveDeviceResponse;
import io.thalweg.messaging.v1.RemoveMemberRequest;
import io.thalweg.messaging.v1.RemoveMemberResponse;
import io.thalweg.messaging.v1.RetractMessageRequest;
import io.thalweg.messaging.v1.RetractMessageResponse;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.messaging.v1.SetBlockedRequest;
import io.thalweg.messaging.v1.SetBlockedResponse;
import io.thalweg.messaging.v1.SetPresenceRequest;
import io.thalweg.messaging.v1.SetPresenceResponse;
import io.thalweg.messaging.v1.SetPushTargetRequest;
import io.thalweg.messaging.v1.SetPushTargetResponse;
import io.thalweg.messaging.v1.SetRoleRequest;
import io.thalweg.messaging.v1.SetTypingRequest;
import io.thalweg.messaging.v1.SetTypingResponse;
import io.thalweg.messaging.v1.UnbanMemberRequest;
import io.thalweg.messaging.v1.UnbanMemberResponse;
import io.thalweg.messaging.v1.UpdateConversationRequest;
import io.thalweg.messaging.v1.UserBlocked;
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
  public static final ServiceType TYPE = of(Bounds.LARGE);

  private Messaging() {}

  /** The service with another bound above which a group is large. */
  static ServiceType of(int large) {
    return ServiceType.of(
        MessagingProto.getDescriptor().findServiceByName("Messaging"),
        definition -> define(definition, large));
  }

  private static void define(Definition d, int large) {
    ConversationRows conversations = ConversationRows.declare(d, large);
    InboxRows inboxes = InboxRows.declare(d);
    Signals signals = new Signals(d, inboxes);
    conversations(d, conversations, signals);
    inboxes(d, inboxes, signals);
  }

  private static void conversations(Definition d, ConversationRows rows, Signals signals) {
    Telling telling = new Telling(rows);
    d.command(FanOutRequest.class, FanOutResponse.class, telling::step);
    Groups groups = new Groups(rows, telling);
    d.command(CreateConversationRequest.class, Conversation.class, groups::create);
    d.command(UpdateConversationRequest.class, Conversation.class, groups::update);
    Members members = new Members(rows, telling);
    d.command(AddMembersRequest.class, Conversation.class, members::add);
    d.command(InviteMemberRequest.class, InviteMemberResponse.class, members::invite);
    d.command(JoinConversationRequest.class, Conversation.class, members::join);
    d.command(RemoveMemberRequest.class, RemoveMemberResponse.class, members::remove);
    d.command(UnbanMemberRequest.class, UnbanMemberResponse.class, members::unban);
    d.command(SetRoleRequest.class, Member.class, members::setRole);
    d.command(EraseMemberRequest.class, EraseMemberResponse.class, members::erase);
    Sends sends = new Sends(rows, telling);
    d.command(SendMessageRequest.class, SendMessageResponse.class, sends::send);
    d.command(RecordReceiptRequest.class, RecordReceiptResponse.class, sends::receipt);
    d.command(SetBlockedRequest.class, SetBlockedResponse.class, sends::setBlocked);
    Messages messages = new Messages(rows, telling);
    d.command(EditMessageRequest.class, EditMessageResponse.class, messages::edit);
    d.command(RetractMessageRequest.class, RetractMessageResponse.class, messages::retract);
    d.command(ReactRequest.class, ReactResponse.class, messages::react);
    d.command(ExpireMessagesRequest.class, ExpireMessagesResponse.class, new Expiry(rows)::step);
    d.signal(
        SetTypingRequest.class,
        SetTypingResponse.class,
        (request, context) -> signals.setTyping(request, rows, context));

    AppliedConversations applied = new AppliedConversations(rows);
    d.event(ConversationCreated.class, applied::created);
    d.event(ConversationUpdated.class, applied::updated);
    d.event(MembersChanged.class, new AppliedMembers(rows)::changed);
    d.event(MessageSent.class, applied::sent);
    d.event(MessageChanged.class, applied::changed);
    d.event(ReactionChanged.class, applied::reacted);
    d.event(MessagesExpired.class, applied::expired);
    d.event(ReceiptRecorded.class, applied::receipt);
    d.event(FanOutBegun.class, applied::fanOutBegun);
    d.event(FannedOut.class, applied::fannedOut);
    d.event(BlockChanged.class, applied::blocked);

    ConversationReads reads = new ConversationReads(rows, signals);
    d.query(GetConversationRequest.class, Conversation.class, reads::conversation);
    d.query(ListMembersRequest.class, ListMembersResponse.class, reads::members);
    d.query(ListBannedRequest.class, ListBannedResponse.class, reads::banned);
    d.query(GetMessagesRequest.class, GetMessagesResponse.class, reads::messages);
    d.query(ListChangesRequest.class, ListChangesResponse.class, reads::changes);
  }

  private static void inboxes(Definition d, InboxRows rows, Signals signals) {
    Pushes pushes = new Pushes(rows, signals);
    d.effectResult(Pushes.HANDLER, PushCorrelation.class, pushes::ended);
    d.command(SetPushTargetRequest.class, SetPushTargetResponse.class, pushes::set);
    InboxCommands commands = new InboxCommands(rows, pushes);
    d.command(AckInboxRequest.class, AckInboxResponse.class, commands::ack);
    d.command(RemoveDeviceRequest.class, RemoveDeviceResponse.class, commands::removeDevice);
    d.command(MarkReadRequest.class, MarkReadResponse.class, commands::markRead);
    d.command(PointInboxRequest.class, PointInboxResponse.class, commands::point);
    UserCommands users = new UserCommands(rows);
    d.command(BlockUserRequest.class, BlockUserResponse.class, users::block);
    d.command(MuteChatRequest.class, MuteChatResponse.class, users::mute);
    d.command(EraseUserRequest.class, EraseUserResponse.class, users::erase);
    d.command(EraseInboxRequest.class, EraseInboxResponse.class, users::eraseNext);
    d.signal(SetPresenceRequest.class, SetPresenceResponse.class, signals::setPresence);

    AppliedInboxes applied = new AppliedInboxes(rows);
    d.event(InboxPointed.class, applied::pointed);
    d.event(InboxAcknowledged.class, applied::acknowledged);
    d.event(DeviceRemoved.class, applied::deviceRemoved);
    d.event(PushTargetSet.class, applied::pushTarget);
    d.event(PushChanged.class, applied::push);
    d.event(UserBlocked.class, applied::blocked);
    d.event(ChatMuted.class, applied::muted);
    d.event(InboxErased.class, applied::erased);

    InboxReads reads = new InboxReads(rows);
    d.query(ReadInboxRequest.class, ReadInboxResponse.class, reads::items);
    d.query(ListChatsRequest.class, ListChatsResponse.class, reads::chats);
    d.query(ListBlockedRequest.class, ListBlockedResponse.class, reads::blocked);
    d.query(GetPresenceRequest.class, GetPresenceResponse.class, signals::presence);
    d.watch(WatchInboxRequest.class, InboxItem.class, InboxReads::watched);
  }
}
