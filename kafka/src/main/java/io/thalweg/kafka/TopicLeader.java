package io.thalweg.kafka;

import io.thalweg.log.AppendListener;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.LeadershipLostException;
import io.thalweg.log.Lineage;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a partition, held by its leader.
 *
 * <p>A batch is durable when the partition's tail has met it as a valid record: {@link
 * SharedPartition} tells. An append that fails, a batch that was passed over, and a valid barrier
 * of somebody else end the leadership, once and for good; what is on its way then is of unknown
 * outcome.
 *
 * <p>Guarded by its {@link SharedPartition}'s monitor, but for the open batch, which is the
 * partition's thread's.
 */
final class TopicLeader implements PartitionLog {
  private final SharedPartition partition;
  private final SharedPartition.LeaderStart start;
  private final AppendListener listener;
  private final long epoch;
  private final Lineage lineage;
  private final BatchBuilder builder = new BatchBuilder();
  private final ArrayDeque<PendingRecord> pending = new ArrayDeque<>();
  private boolean open;

  private long nextOffset;
  private int lastCrc;
  private long logTimeUs;
  private long batches;
  private volatile long durableOffset;
  private @Nullable LogException ended;

  /**
   * @param from the place right after this leader's barrier
   */
  TopicLeader(SharedPartition partition, ChainPoint from, SharedPartition.LeaderStart start) {
    this.partition = partition;
    this.start = start;
    listener = start.listener();
    epoch = from.epoch();
    lineage = from.lineages().get(from.lineages().size() - 1);
    nextOffset = from.nextOffset();
    lastCrc = from.lastCrc();
    logTimeUs = from.logTimeUs();
    durableOffset = from.nextOffset();
  }

  @Override
  public PartitionId id() {
    return partition.id();
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
    synchronized (partition) {
      return nextOffset;
    }
  }

  @Override
  public long durableOffset() {
    return durableOffset;
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public BatchBuilder begin(long batchTimeUs) {
    if (open) {
      throw new IllegalStateException("a batch of " + id() + " is open already");
    }
    long firstOffset;
    synchronized (partition) {
      if (batchTimeUs < logTimeUs) {
        throw new IllegalArgumentException(
            "logTimeUs of %s must be at least %d; got %d".formatted(id(), logTimeUs, batchTimeUs));
      }
      firstOffset = nextOffset;
    }
    builder.reset(firstOffset, batchTimeUs);
    open = true;
    return builder;
  }

  @Override
  public LogCursor append(BatchBuilder batch) {
    checkOpen(batch);
    open = false;
    PendingRecord record;
    LogCursor cursor;
    synchronized (partition) {
      if (ended != null) {
        throw new LogException(
            "the leadership of %s in epoch %d has ended: %s"
                .formatted(id(), epoch, ended.getMessage()),
            ended);
      }
      record = seal(batch);
      pending.addLast(record);
      cursor =
          new ChainPoint(
                  // Each that is on its way takes an offset at least.
                  partition.position() + pending.size(),
                  epoch,
                  nextOffset,
                  lastCrc,
                  logTimeUs,
                  partition.lineages())
              .cursor(partition.topic().topicId());
    }
    partition.topic().append(record.bytes, new Fate(record));
    return cursor;
  }

  private PendingRecord seal(BatchBuilder batch) {
    byte kind = batch.count() == 0 ? BatchFormat.KIND_EMPTY : BatchFormat.KIND_EVENTS;
    ByteBuffer sealed =
        batch.seal(
            kind, 0, lineage.ordinal(), start.contractLevel(), epoch, lastCrc, durableOffset);
    byte[] bytes = new byte[sealed.remaining()];
    sealed.get(bytes);
    lastCrc = ByteBuffer.wrap(bytes).getInt(BatchFormat.CRC_AT);
    nextOffset = batch.nextOffset();
    logTimeUs = batch.logTimeUs();
    return new PendingRecord(bytes, lastCrc);
  }

  @Override
  public void abandon(BatchBuilder batch) {
    checkOpen(batch);
    open = false;
  }

  private void checkOpen(BatchBuilder batch) {
    if (!open || batch != builder) {
      throw new IllegalStateException("this is not the open batch of " + id());
    }
  }

  @Override
  public void resign() {
    synchronized (partition) {
      if (ended == null) {
        ended = new LogException("it has resigned");
        pending.clear();
      }
    }
    partition.ended(this);
  }

  // ---------------------------------------------------------------- told by the partition

  /** The tail has met a valid batch of this epoch: that is the first one on its way. */
  void confirmed(ChainPoint now) {
    if (ended != null) {
      return;
    }
    PendingRecord first = pending.pollFirst();
    if (first == null || first.crc != now.lastCrc()) {
      throw new IllegalStateException(
          "a valid batch of %s in epoch %d that its leader did not write".formatted(id(), epoch));
    }
    batches++;
    durableOffset = now.nextOffset();
    listener.durable(durableOffset);
    listener.confirmed(batches);
  }

  /** What was acknowledged and lies behind the tail, but was not confirmed, was passed over. */
  void look(TopicChain tail) {
    for (PendingRecord record : pending) {
      if (record.offset >= 0 && record.offset < tail.position()) {
        fail(
            new LogException(
                "the batch of %s at Kafka offset %d does not continue the log: others before it were lost or came later"
                    .formatted(id(), record.offset)));
        partition.ended(this);
        return;
      }
    }
  }

  boolean isWaiting() {
    return !pending.isEmpty();
  }

  void deposed(long byEpoch) {
    fail(
        new LeadershipLostException(
            "%s was taken over: epoch %d is over, %d is current".formatted(id(), epoch, byEpoch)));
  }

  void fail(LogException cause) {
    synchronized (partition) {
      if (ended != null) {
        return;
      }
      ended = cause;
      pending.clear();
      listener.failed(cause);
    }
  }

  /** What became of one append; on a thread of Kafka's. */
  private final class Fate implements Topic.Outcome {
    private final PendingRecord record;

    Fate(PendingRecord record) {
      this.record = record;
    }

    @Override
    public void appended(long offset) {
      try {
        if (partition.acknowledged(TopicLeader.this, record, offset)) {
          start.readSoon(partition);
        }
      } catch (LogException e) {
        fail(e);
        partition.ended(TopicLeader.this);
      }
    }

    @Override
    public void failed(Exception cause) {
      fail(
          new LogException(
              "Kafka did not acknowledge a batch of %s: %s".formatted(id(), cause.getMessage()),
              cause));
      partition.ended(TopicLeader.this);
    }
  }
}
