package io.thalweg.messaging;

import io.thalweg.messaging.ConversationRows.ReactedKey;
import io.thalweg.messaging.ConversationRows.SentKey;
import io.thalweg.messaging.v1.BlockChanged;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.ConversationUpdated;
import io.thalweg.messaging.v1.FanOutBegun;
import io.thalweg.messaging.v1.FannedOut;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MessageChanged;
import io.thalweg.messaging.v1.MessageRow;
import io.thalweg.messaging.v1.MessageSent;
import io.thalweg.messaging.v1.MessagesExpired;
import io.thalweg.messaging.v1.ReactionChanged;
import io.thalweg.messaging.v1.ReceiptRecorded;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SentRow;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
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
                .setOwners(event.getDirect() ? 0 : 1)
                .setLarge(event.getMembersCount() > rows.large())
                .build());
    for (String user : event.getMembersList()) {
      Role role = user.equals(event.getCreator()) ? Role.OWNER : Role.MEMBER;
      rows.members()
          .replace(
              new Pair<>(conversation, user), null, MemberRow.newBuilder().setRole(role).build());
      if (event.getMembersCount() > rows.large()) {
        rows.clean().replace(new Pair<>(conversation, user), null, "");
      }
    }
  }

  void sent(MessageSent event, EventContext context) {
    String conversation = event.getConversation();
    long seq = event.getSeq();
    ConversationRow before = rows.conversation(conversation);
    ConversationRow.Builder after =
        before.toBuilder().setLastSeq(seq).setLastSender(event.getUser());
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
    if (before.getLarge()) {
      // The sender's own item is on its way.
      rows.clean().delete(new Pair<>(conversation, event.getUser()));
    }
    if (before.getRetainMessages() > 0
        && seq - before.getFirstSeq() >= before.getRetainMessages()) {
      remove(conversation, before.getFirstSeq());
      after.setFirstSeq(before.getFirstSeq() + 1);
    }
    rows.conversations().replace(conversation, before, after.build());
  }

  private void remove(String conversation, long seq) {
    MessageRow old = rows.message(conversation, seq);
    rows.messages().delete(new Pair<>(conversation, seq), old);
    if (old.getRevision() > 0) {
      rows.changes().delete(new Pair<>(conversation, old.getRevision()));
    }
    if (old.getReactionsCount() > 0) {
      rows.reacted()
          .deletePrefix(
              KeyPrefix.of(key -> {
                key.string(conversation);
                key.int64(seq);
              }));
    }
  }

  void expired(MessagesExpired event, EventContext context) {
    String conversation = event.getConversation();
    ConversationRow before = rows.conversation(conversation);
    for (long seq = before.getFirstSeq(); seq < event.getBeforeSeq(); seq++) {
      remove(conversation, seq);
    }
    rows.conversations()
        .replace(
            conversation, before, before.toBuilder().setFirstSeq(event.getBeforeSeq()).build());
  }

  void changed(MessageChanged event, EventContext context) {
    String conversation = event.getConversation();
    ConversationRow row = rows.conversation(conversation);
    long revision = row.getRevision() + 1;
    rows.conversations().replace(conversation, row, row.toBuilder().setRevision(revision).build());
    MessageRow before = rows.message(conversation, event.getSeq());
    MessageRow.Builder after = before.toBuilder().setRevision(revision).clearContent();
    if (event.hasContent()) {
      after.setContent(event.getContent()).setEdited(true);
    } else {
      after.setRetracted(true);
    }
    rows.messages().replace(new Pair<>(conversation, event.getSeq()), before, after.build());
    if (before.getRevision() > 0) {
      rows.changes().delete(new Pair<>(conversation, before.getRevision()));
    }
    rows.changes().replace(new Pair<>(conversation, revision), null, event.getSeq());
    if (revision > Bounds.MAX_CHANGES) {
      rows.changes().delete(new Pair<>(conversation, revision - Bounds.MAX_CHANGES));
    }
  }

  void reacted(ReactionChanged event, EventContext context) {
    String conversation = event.getConversation();
    ReactedKey key =
        new ReactedKey(conversation, event.getSeq(), event.getUser(), event.getReaction());
    if (event.getRemoved()) {
      rows.reacted().delete(key);
    } else {
      rows.reacted().replace(key, null, "");
    }
    MessageRow before = rows.message(conversation, event.getSeq());
    rows.messages()
        .replace(
            new Pair<>(conversation, event.getSeq()),
            before,
            before.toBuilder()
                .clearReactions()
                .addAllReactions(
                    Messages.counted(
                        before.getReactionsList(),
                        event.getReaction(),
                        event.getRemoved() ? -1 : 1))
                .build());
  }

  void updated(ConversationUpdated event, EventContext context) {
    ConversationRow before = rows.conversation(event.getConversation());
    rows.conversations()
        .replace(
            event.getConversation(),
            before,
            before.toBuilder()
                .setTitle(event.getTitle())
                .setOpen(event.getOpen())
                .setHistoryForAll(event.getHistoryForAll())
                .setRetainMs(event.getRetainMs())
                .setRetainMessages(event.getRetainMessages())
                .build());
  }

  void fanOutBegun(FanOutBegun event, EventContext context) {
    ConversationRow before = rows.conversation(event.getConversation());
    rows.conversations()
        .replace(
            event.getConversation(),
            before,
            before.toBuilder().setFanning(true).setFannedUs(context.logTimeUs()).build());
  }

  void fannedOut(FannedOut event, EventContext context) {
    String conversation = event.getConversation();
    for (String user : event.getUsersList()) {
      rows.clean().delete(new Pair<>(conversation, user));
    }
    if (event.getDone()) {
      ConversationRow before = rows.conversation(conversation);
      rows.conversations()
          .replace(
              conversation,
              before,
              before.toBuilder().setFanning(false).setFannedUs(context.logTimeUs()).build());
    }
  }

  void blocked(BlockChanged event, EventContext context) {
    Pair<String, String> key = new Pair<>(event.getConversation(), event.getUser());
    MemberRow before = Objects.requireNonNull(rows.members().get(key));
    rows.members().replace(key, before, before.toBuilder().setBlocks(event.getBlocked()).build());
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
    if (event.getSettled()) {
      rows.clean().put(key, "");
    }
  }
}
