package io.thalweg.messaging.xmpp;

import com.google.rpc.Code;
import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.ItemKind;
import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.runtime.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The archive of all conversations of a user, in the order of its inbox: each item of it names
 * messages of one conversation that no other item has, in the order in which they came. So a page
 * costs what it holds, however many conversations there are, and an id says where to go on. It goes
 * as far back as the inbox does (10,000 items); what was before is in the archive of each
 * conversation. On a thread that may wait.
 */
final class WholeArchive {
  private static final int ITEMS = 1_000;
  private static final int MAX_ITEMS = 10_000;
  private static final int MAX_MESSAGES = 100;

  // An item comes after its messages. Clocks of nodes may differ by less than that.
  private static final Duration SLACK = Duration.ofMinutes(1);

  /**
   * @param messages the oldest first
   * @param complete there are no more in that direction
   */
  record Page(List<Message> messages, boolean complete) {}

  private record Place(long order, long seq) {}

  private final ClientSession session;
  private final Asking asking;

  WholeArchive(ClientSession session, Asking asking) {
    this.session = session;
    this.asking = asking;
  }

  Page page(ArchiveQuery query) {
    // One more says whether there are more.
    List<Message> found = query.isBack() ? before(query) : after(query);
    boolean complete = found.size() <= query.size();
    List<Message> page = complete ? found : new ArrayList<>(found.subList(0, query.size()));
    if (query.isBack()) {
      Collections.reverse(page);
    }
    return new Page(page, complete);
  }

  // ---------------------------------------------------------------- forwards

  private List<Message> after(ArchiveQuery query) {
    List<Message> found = new ArrayList<>();
    String after = query.after();
    Place from = after == null ? new Place(0, 0) : place(after);
    // The item where it goes on is read again, from the middle.
    long order = Math.max(0, from.order() - 1);
    boolean more = true;
    while (more && found.size() <= query.size()) {
      ReadInboxResponse items = items(order);
      for (InboxItem item : items.getItemsList()) {
        order = item.getOrder();
        if (isOver(query, item)) {
          return found;
        }
        long seq = order == from.order() ? from.seq() : item.getAfterSeq();
        if (isAskedFor(query, item)) {
          forwards(query, item, seq, found);
        }
        if (found.size() > query.size()) {
          return found;
        }
      }
      more = items.getMore();
    }
    return found;
  }

  private void forwards(ArchiveQuery query, InboxItem item, long from, List<Message> into) {
    long after = from;
    boolean more = after < item.getSeq();
    while (more && into.size() <= query.size()) {
      GetMessagesResponse page = messages(item, after, null, query.size() + 1);
      add(query, page, into);
      after = page.getNextSeq();
      more = page.getMore();
    }
  }

  // ---------------------------------------------------------------- backwards

  private List<Message> before(ArchiveQuery query) {
    List<Message> found = new ArrayList<>();
    String before = String.valueOf(query.before());
    long last = items(Long.MAX_VALUE >> 1).getLastOrder();
    Place to = before.isEmpty() ? new Place(last + 1, 1) : place(before);
    long oldest = Math.max(0, last - MAX_ITEMS);
    for (long high = Math.min(last, to.order()); high > oldest; high -= ITEMS) {
      List<InboxItem> items = new ArrayList<>(items(Math.max(0, high - ITEMS)).getItemsList());
      for (InboxItem item : items.reversed()) {
        boolean there = item.getOrder() <= high && item.getOrder() > high - ITEMS;
        if (!there || !isAskedFor(query, item)) {
          continue;
        }
        backwards(query, item, item.getOrder() == to.order() ? to.seq() : item.getSeq() + 1, found);
        if (found.size() > query.size()) {
          return found;
        }
      }
      if (!items.isEmpty() && isBefore(query, items.getFirst())) {
        return found;
      }
    }
    return found;
  }

  private void backwards(ArchiveQuery query, InboxItem item, long to, List<Message> into) {
    long before = to;
    boolean more = before > item.getAfterSeq() + 1;
    while (more && into.size() <= query.size()) {
      GetMessagesResponse page = messages(item, item.getAfterSeq(), before, query.size() + 1);
      int all = page.getMessagesCount();
      GetMessagesResponse.Builder within = page.toBuilder().clearMessages();
      for (Message message : page.getMessagesList()) {
        if (message.getSeq() > item.getAfterSeq()) {
          within.addMessages(message);
        }
      }
      add(query, within.build(), into);
      before = page.getNextSeq();
      more = page.getMore() && within.getMessagesCount() == all;
    }
  }

  // ---------------------------------------------------------------- what counts

  private static void add(ArchiveQuery query, GetMessagesResponse page, List<Message> into) {
    for (Message message : page.getMessagesList()) {
      if (message.hasContent() && query.takes(message) && into.size() <= query.size()) {
        into.add(message);
      }
    }
  }

  private static boolean isAskedFor(ArchiveQuery query, InboxItem item) {
    boolean group = !item.getConversation().startsWith(Directs.PREFIX);
    return item.getKind() == ItemKind.MESSAGE
        && (query.groups() || !group)
        && !isBefore(query, item)
        && !isOver(query, item);
  }

  private static Instant time(InboxItem item) {
    return Instant.ofEpochSecond(item.getTime().getSeconds(), item.getTime().getNanos());
  }

  private static boolean isBefore(ArchiveQuery query, InboxItem item) {
    return query.start() != null && time(item).plus(SLACK).isBefore(query.start());
  }

  private static boolean isOver(ArchiveQuery query, InboxItem item) {
    return query.end() != null && time(item).minus(SLACK).isAfter(query.end());
  }

  // ---------------------------------------------------------------- asking

  /** Where a message is in the inbox. Its newest items are looked at first. */
  private Place place(String id) {
    int at = id.indexOf('~');
    String conversation = id.substring(at + 1);
    Long seq = Archive.seq(id, conversation);
    if (seq == null) {
      throw Archive.unknown();
    }
    long last = items(Long.MAX_VALUE >> 1).getLastOrder();
    for (long high = last; high > Math.max(0, last - MAX_ITEMS); high -= ITEMS) {
      for (InboxItem item : items(Math.max(0, high - ITEMS)).getItemsList()) {
        if (item.getKind() == ItemKind.MESSAGE
            && item.getConversation().equals(conversation)
            && item.getAfterSeq() < seq
            && seq <= item.getSeq()) {
          return new Place(item.getOrder(), seq);
        }
      }
    }
    throw Archive.unknown();
  }

  private ReadInboxResponse items(long after) {
    return asking.await(
        ReadInboxRequest.newBuilder()
            .setUser(session.jid().user())
            .setDevice(Negotiation.SHARED_DEVICE)
            .setAfterOrder(after)
            .setPageSize(ITEMS)
            .build(),
        ReadInboxResponse.class);
  }

  private GetMessagesResponse messages(
      InboxItem item, long after, @Nullable Long before, int size) {
    GetMessagesRequest.Builder request =
        GetMessagesRequest.newBuilder()
            .setConversation(item.getConversation())
            .setUser(session.jid().user())
            .setPageSize(Math.clamp(size, 1, MAX_MESSAGES));
    if (before == null) {
      request.setAfterSeq(after).setUpToSeq(item.getSeq());
    } else {
      request.setBeforeSeq(before);
    }
    try {
      return asking.await(request.build(), GetMessagesResponse.class);
    } catch (Failure refused) {
      if (refused.code() == Code.PERMISSION_DENIED || refused.code() == Code.NOT_FOUND) {
        return GetMessagesResponse.getDefaultInstance();
      }
      throw refused;
    }
  }
}
