package io.thalweg.messaging;

import io.thalweg.contract.Sealed;
import io.thalweg.messaging.ConversationRows.SentKey;
import io.thalweg.messaging.v1.BlockChanged;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MessageRow;
import io.thalweg.messaging.v1.MessageSent;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.messaging.v1.ReceiptRecorded;
import io.thalweg.messaging.v1.RecordReceiptRequest;
import io.thalweg.messaging.v1.RecordReceiptResponse;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.messaging.v1.SetBlockedRequest;
import io.thalweg.messaging.v1.SetBlockedResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;

/** Takes messages and receipts into a conversation, and tells the inboxes of its members. */
final class Sends {
  private final ConversationRows rows;
  private final Telling telling;

  Sends(ConversationRows rows, Telling telling) {
    this.rows = rows;
    this.telling = telling;
  }

  SendMessageResponse send(SendMessageRequest request, CommandContext context) {
    check(request);
    String conversation = request.getConversation();
    Long before =
        rows.sent()
            .get(
                new SentKey(
                    conversation,
                    request.getUser(),
                    request.getDevice(),
                    request.getClientMessageId()));
    if (before != null) {
      return answer(conversation, before, true);
    }
    ConversationRow row = open(conversation, request.getUser(), context);
    MemberRow sender = rows.member(conversation, request.getUser());
    if (sender.getRole() == Role.READER) {
      throw Bounds.denied("'%s' may not send here".formatted(Failure.quote(request.getUser())));
    }
    if (row.getDirect()) {
      requireNotBlocked(conversation, request.getUser());
    }
    checkSenderName(rows, conversation, request.getUser(), request.getContent());
    checkThere("reply_to", request.getReplyTo(), row);
    checkThere("thread", request.getThread(), row);
    long seq = row.getLastSeq() + 1;
    Sealed content = context.seal(request.getUser(), request.getContent().toByteString());
    context.emit(
        MessageSent.newBuilder()
            .setConversation(conversation)
            .setSeq(seq)
            .setUser(request.getUser())
            .setDevice(request.getDevice())
            .setClientMessageId(request.getClientMessageId())
            .setContent(content)
            .setReplyTo(request.getReplyTo())
            .setThread(request.getThread())
            .addAllMentions(request.getMentionsList())
            .build());
    telling.message(conversation, seq, request.getUser(), request.getMentionsList(), context);
    Expiry.sent(conversation, row, context);
    return answer(conversation, seq, false);
  }

  private static void check(SendMessageRequest request) {
    Bounds.checkName("conversation", request.getConversation());
    Bounds.checkUser("user", request.getUser());
    Bounds.checkName("device", request.getDevice());
    Bounds.checkName("client_message_id", request.getClientMessageId());
    for (int i = 0; i < request.getMentionsCount(); i++) {
      Bounds.checkUser("mentions[" + i + "]", request.getMentions(i));
    }
    checkContent(request.getContent());
  }

  static void checkContent(Content content) {
    if (content.getBodyCase() == Content.BodyCase.BODY_NOT_SET
        && content.getAttachmentsCount() == 0) {
      throw Failure.invalid("content", "must have a text, data or an attachment; got none");
    }
  }

  /** Nobody goes by the name of another member. */
  static void checkSenderName(
      ConversationRows rows, String conversation, String user, Content content) {
    String name = content.getSenderName();
    if (!name.isEmpty()) {
      Bounds.checkName("content.sender_name", name);
      if (!name.equals(user) && rows.findMember(conversation, name) != null) {
        throw Failure.invalid(
            "content.sender_name",
            "must not be the name of another member; got '" + Failure.quote(name) + "'");
      }
    }
  }

  /** The conversation; one of two is made when it is not there. NOT_FOUND to who is neither. */
  private ConversationRow open(String conversation, String user, CommandContext context) {
    ConversationRow row = rows.find(conversation);
    if (row != null) {
      return row;
    }
    DirectName direct = DirectName.parse(conversation);
    if (direct != null && direct.has(user)) {
      context.emit(
          ConversationCreated.newBuilder()
              .setConversation(conversation)
              .setDirect(true)
              .addAllMembers(direct.users())
              .build());
    }
    return rows.conversation(conversation);
  }

