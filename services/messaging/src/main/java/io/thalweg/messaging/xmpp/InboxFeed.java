package io.thalweg.messaging.xmpp;

import io.thalweg.edge.Asking;
import io.thalweg.messaging.v1.AckInboxRequest;
import io.thalweg.messaging.v1.AckInboxResponse;
import io.thalweg.messaging.v1.GetMessagesRequest;
import io.thalweg.messaging.v1.GetMessagesResponse;
import io.thalweg.messaging.v1.InboxItem;
import io.thalweg.messaging.v1.Message;
import io.thalweg.messaging.v1.ReadInboxRequest;
import io.thalweg.messaging.v1.ReadInboxResponse;
import io.thalweg.messaging.v1.WatchInboxRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a client what is new in its inbox, in order, from the cursor of its device on. The watch
 * only says that there is something: it is read from the inbox, whose answers are durable. The
 * cursor moves when the client is known to have what was read.
 *
 * <p>One virtual thread reads, and rests while nothing is new or the client has enough to take.
 */
final class InboxFeed {
  private static final Logger LOG = LoggerFactory.getLogger(InboxFeed.class);
  private static final int PAGE_ITEMS = 50;
  private static final int MAX_UNACKED_ITEMS = 900;
  private static final int MAX_DRAINED = 10_000;
  private static final int MAX_MESSAGES = 50;
  private static final long AGAIN_MS = 500;
  private static final Duration REST = Duration.ofSeconds(30);

  /** Takes what is read. */
  interface Taker {
    /** A message of an item, and whether it is from before the client was there. */
    void message(Message message, boolean late);

    /** What an item of another kind says. */
    void item(InboxItem item, boolean late);

    /** Now and then, half a minute apart or sooner. */
    void beat();
  }

  private final ClientSession session;
  private final Asking asking;
  private final String device;
  private boolean begun;
  private long read;
  private long wanted;
  private long acked;
  private boolean acking;
  private volatile @Nullable WatchStream watch;

  InboxFeed(ClientSession session, Asking asking, String device, long cursor) {
    this.session = session;
    this.asking = asking;
    this.device = device;
    this.read = cursor;
    this.acked = cursor;
  }

  /** Begins to read; again does nothing. */
  synchronized void begin(Taker taker) {
    if (!begun) {
      begun = true;
      Thread.ofVirtual().name("xmpp-inbox").start(() -> run(taker));
    }
  }

  private void run(Taker taker) {
    boolean late = true;
    while (!session.isOver()) {
      try {
        if (!session.awaitRoom()) {
          return;
        }
        if (watch == null) {
          open();
        }
        late = readAll(taker, late);
        taker.beat();
        rest();
      } catch (Failure e) {
        LOG.debug("the inbox of {} cannot be read now: {}", session.jid(), e.getMessage());
        close();
        pause();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        LOG.error("the inbox of a client could not be read", e);
        session.end();
      }
    }
    close();
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(AGAIN_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void open() {
    watch = asking.watch(WatchInboxRequest.newBuilder().setUser(session.jid().user()).build());
    if (session.isOver()) {
      close();
    }
  }

  /** Waits for something new. */
  private void rest() throws InterruptedException {
    WatchStream open = watch;
    if (open != null && open.next(REST) != null) {
      for (int i = 0; i < MAX_DRAINED && open.next(Duration.ZERO) != null; i++) {
        // All of it is read from the inbox at once.
      }
    }
  }

  private boolean readAll(Taker taker, boolean late) throws InterruptedException {
    ReadInboxResponse page;
    do {
      page =
          asking.await(
              ReadInboxRequest.newBuilder()
                  .setUser(session.jid().user())
                  .setDevice(device)
                  .setAfterOrder(readUpTo())
                  .setPageSize(PAGE_ITEMS)
                  .build(),
              ReadInboxResponse.class);
      for (InboxItem item : page.getItemsList()) {
        if (!awaitAcks()) {
          return late;
        }
        tell(taker, item, late);
        readTo(item.getOrder());
        session.complete(item.getOrder());
      }
    } while (page.getMore());
    return false;
  }

  private void tell(Taker taker, InboxItem item, boolean late) throws InterruptedException {
    switch (item.getKind()) {
      case MESSAGE -> {
        if (item.getConversation().startsWith(Directs.PREFIX)) {
          messages(taker, item, late);
        }
      }
      default -> taker.item(item, late);
    }
  }

  private void messages(Taker taker, InboxItem item, boolean late) throws InterruptedException {
    long after = item.getAfterSeq();
    while (after < item.getSeq() && session.awaitRoom()) {
      GetMessagesResponse found =
          asking.await(
              GetMessagesRequest.newBuilder()
                  .setConversation(item.getConversation())
                  .setUser(session.jid().user())
                  .setAfterSeq(after)
                  .setUpToSeq(item.getSeq())
                  .setPageSize(MAX_MESSAGES)
                  .build(),
              GetMessagesResponse.class);
      List<Message> messages = found.getMessagesList();
      for (Message message : messages) {
        taker.message(message, late);
      }
      if (!found.getMore()) {
        return;
      }
      after = found.getNextSeq();
    }
  }

  private synchronized long readUpTo() {
    return read;
  }

  private synchronized void readTo(long order) {
    read = order;
  }

  /** An acknowledgement passes at most 1,000 items, so not more wait for one. */
  private boolean awaitAcks() throws InterruptedException {
    if (!session.awaitRoom()) {
      return false;
    }
    synchronized (this) {
      while (read - acked > MAX_UNACKED_ITEMS && !session.isOver()) {
        wait(AGAIN_MS);
      }
    }
    return !session.isOver();
  }

  /** The client has all up to an order; 0: nothing new. */
  void complete(long order) {
    synchronized (this) {
      wanted = Math.max(wanted, order);
    }
    acknowledge();
  }

  private void acknowledge() {
    long to;
    synchronized (this) {
      if (acking || wanted <= acked) {
        return;
      }
      acking = true;
      to = wanted;
    }
    var _ = ack(device, to).whenComplete((done, problem) -> acknowledged(to, problem == null));
    if (!device.equals(Negotiation.SHARED_DEVICE)) {
      // So that a new device begins where the user is. What is lost of it only repeats something.
      var _ = ack(Negotiation.SHARED_DEVICE, to);
    }
  }

  private CompletableFuture<AckInboxResponse> ack(String of, long to) {
    return asking.ask(
        AckInboxRequest.newBuilder()
            .setUser(session.jid().user())
            .setDevice(of)
            .setOrder(to)
            .build(),
        AckInboxResponse.class);
  }

  private void acknowledged(long to, boolean done) {
    synchronized (this) {
      acking = false;
      if (done) {
        acked = Math.max(acked, to);
        notifyAll();
      }
    }
    if (done) {
      acknowledge();
    } else {
      session.later(AGAIN_MS, this::acknowledge);
    }
  }

  /**
   * The client is gone: what it has is said now, not after what is being said, so that it is known
   * when the client comes back at once.
   */
  void last() {
    long to;
    synchronized (this) {
      to = acking && wanted > acked ? wanted : 0;
    }
    if (to > 0) {
      var _ = ack(device, to);
    }
  }

  /** Ends the watch: the thread looks whether there is something left to do. */
  void close() {
    WatchStream open = watch;
    watch = null;
    if (open != null) {
      open.close();
    }
  }
}
