package io.thalweg.runtime;

import io.thalweg.log.LeadershipLostException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a partition waits before it opens again. Each try costs a barrier in the log, and
 * whatever failed is likely to fail again at once: the pauses grow, until it has served for a
 * while. Who was deposed gives the other the time to lead, and to be heard of. Used by the
 * partition's thread.
 */
final class Pauses {
  private static final long FIRST_MS = 50;
  private static final long DEPOSED_MS = 1_000;
  private static final long MAX_MS = 10_000;

  // Whoever served so long does not fail at once again.
  private static final long STEADY_NS = TimeUnit.SECONDS.toNanos(10);

  private int failures;

  /** It was open for so long. */
  void served(long ns) {
    if (ns > STEADY_NS) {
      failures = 0;
    }
  }

  /** The next one, in nanoseconds. */
  long nextNs(@Nullable Throwable cause) {
    long firstMs = cause instanceof LeadershipLostException ? DEPOSED_MS : FIRST_MS;
    long pauseMs = Math.min(MAX_MS, firstMs << Math.min(failures, 10));
    failures++;
    return TimeUnit.MILLISECONDS.toNanos(pauseMs);
  }
}
