package io.thalweg.messaging;

import io.thalweg.messaging.v1.BlockUserRequest;
import io.thalweg.messaging.v1.BlockUserResponse;
import io.thalweg.messaging.v1.ChatMuted;
import io.thalweg.messaging.v1.EraseInboxRequest;
import io.thalweg.messaging.v1.EraseInboxResponse;
import io.thalweg.messaging.v1.EraseMemberRequest;
import io.thalweg.messaging.v1.EraseUserRequest;
import io.thalweg.messaging.v1.EraseUserResponse;
import io.thalweg.messaging.v1.InboxErased;
import io.thalweg.messaging.v1.MuteChatRequest;
import io.thalweg.messaging.v1.MuteChatResponse;
import io.thalweg.messaging.v1.SetBlockedRequest;
import io.thalweg.messaging.v1.UserBlocked;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import java.util.List;

/** What users decide for themselves: whom they block, what they mute, and that they go. */
final class UserCommands {
  private final InboxRows rows;

  UserCommands(InboxRows rows) {
    this.rows = rows;
  }

  BlockUserResponse block(BlockUserRequest request, CommandContext context) {
    String user = request.getUser();
    String other = request.getOther();
    Bounds.checkUser("user", user);
    Bounds.checkUser("other", other);
    if (user.equals(other)) {
      throw Failure.invalid("other", "must be another user; got the same");
    }
    boolean blocks = rows.blocked().contains(new Pair<>(user, other));
    if (blocks == request.getLetGo()) {
      if (!blocks && rows.inbox(user).getBlocked() >= Bounds.MAX_BLOCKED) {
        throw Bounds.exhausted("a user blocks at most " + Bounds.MAX_BLOCKED);
      }
      context.emit(
          UserBlocked.newBuilder()
              .setUser(user)
              .setOther(other)
              .setLetGo(request.getLetGo())
              .build());
      context.send(
          SetBlockedRequest.newBuilder()
              .setConversation(DirectName.of(user, other))
              .setUser(user)
              .setBlocked(!request.getLetGo())
              .build());
    }
    return BlockUserResponse.getDefaultInstance();
  }

  MuteChatResponse mute(MuteChatRequest request, CommandContext context) {
    if (rows.chat(request.getUser(), request.getConversation()) == null) {
      throw Failure.notFound("conversation", request.getConversation());
    }
    context.emit(
        ChatMuted.newBuilder()
            .setUser(request.getUser())
            .setConversation(request.getConversation())
            .setUntilUs(request.hasUntil() ? Math.max(0, Bounds.us(request.getUntil())) : 0)
            .build());
    return MuteChatResponse.getDefaultInstance();
  }

  EraseUserResponse erase(EraseUserRequest request, CommandContext context) {
    Bounds.checkUser("user", request.getUser());
    context.forget(request.getUser());
    next(request.getUser(), context);
    return EraseUserResponse.getDefaultInstance();
  }

  EraseInboxResponse eraseNext(EraseInboxRequest request, CommandContext context) {
    next(request.getUser(), context);
    return EraseInboxResponse.getDefaultInstance();
  }

  /** Leaves some conversations; the last step takes what is left of the inbox. */
  private void next(String user, CommandContext context) {
    List<String> conversations =
        rows.chats().scanPrefix(KeyPrefix.of(key -> key.string(user)), Bounds.ERASE).stream()
            .map(row -> row.key().second())
            .toList();
    for (String conversation : conversations) {
      context.send(
          EraseMemberRequest.newBuilder().setConversation(conversation).setUser(user).build());
    }
    boolean last = conversations.size() < Bounds.ERASE;
    context.emit(
        InboxErased.newBuilder()
            .setUser(user)
            .addAllConversations(conversations)
            .setAll(last)
            .build());
    if (!last) {
      context.schedule(
          "erase~" + user,
          context.logTimeUs(),
          EraseInboxRequest.newBuilder().setUser(user).build());
    }
  }
}
