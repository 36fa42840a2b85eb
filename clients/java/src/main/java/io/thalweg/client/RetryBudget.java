package io.thalweg.client;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A token bucket for what is sent beside the first attempts: see {@link Retries}. Without it,
 * clients of a server that falls behind multiply its load. Counts in thousandths of a retry.
 * Thread-safe.
 */
final class RetryBudget {
  private static final int SAVED_SECONDS = 10;
  private static final long ONE = 1_000;

  private final long perRequest;
  private final long perSecond;
  private final long most;
  private final LongSupplier nanoTime;

  // Guarded by this.
  private long tokens;
  private long filledNs;

  RetryBudget(Retries retries, LongSupplier nanoTime) {
    this.perRequest = ONE * retries.budgetPercent() / 100;
    this.perSecond = ONE * retries.budgetFloorPerSecond();
    this.most = Math.max(10 * ONE, SAVED_SECONDS * perSecond);
    this.nanoTime = nanoTime;
    this.tokens = SAVED_SECONDS * perSecond;
    this.filledNs = nanoTime.getAsLong();
  }

  /** A request was made: adds its share. */
  synchronized void requested() {
    fill();
    tokens = Math.min(most, tokens + perRequest);
  }

  /** Takes a retry out; false if there is none left. */
  synchronized boolean take() {
    fill();
    if (tokens < ONE) {
      return false;
    }
    tokens -= ONE;
    return true;
  }

  private void fill() {
    if (perSecond == 0) {
      return;
    }
    long second = TimeUnit.SECONDS.toNanos(1);
    long nowNs = nanoTime.getAsLong();
    // More than what is saved up need not be counted, and would overflow.
    long passedNs = Math.min(nowNs - filledNs, SAVED_SECONDS * second);
    long added = passedNs * perSecond / second;
    if (added > 0) {
      tokens = Math.min(most, tokens + added);
      filledNs = nowNs;
    }
  }
}
