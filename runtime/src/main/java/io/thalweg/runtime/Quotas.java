package io.thalweg.runtime;

import java.util.Map;

/**
 * How much of something each project may have in a partition, where that is not what the service
 * has by default. Only decisions look at it: what a log holds is replayed whatever the quotas are.
 *
 * @param most by the name of the quota, such as {@code jobs.queues}; at least 0
 */
public record Quotas(Map<String, Long> most) {
  /** Everything as the services have it. */
  public static final Quotas DEFAULTS = new Quotas(Map.of());

  public Quotas {
    most = Map.copyOf(most);
    most.forEach((name, value) -> {
      if (value < 0) {
        throw new IllegalArgumentException(name + " must be at least 0; got " + value);
      }
    });
  }

  /** The quota of a name. */
  public long of(String name, long otherwise) {
    return most.getOrDefault(name, otherwise);
  }
}
