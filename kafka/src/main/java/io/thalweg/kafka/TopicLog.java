package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.AppendListener;
import io.thalweg.log.Barrier;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.CursorMismatchException;
import io.thalweg.log.LeadershipLostException;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.LogStatus;
import io.thalweg.log.OffsetOutOfRangeException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.log.TrimRequest;
import io.thalweg.log.Trimmed;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A node's way to its partitions' logs where those are topics that all nodes of a cluster share.
 *
 * <p>What this process knows of a partition is what it has read: {@link #catchUp} and {@link #lead}
 * read on, and one thread does now and then for the partitions that were met, so that followers
 * stay close and an idle leader hears that it was deposed.
 */
final class TopicLog implements Log {
  private static final long BARRIER_NS = TimeUnit.SECONDS.toNanos(30);

  private final Topics topics;
  private final Host host;
  private final UUID id;
  private final Waiters waiters;
  private final Map<PartitionId, SharedPartition> partitions = new ConcurrentHashMap<>();
  private final TailThread tails;
  private volatile boolean closed;

  /**
   * @param id identity of the cluster's log, for those who ask for one of the whole
   */
  TopicLog(Topics topics, Host host, UUID id) {
    this.topics = topics;
    this.host = host;
    this.id = id;
    waiters = new Waiters(host);
    tails = new TailThread(topics, host, partitions);
    tails.start();
  }

  private SharedPartition partition(PartitionId of) {
    if (closed) {
      throw new LogException("the log is closed");
    }
    SharedPartition known = partitions.get(of);
    if (known != null) {
      return known;
    }
    SharedPartition made = new SharedPartition(of, topics.open(of));
    SharedPartition other = partitions.putIfAbsent(of, made);
    return other == null ? made : other;
  }

  @Override
  public List<PartitionId> partitions() {
    return partitions.values().stream()
        .filter(p -> !p.durable().isBeginning())
        .map(SharedPartition::id)
        .sorted()
        .toList();
  }

  // ---------------------------------------------------------------- leading

  /**
   * As {@link Log#lead}: ends a former leadership of this process, reads on to the end, appends a
   * barrier, and reads up to that.
   *
   * @throws LeadershipLostException if another node's barrier came first
   */
  @Override
  public PartitionLog lead(
      PartitionId of, int contractLevel, long logTimeUs, AppendListener listener) {
    return lead(
        of,
        contractLevel,
        listener,
        now ->
            barrier(
                of,
                now,
                now.nextOffset(),
                now.isBeginning() ? List.of(new Lineage(1, 0, 0, host.newUuid())) : now.lineages(),
                contractLevel,
                logTimeUs));
  }

  /**
   * Takes over a partition that nobody has written to, with a first barrier that says where its
   * offsets begin, and which history.
   *
   * @throws LeadershipLostException if somebody has written to it
   */
  PartitionLog begin(
      PartitionId of,
      long firstOffset,
      Lineage lineage,
      int contractLevel,
      long logTimeUs,
      AppendListener listener) {
    return lead(
        of,
        contractLevel,
        listener,
        now -> {
          if (!now.isBeginning()) {
            throw new LeadershipLostException(
                "%s is not empty: its epoch is %d".formatted(of, now.epoch()));
          }
          return barrier(of, now, firstOffset, List.of(lineage), contractLevel, logTimeUs);
        });
  }

  private PartitionLog lead(
      PartitionId of,
      int contractLevel,
      AppendListener listener,
      Function<ChainPoint, byte[]> barrier) {
    SharedPartition partition = partition(of);
    String unsafe = tails.unsafe(of);
    if (unsafe != null) {
      throw new TopicException(unsafe);
    }
    // Its listener may be the one that leads now: it must not take the news of the one for the
    // other.
    partition.forgetLeader();
    partition.catchUp();
    Fate fate = new Fate();
    partition.topic().append(barrier.apply(partition.durable()), fate);
    if (!waiters.await(fate::isKnown, BARRIER_NS)) {
      throw new TopicException("Kafka did not acknowledge a barrier of " + of);
    }
    long offset = fate.offset();
    partition.catchUpTo(offset + 1);
    TopicLeader leader = partition.lead(offset, new Start(contractLevel, listener));
    if (leader == null) {
      throw new LeadershipLostException(
          "another node has taken %s over: its epoch is %d"
              .formatted(of, partition.durable().epoch()));
    }
    return leader;
  }

  private byte[] barrier(
      PartitionId of,
      ChainPoint now,
      long nextOffset,
      List<Lineage> lineages,
      int contractLevel,
      long logTimeUs) {
    BatchBuilder builder = new BatchBuilder();
    builder.reset(nextOffset, Math.max(logTimeUs, now.logTimeUs()));
    builder.putBody(new Barrier(of, host.newUuid(), now.epoch(), lineages).encode());
    Lineage last = lineages.get(lineages.size() - 1);
    // Its own epoch is where it will be. What is before it may still change.
    ByteBuffer sealed =
        builder.seal(BatchFormat.KIND_BARRIER, 0, last.ordinal(), contractLevel, 0, 0, 0);
    byte[] bytes = new byte[sealed.remaining()];
    sealed.get(bytes);
    return bytes;
  }

  private final class Start implements SharedPartition.LeaderStart {
    private final int contractLevel;
    private final AppendListener listener;

    Start(int contractLevel, AppendListener listener) {
      this.contractLevel = contractLevel;
      this.listener = listener;
    }

    @Override
    public int contractLevel() {
      return contractLevel;
    }

    @Override
    public AppendListener listener() {
      return listener;
    }

    @Override
    public void readSoon(SharedPartition partition) {
      tails.readSoon(partition);
    }
  }

  /** What becomes of a barrier. */
  private final class Fate implements Topic.Outcome {
    private long offset = -1;
    private @Nullable Exception failure;

    @Override
    public void appended(long at) {
      synchronized (this) {
        offset = at;
      }
      waiters.wake();
    }

    @Override
    public void failed(Exception cause) {
      synchronized (this) {
        failure = cause;
      }
      waiters.wake();
    }

    synchronized boolean isKnown() {
      return offset >= 0 || failure != null;
    }

    synchronized long offset() {
      if (failure != null) {
        throw new TopicException(
            "a barrier could not be appended: " + failure.getMessage(), failure);
      }
      return offset;
    }
  }

  // ---------------------------------------------------------------- reading

  @Override
  public void catchUp(PartitionId of) {
    partition(of).catchUp();
  }

  @Override
  public LogReader read(PartitionId of, long fromOffset) {
    SharedPartition partition = partition(of);
    long end = partition.durable().nextOffset();
    if (fromOffset < 0 || fromOffset > end) {
      throw new OffsetOutOfRangeException(
          "offset of %s must be within 0..%d; got %d".formatted(of, end, fromOffset));
    }
    ChainPoint from = partition.before(fromOffset);
    if (from == null) {
      throw new OffsetOutOfRangeException(
          "offset of %s must be at least %d, what was before it was removed; got %d"
              .formatted(of, startOffset(of), fromOffset));
    }
    return new TopicReader(partition, from, fromOffset);
  }

  @Override
  public LogReader read(PartitionId of, LogCursor from) {
    SharedPartition partition = partition(of);
    if (!from.logId().equals(partition.topic().topicId())) {
      throw mismatch(
          of,
          from,
          "it is of topic %s, this is %s".formatted(from.logId(), partition.topic().topicId()));
    }
    if (from.epoch() == 0) {
      if (partition.begins() > 0) {
        throw partition.removed(0);
      }
      return new TopicReader(partition, ChainPoint.BEGINNING, 0);
    }
    ChainPoint found = TopicReader.find(partition, from);
    if (found == null) {
      throw mismatch(of, from, "no record there has CRC %08x".formatted(from.lastCrc()));
    }
    partition.begin(found);
    return new TopicReader(partition, found, from.nextOffset());
  }

  private static CursorMismatchException mismatch(PartitionId of, LogCursor from, String why) {
    return new CursorMismatchException(
        "the topic does not continue the cursor of %s at offset %d, Kafka offset %d: %s; drop what was derived and rebuild it from offset 0"
            .formatted(of, from.nextOffset(), from.position(), why));
  }

  @Override
  public UUID logId() {
    return id;
  }

  /** The first that this process knows the place of: what was removed is gone for all. */
  @Override
  public long startOffset(PartitionId of) {
    SharedPartition partition = partition(of);
    ChainPoint first = partition.first();
    return first == null ? TopicTrim.firstOffset(partition) : first.nextOffset();
  }

  @Override
  public boolean isCutOff(PartitionId of) {
    return partition(of).isCutOff();
  }

  @Override
  public long durableOffset(PartitionId of) {
    return partition(of).durable().nextOffset();
  }

  @Override
  public long lastLogTimeUs(PartitionId of) {
    return partition(of).durable().logTimeUs();
  }

  @Override
  public List<Lineage> lineages(PartitionId of) {
    return partition(of).lineages();
  }

  @Override
  public long offsetAt(PartitionId of, long logTimeUs) {
    try (LogReader reader = read(of, startOffset(of))) {
      for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
        if (batch.count() > 0 && batch.logTimeUs() >= logTimeUs) {
          return batch.firstOffset();
        }
      }
      return reader.cursor().nextOffset();
    }
  }

  @Override
  public Registration onDurable(PartitionId of, Runnable listener) {
    SharedPartition partition = partition(of);
    partition.listeners().add(listener);
    return () -> partition.listeners().remove(listener);
  }

  // ---------------------------------------------------------------- the rest

  /**
   * Removes the records that no holder, no reader here and no age keeps, of each partition by
   * itself. Size says nothing: how many bytes a topic has is not known here.
   *
   * @throws TopicException if Kafka cannot be reached, or refuses it
   */
  @Override
  public Trimmed trim(TrimRequest request) {
    int cut = 0;
    String held = "";
    for (SharedPartition partition : TopicTrim.meant(partitions.values(), request)) {
      TopicTrim.Bound bound = TopicTrim.bound(partition, request);
      if (bound.position() > partition.begins()) {
        partition.topic().deleteBefore(bound.position());
        partition.begin(bound.position());
        cut++;
      }
      held = bound.held();
    }
    return new Trimmed(cut, 0, held);
  }

  @Override
  public @Nullable String trimBlocker(TrimRequest request) {
    String held = "there is no partition";
    for (SharedPartition partition : TopicTrim.meant(partitions.values(), request)) {
      TopicTrim.Bound bound = TopicTrim.bound(partition, request);
      if (bound.position() > partition.begins()) {
        return null;
      }
      held = bound.held();
    }
    return held;
  }

  /** What follows the tails. */
  TailThread tails() {
    return tails;
  }

  /** How many records were met, by what they were; of all partitions. */
  Map<Verdict, Long> verdicts() {
    Map<Verdict, Long> all = new EnumMap<>(Verdict.class);
    for (SharedPartition partition : partitions.values()) {
      partition.verdicts().forEach((verdict, count) -> all.merge(verdict, count, Long::sum));
    }
    return all;
  }

  @Override
  public LogStatus status() {
    long records = 0;
    for (SharedPartition partition : partitions.values()) {
      records += partition.position();
    }
    return new LogStatus(partitions.size(), 0, records, records, 0, 0, 0, null);
  }

  @Override
  public @Nullable String trouble() {
    return closed ? null : tails.silence();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    tails.close();
    for (SharedPartition partition : partitions.values()) {
      partition.depose(new LogException("the log is closed"));
    }
    topics.close();
  }
}
