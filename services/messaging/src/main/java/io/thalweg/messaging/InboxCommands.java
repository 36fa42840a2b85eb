package io.thalweg.messaging;

import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.ChatRow;
import io.thalweg.messaging.v1.DeviceRemoved;
import io.thalweg.messaging.v1.DeviceRow;
import io.thalweg.messaging.v1.InboxAcknowledged;
import io.thalweg.messaging.v1.InboxPointed;
import io.thalweg.messaging.v1.InboxRow;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.ItemRow;
import io.thalweg.messaging.v1.MarkReadRequest;
import io.thalweg.messaging.v1.MarkReadResponse;
import io.thalweg.messaging.v1.PointInboxRequest;
import io.thalweg.messaging.v1.PointInboxResponse;
import io.thalweg.messaging.v1.RecordReceiptRequest;
import io.thalweg.messaging.v1.RemoveDeviceRequest;
import io.thalweg.messaging.v1.RemoveDeviceResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decides about inboxes: what conversations tell them, and what their users do. */
final class InboxCommands {
  private final InboxRows rows;
  private final Pushes pushes;

  InboxCommands(InboxRows rows, Pushes pushes) {
    this.rows = rows;
    this.pushes = pushes;
  }

  /** A conversation tells of something; what the inbox knows already is passed over. */
  PointInboxResponse point(PointInboxRequest request, CommandContext context) {
    ChatRow chat = rows.chat(request.getUser(), request.getConversation());
    if (chat == null) {
      if (request.getKind() != ItemKind.MESSAGE
          && request.getKind() != ItemKind.JOINED
          && request.getKind() != ItemKind.INVITED) {
        return PointInboxResponse.getDefaultInstance();
      }
      if (rows.inbox(request.getUser()).getChats() >= Bounds.MAX_CHATS) {
        throw Bounds.exhausted("an inbox has at most " + Bounds.MAX_CHATS + " conversations");
      }
      chat = ChatRow.getDefaultInstance();
    } else if (isKnown(request, chat)) {
      return PointInboxResponse.getDefaultInstance();
    }
    emit(request, chat, context);
    if (request.getKind() == ItemKind.MESSAGE || request.getKind() == ItemKind.INVITED) {
      pushes.pointed(request, context);
    }
    return PointInboxResponse.getDefaultInstance();
  }

  private static boolean isKnown(PointInboxRequest request, ChatRow chat) {
    return switch (request.getKind()) {
      case MESSAGE -> request.getSeq() <= chat.getLastSeq();
      case READ -> request.getSeq() <= chat.getReadSeq();
      case JOINED,
          RECEIPT,
          CHANGED,
          REMOVED_FROM,
          INVITED,
          UPDATED,
          ITEM_KIND_UNSPECIFIED,
          TYPING,
          PRESENCE,
          UNRECOGNIZED ->
          false;
    };
  }

  private void emit(PointInboxRequest request, ChatRow chat, CommandContext context) {
    String user = request.getUser();
    InboxRow inbox = rows.inbox(user);
    ChatRow after =
        Chats.after(
            chat,
            request.getKind(),
            request.getSeq(),
            request.getActor().equals(user),
            request.getMentions());
    context.emit(
        InboxPointed.newBuilder()
            .setUser(user)
            .setOrder(inbox.getLastOrder() + 1)
            .setConversation(request.getConversation())
            .setKind(request.getKind())
            .setAfterSeq(request.getKind() == ItemKind.MESSAGE ? chat.getLastSeq() : 0)
            .setSeq(request.getSeq())
            .setActor(request.getActor())
            .setMentions(request.getMentions())
            .setDeliveredSeq(request.getDeliveredSeq())
            .setUnread(Chats.unread(after))
            .setTotalUnread(inbox.getTotalUnread() - Chats.unread(chat) + Chats.unread(after))
            .setLarge(request.getLarge())
            .build());
  }

