package io.thalweg.messaging;

import com.google.rpc.Code;
import io.thalweg.messaging.ConversationRows.ReactedKey;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.EditMessageRequest;
import io.thalweg.messaging.v1.EditMessageResponse;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MessageChanged;
import io.thalweg.messaging.v1.MessageRow;
import io.thalweg.messaging.v1.ReactRequest;
import io.thalweg.messaging.v1.ReactResponse;
import io.thalweg.messaging.v1.Reaction;
import io.thalweg.messaging.v1.ReactionChanged;
import io.thalweg.messaging.v1.RetractMessageRequest;
import io.thalweg.messaging.v1.RetractMessageResponse;
import io.thalweg.messaging.v1.Role;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.List;

/** Changes messages that are there: takes no number of the sequence. */
final class Messages {
  private final ConversationRows rows;
  private final Telling telling;

  Messages(ConversationRows rows, Telling telling) {
    this.rows = rows;
    this.telling = telling;
  }

  EditMessageResponse edit(EditMessageRequest request, CommandContext context) {
    String conversation = request.getConversation();
    rows.conversation(conversation);
    MemberRow member = rows.member(conversation, request.getUser());
    MessageRow message = rows.visible(conversation, request.getSeq(), member);
    Sends.checkContent(request.getContent());
    if (!message.getUser().equals(request.getUser()) || member.getRole() == Role.READER) {
      throw Bounds.denied("only who sent a message edits it");
    }
    if (message.getRetracted()) {
      throw retracted();
    }
    Sends.checkSenderName(rows, conversation, request.getUser(), request.getContent());
    context.emit(
        MessageChanged.newBuilder()
            .setConversation(conversation)
            .setSeq(request.getSeq())
            .setActor(request.getUser())
            .setContent(context.seal(request.getUser(), request.getContent().toByteString()))
            .build());
    return EditMessageResponse.newBuilder()
        .setRevision(changed(conversation, request.getSeq(), request.getUser(), context))
        .build();
  }

  RetractMessageResponse retract(RetractMessageRequest request, CommandContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.conversation(conversation);
    MemberRow member = rows.member(conversation, request.getUser());
    MessageRow message = rows.visible(conversation, request.getSeq(), member);
    if (!message.getUser().equals(request.getUser())
        && member.getRoleValue() < Role.MODERATOR_VALUE) {
      throw Bounds.denied("only who sent a message, or a moderator, takes it back");
    }
    if (message.getRetracted()) {
      return RetractMessageResponse.newBuilder().setRevision(row.getRevision()).build();
    }
    context.emit(
        MessageChanged.newBuilder()
            .setConversation(conversation)
            .setSeq(request.getSeq())
            .setActor(request.getUser())
            .build());
    return RetractMessageResponse.newBuilder()
        .setRevision(changed(conversation, request.getSeq(), request.getUser(), context))
        .build();
  }

  private long changed(String conversation, long seq, String actor, CommandContext context) {
    telling.tellAll(conversation, ItemKind.CHANGED, seq, actor, context);
    return rows.conversation(conversation).getRevision();
  }

  ReactResponse react(ReactRequest request, CommandContext context) {
    String conversation = request.getConversation();
    rows.conversation(conversation);
    MemberRow member = rows.member(conversation, request.getUser());
    MessageRow message = rows.visible(conversation, request.getSeq(), member);
    Bounds.checkName("reaction", request.getReaction());
    boolean there =
        rows.reacted()
            .contains(
                new ReactedKey(
                    conversation, request.getSeq(), request.getUser(), request.getReaction()));
    if (there == request.getRemove()) {
      if (message.getRetracted() && !request.getRemove()) {
        throw retracted();
      }
      List<Reaction> after =
          counted(message.getReactionsList(), request.getReaction(), request.getRemove() ? -1 : 1);
      if (after.size() > Bounds.MAX_REACTIONS) {
        throw Bounds.exhausted(
            "a message has at most " + Bounds.MAX_REACTIONS + " different reactions");
      }
      context.emit(
          ReactionChanged.newBuilder()
              .setConversation(conversation)
              .setSeq(request.getSeq())
              .setUser(request.getUser())
              .setReaction(request.getReaction())
              .setRemoved(request.getRemove())
              .build());
      telling.tellAll(conversation, ItemKind.CHANGED, request.getSeq(), request.getUser(), context);
    }
    return ReactResponse.newBuilder()
        .addAllReactions(rows.message(conversation, request.getSeq()).getReactionsList())
        .build();
  }

  /** Reactions with one more or less of one kind, in the order in which they first came. */
  static List<Reaction> counted(List<Reaction> before, String reaction, int by) {
    List<Reaction> after = new ArrayList<>();
    boolean found = false;
    for (Reaction each : before) {
      if (!each.getReaction().equals(reaction)) {
        after.add(each);
        continue;
      }
      found = true;
      if (each.getCount() + by > 0) {
        after.add(each.toBuilder().setCount(each.getCount() + by).build());
      }
    }
    if (!found && by > 0) {
      after.add(Reaction.newBuilder().setReaction(reaction).setCount(by).build());
    }
    return after;
  }

  private static Failure retracted() {
    return Failure.of(Code.FAILED_PRECONDITION, "the message was retracted");
  }
}
