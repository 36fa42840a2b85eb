package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
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
  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ReentrantLock reading = new ReentrantLock();
  private boolean more = true;
  private volatile boolean closed;
  private @Nullable Failure ended;

  LogWatch(
      Log log,
      PartitionId id,
      int lineage,
      long from,
      ServiceModel.Method method,
      Request request,
      int slot,
      Definition.WatchMapping<Message, Message> mapping,
      Watches owner) {
    this.id = id;
    this.lineage = lineage;
    this.method = method;
    this.request = request;
    this.slot = slot;
    this.mapping = mapping;
    this.owner = owner;
    this.from = from;
    reader = log.read(id, from);
    registration = log.onDurable(id, this::wake);
  }

  private void wake() {
    lock.lock();
    try {
      more = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public @Nullable Item next(Duration timeout) throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    while (items.isEmpty()) {
      lock.lock();
      try {
        while (!more && !closed) {
          long leftNs = deadlineNs - System.nanoTime();
          if (leftNs <= 0) {
            return null;
          }
          changed.awaitNanos(leftNs);
        }
        if (ended != null) {
          throw ended;
        }
        if (closed) {
          return null;
        }
        more = false;
      } finally {
        lock.unlock();
      }
      fill(deadlineNs);
      if (items.isEmpty() && System.nanoTime() - deadlineNs > 0) {
        return null;
      }
    }
    return items.poll();
  }

  // A long stretch without an item for this watcher is read batch by batch; the timeout still
  // holds.
  private void fill(long deadlineNs) {
    reading.lock();
    try {
      if (closed) {
        return;
      }
      Batch batch = reader.next();
      while (batch != null && !closed) {
        addItems(batch);
        if (!items.isEmpty() || System.nanoTime() - deadlineNs > 0) {
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
    } catch (LogException e) {
      throw Failure.retryable(
          Code.UNAVAILABLE,
          "the log of %s cannot be read on: %s".formatted(id, e.getMessage()),
          TimeUnit.SECONDS.toMillis(1));
    } finally {
      reading.unlock();
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
          mapping.map(request.message(), new WatchedEvent(position, batch.logTimeUs(), message));
      if (item != null) {
        items.add(new Item(position, item));
      }
    }
  }

  /** Ends it: whoever waits for the next item gets the failure. */
  void end(Failure failure) {
    lock.lock();
    try {
      ended = failure;
    } finally {
      lock.unlock();
    }
    close();
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    registration.close();
    reading.lock();
    try {
      reader.close();
    } finally {
      reading.unlock();
    }
    owner.closed(this);
  }
}
