package io.thalweg.messaging;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.contract.Sealed;
import io.thalweg.messaging.v1.Content;
import io.thalweg.messaging.v1.Conversation;
import io.thalweg.messaging.v1.ConversationRow;
import io.thalweg.messaging.v1.GetConversationRequest;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.ListBannedRequest;
import io.thalweg.messaging.v1.ListBannedResponse;
import io.thalweg.messaging.v1.ListChangesRequest;
import io.thalweg.messaging.v1.ListChangesResponse;
import io.thalweg.messaging.v1.ListMembersRequest;
import io.thalweg.messaging.v1.ListMembersResponse;
import io.thalweg.messaging.v1.Member;
import io.thalweg.messaging.v1.MemberRow;
import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.MessageRow;
import io.thalweg.messaging.v1.Role;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.runtime.Unsealing;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads conversations, for their members. */
final class ConversationReads {
  private static final int DEFAULT_MEMBERS = 100;
  private static final int DEFAULT_MESSAGES = 50;

  /** Messages that an answer looks at to find those that are asked for. */
  private static final int MAX_LOOKED_AT = 1_000;

  private static final int MAX_CHANGES = 100;
  private static final int MAX_BANNED = 1_000;

  private final ConversationRows rows;
  private final Signals signals;

  ConversationReads(ConversationRows rows, Signals signals) {
    this.rows = rows;
    this.signals = signals;
  }

  Conversation conversation(GetConversationRequest request, QueryContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.conversation(conversation);
    if (row.getOpen() && rows.findMember(conversation, request.getUser()) == null) {
      return shown(conversation, row).build();
    }
    return shown(rows, conversation, request.getUser()).toBuilder()
        .addAllTyping(signals.typing(conversation))
        .build();
  }

  /** A conversation as a member sees it. */
  static Conversation shown(ConversationRows rows, String conversation, String user) {
    ConversationRow row = rows.conversation(conversation);
    MemberRow member = rows.member(conversation, user);
    return shown(conversation, row)
        .setMe(member(user, member))
        .setUnread(ConversationRows.unread(row, member))
        .build();
  }

  private static Conversation.Builder shown(String conversation, ConversationRow row) {
    return Conversation.newBuilder()
        .setConversation(conversation)
        .setDirect(row.getDirect())
        .setTitle(row.getTitle())
        .setCreateTime(Bounds.time(row.getCreateUs()))
        .setLastSeq(row.getLastSeq())
        .setFirstSeq(row.getFirstSeq())
        .setMembers(row.getMembers())
        .setOpen(row.getOpen())
        .setHistoryForAll(row.getHistoryForAll())
        .setRetainMs(row.getRetainMs())
        .setRetainMessages(row.getRetainMessages())
        .setRevision(row.getRevision())
        .setLarge(row.getLarge());
  }

  static Member.Builder member(String user, MemberRow row) {
    return Member.newBuilder()
        .setUser(user)
        .setRole(row.getRole())
        .setJoinedSeq(row.getJoinedSeq())
        .setReadSeq(row.getReadSeq())
        .setDeliveredSeq(row.getDeliveredSeq());
  }

  ListMembersResponse members(ListMembersRequest request, QueryContext context) {
    String conversation = request.getConversation();
    rows.conversation(conversation);
    rows.member(conversation, request.getUser());
    int size = request.hasPageSize() ? request.getPageSize() : DEFAULT_MEMBERS;
    ListMembersResponse.Builder answer = ListMembersResponse.newBuilder();
    // The token is the name that the page begins with.
    for (Table.Row<Pair<String, String>, MemberRow> row :
        rows.members().scan(new Pair<>(conversation, request.getPageToken()), null, size + 1)) {
      if (!row.key().first().equals(conversation)) {
        break;
      }
      if (answer.getMembersCount() == size) {
        answer.setNextPageToken(row.key().second());
        break;
      }
      answer.addMembers(member(row.key().second(), row.value()));
    }
    return answer.build();
  }

  ListBannedResponse banned(ListBannedRequest request, QueryContext context) {
    String conversation = request.getConversation();
    rows.conversation(conversation);
    if (rows.member(conversation, request.getUser()).getRoleValue() < Role.MODERATOR_VALUE) {
      throw Bounds.denied("only a moderator sees who is banned");
    }
    ListBannedResponse.Builder answer = ListBannedResponse.newBuilder();
    for (Table.Row<Pair<String, String>, String> row :
        rows.banned()
            .scan(new Pair<>(conversation, request.getPageToken()), null, MAX_BANNED + 1)) {
      if (!row.key().first().equals(conversation)) {
        break;
      }
      if (answer.getUsersCount() == MAX_BANNED) {
        answer.setNextPageToken(row.key().second());
        break;
      }
      answer.addUsers(row.key().second());
    }
    return answer.build();
  }

