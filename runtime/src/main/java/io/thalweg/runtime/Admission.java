package io.thalweg.runtime;

import java.util.concurrent.TimeUnit;

/**
 * How many requests may wait in a partition, so that the last of them is executed within {@value
 * #MAX_DELAY_MS} ms or so: the queue's bound, or less if requests are slow. A queue that is longer
 * than that helps nobody: whoever asks has given up before the answer comes.
 *
 * <p>The rate is measured while requests wait, over windows of at least {@value #WINDOW_MS} ms, and
 * smoothed. The partition's thread measures; any thread asks.
 */
final class Admission {
  static final long MAX_DELAY_MS = 500;
  static final long WINDOW_MS = 50;

  /** So many may always wait: that many make a batch, and a rate that is measured on fewer lies. */
  static final int LEAST = 256;

  private static final double SMOOTHING = 0.5;

  private final int most;
  private volatile int limit;
  private double perNs;
  private boolean wasBusy;
  private long lastNs;
  private long busyNs;
  private long executed;

  Admission(int most) {
    this.most = most;
    limit = most;
  }

  /** Requests that may wait now. */
  int limit() {
    return limit;
  }

  /**
   * A turn has ended, in which so many requests were executed.
   *
   * @param busy whether more requests wait
   */
  void turn(int count, boolean busy, long nowNs) {
    if (wasBusy) {
      busyNs += nowNs - lastNs;
      executed += count;
      if (busyNs >= TimeUnit.MILLISECONDS.toNanos(WINDOW_MS)) {
        double measured = (double) executed / busyNs;
        perNs = perNs == 0 ? measured : perNs + SMOOTHING * (measured - perNs);
        double fits = perNs * TimeUnit.MILLISECONDS.toNanos(MAX_DELAY_MS);
        limit = (int) Math.clamp(fits, Math.min(LEAST, most), most);
        busyNs = 0;
        executed = 0;
      }
    }
    wasBusy = busy;
    lastNs = nowNs;
  }
}
