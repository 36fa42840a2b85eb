package io.thalweg.messaging;

import com.google.rpc.Code;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.ConversationUpdated;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.UpdateConversationRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.LinkedHashSet;
import java.util.Set;

/** Makes groups, and changes their settings. */
final class Groups {
  private final ConversationRows rows;
  private final Telling telling;

  Groups(ConversationRows rows, Telling telling) {
    this.rows = rows;
    this.telling = telling;
  }

  Conversation create(CreateConversationRequest request, CommandContext context) {
    String conversation = request.getConversation();
    Bounds.checkName("conversation", conversation);
    Bounds.checkUser("user", request.getUser());
    if (DirectName.isDirect(conversation)) {
      throw Failure.invalid(
          "conversation", "must not begin with 'direct~': a conversation of two is not created");
    }
    ConversationRow there = rows.find(conversation);
    if (there == null) {
      make(request, context);
    } else if (!there.getCreator().equals(request.getUser())) {
      throw Failure.of(
          Code.ALREADY_EXISTS,
          "there is a conversation '%s', which somebody else created"
              .formatted(Failure.quote(conversation)));
    }
    return ConversationReads.shown(rows, conversation, request.getUser());
  }

  private void make(CreateConversationRequest request, CommandContext context) {
    Set<String> members = new LinkedHashSet<>();
    members.add(request.getUser());
    for (int i = 0; i < request.getMembersCount(); i++) {
      Bounds.checkUser("members[" + i + "]", request.getMembers(i));
      members.add(request.getMembers(i));
    }
    context.emit(
        ConversationCreated.newBuilder()
            .setConversation(request.getConversation())
            .setCreator(request.getUser())
            .addAllMembers(members)
            .setTitle(request.getTitle())
            .build());
    for (String member : members) {
      Telling.tell(
          member, request.getConversation(), ItemKind.JOINED, 0, request.getUser(), context);
    }
  }

  Conversation update(UpdateConversationRequest request, CommandContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.conversation(conversation);
    MemberRow member = rows.member(conversation, request.getUser());
    boolean settings = request.hasTitle() || request.hasOpen() || request.hasHistoryForAll();
    if (row.getDirect() ? settings : member.getRole() != Role.OWNER) {
      throw Bounds.denied("only an owner of a group changes that");
    }
    context.emit(
        ConversationUpdated.newBuilder()
            .setConversation(conversation)
            .setTitle(request.hasTitle() ? request.getTitle() : row.getTitle())
            .setOpen(request.hasOpen() ? request.getOpen() : row.getOpen())
            .setHistoryForAll(
                request.hasHistoryForAll() ? request.getHistoryForAll() : row.getHistoryForAll())
            .setRetainMs(request.hasRetainMs() ? request.getRetainMs() : row.getRetainMs())
            .setRetainMessages(
                request.hasRetainMessages() ? request.getRetainMessages() : row.getRetainMessages())
            .build());
    Expiry.begin(conversation, context.logTimeUs(), context);
    telling.tellAll(conversation, ItemKind.UPDATED, 0, request.getUser(), context);
    return ConversationReads.shown(rows, conversation, request.getUser());
  }
}
