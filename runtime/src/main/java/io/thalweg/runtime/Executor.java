package io.thalweg.runtime;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionLog;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StoreException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Executes requests, one at a time, on the partition's thread: decide, apply under a savepoint, add
 * to the open batch.
 *
 * <p>A batch closes when it is large ({@value #BATCH_BYTES} bytes or {@value #BATCH_EVENTS}
 * events), when nothing of the partition is on its way to the disk, or when no more requests wait
 * and there is room in the pipeline. At most {@value #MAX_IN_FLIGHT} batches are on their way.
 *
 * <p>What throws is undone to its savepoint and refused alone.
 */
final class Executor implements BatchControl {
  /** The most requests between two looks at the log. */
  static final int TURN = 64;

  /** Under this name log lines of a followed request have its trace. */
  private static final String TRACE_ID = "trace_id";

  static final int BATCH_BYTES = 256 << 10;
  static final int BATCH_EVENTS = 4096;
  static final int MAX_IN_FLIGHT = 4;

  /** Answers that wait for the open batch; reads do not fill it. */
  private static final int MAX_PARKED = 4096;

  private static final int IDLE_IN_FLIGHT = 2;

  static final long OVER_BUDGET_RETRY_MS = 50;

  // Log time may leap: after a sleep of the machine it is ahead of what a thread has waited.
  private static final long MAX_TIMER_PAUSE_NS = TimeUnit.SECONDS.toNanos(1);

  private static final long IDLE_FLUSH_NS = TimeUnit.SECONDS.toNanos(1);

  /** How long a partition that has much to do keeps its core from those of the node that do not. */
  private static final long SLICE_NS = TimeUnit.MICROSECONDS.toNanos(200);

  private final Partition partition;
  private final NodeContext node;
  private final ServiceModel model;
  private final ServiceInstance instance;
  private final PartitionState state;
  private final SystemTables tables;
  private final PartitionLog log;
  private final PartitionMetrics metrics;
  private final Poisons poisons;
  private final Deciding deciding;
  private final Commands commands;
  private final Receiver receiver;
  private final DeadLetterDesk deadLetters;
  private final Alarms alarms;
  private final Courier courier;
  private final EffectRunner effects;
  private final WaitingRoom waiting;
  private final ArrayDeque<Long> inFlight = new ArrayDeque<>();
  private final Unchanged unchanged;
  private Release release = new Release();
  private long notedDurable;
  private long flushedNs;
  private long gaveWayNs;
  // The request that is executed, if it was set aside before.
  private WaitingRoom.@Nullable Waiter woken;

  Executor(
      Partition partition,
      NodeContext node,
      ServiceModel model,
      ServiceInstance instance,
      PartitionState state,
      Replay replay,
      SystemTables tables,
      PartitionLog log) {
    this.partition = partition;
    this.node = node;
    this.model = model;
    this.instance = instance;
    this.state = state;
    this.tables = tables;
    this.log = log;
    unchanged = new Unchanged(partition, log, node.clock());
    metrics = partition.metrics();
    MessageMetrics counts = metrics.messages;
    poisons = new Poisons(partition.id(), metrics);
    EffectIntents intents = new EffectIntents(node, model, tables.effects(), log, metrics.effects);
    waiting = new WaitingRoom(metrics);
    EphemeralScope ephemerals = instance.ephemeralScope();
    deciding =
        new Deciding(node, model, state, ephemerals, replay, tables, log, counts, intents, waiting);
    commands = new Commands(instance, tables, deciding, metrics);
    receiver = new Receiver(node, model, instance, tables, deciding, this, poisons, counts);
    deadLetters = new DeadLetterDesk(model, instance, tables, deciding);
    alarms = new Alarms(node, model, instance, state, tables, deciding, this, poisons, counts);
    courier =
        new Courier(
            partition, node.routes(), tables.outbox(), counts, node.tracing(), node.clock());
    effects =
        new EffectRunner(
            partition, node, model, instance, state, tables, deciding, this, poisons, metrics);
    notedDurable = log.durableOffset();
    flushedNs = node.host().nanoTime();
    counts.present(tables);
  }

  /** Whether there is room for another request before something has become durable. */
  @Override
  public boolean accepts() {
    return release.size() < MAX_PARKED && (!isBatchFull() || inFlight.size() < MAX_IN_FLIGHT);
  }

  /** Whether nothing is open or on its way. */
  boolean isSettled() {
    return deciding.batch() == null && inFlight.isEmpty() && release.isEmpty();
  }

  long notedDurable() {
    return notedDurable;
  }

  /** The offset below which everything is in the stored tables. */
  long storedOffset() {
    return state.storedEndOffset();
  }

  /** Whether rows have waited long enough to be written although nothing else happens. */
  boolean isFlushDue() {
    return deciding.batch() == null
        && inFlight.isEmpty()
        && state.wantsFlush()
        && node.host().nanoTime() - flushedNs > IDLE_FLUSH_NS;
  }

  /** The log has made everything below {@code offset} durable. */
  void noteDurable(long offset) {
    if (offset > notedDurable) {
      notedDurable = offset;
      state.durable(offset);
      while (!inFlight.isEmpty() && inFlight.peekFirst() <= offset) {
        inFlight.removeFirst();
      }
    }
  }

  /** Some requests were executed; {@code idle} if no more wait. */
  void endTurn(boolean idle) {
    // Before anybody can hear of what was done in this turn.
    metrics.messages.present(tables);
    effects.present();
    if (deciding.batch() != null
        && (inFlight.isEmpty() || (idle && inFlight.size() < IDLE_IN_FLIGHT))) {
      closeBatch();
    }
    if (isConfirmationDue()) {
      unchanged.park(release);
      release = new Release();
    }
    if (idle && isFlushDue()) {
      flushedNs = node.host().nanoTime();
      state.flushInBackground();
    }
  }

  /** Whether answers that changed nothing wait, and may be parked now. */
  boolean isConfirmationDue() {
    return deciding.batch() == null && !release.isEmpty() && unchanged.mayPark();
  }

  /**
   * Fires timers, unless {@code firing} is false, runs effects, executes requests that were woken,
   * and delivers and acknowledges messages; how much was done. Of a partition that is closing it
   * refuses the requests that wait.
   */
  int work(boolean closing, boolean firing) {
    if (closing) {
      waiting.dismiss(
          Failure.retryable(Code.UNAVAILABLE, "this node is closing, or leads no more", 1000));
      return 0;
    }
    long nowNs = node.host().nanoTime();
    int done = firing ? alarms.fire() : 0;
    done += courier.run(nowNs, notedDurable) + effects.run(nowNs, notedDurable);
    done += executeWoken(nowNs);
    while (accepts()) {
      MessagesAcknowledged acknowledged = courier.acknowledgement();
      if (acknowledged == null) {
        break;
      }
      notBefore(courier.heardUs());
      record(acknowledged);
      closeIfFull();
      done++;
    }
    return done;
  }

  // The news that it was woken for is for the next one.
  private void passOn() {
    if (woken != null) {
      waiting.passOn(woken);
    }
  }

  private int executeWoken(long nowNs) {
    int executed = 0;
    while (executed < TURN && accepts()) {
      WaitingRoom.Waiter next = waiting.next(nowNs);
      if (next == null) {
        break;
      }
      woken = next;
      try {
        execute(next.call());
      } finally {
        woken = null;
      }
      executed++;
    }
    return executed;
  }

  /** Whether something has been heard of messages or effects. Any thread. */
  boolean hasMail() {
    return courier.hasMail() || effects.hasMail();
  }

  /** How long there is nothing to {@link #work} at unless something happens. */
  long pauseNs() {
    if (!accepts()) {
      return Long.MAX_VALUE;
    }
    long nowNs = node.host().nanoTime();
    long pauseNs = Math.min(courier.pauseNs(nowNs), effects.pauseNs(nowNs));
    pauseNs = Math.min(pauseNs, waiting.pauseNs(nowNs));
    if (tables.timers().count() == 0) {
      return pauseNs;
    }
    long pauseUs = Math.max(0, alarms.notBeforeUs() - node.clock().nowUs());
    return Math.min(pauseNs, Math.min(TimeUnit.MICROSECONDS.toNanos(pauseUs), MAX_TIMER_PAUSE_NS));
  }

  // A record of the partition itself.
  private void record(Message record) {
    deciding.begin(Caller.ANONYMOUS, state.scope().firstSlot());
    deciding.decide(() -> {
      deciding.record(record);
      return record;
    });
  }

  void resign() {
    log.resign();
  }

  /** The partition has failed: what waits for the open batch must not wait for ever. */
  void giveUp() {
    waiting.dismiss(
        Failure.retryable(Code.UNAVAILABLE, "the partition failed; nothing was changed", 500));
    if (!release.isEmpty()) {
      partition.park(release, Long.MAX_VALUE, 0);
      release = new Release();
    }
  }

  /** Puts the contract into the log if it is not the last that was put there. */
  void declareContract() {
    state.enter(0, state.scope().firstSlot());
    if (!tables.contracts().isDeclared(model)) {
      record(DeclaredContracts.declare(model));
      closeBatch();
    }
  }

  /**
   * Executes a request; its answer is parked.
   *
   * @throws BrokenPartitionException if the memory of the partition cannot be trusted any more; the
   *     request is parked, and {@link #giveUp} answers it
   */
  void execute(Call call) {
    Trace trace = call.request().trace();
    if (trace == null) {
      executeNow(call);
      return;
    }
    call.at(Trace.Station.TAKEN, node.host());
    try (var _ = MDC.putCloseable(TRACE_ID, trace.id())) {
      executeNow(call);
    }
  }

  private void executeNow(Call call) {
    long nowNs = node.host().nanoTime();
    if (nowNs - gaveWayNs > SLICE_NS) {
      gaveWayNs = nowNs;
      node.host().giveWay();
    }
    if (!call.begin(nowNs)) {
      metrics.expired.increment();
      passOn();
      release.failure(call, Call.expired());
      return;
    }
    try {
      switch (call.origin()) {
        case Origin.Client client -> request(call);
        case Origin.Delivery delivery -> {
          requireMemory();
          answer(call, () -> receiver.receive(call, delivery));
        }
        case Origin.DeadLetterList list -> answer(call, () -> deadLetters.list(list));
        case Origin.DeadLetterDecision decision -> {
          requireMemory();
          answer(call, () -> deadLetters.decide(decision));
        }
      }
    } catch (SetAside aside) {
      setAside(call, aside);
    } catch (Failure refusal) {
      metrics.refusals.increment();
      release.failure(call, refusal);
      passOn();
    } catch (Throwable poison) {
      release.failure(call, poisons.poisoned(call.what(), poison, "nothing was changed"));
      if (isFatal(poison)) {
        throw poison;
      }
    }
    // Before the batch is closed: the reply thread goes on with it then.
    call.at(Trace.Station.DECIDED, node.host());
    closeIfFull();
  }

  private void setAside(Call call, SetAside aside) {
    try {
      waiting.enter(call, aside, deciding.askedUs(), deciding.logTimeUs(), node.host().nanoTime());
    } catch (Failure refusal) {
      metrics.refusals.increment();
      release.failure(call, refusal);
    }
  }

  // The answer is made first: making it may close the batch, and what was parked until then is
  // handed over with that. An answer that was added to it would never leave.
  private void answer(Call call, Supplier<? extends Message> made) {
    Message reply = made.get();
    release.reply(call, reply);
  }

  @Override
  public void closeIfFull() {
    if (isBatchFull() && inFlight.size() < MAX_IN_FLIGHT) {
      closeBatch();
    }
  }

  @Override
  public void notBefore(long logTimeUs) {
    BatchBuilder open = deciding.batch();
    if (open != null && open.logTimeUs() < logTimeUs) {
      closeBatch();
    }
  }

  // A failed append, a store that cannot be read, memory that cannot be trusted: not this request's
  // fault, and not its alone.
  static boolean isFatal(Throwable error) {
    return error instanceof BrokenPartitionException
        || error instanceof LogException
        || error instanceof StoreException
        || (error instanceof VirtualMachineError && !(error instanceof StackOverflowError));
  }

  private void request(Call call) {
    switch (call.clientMethod().kind()) {
      case COMMAND -> command(call);
      case POINT_QUERY -> query(call);
      case SIGNAL -> signal(call);
      case SCAN -> scan(call);
      case WATCH, METHOD_KIND_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("not a request for a partition");
    }
  }

  private void requireMemory() {
    if (state.overBudget()) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "the memory for unwritten rows is used up; try again later",
          OVER_BUDGET_RETRY_MS);
    }
  }

  private void command(Call call) {
    requireMemory();
    ServiceLevel.check(node, call.clientMethod(), call.message());
    deciding.begin(call.request(), call.slot());
    deciding.beginWaitable(woken == null ? deciding.logTimeUs() : woken.askedUs());
    answer(call, () -> commands.execute(call));
  }

  private void query(Call call) {
    deciding.begin(call.request().caller(), call.slot());
    answer(
        call, () -> instance.queryOf(call.message().getClass()).handle(call.message(), deciding));
    metrics.queries.increment();
  }

  private void signal(Call call) {
    deciding.begin(call.request().caller(), call.slot());
    instance.ephemeralScope().allowWrites(true);
    try {
      answer(
          call,
          () -> instance.signalOf(call.message().getClass()).handle(call.message(), deciding));
      release.tell(instance.ephemeralScope().told());
      metrics.signals.increment();
    } finally {
      instance.ephemeralScope().allowWrites(false);
    }
  }

  // The view is taken at a batch boundary, and read once everything in it is durable.
  private void scan(Call call) {
    closeBatch();
    Scan scan =
        new Scan(
            call,
            instance,
            state.freeze(),
            node.clock().nowUs(),
            partition,
            log.lineage().ordinal(),
            poisons,
            node.keys(),
            node.host()::nanoTime);
    release.scan(call, scan);
    metrics.queries.increment();
  }

  /** Freezes a view at a batch boundary, which may not be durable yet. */
  void freeze(ViewRequest request) {
    try {
      closeBatch();
      request.frozen(state.freeze());
    } finally {
      request.refuse();
    }
  }

  private boolean isBatchFull() {
    BatchBuilder open = deciding.batch();
    return open != null && (open.sizeBytes() >= BATCH_BYTES || open.count() >= BATCH_EVENTS);
  }

  private void closeBatch() {
    if (deciding.batch() == null) {
      return;
    }
    // Before the batch is on its way: none is durable whose keys are not, or which forgets a key
    // that there still is.
    deciding.closeKeys();
    BatchBuilder open = deciding.takeBatch();
    if (open == null) {
      throw new IllegalStateException("there was a batch");
    }
    metrics.appended(open.count(), open.sizeBytes(), deciding.writtenLevel());
    LogCursor cursor = log.append(open);
    unchanged.appended();
    inFlight.addLast(cursor.nextOffset());
    state.batchClosed(cursor.nextOffset(), cursor.encode());
    partition.endOffset(cursor.nextOffset());
    if (!release.isEmpty()) {
      partition.park(release, cursor.nextOffset(), 0);
      release = new Release();
    }
  }
}
