package io.thalweg.host;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/**
 * Threads that wait for a condition. Whoever may have made it hold calls {@link #wake}.
 *
 * <p>The condition is evaluated by the waiting threads, without a lock: it takes one itself if it
 * needs one, and has let go of it when it returns. Made for waits that are rare: every wake-up
 * wakes all. Thread-safe.
 */
public final class Waiters {
  private final Host host;
  private final Queue<Thread> waiting = new ConcurrentLinkedQueue<>();

  public Waiters(Host host) {
    this.host = host;
  }

  /** Lets every waiting thread look at its condition again. */
  public void wake() {
    for (Thread thread : waiting) {
      host.unpark(thread);
    }
  }

  /**
   * Waits until the condition holds. An interrupt does not end the waiting; it is restored
   * afterwards.
   */
  public void await(BooleanSupplier condition) {
    await(condition, Long.MAX_VALUE);
  }

  /**
   * As {@link #await(BooleanSupplier)}, at most for a time.
   *
   * @return whether the condition holds
   */
  public boolean await(BooleanSupplier condition, long maxNs) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return awaitInterruptibly(condition, maxNs);
        } catch (InterruptedException e) {
          // Without a bound it simply begins anew; with one, an interrupt may double the time.
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * As {@link #await(BooleanSupplier, long)}, and an interrupt ends it.
   *
   * @throws InterruptedException if this thread is interrupted before the condition holds
   */
  public boolean awaitInterruptibly(BooleanSupplier condition, long maxNs)
      throws InterruptedException {
    if (condition.getAsBoolean()) {
      return true;
    }
    boolean bounded = maxNs != Long.MAX_VALUE;
    long startNs = bounded ? host.nanoTime() : 0;
    Thread me = Thread.currentThread();
    waiting.add(me);
    try {
      while (!condition.getAsBoolean()) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (!bounded) {
          host.park(this);
          continue;
        }
        long leftNs = maxNs - (host.nanoTime() - startNs);
        if (leftNs <= 0) {
          return false;
        }
        host.parkNanos(this, leftNs);
      }
      return true;
    } finally {
      waiting.remove(me);
    }
  }
}
