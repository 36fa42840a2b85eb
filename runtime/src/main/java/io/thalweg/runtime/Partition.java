package io.thalweg.runtime;

import io.thalweg.log.AppendListener;
import io.thalweg.log.LeadershipLostException;
import io.thalweg.log.Log;
import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StoreCorruptException;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
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

  private final NodeContext node;
  private final ServiceModel model;
  private final PartitionId id;
  private final PartitionScope scope;
  private final PartitionQueue queue;
  private final PartitionMetrics metrics = new PartitionMetrics();
  private final ParkedReleases releases = new ParkedReleases();
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final WantedView view = new WantedView();
  private final Thread thread;
  private final Pauses pauses = new Pauses();

  private volatile PartitionPhase phase = PartitionPhase.LOADING;
  private volatile String reason = "is opening";
  private volatile boolean closing;
  private volatile @Nullable LogException appendFailure;
  private volatile boolean leaving;
  private volatile long durableOffset;
  private volatile long confirmedBatches;
  private volatile long endOffset;
  private volatile long epoch;
  private volatile long storedOffset;
  private volatile int lineage = 1;
  private volatile @Nullable ServiceInstance published;
  private volatile @Nullable Log log;
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

  /** As other nodes see it. */
  PartitionPlace place() {
    PartitionPhase now = phase;
    return new PartitionPlace(id, now, endOffset, now == PartitionPhase.ACTIVE ? epoch : 0);
  }

  /** The instance that serves now; null while the partition is not open. */
  @Nullable ServiceInstance instance() {
    return published;
  }

  // ---------------------------------------------------------------- requests, from any thread

  /** Queues a request, or answers why not. */
  void submit(Call call) {
    PartitionPhase now = phase;
    boolean followed = now == PartitionPhase.FOLLOWING && FollowerReads.mayAnswer(call);
    if (now != PartitionPhase.ACTIVE && !followed) {
      refuse(call, now);
      return;
    }
    Log in = log;
    String trouble = in == null ? null : in.trouble();
    if (trouble != null) {
      refuse(call, now, "cannot append: " + trouble);
      return;
    }
    if (closing || leaving) {
      refuse(call, closing ? PartitionPhase.CLOSED : PartitionPhase.FOLLOWING);
      return;
    }
    call.at(Trace.Station.QUEUED, node.host());
    if (!queue.offer(call)) {
      metrics.queueFull.increment();
      call.handler().failure(NotServing.full(id, queue));
      return;
    }
    if (phase == PartitionPhase.CLOSED) {
      failQueue(PartitionPhase.CLOSED);
    } else {
      queue.wake(thread);
    }
  }

  private void refuse(Call call, PartitionPhase at) {
    refuse(call, at, reason);
  }

  /** A call was not executed here: another node may, else its caller is told. */
  private void refuse(Call call, PartitionPhase at, String why) {
    Forwarding forwarding = node.forwarding();
    if (forwarding == null || !forwarding.take(this, call, id + " " + why)) {
      call.handler().failure(NotServing.in(at, id, why));
    }
  }

  /** Asks for a frozen view; one that is asked for already is refused. Any thread. */
  void freeze(ViewRequest request) {
    view.ask(request);
    queue.wake(thread);
  }

  // Once the thread is gone whoever comes too late empties the queue.
  private synchronized void failQueue(PartitionPhase at) {
    for (Call call = queue.poll(); call != null; call = queue.poll()) {
      refuse(call, at);
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

  @Override
  public void durable(long endOffset) {
    durableOffset = endOffset;
    node.replies().signal(this);
    queue.wake(thread);
  }

  @Override
  public void confirmed(long batches) {
    confirmedBatches = batches;
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
    if (releases.release(durableOffset, confirmedBatches, failed, lineage, id, metrics, node)) {
      queue.wake(thread);
    }
  }

  // ---------------------------------------------------------------- the partition's thread

  /**
   * Hands replies over that may leave once everything below {@code afterOffset} is durable, and the
   * first {@code afterBatches} appends of this leadership are.
   */
  void park(Release release, long afterOffset, long afterBatches) {
    release.seal(afterOffset, afterBatches);
    while (!releases.park(release)) {
      queue.await(releases::hasRoom);
    }
    // The queue publishes with release order only; what follows must not be read before it.
    VarHandle.fullFence();
    if ((afterOffset <= durableOffset && afterBatches <= confirmedBatches)
        || appendFailure != null) {
      node.replies().signal(this);
    }
  }

  boolean appendFailed() {
    return appendFailure != null;
  }

  long durable() {
    return durableOffset;
  }

  /** So many appends of this leadership are known to be durable. */
  long confirmed() {
    return confirmedBatches;
  }

  void endOffset(long offset) {
    endOffset = offset;
  }

  private void run() {
    try (Leadership.Registration _ = node.leadership().onChange(this::wake)) {
      openAgainAndAgain();
    }
    becomeClosed();
  }

  private void openAgainAndAgain() {
    while (!closing) {
      // Before the log is taken: a failure that is heard after that must not be forgotten.
      appendFailure = null;
      Log taken = node.awaitLog(this);
      if (taken == null) {
        break;
      }
      log = taken;
      try {
        if (isWanted()) {
          openAndServe(taken);
        } else {
          stayAway();
        }
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
  }

  private void openAndServe(Log in) {
    long openedNs = node.host().nanoTime();
    leaving = false;
    moveTo(PartitionPhase.LOADING, "is opening");
    PartitionState state = PartitionState.open(node.store(), scope);
    Executor executor = null;
    boolean clean = false;
    try {
      SystemTables tables =
          new SystemTables(state, model.name(), node.options().maxStoredReplies());
      tables.forgottenKeys().opening(node.keys());
      ServiceInstance instance = new ServiceInstance(model.type(), state);
      Replay replay = new Replay(model, instance, state, tables);
      FollowerReads reads = new FollowerReads(node, id, instance, state, metrics, in);
      PartitionLog appender = new Opening(this, node, model, in, reads).takeOver(state, replay);
      if (appender == null) {
        // Closed in the middle: what is stored is right as far as it goes, nothing may follow it.
        clean = true;
        return;
      }
      tables.forgottenKeys().opened();
      published = instance;
      executor = new Executor(this, node, model, instance, state, replay, tables, appender);
      executor.declareContract();
      failQueue(PartitionPhase.LOADING);
      moveTo(PartitionPhase.ACTIVE, "");
      new Serving(this, node.host(), queue, view, executor).run();
      clean = appendFailure == null;
    } finally {
      published = null;
      view.refuse();
      if (clean) {
        state.close();
      } else {
        state.abandon();
        if (executor != null) {
          executor.giveUp();
        }
      }
    }
    pauses.served(node.host().nanoTime() - openedNs);
    throwFailure();
  }

  boolean isClosing() {
    return closing;
  }

  /** Whether this node should have the partition, or it is to close. */
  boolean isWanted() {
    return closing || node.leadership().leads(id) || node.leadership().follows(id);
  }

  // Other nodes have it: nothing of it is in memory here.
  private void stayAway() {
    moveTo(PartitionPhase.AWAY, "is at other nodes");
    failQueue(PartitionPhase.AWAY);
    queue.await(() -> isWanted() || appendFailure != null || !queue.isEmpty());
    throwFailure();
  }

  /** Everything below an offset was applied; answers reads until there may be more to do. */
  void follows(long applied, BooleanSupplier more, FollowerReads reads) {
    durableOffset = applied;
    endOffset = applied;
    if (phase == PartitionPhase.LOADING) {
      moveTo(PartitionPhase.FOLLOWING, "is led by another node");
    }
    BooleanSupplier over =
        () -> closing || appendFailure != null || !isWanted() || more.getAsBoolean();
    do {
      reads.serve(queue, applied, call -> refuse(call, PartitionPhase.FOLLOWING));
      queue.await(() -> !queue.isEmpty() || over.getAsBoolean());
    } while (!over.getAsBoolean());
    throwFailure();
  }

  private void throwFailure() {
    LogException failure = appendFailure;
    if (failure != null) {
      throw failure;
    }
  }

  void takesOver() {
    // It goes on as a follower: else others would take it for one that is not ready, and try too.
    if (phase == PartitionPhase.FOLLOWING) {
      reason = "is taking over";
    }
    confirmedBatches = 0;
  }

  void leads(PartitionLog appender) {
    lineage = appender.lineage().ordinal();
    epoch = appender.epoch();
    durableOffset = appender.durableOffset();
    endOffset = appender.endOffset();
  }

  void progress(String what, long count) {
    reason = "is opening: " + count + " " + what;
    LOG.info("{} {}", id, reason);
  }

  /** Whether it takes no more requests: its node closes, or another one should lead. */
  boolean isEnding() {
    leaving = leaving || !node.leadership().leads(id);
    return closing || leaving;
  }

  /** Whether {@link #isEnding} will hold. */
  boolean isToEnd() {
    return closing || !node.leadership().leads(id);
  }

  void storedOffset(long offset) {
    storedOffset = offset;
  }

  private void fail(String why, Throwable cause) {
    if (cause instanceof LeadershipLostException) {
      LOG.info("{} {}", id, why);
    } else {
      LOG.error("{} {}", id, why, cause);
    }
    appendFailure =
        cause instanceof LogException e ? e : new LogException("the partition failed", cause);
    moveTo(PartitionPhase.FAILED, why);
    node.replies().signal(this);
    queue.await(releases::isEmpty);
    failQueue(PartitionPhase.FAILED);
    node.letGo(this);
    pause();
    failQueue(PartitionPhase.FAILED);
  }

  private void pause() {
    long endNs = node.host().nanoTime() + pauses.nextNs(appendFailure);
    queue.await(() -> closing || node.host().nanoTime() - endNs >= 0);
  }

  private void stop(RuntimeException cause) {
    LOG.error("{} is stopped: {}", id, cause.getMessage(), cause.getCause());
    moveTo(PartitionPhase.STOPPED, String.valueOf(cause.getMessage()));
    node.letGo(this);
    while (!closing) {
      failQueue(PartitionPhase.STOPPED);
      queue.await(() -> closing || !queue.isEmpty());
    }
  }

  private void becomeClosed() {
    queue.await(releases::isEmpty);
    moveTo(PartitionPhase.CLOSED, "is closed");
    failQueue(PartitionPhase.CLOSED);
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
