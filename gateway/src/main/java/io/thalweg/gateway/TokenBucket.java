package io.thalweg.gateway;

/**
 * Lets so much through in a second, and a second's worth at once. What is refused is told how long
 * to wait. Thread-safe.
 */
final class TokenBucket {
  private static final double NANOS = 1e9;

  private final double perNano;
  private final double most;
  private double level;
  private long atNs;

  TokenBucket(int perSecond, long nowNs) {
    this.perNano = perSecond / NANOS;
    this.most = perSecond;
    this.level = perSecond;
    this.atNs = nowNs;
  }

  /** How much of a second's worth is used up now. */
  synchronized double used(long nowNs) {
    return Math.clamp(most - level - Math.max(0, nowNs - atNs) * perNano, 0, most);
  }

  /**
   * Takes an amount. One that is larger than what a second lets through is let through when the
   * bucket is full, and paid off by those after it.
   *
   * @return 0 if it was let through; else how many nanoseconds to wait
   */
  synchronized long take(long amount, long nowNs) {
    level = Math.min(most, level + Math.max(0, nowNs - atNs) * perNano);
    atNs = nowNs;
    double needed = Math.min((double) amount, most);
    if (level < needed) {
      return Math.max(1, (long) ((needed - level) / perNano));
    }
    level -= amount;
    return 0;
  }
}
