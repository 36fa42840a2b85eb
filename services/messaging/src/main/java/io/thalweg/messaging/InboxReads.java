package io.thalweg.messaging;

import io.thalweg.messaging.v1.Chat;
import io.thalweg.messaging.v1.ChatRow;
import io.thalweg.messaging.v1.DeviceRow;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.InboxPointed;
import io.thalweg.messaging.v1.InboxRow;
import io.thalweg.messaging.v1.ItemRow;
import io.thalweg.messaging.v1.ListBlockedRequest;
import io.thalweg.messaging.v1.ListBlockedResponse;
import io.thalweg.messaging.v1.ListChatsRequest;
import io.thalweg.messaging.v1.ListChatsResponse;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.WatchInboxRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.runtime.WatchedEvent;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads inboxes. */
final class InboxReads {
  private static final int DEFAULT_ITEMS = 100;
  private static final int DEFAULT_CHATS = 50;
  private static final int MAX_BLOCKED = 1_000;

  private final InboxRows rows;

  InboxReads(InboxRows rows) {
    this.rows = rows;
  }

  ReadInboxResponse items(ReadInboxRequest request, QueryContext context) {
    String user = request.getUser();
    InboxRow inbox = rows.inbox(user);
    DeviceRow device = rows.device(user, request.getDevice());
    long cursor = device == null ? 0 : device.getCursor();
    long after = request.hasAfterOrder() ? request.getAfterOrder() : cursor;
    int size = request.hasPageSize() ? request.getPageSize() : DEFAULT_ITEMS;
    List<Table.Row<Pair<String, Long>, ItemRow>> found =
        after >= inbox.getLastOrder()
            ? List.of()
            : rows.items()
                .scan(
                    new Pair<>(user, after + 1),
                    new Pair<>(user, inbox.getLastOrder() + 1),
                    size + 1);
    ReadInboxResponse.Builder answer = ReadInboxResponse.newBuilder();
    for (Table.Row<Pair<String, Long>, ItemRow> row :
        found.subList(0, Math.min(size, found.size()))) {
      answer.addItems(item(row.key().second(), row.value()));
    }
    return answer
        .setMore(found.size() > size)
        .setLastOrder(inbox.getLastOrder())
        .setResync(after + 1 < InboxRows.firstOrder(inbox))
        .setTotalUnread(inbox.getTotalUnread())
        .build();
  }

  private static InboxItem.Builder item(long order, ItemRow row) {
    return InboxItem.newBuilder()
        .setOrder(order)
        .setTime(Bounds.time(row.getTimeUs()))
        .setConversation(row.getConversation())
        .setKind(row.getKind())
        .setAfterSeq(row.getAfterSeq())
        .setSeq(row.getSeq())
        .setActor(row.getActor())
        .setMentions(row.getMentions())
        .setDeliveredSeq(row.getDeliveredSeq())
        .setUnread(row.getUnread())
        .setTotalUnread(row.getTotalUnread());
  }

  ListChatsResponse chats(ListChatsRequest request, QueryContext context) {
    String user = request.getUser();
    InboxRow inbox = rows.inbox(user);
    int size = request.hasPageSize() ? request.getPageSize() : DEFAULT_CHATS;
    ListChatsResponse.Builder answer =
        ListChatsResponse.newBuilder()
            .setTotalUnread(inbox.getTotalUnread())
            .setLastOrder(inbox.getLastOrder());
    // The token is the order that the page begins with. Orders go down.
    long from = request.getPageToken().isEmpty() ? Long.MAX_VALUE : order(request.getPageToken());
    for (Table.Row<Pair<String, Long>, String> row :
        rows.recent().scan(new Pair<>(user, from), new Pair<>(user, 0L), size + 1)) {
      if (answer.getChatsCount() == size) {
        answer.setNextPageToken(Long.toString(row.key().second()));
        break;
      }
      answer.addChats(chat(row.value(), Objects.requireNonNull(rows.chat(user, row.value()))));
    }
    return answer.build();
  }

  private static Chat.Builder chat(String conversation, ChatRow row) {
    Chat.Builder chat =
        Chat.newBuilder()
            .setConversation(conversation)
            .setLastSeq(row.getLastSeq())
            .setReadSeq(row.getReadSeq())
            .setUnread(Chats.unread(row))
            .setUpdateTime(Bounds.time(row.getUpdateUs()))
            .setLastOrder(row.getLastOrder())
            .setUnreadMentions(Chats.unreadMentions(row))
            .setOutside(row.getOutside());
    if (row.getMutedUntilUs() > 0) {
      chat.setMutedUntil(Bounds.time(row.getMutedUntilUs()));
    }
    return chat;
  }

  ListBlockedResponse blocked(ListBlockedRequest request, QueryContext context) {
    ListBlockedResponse.Builder answer = ListBlockedResponse.newBuilder();
    for (Table.Row<Pair<String, String>, String> row :
        rows.blocked()
            .scan(new Pair<>(request.getUser(), request.getPageToken()), null, MAX_BLOCKED + 1)) {
      if (!row.key().first().equals(request.getUser())) {
        break;
      }
      if (answer.getUsersCount() == MAX_BLOCKED) {
        answer.setNextPageToken(row.key().second());
        break;
      }
      answer.addUsers(row.key().second());
    }
    return answer.build();
  }

  private static long order(String token) {
    try {
      return Long.parseLong(token);
    } catch (NumberFormatException e) {
      throw Failure.invalid(
          "page_token", "must be one of an earlier answer; got '" + Failure.quote(token) + "'");
    }
  }

  /** Picks an inbox's items out of the events of its slot. */
  static @Nullable InboxItem watched(WatchInboxRequest request, WatchedEvent watched) {
    if (!(watched.event() instanceof InboxPointed event)
        || !event.getUser().equals(request.getUser())) {
      return null;
    }
    return InboxItem.newBuilder()
        .setOrder(event.getOrder())
        .setPosition(watched.position().toString())
        .setTime(Bounds.time(watched.logTimeUs()))
        .setConversation(event.getConversation())
        .setKind(event.getKind())
        .setAfterSeq(event.getAfterSeq())
        .setSeq(event.getSeq())
        .setActor(event.getActor())
        .setMentions(event.getMentions())
        .setDeliveredSeq(event.getDeliveredSeq())
        .setUnread(event.getUnread())
        .setTotalUnread(event.getTotalUnread())
        .build();
  }
}
