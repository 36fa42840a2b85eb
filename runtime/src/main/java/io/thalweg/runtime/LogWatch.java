package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.OffsetOutOfRangeException;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.keys.KeyRing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A watcher of one key. Where it is behind it reads the log itself, from its own place, and nothing
 * is kept for it but the items of the batch that it is in. Once it has caught up it takes its
 * events from the {@link WatchTail}, and sleeps until that has one of its slot.
 */
final class LogWatch implements WatchStream {
  private final Log log;
  private final PartitionId id;
  private final int lineage;
  private final ServiceModel.Method method;
  private final Request request;
  private final int slot;
  private final Definition.WatchMapping<Message, Message> mapping;
  private final Watches owner;
  private final long number;
  private final WatchTail tail;
  private final WatchTail.Slot shared;
  private final Unsealing unsealing;
  private final Host host;
  private final Waiters waiters;

  // Of the reading thread.
  private final ArrayDeque<Item> items = new ArrayDeque<>(0);
  private @Nullable LogReader reader;
  private long next;

  // All guarded by this, which nobody holds while reading or waiting.
  private boolean more = true;
  private boolean closed;
  private @Nullable Failure ended;
  private @Nullable Thread reading;
  private @Nullable Runnable listener;

  /**
   * @param from the offset to begin at
   */
  LogWatch(
      Log log,
      PartitionId id,
      int lineage,
      long from,
      ServiceModel.Method method,
      Request request,
      int slot,
      Definition.WatchMapping<Message, Message> mapping,
      Watches owner,
      KeyRing keys,
      Host host) {
    this.log = log;
    this.host = host;
    waiters = new Waiters(host);
    this.id = id;
    this.lineage = lineage;
    this.method = method;
    this.request = request;
    this.slot = slot;
    this.mapping = mapping;
    this.owner = owner;
    this.next = from;
    this.number = owner.nextNumber();
    Watches.Place place = owner.place(this, log, id, method.service(), slot);
    tail = place.tail();
    shared = place.slot();
    int project = request.caller().project();
    unsealing = sealed -> KnownKeys.with(() -> keys.unseal(id.service(), project, sealed));
  }

  /** Its own among the watchers of the node; grows. */
  long number() {
    return number;
  }

  @Override
  public Position position() {
    Item waiting = items.peek();
    long first = waiting == null ? next : waiting.position().offset();
    return new Position(lineage, id.index(), first - 1);
  }

  /** There may be something for it. */
  void wake() {
    Runnable heard;
    synchronized (this) {
      more = true;
      heard = listener;
    }
    waiters.wake();
    if (heard != null) {
      heard.run();
    }
  }

  @Override
  public void onNews(Runnable heard) {
    boolean now;
    synchronized (this) {
      listener = heard;
      now = more || closed;
    }
    if (now) {
      heard.run();
    }
  }

  @Override
  public @Nullable Item next(Duration timeout) throws InterruptedException {
    long deadlineNs = host.nanoTime() + timeout.toNanos();
    while (items.isEmpty()) {
      long leftNs = deadlineNs - host.nanoTime();
      if (!waiters.awaitInterruptibly(this::hasNews, Math.max(0, leftNs)) || !beginReading()) {
        return null;
      }
      try {
        fill(deadlineNs);
      } finally {
        endReading();
      }
      if (items.isEmpty() && host.nanoTime() - deadlineNs > 0) {
        return null;
      }
    }
    return items.poll();
  }

