package io.thalweg.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.TrimRequest;
import io.thalweg.log.Trimmed;
import io.thalweg.runtime.checkpoint.BlobCheckpoints;
import io.thalweg.runtime.checkpoint.Checkpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts checkpoints of the partitions that this node leads into the blob store that the nodes of a
 * cluster share, one partition after the other, on a thread of its own; and removes from their
 * common log what nobody needs any more.
 *
 * <p>A record goes only if
 *
 * <ol>
 *   <li>a rule says that anything goes, and it is older than that keeps;
 *   <li>{@value BlobCheckpoints#KEEP} checkpoints of its partition are in the store, both cover it,
 *       and the log continues both; if one of them is damaged later the other one still has all
 *       that it needs;
 *   <li>both were replayed, if the rule wants that;
 *   <li>every reader that is open here, and every follower that is heard, is past it.
 * </ol>
 *
 * <p>Whoever needs it all the same, a node that was away for long, begins from a checkpoint.
 */
final class CheckpointSharing implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointSharing.class);

  private final EmbeddedEngine engine;
  private final Checkpointer checkpointer;
  private final Map<ServiceModel, List<Partition>> partitions;
  private final long everyNs;
  private final @Nullable LogRetention rule;
  private final CheckpointOptions how;
  private final Waiters waiters;
  private final Thread thread;
  private final LongAdder shared = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder removals = new LongAdder();
  private volatile boolean closing;

  // Guarded by this: how far the last checkpoint of a partition that was shared from here is.
  private final Map<PartitionId, Long> sharedOffsets = new HashMap<>();
  private Map<PartitionId, String> told = Map.of();

  private CheckpointSharing(
      EmbeddedEngine engine,
      Checkpointer checkpointer,
      Map<ServiceModel, List<Partition>> partitions,
      Duration every,
      @Nullable LogRetention rule) {
    this.engine = engine;
    this.checkpointer = checkpointer;
    this.partitions = partitions;
    this.everyNs = every.toNanos();
    this.rule = rule;
    this.how =
        rule == null ? CheckpointOptions.DEFAULTS.withBytesPerSecond(64L << 20) : rule.checkpoint();
    Host host = engine.host();
    this.waiters = new Waiters(host);
    this.thread = host.thread("thalweg-checkpoint-sharing", this::run);
    register(engine.meters());
  }

  private void register(MeterRegistry meters) {
    FunctionCounter.builder("thalweg.checkpoints.shared", shared, LongAdder::doubleValue)
        .description("Checkpoints of a partition that this node has put into the blob store")
        .register(meters);
    FunctionCounter.builder("thalweg.checkpoints.shared.failed", failed, LongAdder::doubleValue)
        .description("Times that a partition could not be shared, or its log not shortened")
        .register(meters);
    FunctionCounter.builder("thalweg.log.shortened", removals, LongAdder::doubleValue)
        .description("Times that this node has removed old records of a partition")
        .register(meters);
  }

  /**
   * @param rule null: nothing is removed
   * @throws IllegalStateException if it cannot be
   */
  static CheckpointSharing start(
      EmbeddedEngine engine,
      Checkpointer checkpointer,
      Map<ServiceModel, List<Partition>> partitions,
      @Nullable Duration every,
      @Nullable LogRetention rule) {
    if (!engine.storage().sharesLog()) {
      throw new IllegalStateException(
          "checkpoints are shared by nodes that share a log; this one has a log of its own");
    }
    if (every == null || engine.sharedCheckpoints() == null) {
      throw new IllegalStateException(
          "nothing of a log that nodes share may be removed if they do not share checkpoints: give"
              + " them a blob store, and say how often");
    }
    if (rule != null && rule.keepBytes() > 0) {
      throw new IllegalStateException(
          "of a log that nodes share only the age of what is kept can be said, not its size");
    }
    CheckpointSharing started =
        new CheckpointSharing(engine, checkpointer, partitions, every, rule);
    engine.host().start(started.thread);
    return started;
  }

  private void run() {
    // Nodes that were started together need not burden the store together.
    long firstNs = everyNs / 2 + (long) (everyNs * engine.host().random().nextDouble() / 2);
    for (long pauseNs = firstNs; !waiters.await(() -> closing, pauseNs); pauseNs = everyNs) {
      look(rule == null ? Long.MIN_VALUE : rule.keepFromUs(engine.clock().nowUs()));
    }
  }

  /**
   * Shares what there is to share now, and removes what may go.
   *
   * @param keepFromUs what is of this log time or later stays; {@link Long#MAX_VALUE} if age says
   *     nothing
   * @return by partition that is led here, why no more is removed, or what went wrong
   */
  synchronized Map<PartitionId, String> look(long keepFromUs) {
    Map<PartitionId, String> said = new HashMap<>();
    for (Map.Entry<ServiceModel, List<Partition>> entry : partitions.entrySet()) {
      for (Partition partition : entry.getValue()) {
        if (!closing && partition.phase() == PartitionPhase.ACTIVE) {
          said.put(partition.id(), look(entry.getKey(), partition, keepFromUs));
        }
      }
    }
    told = said;
    return said;
  }

  private String look(ServiceModel model, Partition partition, long keepFromUs) {
    PartitionId id = partition.id();
    try {
      share(model, partition);
      return rule == null ? "" : shorten(rule, id, keepFromUs);
    } catch (RuntimeException e) {
      // Whatever it is, the next look may go better, and nothing was removed that is needed.
      failed.increment();
      String why = String.valueOf(e.getMessage());
      if (!why.equals(told.get(id)) && !closing) {
        LOG.error("{} is not shared: {}", id, why, e);
      }
      return why;
    }
  }

  private void share(ServiceModel model, Partition partition) {
    PartitionId id = partition.id();
    Log log = engine.log();
    Long before = sharedOffsets.get(id);
    if (log == null || (before != null && before == log.durableOffset(id))) {
      return;
    }
    Checkpoint now = checkpointer.share(model, partition, how);
    Checkpoint.Part part = now.part(id);
    if (part != null) {
      sharedOffsets.put(id, part.offset());
      shared.increment();
      LOG.info("{}: a checkpoint of offset {} is shared, {} rows", id, part.offset(), part.rows());
    }
  }

  /** Removes what may go of a partition; why no more. */
  private String shorten(LogRetention keep, PartitionId id, long keepFromUs) {
    Log log = engine.log();
    BlobCheckpoints store = engine.sharedCheckpoints();
    if (log == null || store == null) {
      return "the log is being opened";
    }
    List<TrimRequest.Holder> holders = new ArrayList<>();
    for (Checkpoint checkpoint : store.of(id)) {
      Checkpoint.Part part = checkpoint.part(id);
      boolean proven =
          checkpoint.proof() == Checkpoint.Proof.REPLAYED || !keep.checkpoint().replay();
      if (part == null || !proven) {
        return "a checkpoint of it was not replayed";
      }
      log.read(id, part.cursor()).close();
      holders.add(
          new TrimRequest.Holder("checkpoint " + checkpoint.id(), Map.of(id, part.cursor())));
    }
    if (holders.size() < BlobCheckpoints.KEEP) {
      return "there are not two checkpoints of it yet";
    }
    followers(log, id, holders);
    Trimmed trimmed = log.trim(new TrimRequest(() -> holders, 0, keepFromUs));
    if (trimmed.segments() > 0) {
      removals.increment();
      LOG.info("{}: records were removed; {}", id, trimmed.held());
    }
    return trimmed.held();
  }

  /** Those that follow need not begin anew because of us. */
  private void followers(Log log, PartitionId id, List<TrimRequest.Holder> holders) {
    Forwarding forwarding = engine.forwarding();
    if (forwarding == null) {
      return;
    }
    for (ClusterView.PartitionView view : forwarding.peers().view().partitions()) {
      if (!view.name().equals(id.toString())) {
        continue;
      }
      for (ClusterView.CopyView copy : view.others()) {
        long at = Math.max(0, view.position() - copy.lag());
        if (copy.role().equals("following") && at >= log.startOffset(id)) {
          try (LogReader reader = log.read(id, Math.min(at, log.durableOffset(id)))) {
            LogCursor cursor = reader.cursor();
            holders.add(new TrimRequest.Holder("follower " + copy.node(), Map.of(id, cursor)));
          }
        }
      }
    }
  }

  void beginClose() {
    closing = true;
    waiters.wake();
  }

  /** After {@link #beginClose}, and after what takes checkpoints was closed. */
  @Override
  public void close() {
    beginClose();
    engine.host().join(thread);
  }
}
