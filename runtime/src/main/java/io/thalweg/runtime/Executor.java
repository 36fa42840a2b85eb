package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventMeta;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionLog;
import io.thalweg.runtime.system.ReplyStored;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

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
final class Executor {
  /** The most requests between two looks at the log. */
  static final int TURN = 64;

  static final int BATCH_BYTES = 256 << 10;
  static final int BATCH_EVENTS = 4096;
  static final int MAX_IN_FLIGHT = 4;

  /** Answers that wait for the open batch; reads do not fill it. */
  private static final int MAX_PARKED = 4096;

  private static final int IDLE_IN_FLIGHT = 2;

  /** What one command may emit: with what is in the batch already it fits into one. */
  static final int MAX_COMMAND_BYTES = 4 << 20;

  private static final long IDLE_FLUSH_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long OVER_BUDGET_RETRY_MS = 50;

  private final Partition partition;
  private final NodeContext node;
  private final ServiceModel model;
  private final ServiceInstance instance;
  private final PartitionState state;
  private final Replay replay;
  private final StoredReplies replies;
  private final DeclaredContracts contracts;
  private final PartitionLog log;
  private final PartitionMetrics metrics;
  private final Poisons poisons;
  private final Deciding deciding = new Deciding();
  private final ArrayDeque<Long> inFlight = new ArrayDeque<>();
  private byte[] scratch = new byte[4096];
  private @Nullable BatchBuilder batch;
  private Release release = new Release();
  private long notedDurable;
  private long flushedNs;

  Executor(
      Partition partition,
      NodeContext node,
      ServiceModel model,
      ServiceInstance instance,
      PartitionState state,
      Replay replay,
      StoredReplies replies,
      DeclaredContracts contracts,
      PartitionLog log) {
    this.partition = partition;
    this.node = node;
    this.model = model;
    this.instance = instance;
    this.state = state;
    this.replay = replay;
    this.replies = replies;
    this.contracts = contracts;
    this.log = log;
    metrics = partition.metrics();
    poisons = new Poisons(partition.id(), metrics);
    notedDurable = log.durableOffset();
    flushedNs = node.host().nanoTime();
  }

  /** Whether there is room for another request before something has become durable. */
  boolean accepts() {
    return release.size() < MAX_PARKED && (!isBatchFull() || inFlight.size() < MAX_IN_FLIGHT);
  }

  /** Whether nothing is open or on its way. */
  boolean isSettled() {
    return batch == null && inFlight.isEmpty() && release.isEmpty();
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
    return batch == null
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
    if (batch != null && (inFlight.isEmpty() || (idle && inFlight.size() < IDLE_IN_FLIGHT))) {
      closeBatch();
    }
    if (batch == null && !release.isEmpty()) {
      partition.park(release, log.endOffset());
      release = new Release();
    }
    if (idle && isFlushDue()) {
      flushedNs = node.host().nanoTime();
      state.flushInBackground();
    }
  }

  void resign() {
    log.resign();
  }

  /** The partition has failed: what waits for the open batch must not wait for ever. */
  void giveUp() {
    if (!release.isEmpty()) {
      partition.park(release, Long.MAX_VALUE);
      release = new Release();
    }
  }