  GetMessagesResponse messages(GetMessagesRequest request, QueryContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.conversation(conversation);
    MemberRow member = rows.member(conversation, request.getUser());
    int size = request.hasPageSize() ? request.getPageSize() : DEFAULT_MESSAGES;
    long first = Math.max(row.getFirstSeq(), member.getJoinedSeq() + 1);
    long last = row.getLastSeq();
    if (request.getUpToSeq() > 0) {
      last = Math.min(last, request.getUpToSeq());
    }
    boolean back = request.hasBeforeSeq();
    if ((back ? 1 : 0) + (request.hasAfterSeq() ? 1 : 0) + (request.hasFromTime() ? 1 : 0) > 1) {
      throw Failure.invalid(
          "before_seq", "must not be with after_seq or from_time; got more than one of them");
    }
    boolean filtered = !request.getBy().isEmpty() || request.getThread() > 0;
    if (filtered && back) {
      throw Failure.invalid("before_seq", "must not be with by or thread; got both");
    }
    int looked = filtered ? MAX_LOOKED_AT : size;
    long from;
    long to;
    if (back) {
      to = Math.min(last, request.getBeforeSeq() - 1);
      from = Math.max(first, to - looked + 1);
    } else {
      from =
          request.hasFromTime()
              ? seqAt(conversation, Bounds.us(request.getFromTime()), first, row.getLastSeq())
              : Math.max(first, request.getAfterSeq() + 1);
      to = Math.min(last, from + looked - 1);
    }
    if (from > to) {
      return GetMessagesResponse.getDefaultInstance();
    }
    List<Table.Row<Pair<String, Long>, MessageRow>> found =
        rows.messages()
            .scan(new Pair<>(conversation, from), new Pair<>(conversation, to + 1), looked);
    if (back) {
      found = new ArrayList<>(found);
      Collections.reverse(found);
    }
    GetMessagesResponse.Builder answer = GetMessagesResponse.newBuilder();
    long bytes = 0;
    for (Table.Row<Pair<String, Long>, MessageRow> each : found) {
      if (bytes > Bounds.MAX_ANSWER_BYTES || answer.getMessagesCount() == size) {
        return answer.setMore(true).build();
      }
      answer.setNextSeq(each.key().second());
      if (isAskedFor(request, each.key().second(), each.value())) {
        answer.addMessages(shown(conversation, each.key().second(), each.value(), context));
        bytes += each.value().getContent().getCiphertext().size();
      }
    }
    return answer.setMore(back ? from > first : to < last).build();
  }

  private static boolean isAskedFor(GetMessagesRequest request, long seq, MessageRow row) {
    return (request.getBy().isEmpty() || request.getBy().equals(row.getUser()))
        && (request.getThread() == 0
            || request.getThread() == seq
            || request.getThread() == row.getThread());
  }

  ListChangesResponse changes(ListChangesRequest request, QueryContext context) {
    String conversation = request.getConversation();
    ConversationRow row = rows.conversation(conversation);
    MemberRow member = rows.member(conversation, request.getUser());
    long after = request.getAfterRevision();
    ListChangesResponse.Builder answer =
        ListChangesResponse.newBuilder()
            .setRevision(row.getRevision())
            .setResync(after + Bounds.MAX_CHANGES < row.getRevision());
    if (after >= row.getRevision()) {
      return answer.build();
    }
    List<Table.Row<Pair<String, Long>, Long>> found =
        rows.changes()
            .scan(
                new Pair<>(conversation, after + 1),
                new Pair<>(conversation, row.getRevision() + 1),
                MAX_CHANGES + 1);
    long bytes = 0;
    int looked = 0;
    for (Table.Row<Pair<String, Long>, Long> change : found) {
      if (looked == MAX_CHANGES || bytes > Bounds.MAX_ANSWER_BYTES) {
        return answer.setMore(true).setRevision(change.key().second() - 1).build();
      }
      looked++;
      long seq = change.value();
      if (seq > member.getJoinedSeq()) {
        MessageRow message = rows.message(conversation, seq);
        answer.addMessages(shown(conversation, seq, message, context));
        bytes += message.getContent().getCiphertext().size();
      }
    }
    return answer.build();
  }

  /** The first message of a time or later: times do not go back from one message to the next. */
  private long seqAt(String conversation, long timeUs, long first, long last) {
    long low = first;
    long high = last + 1;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (rows.message(conversation, middle).getTimeUs() < timeUs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static Message shown(String conversation, long seq, MessageRow row, Unsealing unsealing) {
    Message.Builder message =
        Message.newBuilder()
            .setConversation(conversation)
            .setSeq(seq)
            .setUser(row.getUser())
            .setDevice(row.getDevice())
            .setClientMessageId(row.getClientMessageId())
            .setTime(Bounds.time(row.getTimeUs()))
            .setReplyTo(row.getReplyTo())
            .setThread(row.getThread())
            .addAllMentions(row.getMentionsList())
            .setEdited(row.getEdited())
            .setRetracted(row.getRetracted())
            .addAllReactions(row.getReactionsList());
    if (row.hasContent()) {
      content(row.getContent(), message, unsealing);
    }
    return message.build();
  }

  private static void content(Sealed sealed, Message.Builder message, Unsealing unsealing) {
    unsealing
        .unseal(sealed)
        .ifPresent(bytes -> {
          try {
            message.setContent(Content.parseFrom(bytes));
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("stored content", e);
          }
        });
  }
}
