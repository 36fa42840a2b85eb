package io.thalweg.client;

/**
 * How often and how soon a client asks again.
 *
 * <p>The pause before attempt n+1 is drawn between 0 and {@code firstPauseMs} times 2^(n-1), at
 * most {@code maxPauseMs} (full jitter); where the server said when to come back, that long and the
 * drawn pause on top. Retries and hedges of all requests of a client share one budget: each request
 * adds {@code budgetPercent} hundredths of a retry, and {@code budgetFloorPerSecond} are added each
 * second whatever the load; at most ten seconds of the floor are saved up.
 *
 * @param maxAttempts of one request, the first included; 1 to 100
 * @param firstPauseMs 1 to 60,000
 * @param maxPauseMs firstPauseMs to 600,000
 * @param budgetPercent 0 to 100
 * @param budgetFloorPerSecond 0 to 10,000; with 0 nothing is saved up but what requests add, at
 *     most ten
 */
public record Retries(
    int maxAttempts,
    int firstPauseMs,
    int maxPauseMs,
    int budgetPercent,
    int budgetFloorPerSecond) {

  public Retries {
    check("maxAttempts", maxAttempts, 1, 100);
    check("firstPauseMs", firstPauseMs, 1, 60_000);
    check("maxPauseMs", maxPauseMs, firstPauseMs, 600_000);
    check("budgetPercent", budgetPercent, 0, 100);
    check("budgetFloorPerSecond", budgetFloorPerSecond, 0, 10_000);
  }

  /** 10 attempts; pauses from 100 ms to 3 s; a budget of 10 % beside 10 a second. */
  public static Retries defaults() {
    return new Retries(10, 100, 3_000, 10, 10);
  }

  /** Every request is sent once. */
  public static Retries none() {
    return new Retries(1, 1, 1, 0, 0);
  }

  public Retries withMaxAttempts(int value) {
    return new Retries(value, firstPauseMs, maxPauseMs, budgetPercent, budgetFloorPerSecond);
  }

  public Retries withPauses(int firstMs, int mostMs) {
    return new Retries(maxAttempts, firstMs, mostMs, budgetPercent, budgetFloorPerSecond);
  }

  public Retries withBudget(int percent, int floorPerSecond) {
    return new Retries(maxAttempts, firstPauseMs, maxPauseMs, percent, floorPerSecond);
  }

  static void check(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + " must be from " + min + " to " + max + "; got " + value);
    }
  }
}
