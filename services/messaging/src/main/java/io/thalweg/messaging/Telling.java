package io.thalweg.messaging;

import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.FanOutBegun;
import io.thalweg.messaging.v1.FanOutRequest;
import io.thalweg.messaging.v1.FanOutResponse;
import io.thalweg.messaging.v1.FannedOut;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.runtime.CommandContext;
import java.util.List;

/**
 * Tells inboxes of what happens in a conversation.
 *
 * <p>Up to {@value Bounds#LARGE} members: each inbox is told of each message. With more, an inbox
 * holds at most one item of the group that no device has acknowledged. Members of whom that is not
 * so are <em>clean</em>; a round tells them of the newest message, in steps of {@value
 * Bounds#FAN_OUT}, and takes them out; an acknowledgement puts them back, or tells them at once of
 * what came since. So a message costs what there are members who follow, and nothing for those who
 * are away.
 */
final class Telling {
  private final ConversationRows rows;

  Telling(ConversationRows rows) {
    this.rows = rows;
  }

  /** Tells one inbox. */
  static void tell(
      String user, String conversation, ItemKind kind, long seq, String actor, CommandContext c) {
    c.send(
        PointInboxRequest.newBuilder()
            .setUser(user)
            .setConversation(conversation)
            .setKind(kind)
            .setSeq(seq)
            .setActor(actor)
            .build());
  }

  /** Tells all inboxes of what is no message; not in a large group. */
  void tellAll(String conversation, ItemKind kind, long seq, String actor, CommandContext context) {
    if (!rows.conversation(conversation).getLarge()) {
      for (String user : rows.memberNames(conversation)) {
        tell(user, conversation, kind, seq, actor, context);
      }
    }
  }

  /** Tells of a message that was sent just now. */
  void message(
      String conversation, long seq, String sender, List<String> mentions, CommandContext context) {
    ConversationRow row = rows.conversation(conversation);
    if (!row.getLarge()) {
      for (String user : rows.memberNames(conversation)) {
        message(user, conversation, seq, sender, mentions.contains(user), false, context);
      }
      return;
    }
    message(sender, conversation, seq, sender, false, true, context);
    boolean stuck = context.logTimeUs() - row.getFannedUs() > Bounds.FAN_OUT_STUCK_US;
    if (!row.getFanning() || stuck) {
      context.emit(FanOutBegun.newBuilder().setConversation(conversation).build());
      schedule(
          conversation,
          Math.max(context.logTimeUs(), row.getFannedUs() + Bounds.FAN_OUT_REST_US),
          context);
    }
  }

  private static void message(
      String user,
      String conversation,
      long seq,
      String sender,
      boolean mentions,
      boolean large,
      CommandContext context) {
    context.send(
        PointInboxRequest.newBuilder()
            .setUser(user)
            .setConversation(conversation)
            .setKind(ItemKind.MESSAGE)
            .setSeq(seq)
            .setActor(sender)
            .setMentions(mentions)
            .setLarge(large)
            .build());
  }

  /** Tells a member of a large group, who has acknowledged an item, of what came since. */
  static void marker(String user, String conversation, ConversationRow row, CommandContext c) {
    message(user, conversation, row.getLastSeq(), row.getLastSender(), false, true, c);
  }

  private static void schedule(String conversation, long atUs, CommandContext context) {
    context.schedule(
        "fan~" + conversation,
        atUs,
        FanOutRequest.newBuilder().setConversation(conversation).build());
  }

  /** The next step of a round. */
  FanOutResponse step(FanOutRequest request, CommandContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.conversation(conversation);
    List<String> users = ConversationRows.users(rows.clean(), conversation, Bounds.FAN_OUT);
    for (String user : users) {
      marker(user, conversation, row, context);
    }
    boolean done = users.size() < Bounds.FAN_OUT;
    context.emit(
        FannedOut.newBuilder()
            .setConversation(conversation)
            .addAllUsers(users)
            .setDone(done)
            .build());
    if (!done) {
      schedule(conversation, context.logTimeUs(), context);
    }
    return FanOutResponse.getDefaultInstance();
  }
}
