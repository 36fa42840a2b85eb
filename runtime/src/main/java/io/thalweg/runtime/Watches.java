package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.OffsetOutOfRangeException;
import io.thalweg.log.PartitionId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The watchers of a node: bounded in number, ended when it closes. */
final class Watches implements AutoCloseable {
  private static final long BEHIND_RETRY_MS = 200;

  private final EmbeddedEngine engine;
  private final int maxWatchers;
  private final Set<LogWatch> open = ConcurrentHashMap.newKeySet();

  /** Those of partitions that other nodes lead. */
  private final Set<RemoteWatch> remote = ConcurrentHashMap.newKeySet();

  private final Map<PartitionId, WatchTail> tails = new ConcurrentHashMap<>();

  /** Those whose thread may still read. */
  private final Set<WatchTail> running = ConcurrentHashMap.newKeySet();

  private final AtomicLong numbers = new AtomicLong();
  private volatile boolean closed;

  Watches(EmbeddedEngine engine, int maxWatchers) {
    this.engine = engine;
    engine.onLogLost(
        () -> endAll("the log was lost and is opened again; watch on from the last position"));
    this.maxWatchers = maxWatchers;
    Saturation.register(engine.meters(), "watches", "", this, Watches::size, maxWatchers);
  }

  private int size() {
    return open.size() + remote.size();
  }

  /** Watches a partition wherever it is led. Waits for the other node, if it is another. */
  WatchStream openAnywhere(
      ServiceModel.Method method, Request request, Partition partition, int slot, String after) {
    WatchStream log = openLog(method, request, partition, slot, after);
    return NoticedWatch.of(log, engine.replies().notices(), method, request, engine.host());
  }

  private WatchStream openLog(
      ServiceModel.Method method, Request request, Partition partition, int slot, String after) {
    Forwarding forwarding = engine.forwarding();
    if (forwarding == null || partition.phase() == PartitionPhase.ACTIVE) {
      return open(method, request, partition, slot, after);
    }
    checkRoom();
    RemoteWatch watch =
        new RemoteWatch(engine.host(), forwarding, partition.id(), method, request, after, this);
    remote.add(watch);
    if (closed) {
      watch.end(lost("this node is closing; watch on from the last position"));
    }
    watch.open();
    return watch;
  }

  private void checkRoom() {
    if (size() >= maxWatchers) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "there are " + maxWatchers + " watchers already; try again later",
          1000);
    }
  }

  /** Watches a partition that is led here. */
  WatchStream open(
      ServiceModel.Method method, Request request, Partition partition, int slot, String after) {
    Log log = engine.log();
    ServiceInstance instance = partition.instance();
    if (closed || log == null || instance == null) {
      throw Failure.retryable(
          Code.UNAVAILABLE, "partition " + partition.id() + " " + partition.reason(), 500);
    }
    checkRoom();
    PartitionId id = partition.id();
    LogWatch watch;
    try {
      List<Lineage> lineages = log.lineages(id);
      watch =
          new LogWatch(
              log,
              id,
              lineages.getLast().ordinal(),
              startOffset(log, id, lineages, after, engine.storage().sharesLog()),
              method,
              request,
              slot,
              instance.watchOf(request.message().getClass()),
              this,
              engine.keys(),
              engine.host());
    } catch (OffsetOutOfRangeException e) {
      throw resync(String.valueOf(e.getMessage()));
    } catch (LogException e) {
      throw lost("the log of " + id + " cannot be read: " + e.getMessage());
    }
    open.add(watch);
    // Whoever ends all watches may have come just before.
    if (closed || !log.equals(engine.log())) {
      watch.end(lost("the log was lost or this node is closing; watch on from the last position"));
    }
    return watch;
  }

  private static long startOffset(
      Log log, PartitionId id, List<Lineage> lineages, @Nullable String after, boolean shared) {
    long end = log.durableOffset(id);
    if (after == null || after.isEmpty()) {
      return end;
    }
    long start = log.startOffset(id);
    if (after.equals("0")) {
      if (start > 0) {
        throw resync("the log begins at offset " + start + "; what was before it was removed");
      }
      return 0;
    }
    Position position = Position.parse(after, "after");
    if (position.partition() != id.index()) {
      throw resync("it is of partition " + position.partition() + ", the key is in " + id.index());
    }
    boolean known = lineages.stream().anyMatch(l -> l.ordinal() == position.lineage());
    if (!known) {
      throw resync("its history (lineage " + position.lineage() + ") is not known here");
    }
    // Beyond the fork a position of an older lineage names events that this history never had.
    for (Lineage l : lineages) {
      if (l.ordinal() > position.lineage() && position.offset() >= l.forkOffset()) {
        throw resync("it lies beyond the fork of this history at offset " + l.forkOffset());
      }
    }
    if (position.offset() >= end && shared) {
      // Another node has led meanwhile, or still does: this one has yet to hear of all that was.
      throw Failure.retryable(
          Code.UNAVAILABLE,
          "the position %s is beyond offset %d, the last that this node has heard of"
              .formatted(position, end),
          BEHIND_RETRY_MS);
    }
    if (position.offset() >= end) {
      throw resync("it lies beyond the end of the log at offset " + end);
    }
    if (position.offset() + 1 < start) {
      throw resync("the log begins at offset " + start + "; what follows the position was removed");
    }
    return position.offset() + 1;
  }

  private static Failure resync(String why) {
    return Failure.of(
        Code.OUT_OF_RANGE,
        "resync: the position cannot be continued: "
            + why
            + "; read the present state and watch on");
  }

  long nextNumber() {
    return numbers.incrementAndGet();
  }

  /** Where a watcher finds what is new. */
  record Place(WatchTail tail, WatchTail.Slot slot) {}

  /** Has a watcher hear of what is new in its slot, until it is closed. */
  Place place(LogWatch watch, Log log, PartitionId id, ServiceModel service, int slot) {
    while (true) {
      WatchTail tail = tails.get(id);
      WatchTail.Slot shared = tail == null || !tail.isOf(log) ? null : tail.add(watch, slot);
      if (tail != null && shared != null) {
        return new Place(tail, shared);
      }
      WatchTail fresh = new WatchTail(log, id, service, log.durableOffset(id), this, engine.host());
      WatchTail.Slot first = fresh.add(watch, slot);
      boolean mine =
          tail == null ? tails.putIfAbsent(id, fresh) == null : tails.replace(id, tail, fresh);
      if (mine && first != null) {
        running.add(fresh);
        fresh.start();
        return new Place(fresh, first);
      }
    }
  }

  /** A tail's thread reads no more. */
  void ended(WatchTail tail) {
    tails.values().remove(tail);
    running.remove(tail);
  }

  void closed(LogWatch watch) {
    open.remove(watch);
  }

  void closed(RemoteWatch watch) {
    remote.remove(watch);
  }

  @Override
  public void close() {
    closed = true;
    String why = "this node is closing; watch on from the last position";
    endAll(why);
    remote.forEach(watch -> watch.end(lost(why)));
  }

  private static Failure lost(String why) {
    return Failure.retryable(Code.UNAVAILABLE, why, 1000);
  }

  private void endAll(String why) {
    Failure failure = lost(why);
    open.forEach(watch -> watch.end(failure));
    running.forEach(WatchTail::close);
  }
}
