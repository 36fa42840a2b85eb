package io.thalweg.runtime;

import java.time.Duration;

/**
 * How a node makes the calls that services ask for.
 *
 * @param performer makes them
 * @param retries when one is tried again
 * @param expires log time from the command on after which an effect is not tried again; 1 s to 30
 *     days
 */
record EffectSetup(EffectPerformer performer, EffectRetryPolicy retries, Duration expires) {
  static final Duration DEFAULT_EXPIRY = Duration.ofDays(1);
  private static final Duration MAX_EXPIRY = Duration.ofDays(30);

  EffectSetup {
    if (expires.compareTo(Duration.ofSeconds(1)) < 0 || expires.compareTo(MAX_EXPIRY) > 0) {
      throw new IllegalArgumentException("expires must be from 1 s to 30 days; got " + expires);
    }
  }

  long expiresUs() {
    return expires.toNanos() / 1000;
  }
}
