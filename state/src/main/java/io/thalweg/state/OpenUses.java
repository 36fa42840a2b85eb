package io.thalweg.state;

import java.util.concurrent.TimeUnit;

/**
 * Counts what is open on a store, so that it is never closed under it: native memory that is used
 * after it is freed ends the process. Thread-safe.
 */
final class OpenUses {
  private final String what;
  private int open;
  private boolean closed;

  OpenUses(String what) {
    this.what = what;
  }

  synchronized void enter() {
    check();
    open++;
  }

  synchronized void leave() {
    open--;
    notifyAll();
  }

  synchronized void check() {
    if (closed) {
      throw new StoreException(what + " is closed", null);
    }
  }

  /**
   * Refuses new uses and waits until there are none.
   *
   * @return false if it was closed before
   */
  synchronized boolean close(long waitMs) {
    if (closed) {
      return false;
    }
    closed = true;
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMs);
    boolean interrupted = false;
    while (open > 0) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
      if (leftMs <= 0) {
        closed = false;
        throw new StoreException(
            what + " cannot be closed: " + open + " views or scans are still open", null);
      }
      try {
        wait(leftMs);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return true;
  }
}
