package io.thalweg.runtime;

import com.google.rpc.Code;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The reader threads of a node: a few, with a bounded queue before them. */
final class ScanThreads implements AutoCloseable {
  private final ThreadPoolExecutor pool;

  ScanThreads(int threads, int maxWaiting) {
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(maxWaiting),
            Thread.ofPlatform().name("thalweg-scan-", 0).daemon().factory());
    pool.allowCoreThreadTimeOut(true);
  }

  /** Runs a scan, or refuses it: RESOURCE_EXHAUSTED if too many wait. */
  void run(Scan scan) {
    try {
      pool.execute(scan);
    } catch (RejectedExecutionException e) {
      scan.refuse(
          pool.isShutdown()
              ? closing()
              : Failure.retryable(
                  Code.RESOURCE_EXHAUSTED,
                  "too many scans wait (" + pool.getQueue().size() + "); try again later",
                  500));
    }
  }

  private static Failure closing() {
    return Failure.retryable(Code.UNAVAILABLE, "this node is closing", 1000);
  }

  @Override
  public void close() {
    pool.shutdown();
    boolean interrupted = false;
    try {
      if (!pool.awaitTermination(10, TimeUnit.SECONDS)) {
        refuseWaiting();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      refuseWaiting();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void refuseWaiting() {
    for (Runnable waiting : pool.shutdownNow()) {
      if (waiting instanceof Scan scan) {
        scan.refuse(closing());
      }
    }
  }
}
