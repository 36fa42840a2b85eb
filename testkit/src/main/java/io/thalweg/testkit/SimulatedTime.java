package io.thalweg.testkit;

import java.util.concurrent.TimeUnit;

/**
 * Lets a handler of a simulated service take time, as one that computes does: other threads run
 * meanwhile, batches become durable, the node may be killed. Without it a handler takes none, and
 * nothing can happen between its beginning and its end.
 */
public final class SimulatedTime {
  static final ThreadLocal<Scheduler> SCHEDULER = new ThreadLocal<>();

  private SimulatedTime() {}

  /**
   * So much time passes; none on a thread that is not simulated.
   *
   * @param us 0 to 1,000,000 microseconds
   */
  public static void takes(long us) {
    if (us < 0 || us > TimeUnit.SECONDS.toMicros(1)) {
      throw new IllegalArgumentException("us must be from 0 to 1000000; got " + us);
    }
    Scheduler scheduler = SCHEDULER.get();
    if (scheduler != null && us > 0) {
      scheduler.sleep(TimeUnit.MICROSECONDS.toNanos(us));
    }
  }
}