  private synchronized boolean hasNews() {
    return more || closed;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  // False if it was closed without a failure.
  private synchronized boolean beginReading() {
    if (ended != null) {
      throw ended;
    }
    if (closed) {
      return false;
    }
    more = false;
    reading = Thread.currentThread();
    return true;
  }

  private void endReading() {
    synchronized (this) {
      reading = null;
    }
    waiters.wake();
  }

  // A long stretch without an item for this watcher is read batch by batch; the timeout still
  // holds.
  private void fill(long deadlineNs) {
    try {
      while (!isClosed() && step()) {
        if (!items.isEmpty() || host.nanoTime() - deadlineNs > 0) {
          wake();
          return;
        }
      }
    } catch (Failure e) {
      end(e);
      throw e;
    } catch (OffsetOutOfRangeException e) {
      Failure failure = Failure.of(Code.OUT_OF_RANGE, "resync: " + e.getMessage());
      end(failure);
      throw failure;
    } catch (LogException e) {
      throw Failure.retryable(
          Code.UNAVAILABLE,
          "the log of %s cannot be read on: %s".formatted(id, e.getMessage()),
          TimeUnit.SECONDS.toMillis(1));
    }
  }

  /** Takes an event of the tail, or a batch of the log; false if there is nothing more for now. */
  private boolean step() {
    if (reader == null) {
      // Read first: what is taken later may be beyond it.
      long taken = tail.position();
      WatchTail.Kept kept = shared.at(next);
      if (shared.holds(next)) {
        if (kept == null) {
          next = Math.max(next, taken);
          return false;
        }
        next = kept.offset + 1;
        addItem(kept);
        return true;
      }
      reader = log.read(id, next);
    }
    Batch batch = reader.next();
    if (batch != null) {
      addItems(batch);
      next = Math.max(next, batch.nextOffset());
    }
    // At the end of the log it holds by all means, but for what came since.
    if (shared.holds(next)) {
      closeReader();
    }
    return true;
  }

  private void closeReader() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }

  private void addItem(WatchTail.Kept kept) {
    if (kept.project != request.caller().project()) {
      return;
    }
    Message event = kept.message;
    if (event == null) {
      throw kept.failure == null ? Failure.of(Code.INTERNAL, "internal error") : kept.failure;
    }
    WatchTail.Mapped mapped = kept.mapped();
    if (mapped == null || !mapped.request().equals(request.message())) {
      AtomicBoolean unsealed = new AtomicBoolean();
      Unsealing told =
          sealed -> {
            unsealed.set(true);
            return unsealing.unseal(sealed);
          };
      mapped =
          new WatchTail.Mapped(request.message(), map(kept.offset, kept.logTimeUs, event, told));
      // What was sealed may be forgotten before the next watcher comes.
      if (!unsealed.get()) {
        kept.mapped(mapped);
      }
    }
    if (mapped.item() != null) {
      items.add(mapped.item());
    }
  }

  private void addItems(Batch batch) {
    int project = request.caller().project();
    for (Iterator<EventView> events = batch.iterator(); events.hasNext(); ) {
      EventView event = events.next();
      if (event.offset() < next
          || event.slot() != slot
          || event.project() != project
          || event.type() < 0) {
        continue;
      }
      Message message = parse(method.service(), id, event);
      Item item = map(event.offset(), batch.logTimeUs(), message, unsealing);
      if (item != null) {
        items.add(item);
      }
    }
  }

  private @Nullable Item map(long offset, long logTimeUs, Message event, Unsealing told) {
    Position position = new Position(lineage, id.index(), offset);
    Message item =
        mapping.map(request.message(), new WatchedEvent(position, logTimeUs, event, told));
    return item == null ? null : new Item(position, item);
  }

  /**
   * An event for watchers.
   *
   * @throws Failure UNAVAILABLE if this build cannot read it
   */
  static Message parse(ServiceModel service, PartitionId id, EventView event) {
    Message prototype = Replay.prototypeOf(service, event.type());
    if (prototype == null) {
      throw Failure.of(
          Code.UNAVAILABLE,
          "event type %d of %s is not known to this build".formatted(event.type(), id));
    }
    try {
      return Replay.parse(service, event, prototype);
    } catch (UnappliableEventException e) {
      throw Failure.of(Code.UNAVAILABLE, String.valueOf(e.getMessage()));
    }
  }

  /** Ends it: whoever waits for the next item gets the failure. */
  void end(Failure failure) {
    synchronized (this) {
      ended = failure;
    }
    close();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    wake();
    tail.remove(this, shared);
    // A reader that ends the watch itself need not wait for itself.
    waiters.await(this::isReaderFree);
    closeReader();
    owner.closed(this);
  }

  private synchronized boolean isReaderFree() {
    return reading == null || reading == Thread.currentThread();
  }
}
