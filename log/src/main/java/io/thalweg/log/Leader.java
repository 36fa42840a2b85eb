package io.thalweg.log;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import java.util.List;
import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of one partition of a {@link SegmentLog}.
 *
 * <p>Its builders are used again: the partition's thread takes one, the writer gives it back when
 * its bytes are written. With {@link #MAX_BUILDERS} on their way {@link #begin} waits.
 */
final class Leader implements PartitionLog {
  /** So many batches of one partition can wait for the writer. */
  static final int MAX_BUILDERS = 8;

  private static final long WAIT_NS = 1_000_000;

  private final SegmentLog log;
  private final PartitionState state;
  private final AppendListener listener;
  private final int contractLevel;
  private final long epoch;
  private final Lineage lineage;
  private final Host host;
  private final Waiters barrierWaiters;
  private volatile boolean barrierDone;

  // The partition's thread only.
  private int builders;
  private @Nullable PendingBatch spare;
  private @Nullable PendingBatch open;
  private boolean resigned;

  private final SpscArrayQueue<PendingBatch> written = new SpscArrayQueue<>(MAX_BUILDERS);
  private volatile @Nullable Thread waiting;

  /** The writer's only: the group in which this leader has an entry, and which one. */
  long groupNumber = -1;

  int groupEntry;

  Leader(
      SegmentLog log,
      PartitionState state,
      AppendListener listener,
      int contractLevel,
      long epoch,
      Lineage lineage) {
    this.log = log;
    this.host = log.host();
    this.barrierWaiters = new Waiters(host);
    this.state = state;
    this.listener = listener;
    this.contractLevel = contractLevel;
    this.epoch = epoch;
    this.lineage = lineage;
  }

  PartitionState state() {
    return state;
  }

  AppendListener listener() {
    return listener;
  }

  @Override
  public PartitionId id() {
    return state.id();
  }

  @Override
  public long epoch() {
    return epoch;
  }

  @Override
  public Lineage lineage() {
    return lineage;
  }

  @Override
  public long endOffset() {
    synchronized (state) {
      return state.nextOffset;
    }
  }

  @Override
  public long durableOffset() {
    return state.durableOffset();
  }

  @Override
  public BatchBuilder begin(long logTimeUs) {
    if (open != null) {
      throw new IllegalStateException("a batch of " + id() + " is open already");
    }
    long firstOffset;
    synchronized (state) {
      checkTime(logTimeUs);
      firstOffset = state.nextOffset;
    }
    PendingBatch batch = take();
    batch.builder.reset(firstOffset, logTimeUs);
    open = batch;
    return batch.builder;
  }

  @Override
  public LogCursor append(BatchBuilder builder) {
    PendingBatch batch = open;
    if (batch == null || batch.builder != builder) {
      throw new IllegalStateException("this is not the open batch of " + id());
    }
    open = null;
    try {
      synchronized (state) {
        log.checkOpen();
        if (resigned || state.leader != this) {
          throw new LogException("the leadership of " + id() + " in epoch " + epoch + " has ended");
        }
        byte kind = builder.count() == 0 ? BatchFormat.KIND_EMPTY : BatchFormat.KIND_EVENTS;
        return seal(batch, kind);
      }
    } catch (LogException e) {
      spare = batch;
      throw e;
    }
  }

  /** Appends the barrier; the caller holds the state's lock. */
  void appendBarrier(long logTimeUs, long replacedEpoch, List<Lineage> lineages) {
    checkTime(logTimeUs);
    PendingBatch batch = take();
    batch.builder.reset(state.nextOffset, logTimeUs);
    batch.builder.putBody(new Barrier(id(), host.newUuid(), replacedEpoch, lineages).encode());
    seal(batch, BatchFormat.KIND_BARRIER);
  }

  private LogCursor seal(PendingBatch batch, byte kind) {
    batch.bytes =
        batch.builder.seal(
            kind,
            state.number,
            lineage.ordinal(),
            contractLevel,
            epoch,
            state.lastCrc,
            state.durableOffset());
    batch.epoch = epoch;
    batch.crc = batch.bytes.getInt(BatchFormat.CRC_AT);
    batch.firstOffset = batch.builder.firstOffset();
    batch.nextOffset = batch.builder.nextOffset();
    batch.logTimeUs = batch.builder.logTimeUs();
    batch.lineages = state.lineages;
    batch.barrier = kind == BatchFormat.KIND_BARRIER;
    state.epoch = epoch;
    state.lastCrc = batch.crc;
    state.nextOffset = batch.nextOffset;
    state.logTimeUs = batch.logTimeUs;
    // Whatever follows this batch is written at or after this position.
    LogCursor cursor =
        new LogCursor(
            log.logId(),
            log.writtenPosition(),
            batch.nextOffset,
            epoch,
            lineage.ordinal(),
            batch.crc,
            batch.logTimeUs);
    log.submit(batch);
    return cursor;
  }

  @Override
  public void abandon(BatchBuilder builder) {
    PendingBatch batch = open;
    if (batch == null || batch.builder != builder) {
      throw new IllegalStateException("this is not the open batch of " + id());
    }
    open = null;
    spare = batch;
  }

  @Override
  public void resign() {
    resigned = true;
    synchronized (state) {
      if (state.leader == this) {
        state.leader = null;
      }
    }
  }

  private void checkTime(long logTimeUs) {
    if (logTimeUs < state.logTimeUs) {
      throw new IllegalArgumentException(
          "logTimeUs of " + id() + " must be at least " + state.logTimeUs + "; got " + logTimeUs);
    }
  }

  private PendingBatch take() {
    PendingBatch batch = spare;
    if (batch != null) {
      spare = null;
      return batch;
    }
    batch = written.poll();
    if (batch != null) {
      return batch;
    }
    if (builders < MAX_BUILDERS) {
      builders++;
      return new PendingBatch(this);
    }
    waiting = Thread.currentThread();
    try {
      while ((batch = written.poll()) == null) {
        log.checkOpen();
        host.parkNanos(this, WAIT_NS);
      }
      return batch;
    } finally {
      waiting = null;
    }
  }

  /** The writer gives a builder back. */
  void giveBack(PendingBatch batch) {
    written.offer(batch);
    Thread thread = waiting;
    if (thread != null) {
      host.unpark(thread);
    }
  }

  /** The barrier is durable, or never will be. */
  void barrierDone() {
    barrierDone = true;
    barrierWaiters.wake();
  }

  /** Waits for the barrier; the caller then looks whether the log has failed. */
  void awaitBarrier() {
    barrierWaiters.await(() -> barrierDone);
  }

  /** Whether the barrier's fate is known. */
  boolean isBarrierDone() {
    return barrierDone;
  }
}
