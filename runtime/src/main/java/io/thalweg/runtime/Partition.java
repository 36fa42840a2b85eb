package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.log.AppendListener;
import io.thalweg.log.Batch;
import io.thalweg.log.Log;
import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StoreCorruptException;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of a service on this node: its thread, and what is shared with it.
 *
 * <p>The thread opens the partition (rows, then the log after them), then serves: it takes requests
 * from the queue one at a time, hands them to the {@link Executor}, closes batches and appends
 * them. What it appended is made durable by the log's own threads meanwhile. Replies wait in {@link
 * Release}s, in order, until the reply thread finds them durable.
 *
 * <p>When an append fails the leadership is over: parked replies become "outcome unknown", the
 * memory is given up, and the partition opens again from what is durable.
 */
final class Partition implements AppendListener {
  private static final Logger LOG = LoggerFactory.getLogger(Partition.class);
  private static final long PROGRESS_ROWS = 1_000_000;
  private static final long FIRST_PAUSE_MS = 50;
  private static final long MAX_PAUSE_MS = 10_000;

  // Whoever served so long does not fail at once again.
  private static final long STEADY_NS = TimeUnit.SECONDS.toNanos(10);

  private final NodeContext node;
  private final ServiceModel model;
  private final PartitionId id;
  private final PartitionScope scope;
  private final PartitionQueue queue;
  private final PartitionMetrics metrics = new PartitionMetrics();
  private final ParkedReleases releases = new ParkedReleases();
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final AtomicReference<@Nullable ViewRequest> viewWanted = new AtomicReference<>();
  private final Thread thread;
  private int failures;

  private volatile PartitionPhase phase = PartitionPhase.LOADING;
  private volatile String reason = "is opening";
  private volatile boolean closing;
  private volatile @Nullable LogException appendFailure;
  private volatile long durableOffset;
  private volatile long endOffset;
  private volatile long storedOffset;
  private volatile int lineage = 1;
  private volatile @Nullable ServiceInstance published;
  private volatile List<String> stoppedDeliveries = List.of();

  Partition(NodeContext node, ServiceModel model, PartitionId id, PartitionScope scope) {
    this.node = node;
    this.model = model;
    this.id = id;
    this.scope = scope;
    queue =
        new PartitionQueue(
            node.host(), node.options().queueRequests(), node.options().queueBytes());
    metrics.register(node.meters(), id.toString(), queue, node.options());
    thread = node.host().thread("thalweg-" + id, this::run);
  }

  void start() {
    node.host().start(thread);
  }

  PartitionId id() {
    return id;
  }

  /** How long the last in line waits, in milliseconds, by what the partition does in a second. */
  double queuedMs() {
    return queue.waitMs();
  }

  PartitionScope scope() {
    return scope;
  }

  PartitionMetrics metrics() {
    return metrics;
  }

  PartitionPhase phase() {
    return phase;
  }

  /** Why it does not take requests. */
  String reason() {
    return reason;
  }

  NodeStatus.PartitionStatus status() {
    return new NodeStatus.PartitionStatus(
        id.toString(),
        phase,
        endOffset,
        durableOffset,
        storedOffset,
        queue.size(),
        metrics.effects.pending(),
        metrics.messages.outbox(),
        metrics.messages.timers(),
        metrics.messages.deadLetters());
  }

  /** The instance that serves now; null while the partition is not open. */
  @Nullable ServiceInstance instance() {
    return published;
  }

  // ---------------------------------------------------------------- requests, from any thread

  /** Queues a request, or answers why not. */
  void submit(Call call) {
    PartitionPhase now = phase;
    if (now != PartitionPhase.ACTIVE) {
      call.handler().failure(notServing(now));
      return;
    }
    if (closing) {
      call.handler().failure(notServing(PartitionPhase.CLOSED));
      return;
    }
    call.at(Trace.Station.QUEUED, node.host());
    if (!queue.offer(call)) {
      metrics.queueFull.increment();
      call.handler()
          .failure(
              Failure.retryable(
                  Code.RESOURCE_EXHAUSTED,
                  "the queue of partition %s is full (%d requests, %d bytes); try again later"
                      .formatted(id, queue.size(), queue.sizeBytes()),
                  100));
      return;
    }
    if (phase == PartitionPhase.CLOSED) {
      failQueue(notServing(PartitionPhase.CLOSED));
    } else {
      queue.wake(thread);
    }
  }

  /** Asks for a frozen view; one that is asked for already is refused. Any thread. */
  void freeze(ViewRequest request) {
    ViewRequest before = viewWanted.getAndSet(request);
    if (before != null) {
      before.refuse();
    }
    queue.wake(thread);
  }

  private Failure notServing(PartitionPhase now) {
    return switch (now) {
      case CLOSED -> Failure.retryable(Code.UNAVAILABLE, "this node is closing", 1000);
      case STOPPED ->
          Failure.of(Code.UNAVAILABLE, "partition %s is stopped: %s".formatted(id, reason));
      case LOADING, FAILED, ACTIVE ->
          Failure.retryable(
              Code.UNAVAILABLE, "partition %s %s; try again".formatted(id, reason), 500);
    };
  }

