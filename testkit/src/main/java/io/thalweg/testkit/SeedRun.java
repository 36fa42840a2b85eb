package io.thalweg.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One body over all seeds, on a few threads.
 *
 * <p>Seeds begin in their order. When one fails, those after it do not begin and those before it,
 * which have all begun, run to their end: so the first failure in the order of seeds is always
 * found. The test's own thread only waits, so that a time limit can interrupt it whatever a body
 * does, and the seed that hangs is named.
 */
final class SeedRun {
  private static final long STOP_TIMEOUT_MS = 5_000;

  private final SeedChoice choice;
  private final Seeds.Body body;
  private final List<Worker> workers = new ArrayList<>();

  // Under this monitor.
  private int next;
  private long completed;
  private boolean stopped;
  private @Nullable Failure failure;

  /** A seed that did not pass. */
  record Failure(int index, long seed, Throwable cause) {}

  SeedRun(SeedChoice choice, Seeds.Body body) {
    this.choice = choice;
    this.body = body;
  }

  /** Runs all seeds. Empty if all of them passed. */
  Optional<Failure> await() {
    for (int i = 0; i < Math.min(choice.threads(), choice.count()); i++) {
      workers.add(new Worker("seeds-" + i));
    }
    workers.forEach(Thread::start);
    try {
      for (Worker worker : workers) {
        worker.join();
      }
    } catch (InterruptedException e) {
      stop(e);
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      return Optional.ofNullable(failure);
    }
  }

  synchronized long completed() {
    return completed;
  }

  /**
   * The test was interrupted, by a time limit most likely: the first seed that runs is to blame.
   */
  private void stop(InterruptedException interruption) {
    synchronized (this) {
      stopped = true;
      for (Worker worker : workers) {
        if (worker.index >= 0) {
          fail(
              worker.index,
              new AssertionError("interrupted while it ran (time limit?)", trace(worker)));
        }
      }
      if (failure == null && completed < choice.count()) {
        fail(next, interruption); // Between two seeds.
      }
    }
    workers.forEach(Thread::interrupt);
    long deadlineNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_TIMEOUT_MS);
    for (Worker worker : workers) {
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
      try {
        worker.join(Math.max(1, leftMs));
      } catch (InterruptedException again) {
        return;
      }
    }
  }

  private static Throwable trace(Thread thread) {
    Throwable trace = new Throwable("where it was");
    trace.setStackTrace(thread.getStackTrace());
    return trace;
  }

  private synchronized int take(Worker worker) {
    boolean more = !stopped && failure == null && next < choice.count();
    worker.index = more ? next++ : -1;
    return worker.index;
  }

  private synchronized void passed() {
    completed++;
  }

  private synchronized void fail(int index, Throwable cause) {
    if (failure == null || index < failure.index()) {
      failure = new Failure(index, choice.seed(index), cause);
    }
  }

  private final class Worker extends Thread {
    /** The seed that runs, or -1. */
    private int index = -1;

    Worker(String name) {
      super(name);
      setDaemon(true);
      setContextClassLoader(Thread.currentThread().getContextClassLoader());
    }

    @Override
    public void run() {
      for (int i = take(this); i >= 0; i = take(this)) {
        try {
          body.run(choice.seed(i));
          passed();
        } catch (Throwable e) {
          fail(i, e);
        }
      }
    }
  }
}
