package io.thalweg.runtime;

import io.thalweg.log.Log;
import io.thalweg.log.LogStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a node is, put together from its parts. */
final class NodeHealth {
  private NodeHealth() {}

  /**
   * @param readers null if the storage remembers none
   * @param cluster null if the node is the only one
   */
  static NodeStatus of(
      EmbeddedEngine engine, @Nullable ReaderStatuses readers, @Nullable ClusterView cluster) {
    List<NodeStatus.PartitionStatus> all = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    for (Partition partition : engine.partitions()) {
      all.add(partition.status());
      PartitionPhase phase = partition.phase();
      if (!phase.isGood()) {
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
    List<NodeStatus.ReaderStatus> held = readers == null ? List.of() : readers.list();
    return new NodeStatus(ready, reasons, all, logStatus, held);
  }
}
