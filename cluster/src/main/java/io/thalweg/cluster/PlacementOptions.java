package io.thalweg.cluster;

import java.time.Duration;

/**
 * How quick and how steady a cluster is.
 *
 * @param standbys followers of each partition beside its leader, 0 to 16
 * @param timeout a node that was not heard for so long is dead; at least 10 ms
 * @param takeOver a candidate that does not lead after so long has its turn passed on; at least 10
 *     ms
 * @param settle nothing is moved to a node before it was alive for so long without a gap; not
 *     shorter than {@code timeout}
 * @param maxLag events that a follower may be behind and still counts as caught up; 0 or more
 */
public record PlacementOptions(
    int standbys, Duration timeout, Duration takeOver, Duration settle, long maxLag) {
  /**
   * One standby; dead after 3 s, the next candidate after 3 s, steady after 15 s; 10,000 events.
   */
  public static final PlacementOptions DEFAULTS =
      new PlacementOptions(
          1, Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(15), 10_000);

  public PlacementOptions {
    if (standbys < 0 || standbys > 16) {
      throw new IllegalArgumentException("standbys must be from 0 to 16; got " + standbys);
    }
    if (timeout.toMillis() < 10 || takeOver.toMillis() < 10) {
      throw new IllegalArgumentException(
          "timeout and takeOver must be at least 10 ms; got %s and %s"
              .formatted(timeout, takeOver));
    }
    if (settle.compareTo(timeout) < 0) {
      throw new IllegalArgumentException(
          "settle must not be shorter than timeout, %s; got %s".formatted(timeout, settle));
    }
    if (maxLag < 0) {
      throw new IllegalArgumentException("maxLag must be 0 or more; got " + maxLag);
    }
  }
}
