package io.thalweg.cluster;

import java.time.Duration;
import java.util.Map;

/**
 * When the contract level of a service is raised.
 *
 * @param raiseAfter once all live nodes have read a level for so long: longer than a node takes to
 *     restart, or one that is away for a moment is not waited for
 * @param holds by service: the highest level that this node lets the cluster be raised to, whatever
 *     it reads itself. One node that holds is enough
 */
public record LevelRules(Duration raiseAfter, Map<String, Integer> holds) {
  /** After a minute, and nothing is held. */
  public static final LevelRules DEFAULTS = new LevelRules(Duration.ofMinutes(1), Map.of());

  public LevelRules {
    if (raiseAfter.isNegative() || raiseAfter.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(
          "raiseAfter must be from 0 to 365 days; got " + raiseAfter);
    }
    holds.forEach((service, level) -> {
      if (level < 1) {
        throw new IllegalArgumentException(
            "the level of '%s' must be at least 1 to be held at; got %d".formatted(service, level));
      }
    });
    holds = Map.copyOf(holds);
  }
}
