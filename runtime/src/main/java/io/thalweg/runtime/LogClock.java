package io.thalweg.runtime;

import io.thalweg.host.Host;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Log time: microseconds since 1970 that never go back.
 *
 * <p>It follows the monotonic clock and is slewed to the wall clock, by at most a tenth of the time
 * that passes, so a wall clock that is set back only makes it slower. A wall clock that is ahead by
 * more than 5 s (a laptop that slept: the monotonic clock stands still meanwhile) is followed at
 * once, up to a day; beyond that it is slewed, since a step that large is more likely a fault. It
 * is also a hybrid logical clock: {@link #advanceTo} moves it past a time that was met in a message
 * or a log.
 *
 * <p>Thread-safe.
 */
final class LogClock {
  private static final long STEP_FROM_US = TimeUnit.SECONDS.toMicros(5);
  private static final long STEP_UP_TO_US = TimeUnit.DAYS.toMicros(1);

  private final LongSupplier monotonicNs;
  private final LongSupplier wallUs;
  private long lastNs;
  private long lastUs;

  LogClock(LongSupplier monotonicNs, LongSupplier wallUs) {
    this.monotonicNs = monotonicNs;
    this.wallUs = wallUs;
    lastNs = monotonicNs.getAsLong();
    lastUs = wallUs.getAsLong();
  }

  static LogClock of(Host host) {
    return new LogClock(host::nanoTime, host::wallTimeUs);
  }

  /** The time now. */
  synchronized long nowUs() {
    long ns = monotonicNs.getAsLong();
    long elapsedUs = (ns - lastNs) / 1000;
    if (elapsedUs <= 0) {
      return lastUs;
    }
    lastNs += elapsedUs * 1000;
    long predictedUs = lastUs + elapsedUs;
    long errorUs = wallUs.getAsLong() - predictedUs;
    if (errorUs > STEP_FROM_US && errorUs <= STEP_UP_TO_US) {
      lastUs = predictedUs + errorUs;
    } else {
      long slewUs = elapsedUs / 10;
      lastUs = predictedUs + Math.clamp(errorUs, -slewUs, slewUs);
    }
    return lastUs;
  }

  /** Makes sure that every later time is at or after {@code us}. */
  synchronized void advanceTo(long us) {
    lastUs = Math.max(lastUs, us);
  }
}
