package io.thalweg.cluster;

import io.thalweg.log.PartitionId;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * In which order nodes should have a partition: by highest random weight (Thaler and Ravishankar,
 * "Using name-based mappings to increase hit rates", 1998). Each node has a weight for each
 * partition, drawn from both names; the highest comes first.
 *
 * <p>So a node that joins takes over only what it has the highest weight for, one that leaves gives
 * away only what it had, and everybody computes the same without speaking. The weights are fixed:
 * all nodes of a cluster must agree on them, whatever version they run.
 */
public final class Ranking {
  private Ranking() {}

  /** The nodes, the one that should lead first. */
  public static List<String> of(PartitionId partition, Collection<String> nodes) {
    return nodes.stream()
        .distinct()
        .sorted(
            Comparator.comparingLong((String node) -> weight(node, partition) + Long.MIN_VALUE)
                .reversed()
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** FNV-1a over both names, then the finalizer of SplitMix64, which spreads it. */
  static long weight(String node, PartitionId partition) {
    long hash = 0xcbf29ce484222325L;
    byte[] name = (node + "\n" + partition).getBytes(StandardCharsets.UTF_8);
    for (byte each : name) {
      hash = (hash ^ (each & 0xFF)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d049bb133111ebL;
    return hash ^ (hash >>> 31);
  }
}
