package io.thalweg.messaging;

import io.thalweg.messaging.v1.ChatRow;
import io.thalweg.messaging.v1.DeviceRow;
import io.thalweg.messaging.v1.InboxRow;
import io.thalweg.messaging.v1.ItemRow;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.MessageRows;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import org.jspecify.annotations.Nullable;

/**
 * The tables of inboxes.
 *
 * <pre>
 *   inboxes  user               -> InboxRow
 *   chats    user, conversation -> ChatRow
 *   recent   user, order        -> conversation, by its newest item, the newest first
 *   items    user, order        -> ItemRow
 *   devices  user, device       -> DeviceRow
 *   blocked  user, other
 * </pre>
 */
record InboxRows(
    Table<String, InboxRow> inboxes,
    Table<Pair<String, String>, ChatRow> chats,
    Table<Pair<String, Long>, String> recent,
    Table<Pair<String, Long>, ItemRow> items,
    Table<Pair<String, String>, DeviceRow> devices,
    Table<Pair<String, String>, String> blocked) {
  private static final byte FORMAT = 1;

  static InboxRows declare(Definition d) {
    return new InboxRows(
        d.table(
            20,
            "inboxes",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, InboxRow.getDefaultInstance())),
        d.table(
            21,
            "chats",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string()),
            MessageRows.codec(FORMAT, ChatRow.getDefaultInstance())),
        d.table(
            22,
            "recent",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64Descending()),
            ValueCodecs.string()),
        d.table(
            23,
            "items",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            MessageRows.codec(FORMAT, ItemRow.getDefaultInstance())),
        d.table(
            24,
            "devices",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string()),
            MessageRows.codec(FORMAT, DeviceRow.getDefaultInstance())),
        d.table(
            25,
            "blocked",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string()),
            ValueCodecs.string()));
  }

  /** An inbox; one that nothing came to yet is empty. */
  InboxRow inbox(String user) {
    InboxRow row = inboxes.get(user);
    return row == null ? InboxRow.getDefaultInstance() : row;
  }

  @Nullable ChatRow chat(String user, String conversation) {
    return chats.get(new Pair<>(user, conversation));
  }

  @Nullable DeviceRow device(String user, String device) {
    return devices.get(new Pair<>(user, device));
  }

  /** Order of the oldest item that an inbox may still have. */
  static long firstOrder(InboxRow inbox) {
    return Math.max(1, inbox.getLastOrder() - Bounds.MAX_ITEMS + 1);
  }
}
