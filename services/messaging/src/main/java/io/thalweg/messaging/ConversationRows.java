package io.thalweg.messaging;

import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.MessageRow;
import io.thalweg.messaging.v1.Role;
import io.thalweg.messaging.v1.SentRow;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.MessageRows;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tables of conversations.
 *
 * <pre>
 *   conversations  name                          -> ConversationRow
 *   members        name, user                    -> MemberRow
 *   messages       name, seq                     -> MessageRow, without a gap from first_seq to last_seq
 *   sent           name, user, device, client id -> seq, of the newest messages
 *   window         name, seq                     -> SentRow: what goes out of `sent` again
 *   invited        name, user
 *   banned         name, user
 *   reacted        name, seq, user, reaction
 *   changes        name, revision                -> seq of a message that was changed last then
 *   clean          name, user                    -> members of a large group whose inbox holds nothing of it that is not
 *                                                   acknowledged
 * </pre>
 */
record ConversationRows(
    Table<String, ConversationRow> conversations,
    Table<Pair<String, String>, MemberRow> members,
    Table<Pair<String, Long>, MessageRow> messages,
    Table<SentKey, Long> sent,
    Table<Pair<String, Long>, SentRow> window,
    Table<Pair<String, String>, String> invited,
    Table<Pair<String, String>, String> banned,
    Table<ReactedKey, String> reacted,
    Table<Pair<String, Long>, Long> changes,
    Table<Pair<String, String>, String> clean,
    int large) {
  private static final byte FORMAT = 1;

  /** A user's reaction to a message. */
  record ReactedKey(String conversation, long seq, String user, String reaction) {
    private static final KeyCodec<ReactedKey> CODEC =
        KeyCodecs.of(
            (key, out) -> {
              out.string(key.conversation);
              out.int64(key.seq);
              out.string(key.user);
              out.string(key.reaction);
            },
            in -> new ReactedKey(in.string(), in.int64(), in.string(), in.string()));
  }

  /** What a client calls a message. */
  record SentKey(String conversation, String user, String device, String clientMessageId) {
    private static final KeyCodec<SentKey> CODEC =
        KeyCodecs.of(
            (key, out) -> {
              out.string(key.conversation);
              out.string(key.user);
              out.string(key.device);
              out.string(key.clientMessageId);
            },
            in -> new SentKey(in.string(), in.string(), in.string(), in.string()));
  }

  /**
   * Declares them.
   *
   * @param large with more members a group is large
   */
  static ConversationRows declare(Definition d, int large) {
    return new ConversationRows(
        d.table(
            1,
            "conversations",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, ConversationRow.getDefaultInstance())),
        d.table(
            2,
            "members",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string()),
            MessageRows.codec(FORMAT, MemberRow.getDefaultInstance())),
        d.table(
            3,
            "messages",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            MessageRows.codec(FORMAT, MessageRow.getDefaultInstance())),
        d.table(4, "sent", SentKey.CODEC, ValueCodecs.int64()),
        d.table(
            5,
            "window",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            MessageRows.codec(FORMAT, SentRow.getDefaultInstance())),
        users(d, 6, "invited"),
        users(d, 7, "banned"),
        d.table(8, "reacted", ReactedKey.CODEC, ValueCodecs.string()),
        d.table(
            9,
            "changes",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            ValueCodecs.int64()),
        users(d, 10, "clean"),
        large);
  }

  private static Table<Pair<String, String>, String> users(Definition d, int id, String name) {
    return d.table(
        id, name, KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string()), ValueCodecs.string());
  }

  /** Users of such a table. */
  static List<String> users(Table<Pair<String, String>, String> table, String key, int limit) {
    return table.scanPrefix(KeyPrefix.of(prefix -> prefix.string(key)), limit).stream()
        .map(row -> row.key().second())
        .toList();
  }

  /** Members of a conversation that is not large, in order. */
  List<String> memberNames(String conversation) {
    return members
        .scanPrefix(KeyPrefix.of(prefix -> prefix.string(conversation)), 2 * large)
        .stream()
        .map(row -> row.key().second())
        .toList();
  }

  /**
   * A message that a member may see, or moderates.
   *
   * @throws Failure NOT_FOUND if it is not there
   */
  MessageRow visible(String conversation, long seq, MemberRow member) {
    MessageRow row = messages.get(new Pair<>(conversation, seq));
    boolean moderates = member.getRoleValue() >= Role.MODERATOR_VALUE;
    if (row == null || (seq <= member.getJoinedSeq() && !moderates)) {
      throw Failure.notFound("message", conversation + "/" + seq);
    }
    return row;
  }

  @Nullable ConversationRow find(String conversation) {
    return conversations.get(conversation);
  }

  /**
   * A conversation.
   *
   * @throws Failure NOT_FOUND if there is none
   */
  ConversationRow conversation(String conversation) {
    ConversationRow row = conversations.get(conversation);
    if (row == null) {
      throw Failure.notFound("conversation", conversation);
    }
    return row;
  }

  @Nullable MemberRow findMember(String conversation, String user) {
    return members.get(new Pair<>(conversation, user));
  }

  /**
   * A member of a conversation that is there.
   *
   * @throws Failure PERMISSION_DENIED if the user is none
   */
  MemberRow member(String conversation, String user) {
    MemberRow row = findMember(conversation, user);
    if (row == null) {
      throw Bounds.denied(
          "'%s' is not a member of '%s'"
              .formatted(Failure.quote(user), Failure.quote(conversation)));
    }
    return row;
  }

  /** A message that is there. */
  MessageRow message(String conversation, long seq) {
    MessageRow row = messages.get(new Pair<>(conversation, seq));
    if (row == null) {
      throw new IllegalStateException("message " + seq + " of a conversation is not there");
    }
    return row;
  }

  /** Unread messages of a member. */
  static long unread(ConversationRow conversation, MemberRow member) {
    return Math.max(
        0, conversation.getLastSeq() - Math.max(member.getReadSeq(), member.getJoinedSeq()));
  }
}
