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
import org.jspecify.annotations.Nullable;

/**
 * A watcher that reads the log itself, from its own place: nothing is kept for it but the items of
 * the batch that it is in. It sleeps until the log says that more is durable.
 */
final class LogWatch implements WatchStream {
  private final PartitionId id;
  private final int lineage;
  private final ServiceModel.Method method;
  private final Request request;
  private final int slot;
  private final Definition.WatchMapping<Message, Message> mapping;
  private final Watches owner;
  private final long from;
  private final LogReader reader;
  private final Log.Registration registration;
  private final Unsealing unsealing;
  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private final Host host;
  private final Waiters waiters;

  // All guarded by this, which nobody holds while reading or waiting.
  private boolean more = true;
  private boolean closed;
  private @Nullable Failure ended;
  private @Nullable Thread reading;

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
    this.host = host;
    waiters = new Waiters(host);
    this.id = id;
    this.lineage = lineage;
    this.method = method;
    this.request = request;
    this.slot = slot;
    this.mapping = mapping;
    this.owner = owner;
    this.from = from;
    int project = request.caller().project();
    unsealing = sealed -> keys.unseal(id.service(), project, sealed);
    reader = log.read(id, from);
    registration = log.onDurable(id, this::wake);
  }

  private void wake() {
    synchronized (this) {
      more = true;
    }
    waiters.wake();
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
      Batch batch = reader.next();
      while (batch != null && !isClosed()) {
        addItems(batch);
        if (!items.isEmpty() || host.nanoTime() - deadlineNs > 0) {
          wake();
          return;
        }
        batch = reader.next();
      }
    } catch (Failure e) {
      end(e);
      throw e;
    } catch (UnappliableEventException e) {
      Failure failure = Failure.of(Code.UNAVAILABLE, String.valueOf(e.getMessage()));
      end(failure);
      throw failure;
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

  private void addItems(Batch batch) {
    int project = request.caller().project();
    for (Iterator<EventView> events = batch.iterator(); events.hasNext(); ) {
      EventView event = events.next();
      if (event.offset() < from
          || event.slot() != slot
          || event.project() != project
          || event.type() < 0) {
        continue;
      }
      Message prototype = Replay.prototypeOf(method.service(), event.type());
      if (prototype == null) {
        throw Failure.of(
            Code.UNAVAILABLE,
            "event type %d of %s is not known to this build".formatted(event.type(), id));
      }
      Position position = new Position(lineage, id.index(), event.offset());
      Message message = Replay.parse(method.service(), event, prototype);
      Message item =
          mapping.map(
              request.message(), new WatchedEvent(position, batch.logTimeUs(), message, unsealing));
      if (item != null) {
        items.add(new Item(position, item));
      }
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
    waiters.wake();
    registration.close();
    // A reader that ends the watch itself need not wait for itself.
    waiters.await(this::isReaderFree);
    reader.close();
    owner.closed(this);
  }

  private synchronized boolean isReaderFree() {
    return reading == null || reading == Thread.currentThread();
  }
}
