package io.thalweg.gateway;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.edge.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One watch of one client, whatever it is transported by. Takes items from the node only while the
 * transport says that the client has taken what it was sent before, so that a slow client costs its
 * place and what is on its way to it.
 *
 * <p>A watch that is conflated is read on also while its client is slow: what waits then are {@link
 * ConflatedItems}, which are bounded.
 *
 * <p>It has no thread while nothing happens. A {@link #signal} (news from the log, a client that is
 * ready again, the end) starts a virtual thread, which works until there is nothing more to do;
 * there is one at a time. All methods may be called from any thread and do not block.
 */
final class WatchSession {
  private static final int KEEP_UP_ITEMS = 4_096;

  private static final Logger log = LoggerFactory.getLogger(WatchSession.class);

  /** Called by one thread at a time; must not block. */
  interface Transport {
    /** Whether the client has taken what it was sent. When it turns so, signal the session. */
    boolean isReady();

    /**
     * The watch is open.
     *
     * @param from to come back after if nothing comes
     */
    void opened(Position from);

    /** Adds an item to what is being written. True: there is room for another one. */
    boolean add(WatchStream.Item item);

    /**
     * Sends what was added.
     *
     * @param upTo to come back after
     */
    void flush(Position upTo);

    /**
     * Nothing more will come. Called once, also if the watch was never opened.
     *
     * @param reason null if the client left
     * @param at to come back after; null if the watch was never opened
     */
    void ended(@Nullable Failure reason, @Nullable Position at);
  }

  private final WatchMethod method;
  private final Session visitor;
  private final Message request;
  private final Watchers watchers;
  private final Watchers.Watcher place;
  private final Transport transport;
  private final @Nullable String after;
  private final AtomicInteger signals = new AtomicInteger();
  private volatile boolean left;
  private volatile @Nullable Failure cut;

  // Of the working thread.
  private final @Nullable ConflatedItems kept;
  private long keptBytes;
  private long leftOut;
  private @Nullable WatchStream stream;
  private boolean over;

  private WatchSession(
      WatchMethod method,
      Session visitor,
      Message request,
      @Nullable String after,
      Watchers watchers,
      Transport transport) {
    this.method = method;
    this.visitor = visitor;
    // Requests that differ in nothing else are the same to the node: their items are made once.
    this.request = method.asked(request);
    Conflation conflation = method.conflation(request);
    this.kept =
        conflation == null ? null : new ConflatedItems(conflation, watchers.conflatedBytes());
    this.after = after;
    this.watchers = watchers;
    this.place = watchers.enter();
    this.transport = transport;
  }

  /**
   * A session that is not begun: {@link #begin} does.
   *
   * @throws Failure RESOURCE_EXHAUSTED if there are too many watchers
   */
  static WatchSession of(
      WatchMethod method,
      Session visitor,
      Message request,
      Watchers watchers,
      Transport transport) {
    return new WatchSession(
        method, visitor, request, method.requests().after(request), watchers, transport);
  }

  void begin() {
    place.onEnd(this::signal);
    signal();
  }

  /** Whether its items are conflated. */
  boolean isConflated() {
    return kept != null;
  }

  /** Something may have happened. */
  void signal() {
    if (signals.getAndIncrement() == 0) {
      Thread.ofVirtual().name("watch").start(this::work);
    }
  }

  /** The client is gone. */
  void leave() {
    left = true;
    signal();
  }

  /** Ends the watch for a reason of this server's. */
  void cut(Failure reason) {
    cut = reason;
    signal();
  }

  private void work() {
    int seen;
    do {
      seen = signals.get();
      if (!over) {
        step();
      }
    } while (!signals.compareAndSet(seen, 0));
  }

  private void step() {
    try {
      if (left) {
        end(null);
      } else if (cut != null) {
        end(cut);
      } else if (place.ended()) {
        end(watchers.goingAway());
      } else {
        open();
      }
    } catch (Failure e) {
      end(place.ended() ? watchers.goingAway() : e);
    } catch (InterruptedException e) {
      // Nobody interrupts these threads.
      Thread.currentThread().interrupt();
      end(Failure.of(Code.UNAVAILABLE, "the watch was interrupted"));
    } catch (RuntimeException e) {
      log.error("a watch of {} failed", method.type().fullName(), e);
      end(Failure.of(Code.INTERNAL, "internal error"));
    }
  }

  private void open() throws InterruptedException {
    WatchStream open = stream;
    if (open == null) {
      open = visitor.watch(request, after);
      stream = open;
      transport.opened(open.position());
      open.onNews(this::signal);
    }
    keepUp(open);
    while (transport.isReady()) {
      WatchStream.Item item = next(open);
      if (item == null) {
        return;
      }
      try {
        while (item != null) {
          item = transport.add(item) ? next(open) : null;
        }
      } finally {
        // Also where the watch ends after some items.
        transport.flush(place(open));
      }
      if (left) {
        return;
      }
      keepUp(open);
    }
  }

  private WatchStream.@Nullable Item next(WatchStream open) throws InterruptedException {
    return kept == null ? open.next(Duration.ZERO) : kept.poll();
  }

  /** Of a conflated watch: takes what there is, as far as there is room. */
  private void keepUp(WatchStream open) throws InterruptedException {
    ConflatedItems waiting = kept;
    if (waiting == null) {
      return;
    }
    try {
      // So many at a time, and then those who can take it are given something.
      for (int i = 0; i < KEEP_UP_ITEMS && !waiting.isFull(); i++) {
        WatchStream.Item item = open.next(Duration.ZERO);
        if (item == null) {
          break;
        }
        waiting.add(item);
      }
    } finally {
      account(waiting.bytes());
      watchers.leftOut(waiting.leftOut() - leftOut);
      leftOut = waiting.leftOut();
    }
  }

  private void account(long bytes) {
    watchers.waiting(bytes - keptBytes);
    keptBytes = bytes;
  }

  /** To come back after. */
  private Position place(WatchStream open) {
    return kept == null ? open.position() : kept.before(open.position());
  }

  private void end(@Nullable Failure reason) {
    over = true;
    WatchStream open = stream;
    try {
      transport.ended(reason, open == null ? null : place(open));
      if (open != null) {
        open.close();
      }
    } finally {
      account(0);
      place.close();
    }
  }
}
