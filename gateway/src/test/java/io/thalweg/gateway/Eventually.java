package io.thalweg.gateway;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for what must come to be true, on a machine that may have other things to do. */
final class Eventually {
  private static final long MOST_S = 120;
  private static final long PAUSE_MS = 5;

  private Eventually() {}

  static void until(String what, BooleanSupplier condition) throws InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_S);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - endNs > 0) {
        throw new AssertionError("did not come to be within " + MOST_S + " s: " + what);
      }
      Thread.sleep(PAUSE_MS);
    }
  }
}
