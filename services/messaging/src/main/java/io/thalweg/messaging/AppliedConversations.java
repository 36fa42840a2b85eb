package io.thalweg.messaging;

import io.thalweg.messaging.ConversationRows.SentKey;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MessageRow;
import io.thalweg.messaging.v1.MessageSent;
import io.thalweg.messaging.v1.ReceiptRecorded;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SentRow;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;
import java.util.Objects;

/** What events of conversations do to their tables. */
final class AppliedConversations {
  private final ConversationRows rows;

  AppliedConversations(ConversationRows rows) {
    this.rows = rows;
  }

  void created(ConversationCreated event, EventContext context) {
    String conversation = event.getConversation();
    rows.conversations()
        .replace(
            conversation,
            null,
            ConversationRow.newBuilder()
                .setDirect(event.getDirect())
                .setCreator(event.getCreator())
                .setTitle(event.getTitle())
                .setCreateUs(context.logTimeUs())
                .setFirstSeq(1)
                .setMembers(event.getMembersCount())
                .build());
    for (String user : event.getMembersList()) {
      Role role = user.equals(event.getCreator()) ? Role.OWNER : Role.MEMBER;
      rows.members()
          .replace(
              new Pair<>(conversation, user), null, MemberRow.newBuilder().setRole(role).build());
    }
  }

  void sent(MessageSent event, EventContext context) {
    String conversation = event.getConversation();
    long seq = event.getSeq();
    ConversationRow before = rows.conversation(conversation);
    rows.conversations().replace(conversation, before, before.toBuilder().setLastSeq(seq).build());
    rows.messages()
        .replace(
            new Pair<>(conversation, seq),
            null,
            MessageRow.newBuilder()
                .setUser(event.getUser())
                .setDevice(event.getDevice())
                .setClientMessageId(event.getClientMessageId())
                .setTimeUs(context.logTimeUs())
                .setContent(event.getContent())
                .setReplyTo(event.getReplyTo())
                .setThread(event.getThread())
                .addAllMentions(event.getMentionsList())
                .build());
    remember(event);
    MemberRow sender = Objects.requireNonNull(rows.findMember(conversation, event.getUser()));
    rows.members()
        .replace(
            new Pair<>(conversation, event.getUser()),
            sender,
            sender.toBuilder().setReadSeq(seq).setDeliveredSeq(seq).build());
  }

  /** Keeps the client's name of a message, in place of the one that leaves the window. */
  private void remember(MessageSent event) {
    String conversation = event.getConversation();
    rows.sent()
        .replace(
            new SentKey(
                conversation, event.getUser(), event.getDevice(), event.getClientMessageId()),
            null,
            event.getSeq());
    rows.window()
        .replace(
            new Pair<>(conversation, event.getSeq()),
            null,
            SentRow.newBuilder()
                .setUser(event.getUser())
                .setDevice(event.getDevice())
                .setClientMessageId(event.getClientMessageId())
                .build());
    long leaving = event.getSeq() - Bounds.SENT_WINDOW;
    if (leaving > 0) {
      Pair<String, Long> key = new Pair<>(conversation, leaving);
      SentRow old = Objects.requireNonNull(rows.window().get(key));
      rows.sent()
          .delete(
              new SentKey(conversation, old.getUser(), old.getDevice(), old.getClientMessageId()));
      rows.window().delete(key, old);
    }
  }

  void receipt(ReceiptRecorded event, EventContext context) {
    Pair<String, String> key = new Pair<>(event.getConversation(), event.getUser());
    MemberRow before = Objects.requireNonNull(rows.members().get(key));
    rows.members()
        .replace(
            key,
            before,
            before.toBuilder()
                .setReadSeq(Math.max(before.getReadSeq(), event.getReadSeq()))
                .setDeliveredSeq(Math.max(before.getDeliveredSeq(), event.getDeliveredSeq()))
                .build());
  }
}
