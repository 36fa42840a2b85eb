package io.thalweg.messaging;

import io.thalweg.messaging.v1.ChatRow;
import io.thalweg.messaging.v1.ItemKind;
import java.util.List;

/** What an item makes of a chat: the command that decides and the handler that applies agree. */
final class Chats {
  private Chats() {}

  /** Unread messages; none of who is outside, or has read what the inbox has not heard of yet. */
  static long unread(ChatRow chat) {
    return chat.getOutside() ? 0 : Math.max(0, chat.getLastSeq() - chat.getReadSeq());
  }

  static int unreadMentions(ChatRow chat) {
    return chat.getMentionSeqsCount();
  }

  /**
   * A chat after an item.
   *
   * @param own the user did it itself
   */
  static ChatRow after(ChatRow chat, ItemKind kind, long seq, boolean own, boolean mentions) {
    ChatRow.Builder after = chat.toBuilder();
    switch (kind) {
      case MESSAGE -> {
        after.setLastSeq(seq);
        if (own) {
          read(after, seq);
        } else if (mentions) {
          mention(after, seq);
        }
      }
      case JOINED -> {
        after.setLastSeq(Math.max(seq, chat.getLastSeq()));
        read(after, seq);
        after.setOutside(false);
      }
      case READ -> read(after, seq);
      case REMOVED_FROM, INVITED -> after.setOutside(true).clearMentionSeqs();
      case RECEIPT, CHANGED, UPDATED, TYPING, PRESENCE, ITEM_KIND_UNSPECIFIED, UNRECOGNIZED -> {}
    }
    return after.build();
  }

  private static void read(ChatRow.Builder chat, long seq) {
    chat.setReadSeq(Math.max(chat.getReadSeq(), seq));
    List<Long> left =
        chat.getMentionSeqsList().stream().filter(each -> each > chat.getReadSeq()).toList();
    chat.clearMentionSeqs().addAllMentionSeqs(left);
  }

  private static void mention(ChatRow.Builder chat, long seq) {
    if (seq <= chat.getReadSeq()) {
      return;
    }
    List<Long> all = chat.getMentionSeqsList();
    if (all.size() >= Bounds.MAX_MENTIONS) {
      List<Long> newest = List.copyOf(all.subList(1, all.size()));
      chat.clearMentionSeqs().addAllMentionSeqs(newest);
    }
    chat.addMentionSeqs(seq);
  }
}
