package io.thalweg.messaging;

import io.thalweg.messaging.v1.ChatRow;
import io.thalweg.messaging.v1.DeviceRemoved;
import io.thalweg.messaging.v1.InboxAcknowledged;
import io.thalweg.messaging.v1.InboxPointed;
import io.thalweg.messaging.v1.InboxRow;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ItemRow;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;

/** What events of inboxes do to their tables. */
final class AppliedInboxes {
  private final InboxRows rows;

  AppliedInboxes(InboxRows rows) {
    this.rows = rows;
  }

  void pointed(InboxPointed event, EventContext context) {
    String user = event.getUser();
    InboxRow before = rows.inboxes().get(user);
    ChatRow chat = rows.chat(user, event.getConversation());
    rows.inboxes()
        .replace(
            user,
            before,
            (before == null ? InboxRow.newBuilder() : before.toBuilder())
                .setLastOrder(event.getOrder())
                .setTotalUnread(event.getTotalUnread())
                .setChats((before == null ? 0 : before.getChats()) + (chat == null ? 1 : 0))
                .build());
    chat(event, chat, context);
    rows.items()
        .replace(
            new Pair<>(user, event.getOrder()),
            null,
            ItemRow.newBuilder()
                .setConversation(event.getConversation())
                .setKind(event.getKind())
                .setAfterSeq(event.getAfterSeq())
                .setSeq(event.getSeq())
                .setActor(event.getActor())
                .setMentions(event.getMentions())
                .setDeliveredSeq(event.getDeliveredSeq())
                .setUnread(event.getUnread())
                .setTotalUnread(event.getTotalUnread())
                .setTimeUs(context.logTimeUs())
                .build());
    if (event.getOrder() > Bounds.MAX_ITEMS) {
      rows.items().delete(new Pair<>(user, event.getOrder() - Bounds.MAX_ITEMS));
    }
  }

  private void chat(
      InboxPointed event, @org.jspecify.annotations.Nullable ChatRow before, EventContext context) {
    String user = event.getUser();
    ChatRow.Builder after =
        Chats.after(
            before == null ? ChatRow.getDefaultInstance() : before,
            event.getKind(),
            event.getSeq(),
            event.getActor().equals(user),
            event.getMentions())
            .toBuilder();
    if (event.getKind() == ItemKind.RECEIPT) {
      if (after.getReceiptOrder() > 0) {
        rows.items().delete(new Pair<>(user, after.getReceiptOrder()));
      }
      after.setReceiptOrder(event.getOrder());
    }
    if (before == null
        || event.getKind() == ItemKind.MESSAGE
        || event.getKind() == ItemKind.JOINED) {
      if (after.getLastOrder() > 0) {
        rows.recent().delete(new Pair<>(user, after.getLastOrder()));
      }
      rows.recent().replace(new Pair<>(user, event.getOrder()), null, event.getConversation());
      after.setLastOrder(event.getOrder()).setUpdateUs(context.logTimeUs());
    }
    rows.chats().replace(new Pair<>(user, event.getConversation()), before, after.build());
  }

  void acknowledged(InboxAcknowledged event, EventContext context) {
    Pair<String, String> key = new Pair<>(event.getUser(), event.getDevice());
    Long before = rows.devices().get(key);
    rows.devices().replace(key, before, event.getOrder());
    InboxRow inbox = rows.inboxes().get(event.getUser());
    InboxRow.Builder after = inbox == null ? InboxRow.newBuilder() : inbox.toBuilder();
    if (before == null) {
      after.setDevices(after.getDevices() + 1);
    }
    after.setDeliveredOrder(Math.max(after.getDeliveredOrder(), event.getOrder()));
    rows.inboxes().replace(event.getUser(), inbox, after.build());
  }

  void deviceRemoved(DeviceRemoved event, EventContext context) {
    rows.devices().delete(new Pair<>(event.getUser(), event.getDevice()));
    InboxRow inbox = rows.inbox(event.getUser());
    rows.inboxes()
        .replace(
            event.getUser(), inbox, inbox.toBuilder().setDevices(inbox.getDevices() - 1).build());
  }
}