  MarkReadResponse markRead(MarkReadRequest request, CommandContext context) {
    String user = request.getUser();
    Bounds.checkUser("user", user);
    ChatRow chat = rows.chat(user, request.getConversation());
    if (chat == null) {
      throw Failure.notFound("conversation", request.getConversation());
    }
    // Of what was read already and is not in the inbox yet, the conversation tells.
    long seq = Math.min(request.getSeq(), chat.getLastSeq());
    if (request.getSeq() > chat.getReadSeq()) {
      context.send(
          RecordReceiptRequest.newBuilder()
              .setConversation(request.getConversation())
              .setUser(user)
              .setReadSeq(request.getSeq())
              .setTakenSeq(Math.max(seq, chat.getReadSeq()))
              .build());
    }
    if (seq > chat.getReadSeq()) {
      emit(
          PointInboxRequest.newBuilder()
              .setUser(user)
              .setConversation(request.getConversation())
              .setKind(ItemKind.READ)
              .setSeq(seq)
              .setActor(user)
              .build(),
          chat,
          context);
      chat = rows.chat(user, request.getConversation());
    }
    return MarkReadResponse.newBuilder()
        .setUnread(chat == null ? 0 : Chats.unread(chat))
        .setTotalUnread(rows.inbox(user).getTotalUnread())
        .build();
  }

  AckInboxResponse ack(AckInboxRequest request, CommandContext context) {
    String user = request.getUser();
    Bounds.checkUser("user", user);
    InboxRow inbox = rows.inbox(user);
    long order = request.getOrder();
    if (order > inbox.getLastOrder()) {
      throw Failure.invalid(
          "order", "must be at most %d, the newest; got %d".formatted(inbox.getLastOrder(), order));
    }
    DeviceRow device = knownOrNew(rows, user, request.getDevice());
    if (device != null && order <= device.getCursor()) {
      return AckInboxResponse.newBuilder().setOrder(device.getCursor()).build();
    }
    tellDelivered(user, inbox, order, context);
    context.emit(
        InboxAcknowledged.newBuilder()
            .setUser(user)
            .setDevice(request.getDevice())
            .setOrder(order)
            .build());
    return AckInboxResponse.newBuilder().setOrder(order).build();
  }

  /**
   * A device; null if it is not known yet.
   *
   * @throws Failure RESOURCE_EXHAUSTED if it is not, and there are as many as there may be
   */
  static @Nullable DeviceRow knownOrNew(InboxRows rows, String user, String device) {
    Bounds.checkName("device", device);
    DeviceRow row = rows.device(user, device);
    if (row == null && rows.inbox(user).getDevices() >= Bounds.MAX_DEVICES) {
      throw Bounds.exhausted(
          "a user has at most " + Bounds.MAX_DEVICES + " devices; remove one first");
    }
    return row;
  }

  /** Tells conversations what has reached a device, the first one that has it. */
  private void tellDelivered(String user, InboxRow inbox, long order, CommandContext context) {
    long from = Math.max(inbox.getDeliveredOrder() + 1, InboxRows.firstOrder(inbox));
    if (order < from) {
      return;
    }
    boolean all = order == inbox.getLastOrder();
    List<Table.Row<Pair<String, Long>, ItemRow>> passed =
        rows.items()
            .scan(
                new Pair<>(user, from),
                new Pair<>(user, order + 1),
                all ? Table.MAX_SCAN_ROWS : Bounds.MAX_ACKED + 1);
    if (!all && passed.size() > Bounds.MAX_ACKED) {
      throw Failure.invalid(
          "order",
          "must pass at most %d items, or be the newest; acknowledge page by page"
              .formatted(Bounds.MAX_ACKED));
    }
    Map<String, Long> delivered = new LinkedHashMap<>();
    for (Table.Row<Pair<String, Long>, ItemRow> item : passed) {
      ItemRow row = item.value();
      if (row.getKind() == ItemKind.MESSAGE
          && (row.getLarge() || !row.getActor().equals(user))
          && (delivered.size() < Bounds.MAX_TOLD || delivered.containsKey(row.getConversation()))) {
        delivered.merge(row.getConversation(), row.getSeq(), Math::max);
      }
    }
    delivered.forEach((conversation, seq) ->
        context.send(
            RecordReceiptRequest.newBuilder()
                .setConversation(conversation)
                .setUser(user)
                .setDeliveredSeq(seq)
                .build()));
  }

  RemoveDeviceResponse removeDevice(RemoveDeviceRequest request, CommandContext context) {
    boolean there = rows.device(request.getUser(), request.getDevice()) != null;
    if (there) {
      context.emit(
          DeviceRemoved.newBuilder()
              .setUser(request.getUser())
              .setDevice(request.getDevice())
              .build());
    }
    return RemoveDeviceResponse.newBuilder().setRemoved(there).build();
  }
}
