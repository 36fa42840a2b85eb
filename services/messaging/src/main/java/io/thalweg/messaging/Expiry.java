package io.thalweg.messaging;

import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.ExpireMessagesRequest;
import io.thalweg.messaging.v1.ExpireMessagesResponse;
import io.thalweg.messaging.v1.MessagesExpired;
import io.thalweg.runtime.CommandContext;

/** Removes messages that are older, or more, than a conversation retains. */
final class Expiry {
  private static final long MIN_PAUSE_US = 1_000_000;

  private final ConversationRows rows;

  Expiry(ConversationRows rows) {
    this.rows = rows;
  }

  /** Sets the timer; it takes the place of one that is set. */
  static void begin(String conversation, long atUs, CommandContext context) {
    context.schedule(
        "expire~" + conversation,
        atUs,
        ExpireMessagesRequest.newBuilder().setConversation(conversation).build());
  }

  /** Sets the timer for a message that nothing was before. */
  static void sent(String conversation, ConversationRow before, CommandContext context) {
    if (before.getRetainMs() > 0 && before.getFirstSeq() > before.getLastSeq()) {
      begin(conversation, context.logTimeUs() + before.getRetainMs() * 1_000, context);
    }
  }

  ExpireMessagesResponse step(ExpireMessagesRequest request, CommandContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.conversation(conversation);
    long first = row.getFirstSeq();
    long end = Math.min(row.getLastSeq() + 1, first + Bounds.EXPIRE);
    long before = first;
    while (before < end && isOver(conversation, row, before, context.logTimeUs())) {
      before++;
    }
    if (before > first) {
      context.emit(
          MessagesExpired.newBuilder().setConversation(conversation).setBeforeSeq(before).build());
    }
    if (before - first == Bounds.EXPIRE) {
      begin(conversation, context.logTimeUs(), context);
    } else if (row.getRetainMs() > 0 && before <= row.getLastSeq()) {
      long oldestUs = rows.message(conversation, before).getTimeUs();
      begin(
          conversation,
          Math.max(oldestUs + row.getRetainMs() * 1_000, context.logTimeUs() + MIN_PAUSE_US),
          context);
    }
    return ExpireMessagesResponse.getDefaultInstance();
  }

  private boolean isOver(String conversation, ConversationRow row, long seq, long nowUs) {
    return (row.getRetainMessages() > 0 && row.getLastSeq() - seq >= row.getRetainMessages())
        || (row.getRetainMs() > 0
            && rows.message(conversation, seq).getTimeUs() + row.getRetainMs() * 1_000 <= nowUs);
  }
}
