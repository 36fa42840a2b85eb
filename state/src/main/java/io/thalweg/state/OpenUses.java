package io.thalweg.state;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import java.util.concurrent.TimeUnit;

/**
 * Counts what is open on a store, so that it is never closed under it: native memory that is used
 * after it is freed ends the process. Thread-safe.
 */
final class OpenUses {
  private final String what;
  private final Waiters waiters;
  private int open;
  private boolean closed;

  OpenUses(String what, Host host) {
    this.what = what;
    this.waiters = new Waiters(host);
  }

  synchronized void enter() {
    check();
    open++;
  }

  void leave() {
    synchronized (this) {
      open--;
    }
    waiters.wake();
  }

  private synchronized boolean isUnused() {
    return open == 0;
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
  boolean close(long waitMs) {
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
    }
    if (waiters.await(this::isUnused, TimeUnit.MILLISECONDS.toNanos(waitMs))) {
      return true;
    }
    synchronized (this) {
      closed = false;
      throw new StoreException(
          what + " cannot be closed: " + open + " views or scans are still open", null);
    }
  }
}
