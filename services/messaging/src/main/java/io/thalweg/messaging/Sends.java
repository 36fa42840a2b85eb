package io.thalweg.messaging;

import io.thalweg.contract.Sealed;
import io.thalweg.messaging.ConversationRows.SentKey;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MessageSent;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.messaging.v1.ReceiptRecorded;
import io.thalweg.messaging.v1.RecordReceiptRequest;
import io.thalweg.messaging.v1.RecordReceiptResponse;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SendMessageRequest;
import io.thalweg.messaging.v1.SendMessageResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;

/** Takes messages and receipts into a conversation, and tells the inboxes of its members. */
final class Sends {
  private final ConversationRows rows;

  Sends(ConversationRows rows) {
    this.rows = rows;
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
    tellAll(request, seq, row, context);
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
    Content content = request.getContent();
    if (content.getBodyCase() == Content.BodyCase.BODY_NOT_SET
        && content.getAttachmentsCount() == 0) {
      throw Failure.invalid("content", "must have a text, data or an attachment; got none");
    }
  }

  /** The conversation; one of two is made when it is not there. */
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

  private void tellAll(
      SendMessageRequest request, long seq, ConversationRow row, CommandContext context) {
    String conversation = request.getConversation();
    KeyPrefix all = KeyPrefix.of(key -> key.string(conversation));
    for (Table.Row<io.thalweg.state.KeyCodecs.Pair<String, String>, MemberRow> member :
        rows.members().scanPrefix(all, Math.max(1, row.getMembers()))) {
      String user = member.key().second();
      context.send(
          PointInboxRequest.newBuilder()
              .setUser(user)
              .setConversation(conversation)
              .setKind(ItemKind.MESSAGE)
              .setSeq(seq)
              .setActor(request.getUser())
              .setMentions(request.getMentionsList().contains(user))
              .build());
    }
  }

  private SendMessageResponse answer(String conversation, long seq, boolean duplicate) {
    SendMessageResponse.Builder answer =
        SendMessageResponse.newBuilder().setSeq(seq).setDuplicate(duplicate);
    var row = rows.messages().get(new io.thalweg.state.KeyCodecs.Pair<>(conversation, seq));
    if (row != null) {
      answer.setTime(Bounds.time(row.getTimeUs()));
    }
    return answer.build();
  }

  /** A receipt of an inbox. Of who is no member any more it is dropped. */
  RecordReceiptResponse receipt(RecordReceiptRequest request, CommandContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.find(conversation);
    MemberRow member = rows.findMember(conversation, request.getUser());
    if (row == null || member == null) {
      return RecordReceiptResponse.getDefaultInstance();
    }
    long read = Math.min(request.getReadSeq(), row.getLastSeq());
    long delivered = Math.max(read, Math.min(request.getDeliveredSeq(), row.getLastSeq()));
    if (read > member.getReadSeq() || delivered > member.getDeliveredSeq()) {
      context.emit(
          ReceiptRecorded.newBuilder()
              .setConversation(conversation)
              .setUser(request.getUser())
              .setReadSeq(read)
              .setDeliveredSeq(delivered)
              .build());
      if (row.getDirect()) {
        tellTheOther(conversation, request.getUser(), context);
      }
    }
    if (read > request.getTakenSeq() && request.getReadSeq() > 0) {
      // The inbox had not heard of all that was read; by now it has.
      context.send(
          PointInboxRequest.newBuilder()
              .setUser(request.getUser())
              .setConversation(conversation)
              .setKind(ItemKind.READ)
              .setSeq(read)
              .setActor(request.getUser())
              .build());
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
            .setUser(direct.first().equals(user) ? direct.second() : direct.first())
            .setConversation(conversation)
            .setKind(ItemKind.RECEIPT)
            .setSeq(reader.getReadSeq())
            .setDeliveredSeq(reader.getDeliveredSeq())
            .setActor(user)
            .build());
  }
}
