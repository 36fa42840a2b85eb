package io.thalweg.runtime;

import io.thalweg.log.LogStatus;
import java.util.List;

/**
 * A node as an operator sees it.
 *
 * @param ready whether every partition takes requests
 * @param reasons why it is not ready, and which deliveries of messages are stopped; empty if all is
 *     well
 * @param partitions every partition
 * @param log the node's log
 */
public record NodeStatus(
    boolean ready, List<String> reasons, List<PartitionStatus> partitions, LogStatus log) {

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
