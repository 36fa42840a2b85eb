package io.thalweg.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one of its nodes sees it.
 *
 * @param self the node that tells
 * @param nodes those that are alive, by name
 * @param partitions all of them
 */
public record ClusterView(String self, List<NodeView> nodes, List<PartitionView> partitions) {
  /**
   * A node.
   *
   * @param address where other nodes reach it
   * @param leaving whether it is handing on what it leads
   * @param aliveMs since when it is heard without a gap
   * @param heardMs since it was heard last
   */
  public record NodeView(String id, String address, boolean leaving, long aliveMs, long heardMs) {}

  /**
   * A partition.
   *
   * @param name service and index, for example {@code leaderboard/0}
   * @param leader name of the node that leads it; null: none does
   * @param epoch of its leadership; 0 if none
   * @param position offset of the next event at its leader; at the furthest if there is none
   * @param others the other nodes that have it
   */
  public record PartitionView(
      String name, @Nullable String leader, long epoch, long position, List<CopyView> others) {}

  /**
   * A partition at a node that does not lead it.
   *
   * @param role {@code following}, {@code loading} or {@code stopped}
   * @param lag events that it is behind
   */
  public record CopyView(String node, String role, long lag) {}

  /** The partitions that nobody leads, each told in words. */
  public List<String> leaderless() {
    return partitions.stream()
        .filter(partition -> partition.leader() == null)
        .map(partition -> "partition " + partition.name() + " has no leader")
        .toList();
  }

  /** What an operator should look at; empty if all is well. */
  public List<String> unhealthy() {
    List<String> reasons = new java.util.ArrayList<>(leaderless());
    for (PartitionView partition : partitions) {
      boolean standby = partition.others().stream().anyMatch(c -> c.role().equals("following"));
      if (nodes.size() > 1 && !standby) {
        reasons.add("partition " + partition.name() + " has no standby");
      }
      partition
          .others()
          .forEach(copy -> {
            if (copy.role().equals("stopped")) {
              reasons.add("partition %s is stopped at %s".formatted(partition.name(), copy.node()));
            }
          });
    }
    return List.copyOf(reasons);
  }
}