  // Once the thread is gone whoever comes too late empties the queue.
  private synchronized void failQueue(Failure failure) {
    for (Call call = queue.poll(); call != null; call = queue.poll()) {
      call.handler().failure(failure);
    }
  }

  /** Something happened that its thread waits for. */
  void wake() {
    queue.wake(thread);
  }

  /** Which deliveries of messages are stopped, and why: messages are missing. */
  void deliveriesStopped(List<String> whichAndWhy) {
    stoppedDeliveries = whichAndWhy;
  }

  List<String> stoppedDeliveries() {
    return stoppedDeliveries;
  }

  // ---------------------------------------------------------------- the log's thread

  @Override
  public void durable(long endOffset) {
    durableOffset = endOffset;
    node.replies().signal(this);
    queue.wake(thread);
  }

  @Override
  public void failed(LogException cause) {
    appendFailure = cause;
    node.replies().signal(this);
    queue.wake(thread);
  }

  // ---------------------------------------------------------------- the reply thread

  /** Whether this call was the first since {@link #releaseDurable} began. */
  boolean markSignalled() {
    return signalled.compareAndSet(false, true);
  }

  /**
   * Releases what is durable; after a failed append, tells the others that their outcome is
   * unknown.
   */
  void releaseDurable() {
    signalled.set(false);
    // In this order: a failure that is seen here came after all that is durable.
    boolean failed = appendFailure != null;
    if (releases.release(durableOffset, failed, lineage, id, metrics, node)) {
      queue.wake(thread);
    }
  }

  // ---------------------------------------------------------------- the partition's thread

  /** Hands replies over that may leave once everything below {@code afterOffset} is durable. */
  void park(Release release, long afterOffset) {
    release.seal(afterOffset);
    while (!releases.park(release)) {
      queue.await(releases::hasRoom);
    }
    // The queue publishes with release order only; what follows must not be read before it.
    VarHandle.fullFence();
    if (afterOffset <= durableOffset || appendFailure != null) {
      node.replies().signal(this);
    }
  }

  boolean appendFailed() {
    return appendFailure != null;
  }

  long durable() {
    return durableOffset;
  }

  void endOffset(long offset) {
    endOffset = offset;
  }

  private void run() {
    while (!closing) {
      // Before the log is taken: a failure that is heard after that must not be forgotten.
      appendFailure = null;
      Log log = node.awaitLog(this);
      if (log == null) {
        break;
      }
      try {
        openAndServe(log);
      } catch (UnappliableEventException | MissingHistoryException e) {
        stop(e);
        break;
      } catch (StoreCorruptException e) {
        fail("has damaged tables, which are made again from the log: " + e.getMessage(), e);
        node.tablesDamaged();
      } catch (LogCorruptException e) {
        // Reading it again would find the same. An operator restores the file from a copy.
        stop(e);
        break;
      } catch (LogException e) {
        fail("has lost its log: " + e.getMessage(), e);
      } catch (RuntimeException | Error e) {
        fail("failed: " + e, e);
      }
    }
    becomeClosed();
  }

  private void openAndServe(Log log) {
    long openedNs = node.host().nanoTime();
    if (phase == PartitionPhase.FAILED) {
      moveTo(PartitionPhase.LOADING, "is opening again");
    }
    PartitionState state = PartitionState.open(node.store(), scope);
    Executor executor = null;
    boolean clean = false;
    try {
      SystemTables tables =
          new SystemTables(state, model.name(), node.options().maxStoredReplies());
      tables.forgottenKeys().opening(node.keys());
      ServiceInstance instance = new ServiceInstance(model.type(), state);
      Replay replay = new Replay(model, instance, state, tables);
      node.clock().advanceTo(log.lastLogTimeUs(id));
      PartitionLog appender = log.lead(id, model.contractLevel(), node.clock().nowUs(), this);
      lineage = appender.lineage().ordinal();
      durableOffset = appender.durableOffset();
      endOffset = appender.endOffset();
      if (!load(log, state, replay)) {
        // Closed in the middle: what is stored is right as far as it goes, and nothing may follow
        // it.
        appender.resign();
        clean = true;
        return;
      }
      tables.forgottenKeys().opened();
      published = instance;
      executor = new Executor(this, node, model, instance, state, replay, tables, appender);
      executor.declareContract();
      failQueue(notServing(PartitionPhase.LOADING));
      moveTo(PartitionPhase.ACTIVE, "");
      serve(executor);
      clean = appendFailure == null;
    } finally {
      published = null;
      refuseView();
      if (clean) {
        state.close();
      } else {
        state.abandon();
        if (executor != null) {
          executor.giveUp();
        }
      }
    }
    if (node.host().nanoTime() - openedNs > STEADY_NS) {
      failures = 0;
    }
    LogException failure = appendFailure;
    if (failure != null) {
      throw failure;
    }
  }

