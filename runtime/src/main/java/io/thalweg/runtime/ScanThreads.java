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

  /**
   * Runs a scan.
   *
   * @throws Failure RESOURCE_EXHAUSTED if too many wait
   */
  void run(Runnable scan) {
    try {
      pool.execute(scan);
    } catch (RejectedExecutionException e) {
      throw pool.isShutdown()
          ? Failure.retryable(Code.UNAVAILABLE, "this node is closing", 1000)
          : Failure.retryable(
              Code.RESOURCE_EXHAUSTED,
              "too many scans wait (" + pool.getQueue().size() + "); try again later",
              500);
    }
  }

  @Override
  public void close() {
    pool.shutdown();
    boolean interrupted = false;
    try {
      if (!pool.awaitTermination(10, TimeUnit.SECONDS)) {
        pool.shutdownNow();
      }
    } catch (InterruptedException e) {
      interrupted = true;
      pool.shutdownNow();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
