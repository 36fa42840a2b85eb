package io.thalweg.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Contract levels of services, as a node tells them to others.
 *
 * @param reads the highest that it reads, and lets the cluster be raised to
 * @param agreed what it takes the cluster to be at
 * @param written what is needed to read the logs that it has
 */
public record Levels(
    Map<String, Integer> reads, Map<String, Integer> agreed, Map<String, Integer> written) {
  /** Of a node that says nothing of them. */
  public static final Levels NONE = reading(Map.of());

  public Levels {
    reads = Map.copyOf(reads);
    agreed = Map.copyOf(agreed);
    written = Map.copyOf(written);
    if (Math.max(reads.size(), Math.max(agreed.size(), written.size()))
        > Heartbeat.MAX_PARTITIONS) {
      throw new IllegalArgumentException(
          "levels must be at most %d; got %d".formatted(Heartbeat.MAX_PARTITIONS, reads.size()));
    }
  }

  /** Of a node that has heard of nobody yet. */
  public static Levels reading(Map<String, Integer> reads) {
    return new Levels(reads, Map.of(), Map.of());
  }

  /** The greater of both, for each service. */
  static Map<String, Integer> most(Map<String, Integer> one, Map<String, Integer> other) {
    Map<String, Integer> most = new HashMap<>(one);
    other.forEach((service, level) -> most.merge(service, level, Math::max));
    return new TreeMap<>(most);
  }
}