  /** Puts the contract into the log if it is not the last that was put there. */
  void declareContract(int slot) {
    state.enter(0, slot);
    if (!contracts.isDeclared(model)) {
      state.savepoint();
      deciding.begin(null, 0, slot);
      deciding.add(
          Replay.systemType(io.thalweg.runtime.system.ContractDeclared.getDefaultInstance()),
          DeclaredContracts.declare(model));
      deciding.end();
      state.release();
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
    if (call.request().deadlineNs() != Long.MAX_VALUE
        && call.request().deadlineNs() - node.host().nanoTime() < 0) {
      metrics.expired.increment();
      release.failure(
          call, Failure.of(Code.DEADLINE_EXCEEDED, "it waited too long and was not executed"));
      return;
    }
    try {
      state.enter(call.project(), call.slot());
      switch (call.method().kind()) {
        case COMMAND -> command(call);
        case POINT_QUERY -> query(call);
        case SCAN -> scan(call);
        case WATCH, METHOD_KIND_UNSPECIFIED, UNRECOGNIZED ->
            throw new IllegalStateException("not a request for a partition");
      }
    } catch (Failure refusal) {
      metrics.refusals.increment();
      release.failure(call, refusal);
    } catch (Throwable poison) {
      release.failure(call, poisons.poisoned(call, poison, "nothing was changed"));
      if (isFatal(poison)) {
        throw poison;
      }
    }
    if (isBatchFull() && inFlight.size() < MAX_IN_FLIGHT) {
      closeBatch();
    }
  }

  // A failed append, a store that cannot be read, memory that cannot be trusted: not this request's
  // fault, and not its alone.
  private static boolean isFatal(Throwable error) {
    return error instanceof BrokenPartitionException
        || error instanceof LogException
        || error instanceof StoreException
        || (error instanceof VirtualMachineError && !(error instanceof StackOverflowError));
  }

  private void command(Call call) {
    if (state.overBudget()) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "the memory for unwritten rows is used up; try again later",
          OVER_BUDGET_RETRY_MS);
    }
    deciding.begin(call, call.project(), call.slot());
    String requestName = call.request().name();
    StoredReplies.@Nullable Name name = null;
    ByteString hash = ByteString.EMPTY;
    if (requestName != null) {
      name =
          new StoredReplies.Name(
              call.request().caller().principal(), call.method().type().fullName(), requestName);
      hash = StoredReplies.hashOf(call.message());
      Message stored = replies.find(name, hash, call.method().type().reply(), deciding.logTimeUs());
      if (stored != null) {
        release.reply(call, stored);
        return;
      }
    }
    state.savepoint();
    Message reply;
    try {
      reply = instance.commandOf(call.message().getClass()).handle(call.message(), deciding);
      deciding.checkApplied();
      if (name != null) {
        deciding.store(name, hash, reply);
      }
    } catch (Throwable e) {
      undo();
      throw e;
    }
    deciding.end();
    try {
      state.release();
    } catch (RuntimeException | Error e) {
      throw new BrokenPartitionException("what follows a command failed", e);
    }
    metrics.commands.increment();
    release.reply(call, reply);
  }

  private void undo() {
    try {
      state.undo();
      deciding.undo();
    } catch (RuntimeException | Error e) {
      throw new BrokenPartitionException("a command could not be undone", e);
    }
  }

  private void query(Call call) {
    deciding.begin(call, call.project(), call.slot());
    Message reply = instance.queryOf(call.message().getClass()).handle(call.message(), deciding);
    metrics.queries.increment();
    release.reply(call, reply);
  }

  // The view is taken at a batch boundary, and read once everything in it is durable.
  private void scan(Call call) {
    if (batch != null) {
      closeBatch();
    }
    Scan scan =
        new Scan(
            call,
            instance,
            state.freeze(),
            node.clock().nowUs(),
            partition,
            log.lineage().ordinal(),
            poisons);
    release.scan(call, scan);
    metrics.queries.increment();
  }

  /** Freezes a view at a batch boundary, which may not be durable yet. */
  void freeze(ViewRequest request) {
    try {
      if (batch != null) {
        closeBatch();
      }
      request.frozen(state.freeze());
    } finally {
      request.refuse();
    }
  }

  private boolean isBatchFull() {
    BatchBuilder open = batch;
    return open != null && (open.sizeBytes() >= BATCH_BYTES || open.count() >= BATCH_EVENTS);
  }

  private void closeBatch() {
    BatchBuilder open = batch;
    if (open == null) {
      return;
    }
    batch = null;
    metrics.appended(open.count(), open.sizeBytes());
    LogCursor cursor = log.append(open);
    inFlight.addLast(cursor.nextOffset());
    state.batchClosed(cursor.nextOffset(), cursor.encode());
    partition.endOffset(cursor.nextOffset());
    if (!release.isEmpty()) {
      partition.park(release, cursor.nextOffset());
      release = new Release();
    }
  }

  /** The context of the request that is being executed. */
  private final class Deciding implements CommandContext, QueryContext {
    private Caller caller = Caller.ANONYMOUS;
    private EventMeta meta = EventMeta.NONE;
    private int project;
    private int slot;
    private long logTimeUs;
    private boolean begunBatch;
    private int countBefore;
    private int sizeBefore;
    private int emittedBytes;
    private @Nullable Throwable unapplied;

    void begin(@Nullable Call call, int project, int slot) {
      BatchBuilder open = batch;
      if (call != null && !call.request().caller().equals(caller)) {
        caller = call.request().caller();
        meta = EventMeta.ofPrincipal(caller.principal());
      }
      this.project = project;
      this.slot = slot;
      logTimeUs = open == null ? node.clock().nowUs() : open.logTimeUs();
      begunBatch = false;
      countBefore = open == null ? 0 : open.count();
      sizeBefore = open == null ? 0 : open.sizeBytes();
      emittedBytes = 0;
      unapplied = null;
    }

    @Override
    public void emit(Message event) {
      ServiceModel.Event type = model.eventOf(event.getClass());
      if (type == null) {
        throw new IllegalArgumentException(
            event.getDescriptorForType().getFullName() + " is no event of " + model.name());
      }
      add(type.number(), event);
    }

    void add(int type, Message event) {
      int payloadBytes = event.getSerializedSize();
      int eventBytes = BatchBuilder.eventBytes(meta, payloadBytes);
      if (eventBytes > BatchFormat.MAX_EVENT_BYTES) {
        throw Failure.of(
            Code.INVALID_ARGUMENT,
            "the request makes an event of %d bytes; at most %d are allowed"
                .formatted(eventBytes, BatchFormat.MAX_EVENT_BYTES));
      }
      emittedBytes += eventBytes;
      if (emittedBytes > MAX_COMMAND_BYTES) {
        throw Failure.of(
            Code.INVALID_ARGUMENT,
            "the request makes events of more than %d bytes".formatted(MAX_COMMAND_BYTES));
      }
      BatchBuilder open = batch;
      if (open == null) {
        open = log.begin(logTimeUs);
        batch = open;
        begunBatch = true;
        countBefore = 0;
        sizeBefore = open.sizeBytes();
      }
      long offset = open.nextOffset();
      byte[] bytes = serialize(event, payloadBytes);
      open.beginEvent(type, project, slot, meta, payloadBytes).put(bytes, 0, payloadBytes);
      try {
        replay.apply(event, offset, logTimeUs, project, slot);
      } catch (RuntimeException | Error e) {
        unapplied = e;
        throw e;
      }
    }

    /** An event is in the batch that could not be applied: the handler must not have hidden it. */
    void checkApplied() {
      Throwable failure = unapplied;
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
    }

    private byte[] serialize(Message event, int bytes) {
      if (scratch.length < bytes) {
        scratch = new byte[Math.max(bytes, Math.min(2 * scratch.length, 1 << 20))];
      }
      try {
        event.writeTo(CodedOutputStream.newInstance(scratch, 0, bytes));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return scratch;
    }

    void store(StoredReplies.Name name, ByteString hash, Message reply) {
      ReplyStored stored =
          ReplyStored.newBuilder()
              .setPrincipal(name.principal())
              .setMethod(name.method())
              .setName(name.name())
              .setRequestHash(hash)
              .setReply(reply.toByteString())
              .setExpireTimeUs(logTimeUs + node.options().replyWindowUs())
              .build();
      add(Replay.systemType(stored), stored);
    }

    void end() {
      BatchBuilder open = batch;
      if (open != null && open.count() > countBefore) {
        open.endCommand();
      }
    }

    void undo() {
      BatchBuilder open = batch;
      if (open == null) {
        return;
      }
      if (begunBatch) {
        log.abandon(open);
        batch = null;
      } else {
        open.truncate(countBefore, sizeBefore);
      }
    }

    @Override
    public long logTimeUs() {
      return logTimeUs;
    }

    @Override
    public RandomGenerator random() {
      return node.host().random();
    }

    @Override
    public Caller caller() {
      return caller;
    }

    @Override
    public long nextOffset() {
      BatchBuilder open = batch;
      return open == null ? log.endOffset() : open.nextOffset();
    }

    @Override
    public long offset() {
      return nextOffset();
    }
  }
}
