package io.thalweg.runtime;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.contract.Sealed;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventMeta;
import io.thalweg.log.PartitionLog;
import io.thalweg.runtime.Outbox.Target;
import io.thalweg.runtime.keys.OpenKeys;
import io.thalweg.runtime.system.EffectIntended;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.system.ReplyStored;
import io.thalweg.runtime.system.SubjectForgotten;
import io.thalweg.runtime.system.TimerCleared;
import io.thalweg.state.PartitionState;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The command that a partition decides at the moment, and the open batch that its events go into.
 * Reused: {@link #begin}, then {@link #decide}.
 *
 * <p>Used by the partition's thread.
 */
final class Deciding implements CommandContext, QueryContext {
  /** What one command may emit: with what is in the batch already it fits into one. */
  static final int MAX_COMMAND_BYTES = 4 << 20;

  /** The most messages of one command, those to subscribers included. */
  static final int MAX_SENT = 1024;

  /** The most bytes of a message: its dead letter must fit into an event too. */
  static final int MAX_MESSAGE_BYTES = BatchFormat.MAX_EVENT_BYTES - (16 << 10);

  private static final long OUTBOX_RETRY_MS = 500;

  private final NodeContext node;
  private final ServiceModel model;
  private final PartitionState state;
  private final EphemeralScope ephemerals;
  private final Replay replay;
  private final SystemTables tables;
  private final PartitionLog log;
  private final MessageMetrics metrics;
  private final EffectIntents effects;
  private final Sealing sealing;
  private final TimerRules timers;
  private final WaitingRoom waiting;
  private final ServiceLevel levels;
  private final IntSupplier level = this::level;
  private final EventBytes scratch = new EventBytes();
  private @Nullable BatchBuilder batch;

  private Caller caller = Caller.ANONYMOUS;
  private @Nullable Trace trace;
  private EventMeta meta = EventMeta.NONE;
  private int project;
  private int slot;
  private long logTimeUs;
  private boolean begunBatch;
  private int countBefore;
  private int sizeBefore;
  private int emittedBytes;
  private int sent;
  private long maxKept;
  private long askedUs;
  private boolean mayWait;

  // Why an event in the batch was not applied, or has not all its messages.
  private @Nullable Throwable incomplete;

  Deciding(
      NodeContext node,
      ServiceModel model,
      PartitionState state,
      EphemeralScope ephemerals,
      Replay replay,
      SystemTables tables,
      PartitionLog log,
      MessageMetrics metrics,
      EffectIntents effects,
      WaitingRoom waiting) {
    this.node = node;
    this.waiting = waiting;
    this.model = model;
    this.state = state;
    this.ephemerals = ephemerals;
    this.replay = replay;
    this.tables = tables;
    this.log = log;
    this.metrics = metrics;
    this.effects = effects;
    levels = new ServiceLevel(node, model, state, tables.contracts());
    timers = new TimerRules(model.name(), tables.timers());
    sealing = new Sealing(model.name(), new OpenKeys(node.keys()));
  }

  // ---------------------------------------------------------------- the executor's side

  /** The open batch, or null. */
  @Nullable BatchBuilder batch() {
    return batch;
  }

  /** Hands the open batch out, if there is one: the next event begins another. */
  @Nullable BatchBuilder takeBatch() {
    BatchBuilder taken = batch;
    batch = null;
    return taken;
  }

  /** The contract level that is needed to read what was written; 0 if nobody asked. */
  int writtenLevel() {
    return levels.written();
  }

  /** Makes what the open batch needs of keys durable; before the batch is appended. */
  void closeKeys() {
    sealing.close();
  }

  /** A command or query of {@code who} begins; the state is to enter its project and this slot. */
  void begin(Caller who, int slot) {
    begin(who, null, slot);
  }

  /** As {@link #begin(Caller, int)}; what it emits has the request's trace. */
  void begin(Request request, int slot) {
    begin(request.caller(), request.trace(), slot);
  }

  private void begin(Caller who, @Nullable Trace followedBy, int slot) {
    BatchBuilder open = batch;
    if (followedBy != null || trace != null || !who.equals(caller)) {
      caller = who;
      trace = followedBy;
      meta = EventMeta.of(who.principal(), followedBy == null ? null : followedBy.context());
    }
    project = who.project();
    this.slot = slot;
    state.enter(project, slot);
    logTimeUs = open == null ? node.clock().nowUs() : open.logTimeUs();
    ephemerals.enter(project, slot, logTimeUs);
    sealing.enter(project);
    begunBatch = false;
    countBefore = open == null ? 0 : open.count();
    sizeBefore = open == null ? 0 : open.sizeBytes();
    emittedBytes = 0;
    sent = 0;
    effects.begin();
    maxKept = Outbox.MAX_MESSAGES;
    incomplete = null;
    askedUs = logTimeUs;
    mayWait = false;
  }

  /** What has begun is a client's, which may be set aside; first executed at that log time. */
  void beginWaitable(long firstUs) {
    askedUs = Math.min(firstUs, logTimeUs);
    mayWait = true;
  }

  /**
   * As {@link #begin}, for a message. What its handler sends may use the outbox's reserve:
   * partitions whose outboxes are full would otherwise wait for each other for ever.
   */
  void beginMessage(Request request, int slot) {
    begin(request, slot);
    maxKept = Outbox.MAX_MESSAGES + Outbox.RESERVED_MESSAGES;
  }

  /**
   * Runs {@code handler} under a savepoint: what it emits is in the open batch and in the tables,
   * or, if it throws, nothing of it is.
   *
   * @throws BrokenPartitionException if the memory of the partition cannot be trusted any more
   */
  <T> T decide(Supplier<T> handler) {
    state.savepoint();
    sealing.savepoint();
    T result;
    try {
      result = handler.get();
      checkComplete();
    } catch (Throwable e) {
      undo();
      throw e;
    }
    BatchBuilder open = batch;
    if (open != null && open.count() > countBefore) {
      open.endCommand();
    } else {
      sealing.undo();
    }
    try {
      state.release();
    } catch (RuntimeException | Error e) {
      throw new BrokenPartitionException("what follows a command failed", e);
    }
    metrics.sent.add(sent);
    effects.decided();
    return result;
  }

  private void undo() {
    try {
      state.undo();
      sealing.undo();
      levels.undo();
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
    } catch (RuntimeException | Error e) {
      throw new BrokenPartitionException("a command could not be undone", e);
    }
  }

  // An event is in the batch with which something is wrong: the handler must not have hidden it.
  private void checkComplete() {
    Throwable failure = incomplete;
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }

  /** Adds a record of the runtime. */
  void record(Message record) {
    add(Replay.systemType(record), record, record);
  }

  /** Adds a record of the partition, whatever command it comes with. */
  private void recordAtHome(Message record) {
    int ofCommand = project;
    int at = slot;
    project = 0;
    slot = state.scope().firstSlot();
    state.enter(project, slot);
    try {
      record(record);
    } finally {
      project = ofCommand;
      slot = at;
      state.enter(project, slot);
    }
  }

  /** Keeps the reply to a named request. */
  void store(StoredReplies.Name name, ByteString hash, Message reply) {
    record(answerOf(name, hash).setReply(reply.toByteString()).build());
  }

  /** Keeps the refusal of a named request. */
  void store(StoredReplies.Name name, ByteString hash, Failure refusal) {
    record(answerOf(name, hash).setRefusal(refusal.status().toByteString()).build());
  }

  private ReplyStored.Builder answerOf(StoredReplies.Name name, ByteString hash) {
    return StoredReplies.answer(name, hash, logTimeUs, node.options().replyWindowUs());
  }

  // An event of an earlier release is applied as the one that took its place.
  private void add(int type, Message event, Message applied) {
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
    byte[] bytes = scratch.of(event, payloadBytes);
    open.beginEvent(type, project, slot, meta, payloadBytes).put(bytes, 0, payloadBytes);
    try {
      replay.apply(applied, offset, logTimeUs, project, slot);
    } catch (RuntimeException | Error e) {
      incomplete = e;
      throw e;
    }
  }

  // ---------------------------------------------------------------- the handler's side

  @Override
  public void emit(Message event) {
    ServiceModel.Event type = model.toEmit(event, level);
    int needed = type.needs().of(event);
    if (needed > 1
        && levels.isNews(needed, event.getDescriptorForType().getFullName(), project, slot)) {
      recordAtHome(levels.raised(needed));
    }
    add(type.number(), event, type.upcast() == null ? event : model.current(event));
    try {
      for (Routes.Subscriber subscriber : node.routes().subscribersOf(event)) {
        String key = subscriber.key().apply(event);
        if (key != null) {
          post(subscriber.service(), subscriber.partitions(), key, event);
        }
      }
    } catch (RuntimeException | Error e) {
      // The event is there, a message that belongs to it is not.
      incomplete = e;
      throw e;
    }
  }

  @Override
  public void send(Message request) {
    Routes.Command route = commandOf(request);
    String key = route.method().keyOf(request);
    route.method().rules().check(request);
    post(route.service(), route.partitions(), key, request);
  }

  private Routes.Command commandOf(Message request) {
    Routes.Command route = node.routes().commandOf(request);
    if (route == null) {
      throw new IllegalArgumentException(
          request.getDescriptorForType().getFullName()
              + " is no request of a command of a service of this node");
    }
    ServiceLevel.check(node, route.method(), request);
    return route;
  }

  private void post(String service, int partitions, String key, Message message) {
    String type = message.getDescriptorForType().getFullName();
    if (++sent > MAX_SENT) {
      throw Failure.of(
          Code.INVALID_ARGUMENT, "the request sends more than %d messages".formatted(MAX_SENT));
    }
    if (message.getSerializedSize() > MAX_MESSAGE_BYTES) {
      throw Failure.of(
          Code.INVALID_ARGUMENT,
          "the request sends a message (%s) of %d bytes; at most %d are allowed"
              .formatted(type, message.getSerializedSize(), MAX_MESSAGE_BYTES));
    }
    Outbox outbox = tables.outbox();
    if (outbox.size() >= maxKept) {
      metrics.outboxFull.increment();
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "%d messages of this partition wait to be delivered, the most that may; try again later"
              .formatted(outbox.size()),
          OUTBOX_RETRY_MS);
    }
    int targetSlot = Slots.slotOf(key);
    Target target = new Target(service, Slots.partitionOf(targetSlot, partitions));
    record(
        MessageSent.newBuilder()
            .setTargetService(target.service())
            .setTargetPartition(target.partition())
            .setSequence(outbox.next(target))
            .setTargetSlot(targetSlot)
            .setRequestType(type)
            .setPayload(message.toByteString())
            .setTrace(context())
            .build());
  }

  // For what the command causes; empty if it is not followed.
  private ByteString context() {
    byte[] bytes = meta.trace();
    return bytes == null ? ByteString.EMPTY : ByteString.copyFrom(bytes);
  }

  @Override
  public void schedule(String name, long atUs, Message request) {
    record(timers.set(name, atUs, request, commandOf(request), slot, logTimeUs));
  }

  @Override
  public boolean cancelTimer(String name) {
    TimerRules.checkName(name);
    if (!tables.timers().isSet(name)) {
      return false;
    }
    record(TimerCleared.newBuilder().setName(name).build());
    return true;
  }

  @Override
  public String effect(String handler, HttpEffect request, Message correlation) {
    EffectIntended intended =
        effects.intend(handler, request, correlation, nextOffset(), logTimeUs, slot);
    record(trace == null ? intended : intended.toBuilder().setTrace(context()).build());
    return intended.getId();
  }

  @Override
  public Sealed seal(String subject, ByteString plaintext) {
    return sealing.seal(subject, plaintext);
  }

  @Override
  public Optional<ByteString> unseal(Sealed sealed) {
    return sealing.unseal(sealed);
  }

  @Override
  public boolean forget(String subject) {
    SubjectForgotten record = sealing.recordOf(subject);
    if (record == null) {
      return false;
    }
    record(record);
    sealing.forget(record);
    return true;
  }

  @Override
  public RuntimeException setAside(String topic, long untilUs) {
    if (!mayWait) {
      throw new IllegalStateException("messages and timers cannot be set aside");
    }
    return new SetAside(topic, untilUs);
  }

  @Override
  public long askedUs() {
    return askedUs;
  }

  @Override
  public int waiting(String topic) {
    return waiting.count(project, slot, topic);
  }

  @Override
  public void wake(String topic, int count) {
    waiting.wake(project, slot, topic, count);
  }

  @Override
  public long logTimeUs() {
    return logTimeUs;
  }

  @Override
  public int level() {
    return levels.level(project, slot);
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
