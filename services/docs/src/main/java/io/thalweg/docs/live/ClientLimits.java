package io.thalweg.docs.live;

/**
 * What one connection may send to one document. One that sends more is closed, with 1013: its
 * client comes back and sends what is left as one update.
 *
 * @param updatesPerSecond on average
 * @param updatesAtOnce how many may come faster than that
 */
public record ClientLimits(int updatesPerSecond, int updatesAtOnce) {
  /** 1,000 a second, 4,000 at once. */
  public static final ClientLimits DEFAULTS = new ClientLimits(1_000, 4_000);

  public ClientLimits {
    if (updatesPerSecond < 1 || updatesAtOnce < 1) {
      throw new IllegalArgumentException(
          "updatesPerSecond and updatesAtOnce must be at least 1; got %d and %d"
              .formatted(updatesPerSecond, updatesAtOnce));
    }
  }
}
