package io.thalweg.gateway;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * How long the event loops let what they are handed wait: a task is handed to each, and timed. One
 * thread at a time asks.
 */
final class LoopLag {
  private final List<Probe> probes = new CopyOnWriteArrayList<>();

  /** Measures these loops too. */
  void watch(EventExecutorGroup loops) {
    for (EventExecutor loop : loops) {
      probes.add(new Probe(loop));
    }
  }

  /** The longest wait when it was last measured, in milliseconds; begins to measure anew. */
  double measure(long nowNs) {
    long longestNs = 0;
    for (Probe probe : probes) {
      longestNs = Math.max(longestNs, probe.measure(nowNs));
    }
    return longestNs / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  private static final class Probe implements Runnable {
    private final EventExecutor loop;
    private volatile boolean waiting;
    private volatile long handedNs;
    private volatile long lagNs;

    Probe(EventExecutor loop) {
      this.loop = loop;
    }

    long measure(long nowNs) {
      if (waiting) {
        return Math.max(lagNs, nowNs - handedNs);
      }
      long last = lagNs;
      handedNs = nowNs;
      waiting = true;
      try {
        loop.execute(this);
      } catch (RejectedExecutionException closed) {
        waiting = false;
        return 0;
      }
      return last;
    }

    @Override
    public void run() {
      lagNs = Math.max(0, System.nanoTime() - handedNs);
      waiting = false;
    }
  }
}