  private void refuseView() {
    ViewRequest wanted = viewWanted.getAndSet(null);
    if (wanted != null) {
      wanted.refuse();
    }
  }

  /** Reads the rows and the log after them; false if it is to close before that is done. */
  private boolean load(Log log, PartitionState state, Replay replay) {
    StartingPoint start = StartingPoint.of(log, id, state, node.checkpoints());
    try (LogReader from = start.reader()) {
      if (start.hasRows()) {
        state.load(rows -> progress("rows read", rows));
      }
      long replayed = 0;
      for (Batch batch = from.next(); batch != null; batch = from.next()) {
        replay.apply(batch);
        LogCursor cursor = from.cursor();
        state.batchClosed(cursor.nextOffset(), cursor.encode());
        state.durable(cursor.nextOffset());
        node.clock().advanceTo(batch.logTimeUs());
        replayed += batch.count();
        if (replayed / PROGRESS_ROWS != (replayed - batch.count()) / PROGRESS_ROWS) {
          progress("events replayed", replayed);
        }
        if (closing) {
          return false;
        }
        if (state.overBudget()) {
          state.flush();
        }
      }
      if (from.cursor().nextOffset() != endOffset) {
        throw new LogException(
            "replay of %s ended at offset %d, the log ends at %d"
                .formatted(id, from.cursor().nextOffset(), endOffset));
      }
    }
    return true;
  }

  private void progress(String what, long count) {
    reason = "is opening: " + count + " " + what;
    LOG.info("{} {}", id, reason);
  }

  private void serve(Executor executor) {
    // Timers may fill all batches that may be on their way. Requests that found no room then go
    // first the next time.
    boolean shutOut = false;
    while (appendFailure == null) {
      executor.noteDurable(durableOffset);
      int worked = executor.work(closing, !shutOut);
      int executed = 0;
      while (executed < Executor.TURN && executor.accepts()) {
        Call call = queue.poll();
        if (call == null) {
          break;
        }
        executor.execute(call);
        executed++;
      }
      boolean idle = queue.isEmpty();
      executor.endTurn(idle);
      queue.admission().turn(executed, !idle, node.host().nanoTime());
      ViewRequest wanted = viewWanted.getAndSet(null);
      if (wanted != null) {
        executor.freeze(wanted);
      }
      shutOut = executed == 0 && !idle && (shutOut || worked > 0);
      if (worked + executed == 0) {
        if (closing && queue.isEmpty() && executor.isSettled()) {
          executor.resign();
          return;
        }
        storedOffset = executor.storedOffset();
        queue.await(
            () ->
                executor.isFlushDue()
                    || appendFailure != null
                    || durableOffset > executor.notedDurable()
                    || viewWanted.get() != null
                    || (executor.accepts() && !queue.isEmpty())
                    || (executor.hasMail() && !closing)
                    || (closing && executor.isSettled()),
            closing ? Long.MAX_VALUE : executor.pauseNs());
      }
    }
  }

  private void fail(String why, Throwable cause) {
    LOG.error("{} {}", id, why, cause);
    appendFailure =
        cause instanceof LogException e ? e : new LogException("the partition failed", cause);
    moveTo(PartitionPhase.FAILED, why);
    node.replies().signal(this);
    queue.await(releases::isEmpty);
    failQueue(notServing(PartitionPhase.FAILED));
    node.letGo(this);
    pause();
    failQueue(notServing(PartitionPhase.FAILED));
  }

  // Each try costs a barrier in the log, and whatever failed is likely to fail again at once.
  private void pause() {
    long pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS << Math.min(failures, 10));
    failures++;
    long endNs = node.host().nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMs);
    queue.await(() -> closing || node.host().nanoTime() - endNs >= 0);
  }

  private void stop(RuntimeException cause) {
    LOG.error("{} is stopped: {}", id, cause.getMessage(), cause.getCause());
    moveTo(PartitionPhase.STOPPED, String.valueOf(cause.getMessage()));
    node.letGo(this);
    while (!closing) {
      failQueue(notServing(PartitionPhase.STOPPED));
      queue.await(() -> closing || !queue.isEmpty());
    }
  }

  private void becomeClosed() {
    queue.await(releases::isEmpty);
    moveTo(PartitionPhase.CLOSED, "is closed");
    failQueue(notServing(PartitionPhase.CLOSED));
    node.letGo(this);
  }

  /** Gives everything up and opens again: the node replaces what this partition stands on. */
  void reopen(String why) {
    failed(new LogException(why));
  }

  private void moveTo(PartitionPhase next, String why) {
    if (!next.canFollow(phase) && next != phase) {
      throw new IllegalStateException(id + ": " + phase + " to " + next);
    }
    reason = why;
    phase = next;
    node.phaseChanged();
  }

  /** Takes no more requests; answers those that it has. */
  void beginClose() {
    closing = true;
    queue.wake(thread);
  }

  /** Waits until the thread has ended. */
  void awaitClosed() {
    node.host().join(thread);
  }
}
