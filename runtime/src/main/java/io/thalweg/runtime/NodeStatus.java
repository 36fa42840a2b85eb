package io.thalweg.runtime;

import io.thalweg.log.Log;
import io.thalweg.log.LogStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node as an operator sees it.
 *
 * @param ready whether every partition takes requests, here or at another node, and its log can be
 *     reached
 * @param reasons why it is not ready, which deliveries of messages are stopped, and which
 *     partitions nobody in the cluster leads; empty if all is well
 * @param partitions every partition
 * @param log the node's log
 * @param readers the registered readers of the log, for which it keeps what they have not read
 */
public record NodeStatus(
    boolean ready,
    List<String> reasons,
    List<PartitionStatus> partitions,
    LogStatus log,
    List<ReaderStatus> readers) {

  /** One without registered readers. */
  public NodeStatus(
      boolean ready, List<String> reasons, List<PartitionStatus> partitions, LogStatus log) {
    this(ready, reasons, partitions, log, List.of());
  }

  /** As it is now. */
  static NodeStatus of(
      EmbeddedEngine engine, @Nullable ClusterView cluster, List<ReaderStatus> readers) {
    List<PartitionStatus> all = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    for (Partition partition : engine.partitions()) {
      all.add(partition.status());
      if (!partition.phase().isGood()) {
        reasons.add("partition " + partition.id() + " " + partition.reason());
      }
    }
    Log log = engine.log();
    LogStatus logStatus =
        log == null ? new LogStatus(0, 0, 0, 0, 0, 0, 0, "is being opened") : log.status();
    if (logStatus.failure() != null) {
      reasons.add("the log has failed: " + logStatus.failure());
    }
    String trouble = log == null ? null : log.trouble();
    if (trouble != null) {
      reasons.add(trouble);
    }
    boolean ready = reasons.isEmpty();
    engine.partitions().forEach(partition -> reasons.addAll(partition.stoppedDeliveries()));
    if (cluster != null) {
      // All nodes say so: it is no reason to ask none of them for the others.
      reasons.addAll(cluster.leaderless());
    }
    return new NodeStatus(ready, reasons, all, logStatus, readers);
  }

  /**
   * A registered reader of the log, such as a backup directory. While it stands there nothing
   * behind it is removed; one that is forgotten is dropped with {@link LogReaders#unregister}.
   *
   * @param name by which it is dropped
   * @param note what it says of itself
   * @param position of the log from which on something may be needed
   * @param heldBytes of the log from there to its end
   * @param ageSeconds since it was last heard of; -1 if that is not known
   */
  public record ReaderStatus(
      String name, String note, long position, long heldBytes, long ageSeconds) {}

  /**
   * One partition.
   *
   * @param name service and index, for example {@code leaderboard/0}
   * @param phase see {@link PartitionPhase}
   * @param endOffset offset of the next event
   * @param durableOffset every event below is durable
   * @param storedOffset every event below is in the stored tables
   * @param queueDepth requests that wait
   * @param pendingEffects effects that have no result yet
   * @param outboxMessages messages that it has sent and that are not acknowledged
   * @param pendingTimers timers that have neither fired nor been cancelled
   * @param deadLetters dead letters that it keeps
   */
  public record PartitionStatus(
      String name,
      PartitionPhase phase,
      long endOffset,
      long durableOffset,
      long storedOffset,
      int queueDepth,
      long pendingEffects,
      long outboxMessages,
      long pendingTimers,
      long deadLetters) {}
}
