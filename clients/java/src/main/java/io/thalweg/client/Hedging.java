package io.thalweg.client;

/**
 * Whether a read that takes long is sent a second time, over a second connection: the first answer
 * wins, and the other attempt is cancelled. Costs the server at most what the retry budget allows,
 * and helps where some answers are much slower than most.
 */
public sealed interface Hedging {
  /** A read is sent once at a time. */
  record Off() implements Hedging {}

  /**
   * After a fixed time.
   *
   * @param delayMs 1 to 600,000
   */
  record After(int delayMs) implements Hedging {
    public After {
      Retries.check("delayMs", delayMs, 1, 600_000);
    }
  }

  /**
   * After the time within which 95 of 100 of the last answers of the same method came. Until 100
   * answers were seen there is no hedge.
   *
   * @param leastMs never sooner than this; 1 to 600,000
   */
  record AfterP95(int leastMs) implements Hedging {
    public AfterP95 {
      Retries.check("leastMs", leastMs, 1, 600_000);
    }
  }

  static Hedging off() {
    return new Off();
  }

  static Hedging afterMs(int delayMs) {
    return new After(delayMs);
  }

  /** {@link AfterP95} of at least 5 ms. */
  static Hedging afterP95() {
    return new AfterP95(5);
  }
}
