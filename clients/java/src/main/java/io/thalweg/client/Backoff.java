package io.thalweg.client;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The pause before asking again: exponential with full jitter, see {@link Retries}. */
final class Backoff {
  private static final int MAX_DOUBLINGS = 30;

  private final Retries retries;
  private final RandomGenerator random;

  Backoff(Retries retries, RandomGenerator random) {
    this.retries = retries;
    this.random = random;
  }

  /**
   * How long to wait, in milliseconds.
   *
   * @param failed attempts so far, from 1
   * @param asked the pause that the server asks for
   */
  long pauseMs(int failed, @Nullable Duration asked) {
    int doublings = Math.min(Math.max(0, failed - 1), MAX_DOUBLINGS);
    long most = Math.min(retries.maxPauseMs(), (long) retries.firstPauseMs() << doublings);
    long drawn = random.nextLong(most + 1);
    return asked == null ? drawn : asked.toMillis() + drawn;
  }
}
