package io.thalweg.messaging;

import io.thalweg.messaging.v1.ChatMuted;
import io.thalweg.messaging.v1.ChatRow;
import io.thalweg.messaging.v1.DeviceRemoved;
import io.thalweg.messaging.v1.DeviceRow;
import io.thalweg.messaging.v1.InboxAcknowledged;
import io.thalweg.messaging.v1.InboxErased;
import io.thalweg.messaging.v1.InboxPointed;
import io.thalweg.messaging.v1.InboxRow;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ItemRow;
import io.thalweg.messaging.v1.PushChanged;
import io.thalweg.messaging.v1.PushTargetSet;
import io.thalweg.messaging.v1.UserBlocked;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
                .setLarge(event.getLarge())
                .build());
    if (event.getOrder() > Bounds.MAX_ITEMS) {
      rows.items().delete(new Pair<>(user, event.getOrder() - Bounds.MAX_ITEMS));
    }
  }

  private void chat(InboxPointed event, @Nullable ChatRow before, EventContext context) {
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
        || event.getKind() == ItemKind.JOINED
        || event.getKind() == ItemKind.INVITED) {
      if (after.getLastOrder() > 0) {
        rows.recent().delete(new Pair<>(user, after.getLastOrder()));
      }
      rows.recent().replace(new Pair<>(user, event.getOrder()), null, event.getConversation());
      after.setLastOrder(event.getOrder()).setUpdateUs(context.logTimeUs());
    }
    rows.chats().replace(new Pair<>(user, event.getConversation()), before, after.build());
  }

  void acknowledged(InboxAcknowledged event, EventContext context) {
    DeviceRow.Builder device = device(event.getUser(), event.getDevice());
    device.setCursor(event.getOrder());
    rows.devices().put(new Pair<>(event.getUser(), event.getDevice()), device.build());
    InboxRow inbox = rows.inbox(event.getUser());
    rows.inboxes()
        .put(
            event.getUser(),
            inbox.toBuilder()
                .setDeliveredOrder(Math.max(inbox.getDeliveredOrder(), event.getOrder()))
                .build());
  }

  /** A device; one that is not known yet is counted. */
  private DeviceRow.Builder device(String user, String device) {
    DeviceRow row = rows.device(user, device);
    if (row != null) {
      return row.toBuilder();
    }
    InboxRow inbox = rows.inbox(user);
    rows.inboxes().put(user, inbox.toBuilder().setDevices(inbox.getDevices() + 1).build());
    return DeviceRow.newBuilder();
  }

  void deviceRemoved(DeviceRemoved event, EventContext context) {
    rows.devices().delete(new Pair<>(event.getUser(), event.getDevice()));
    InboxRow inbox = rows.inbox(event.getUser());
    rows.inboxes()
        .put(event.getUser(), inbox.toBuilder().setDevices(inbox.getDevices() - 1).build());
  }

  void pushTarget(PushTargetSet event, EventContext context) {
    DeviceRow.Builder device = device(event.getUser(), event.getDevice());
    rows.devices()
        .put(
            new Pair<>(event.getUser(), event.getDevice()),
            device.setPushUrl(event.getUrl()).build());
  }

  void push(PushChanged event, EventContext context) {
    Pair<String, String> key = new Pair<>(event.getUser(), event.getDevice());
    DeviceRow before = rows.devices().get(key);
    if (before != null) {
      DeviceRow.Builder after = before.toBuilder().setPushOrder(event.getOrder());
      if (event.getRefused()) {
        after.clearPushUrl();
      }
      rows.devices().replace(key, before, after.build());
    }
  }

  void blocked(UserBlocked event, EventContext context) {
    Pair<String, String> key = new Pair<>(event.getUser(), event.getOther());
    if (event.getLetGo()) {
      rows.blocked().delete(key);
    } else {
      rows.blocked().put(key, "");
    }
    InboxRow inbox = rows.inbox(event.getUser());
    rows.inboxes()
        .put(
            event.getUser(),
            inbox.toBuilder().setBlocked(inbox.getBlocked() + (event.getLetGo() ? -1 : 1)).build());
  }

  void muted(ChatMuted event, EventContext context) {
    Pair<String, String> key = new Pair<>(event.getUser(), event.getConversation());
    ChatRow before = Objects.requireNonNull(rows.chats().get(key));
    rows.chats()
        .replace(key, before, before.toBuilder().setMutedUntilUs(event.getUntilUs()).build());
  }

  void erased(InboxErased event, EventContext context) {
    String user = event.getUser();
    if (event.getAll()) {
      KeyPrefix all = KeyPrefix.of(key -> key.string(user));
      rows.chats().deletePrefix(all);
      rows.recent().deletePrefix(all);
      rows.items().deletePrefix(all);
      rows.devices().deletePrefix(all);
      rows.blocked().deletePrefix(all);
      rows.inboxes().delete(user);
      return;
    }
    InboxRow inbox = rows.inbox(user);
    long unread = inbox.getTotalUnread();
    for (String conversation : event.getConversationsList()) {
      ChatRow chat = Objects.requireNonNull(rows.chat(user, conversation));
      unread -= Chats.unread(chat);
      rows.recent().delete(new Pair<>(user, chat.getLastOrder()));
      rows.chats().delete(new Pair<>(user, conversation), chat);
    }
    rows.inboxes()
        .put(
            user,
            inbox.toBuilder()
                .setTotalUnread(unread)
                .setChats(inbox.getChats() - event.getConversationsCount())
                .build());
  }
}
