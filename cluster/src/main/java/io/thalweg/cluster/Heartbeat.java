package io.thalweg.cluster;

import io.thalweg.log.PartitionId;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a node says of itself.
 *
 * @param nodeId 1 to 63 characters of {@code a-z0-9-}
 * @param incarnation higher at each start of the node
 * @param sequence higher at each heartbeat of an incarnation
 * @param address where other nodes reach it: host and port; at most 255 characters
 * @param leaving whether it is about to end, and wants to hand on what it leads
 * @param levels contract levels of services
 * @param partitions what it does with each partition that it has
 */
public record Heartbeat(
    String nodeId,
    long incarnation,
    long sequence,
    String address,
    boolean leaving,
    Levels levels,
    Map<PartitionId, Held> partitions) {
  /** The most partitions in one. */
  public static final int MAX_PARTITIONS = 65_536;

  public Heartbeat {
    checkNodeId(nodeId);
    if (address.length() > 255) {
      throw new IllegalArgumentException(
          "address must have at most 255 characters; got " + address.length());
    }
    if (partitions.size() > MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "partitions must be at most %d; got %d".formatted(MAX_PARTITIONS, partitions.size()));
    }
    partitions = Map.copyOf(partitions);
  }

  /** Checks the name of a node. */
  static void checkNodeId(String nodeId) {
    if (!nodeId.matches("[a-z0-9][a-z0-9-]{0,62}")) {
      throw new IllegalArgumentException(
          "nodeId must have 1 to 63 characters of a-z, 0-9 and '-'; got '" + nodeId + "'");
    }
  }

  /** Whether it says more than another one of the same node. */
  boolean isNewerThan(Heartbeat other) {
    return incarnation != other.incarnation
        ? incarnation > other.incarnation
        : sequence > other.sequence;
  }

  /** The same with other partitions. */
  Heartbeat withPartitions(Map<PartitionId, Held> others) {
    return new Heartbeat(nodeId, incarnation, sequence, address, leaving, levels, others);
  }

  /** The partitions in their order. */
  Map<PartitionId, Held> sorted() {
    return new TreeMap<>(partitions);
  }
}
