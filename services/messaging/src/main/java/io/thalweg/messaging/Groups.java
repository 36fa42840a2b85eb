package io.thalweg.messaging;

import com.google.rpc.Code;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.ConversationCreated;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.CreateConversationRequest;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.LinkedHashSet;
import java.util.Set;

/** Makes groups. */
final class Groups {
  private final ConversationRows rows;

  Groups(ConversationRows rows) {
    this.rows = rows;
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
      context.send(
          PointInboxRequest.newBuilder()
              .setUser(member)
              .setConversation(request.getConversation())
              .setKind(ItemKind.JOINED)
              .setActor(request.getUser())
              .build());
    }
  }
}
