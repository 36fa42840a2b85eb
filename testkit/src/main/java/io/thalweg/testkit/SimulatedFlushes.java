package io.thalweg.testkit;

import io.thalweg.host.Waiters;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;

/** The thread that writes layers into the store of one life of a node, one at a time, slowly. */
final class SimulatedFlushes implements Executor {
  private static final int MAX_FLUSH_NS = 5_000_000;

  private final SimulatedHost host;
  private final Waiters waiters;
  private final SplittableRandom random;
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private long stalledUntilNs;

  SimulatedFlushes(SimulatedHost host, long seed) {
    this.host = host;
    this.waiters = new Waiters(host);
    this.random = new SplittableRandom(seed);
    host.start(host.thread("flush", this::run));
  }

  /** What begins to be written before that time is not before then. */
  void stallFor(long nanos) {
    stalledUntilNs = host.nanoTime() + nanos;
  }

  private void run() {
    while (true) {
      waiters.await(() -> !tasks.isEmpty());
      host.sleep(Math.max(1 + random.nextInt(MAX_FLUSH_NS), stalledUntilNs - host.nanoTime()));
      tasks.removeFirst().run();
    }
  }

  @Override
  public void execute(Runnable task) {
    tasks.addLast(task);
    waiters.wake();
  }
}
