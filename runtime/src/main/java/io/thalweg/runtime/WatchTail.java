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
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The end of a partition's log, as all watchers of the partition share it: one thread reads each
 * new batch once, and keeps the latest events of those slots that somebody watches. An event costs
 * its partition one reading, and wakes the watchers of its slot alone; an idle watcher costs an
 * entry in a set. Whoever falls behind what is kept reads the log itself, until it is here again.
 *
 * <p>What is kept is bounded by {@value #MAX_BYTES} bytes. The thread lives as long as there is a
 * watcher. Thread-safe.
 */
final class WatchTail {
  /** Payload bytes of the events that are kept, of all slots together. */
  static final int MAX_BYTES = 4 << 20;

  /** What an event costs beside its payload, roughly. */
  private static final int EVENT_BYTES = 256;

  private final Log log;
  private final PartitionId id;
  private final ServiceModel service;
  private final Watches owner;
  private final Waiters waiters;
  private final Host host;
  private final Thread thread;

  // All guarded by this, which nobody holds while reading files or waiting.
  private final Map<Integer, Slot> slots = new HashMap<>();
  private final ArrayDeque<Kept> order = new ArrayDeque<>();
  private long keptBytes;

  /** What is below it was taken. Written under the lock, read by anybody. */
  private volatile long position;

  private boolean more = true;
  private boolean ended;

  /** An event of a watched slot: its message, or why it cannot be read. */
  static final class Kept {
    final Slot slot;
    final long offset;
    final int project;
    final long logTimeUs;
    final int bytes;
    final @Nullable Message message;
    final @Nullable Failure failure;

    /** What the last watcher was given for it, and what that one had asked. */
    private volatile @Nullable Mapped mapped;

    Kept(
        Slot slot,
        EventView event,
        long logTimeUs,
        @Nullable Message message,
        @Nullable Failure failure) {
      this.slot = slot;
      this.offset = event.offset();
      this.project = event.project();
      this.logTimeUs = logTimeUs;
      this.bytes = event.payload().remaining() + EVENT_BYTES;
      this.message = message;
      this.failure = failure;
    }

    @Nullable Mapped mapped() {
      return mapped;
    }

    void mapped(Mapped latest) {
      mapped = latest;
    }
  }

  /**
   * What a mapping made of an event.
   *
   * @param item null: the event is nothing to those who ask this
   */
  record Mapped(Message request, WatchStream.@Nullable Item item) {}

  /** The watchers of a slot, and its latest events. */
  static final class Slot {
    final int number;

    /** Every event of the slot from this offset up to the tail's end is here. Grows. */
    private volatile long since;

    private final NavigableMap<Long, Kept> events = new ConcurrentSkipListMap<>();

    /** By the order in which they came: a simulated run must repeat. */
    private final Map<Long, LogWatch> watchers = new ConcurrentSkipListMap<>();

    Slot(int number, long since) {
      this.number = number;
      this.since = since;
    }

    /** Whether every event from an offset on is kept. */
    boolean holds(long offset) {
      return since <= offset;
    }

    /**
     * The first event that is kept at or after an offset. To be followed by {@link #holds}: events
     * may have left before, and leave only after {@code since} says so.
     */
    @Nullable Kept at(long offset) {
      Map.Entry<Long, Kept> entry = events.ceilingEntry(offset);
      return entry == null ? null : entry.getValue();
    }
  }

  /**
   * @param position the offset to begin at; not beyond the durable end
   */
  WatchTail(
      Log log, PartitionId id, ServiceModel service, long position, Watches owner, Host host) {
    this.log = log;
    this.id = id;
    this.service = service;
    this.position = position;
    this.owner = owner;
    this.host = host;
    this.waiters = new Waiters(host);
    this.thread = host.thread("watch-" + id, this::run);
  }

  void start() {
    host.start(thread);
  }

  /** Everything below this offset that belongs to a watched slot is kept there, or was. */
  long position() {
    return position;
  }

  /** Whether it is at the end of this log. */
  boolean isOf(Log other) {
    return log.equals(other);
  }

  /** Adds a watcher, which hears of its slot's events from now on; null if the tail has ended. */
  synchronized @Nullable Slot add(LogWatch watch, int number) {
    if (ended) {
      return null;
    }
    Slot slot = slots.computeIfAbsent(number, n -> new Slot(n, position));
    slot.watchers.put(watch.number(), watch);
    return slot;
  }

  /** Removes a watcher; the tail ends with the last one. */
  void remove(LogWatch watch, Slot slot) {
    synchronized (this) {
      slot.watchers.remove(watch.number());
      if (slot.watchers.isEmpty() && slots.remove(slot.number, slot)) {
        order.removeIf(kept -> {
          boolean gone = kept.slot == slot;
          keptBytes -= gone ? kept.bytes : 0;
          return gone;
        });
      }
      ended |= slots.isEmpty();
    }
    waiters.wake();
  }

  /** Ends it and waits until its thread reads no more. */
  void close() {
    synchronized (this) {
      ended = true;
    }
    waiters.wake();
    if (Thread.currentThread() != thread) {
      host.join(thread);
    }
  }

  private void news() {
    synchronized (this) {
      more = true;
    }
    waiters.wake();
  }

  private synchronized boolean hasNews() {
    return more || ended;
  }

  private synchronized boolean isEnded() {
    return ended;
  }

  private synchronized long begin() {
    more = false;
    return position;
  }

  private void run() {
    try (Log.Registration _ = log.onDurable(id, this::news);
        LogReader reader = log.read(id, begin())) {
      while (!isEnded()) {
        begin();
        for (Batch batch = reader.next(); batch != null && !isEnded(); batch = reader.next()) {
          take(batch).forEach(slot -> slot.watchers.values().forEach(LogWatch::wake));
        }
        waiters.await(this::hasNews);
      }
    } catch (OffsetOutOfRangeException e) {
      fail(Failure.of(Code.OUT_OF_RANGE, "resync: " + e.getMessage()));
    } catch (LogException e) {
      fail(
          Failure.retryable(
              Code.UNAVAILABLE,
              "the log of %s cannot be read on: %s".formatted(id, e.getMessage()),
              TimeUnit.SECONDS.toMillis(1)));
    } finally {
      owner.ended(this);
    }
  }

  private void fail(Failure failure) {
    Set<LogWatch> all = new LinkedHashSet<>();
    synchronized (this) {
      ended = true;
      slots.values().forEach(slot -> all.addAll(slot.watchers.values()));
    }
    all.forEach(watch -> watch.end(failure));
  }

  /** Keeps what somebody watches; the slots of which something came. */
  private synchronized Set<Slot> take(Batch batch) {
    Set<Slot> touched = new LinkedHashSet<>();
    for (Iterator<EventView> events = batch.iterator(); events.hasNext(); ) {
      EventView event = events.next();
      Slot slot = event.type() < 0 ? null : slots.get(event.slot());
      // The first batch may begin below the position.
      if (slot != null && event.offset() >= slot.since && event.offset() >= position) {
        Kept kept = read(slot, event, batch.logTimeUs());
        slot.events.put(kept.offset, kept);
        order.add(kept);
        keptBytes += kept.bytes;
        touched.add(slot);
      }
    }
    position = Math.max(position, batch.nextOffset());
    while (keptBytes > MAX_BYTES && order.size() > 1) {
      Kept oldest = order.remove();
      keptBytes -= oldest.bytes;
      oldest.slot.since = oldest.offset + 1;
      oldest.slot.events.remove(oldest.offset);
    }
    return touched;
  }

  private Kept read(Slot slot, EventView event, long logTimeUs) {
    try {
      return new Kept(slot, event, logTimeUs, LogWatch.parse(service, id, event), null);
    } catch (Failure e) {
      return new Kept(slot, event, logTimeUs, null, e);
    }
  }
}
