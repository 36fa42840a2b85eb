package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The reader threads of a node: a few, begun as they are needed, with a bounded queue. */
final class ScanThreads implements AutoCloseable {
  private static final long CLOSE_WAIT_NS = TimeUnit.SECONDS.toNanos(10);

  private final Host host;
  private final Waiters waiters;
  private final int maxThreads;
  private final int maxWaiting;

  // All guarded by this.
  private final Deque<Scan> waiting = new ArrayDeque<>();
  private int threads;
  private int idle;
  private boolean closed;

  ScanThreads(Host host, int maxThreads, int maxWaiting) {
    this.host = host;
    this.waiters = new Waiters(host);
    this.maxThreads = maxThreads;
    this.maxWaiting = maxWaiting;
  }

  /** Runs a scan, or refuses it: RESOURCE_EXHAUSTED if too many wait. */
  void run(Scan scan) {
    Failure refusal = enqueue(scan);
    if (refusal != null) {
      scan.refuse(refusal);
    } else {
      waiters.wake();
    }
  }

  private synchronized @Nullable Failure enqueue(Scan scan) {
    if (closed) {
      return closing();
    }
    if (waiting.size() >= maxWaiting) {
      return Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "too many scans wait (" + waiting.size() + "); try again later",
          500);
    }
    waiting.add(scan);
    if (waiting.size() > idle && threads < maxThreads) {
      host.start(host.thread("thalweg-scan-" + threads, this::work));
      threads++;
    }
    return null;
  }

  /** How many scans wait. */
  synchronized int waiting() {
    return waiting.size();
  }

  /** How full the queue of scans is, 0 to 1. */
  synchronized double fullness() {
    return maxWaiting == 0 ? 0 : (double) waiting.size() / maxWaiting;
  }

  private void work() {
    try {
      for (Scan scan = next(); scan != null; scan = next()) {
        scan.run();
      }
    } finally {
      synchronized (this) {
        threads--;
      }
      waiters.wake();
    }
  }

  private @Nullable Scan next() {
    synchronized (this) {
      idle++;
    }
    while (true) {
      waiters.await(this::hasWork);
      synchronized (this) {
        Scan scan = waiting.poll();
        if (scan != null || closed) {
          idle--;
          return scan;
        }
      }
    }
  }

  private synchronized boolean hasWork() {
    return closed || !waiting.isEmpty();
  }

  private synchronized boolean hasEnded() {
    return threads == 0;
  }

  private static Failure closing() {
    return Failure.retryable(Code.UNAVAILABLE, "this node is closing", 1000);
  }

  /** Runs what waits, for up to 10 s; refuses what is left then. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    waiters.wake();
    if (waiters.await(this::hasEnded, CLOSE_WAIT_NS)) {
      return;
    }
    for (Scan scan = poll(); scan != null; scan = poll()) {
      scan.refuse(closing());
    }
  }

  private synchronized @Nullable Scan poll() {
    return waiting.poll();
  }
}
