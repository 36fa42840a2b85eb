package io.thalweg.client;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that run later, on threads of the client. When it closes, those that still wait run at
 * once: they find the client closed and end what they belong to. Thread-safe.
 */
final class Pauses implements AutoCloseable {
  private final Executor threads;
  private final Set<Pause> waiting = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("thalweg-client-timer").factory());

  Pauses(Executor threads) {
    this.threads = threads;
    timer.setRemoveOnCancelPolicy(true);
  }

  Pause after(long delayNs, Runnable task) {
    Pause pause = new Pause(task);
    waiting.add(pause);
    try {
      pause.scheduled = timer.schedule(pause::end, delayNs, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closed) {
      pause.end();
    }
    return pause;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    waiting.forEach(Pause::end);
  }

  /** A task that waits. */
  final class Pause {
    private final Runnable task;
    private volatile @Nullable Future<?> scheduled;

    private Pause(Runnable task) {
      this.task = task;
    }

    private void end() {
      if (waiting.remove(this)) {
        threads.execute(task);
      }
    }

    void cancel() {
      Future<?> pending = scheduled;
      if (waiting.remove(this) && pending != null) {
        pending.cancel(false);
      }
    }
  }
}