  private static void checkThere(String field, long seq, ConversationRow row) {
    if (seq > row.getLastSeq()) {
      throw Failure.invalid(
          field,
          "must be the number of a message, at most %d; got %d".formatted(row.getLastSeq(), seq));
    }
  }

  private void requireNotBlocked(String conversation, String user) {
    DirectName direct = DirectName.parse(conversation);
    if (direct != null) {
      MemberRow other = rows.findMember(conversation, direct.other(user));
      if (other != null && other.getBlocks()) {
        throw Bounds.denied("'%s' takes nothing here".formatted(Failure.quote(direct.other(user))));
      }
    }
  }

  private SendMessageResponse answer(String conversation, long seq, boolean duplicate) {
    SendMessageResponse.Builder answer =
        SendMessageResponse.newBuilder().setSeq(seq).setDuplicate(duplicate);
    MessageRow row = rows.messages().get(new Pair<>(conversation, seq));
    if (row != null) {
      answer.setTime(Bounds.time(row.getTimeUs()));
    }
    return answer.build();
  }

  /** A receipt of an inbox. Of who is no member any more it is dropped. */
  RecordReceiptResponse receipt(RecordReceiptRequest request, CommandContext context) {
    String conversation = request.getConversation();
    String user = request.getUser();
    ConversationRow row = rows.find(conversation);
    MemberRow member = rows.findMember(conversation, user);
    if (row == null || member == null) {
      return RecordReceiptResponse.getDefaultInstance();
    }
    long last = row.getLastSeq();
    long read = Math.max(member.getReadSeq(), Math.min(request.getReadSeq(), last));
    long delivered =
        Math.max(
            Math.max(read, member.getDeliveredSeq()), Math.min(request.getDeliveredSeq(), last));
    boolean waiting = row.getLarge() && !rows.clean().contains(new Pair<>(conversation, user));
    boolean settled = waiting && delivered == last;
    if (read > member.getReadSeq() || delivered > member.getDeliveredSeq() || settled) {
      context.emit(
          ReceiptRecorded.newBuilder()
              .setConversation(conversation)
              .setUser(user)
              .setReadSeq(read)
              .setDeliveredSeq(delivered)
              .setSettled(settled)
              .build());
      if (row.getDirect()) {
        tellTheOther(conversation, user, context);
      }
    }
    if (waiting && !settled) {
      Telling.marker(user, conversation, row, context);
    }
    if (request.getReadSeq() > 0 && read > request.getTakenSeq()) {
      // The inbox had not heard of all that was read; by now it has.
      Telling.tell(user, conversation, ItemKind.READ, read, user, context);
    }
    return RecordReceiptResponse.getDefaultInstance();
  }

  private void tellTheOther(String conversation, String user, CommandContext context) {
    DirectName direct = DirectName.parse(conversation);
    MemberRow reader = rows.member(conversation, user);
    if (direct == null || direct.first().equals(direct.second())) {
      return;
    }
    context.send(
        PointInboxRequest.newBuilder()
            .setUser(direct.other(user))
            .setConversation(conversation)
            .setKind(ItemKind.RECEIPT)
            .setSeq(reader.getReadSeq())
            .setDeliveredSeq(reader.getDeliveredSeq())
            .setActor(user)
            .build());
  }

  /** A user of two blocks the other, or lets go; the conversation is made if it is not there. */
  SetBlockedResponse setBlocked(SetBlockedRequest request, CommandContext context) {
    String conversation = request.getConversation();
    open(conversation, request.getUser(), context);
    MemberRow member = rows.findMember(conversation, request.getUser());
    if (member != null && member.getBlocks() != request.getBlocked()) {
      context.emit(
          BlockChanged.newBuilder()
              .setConversation(conversation)
              .setUser(request.getUser())
              .setBlocked(request.getBlocked())
              .build());
    }
    return SetBlockedResponse.getDefaultInstance();
  }
}
