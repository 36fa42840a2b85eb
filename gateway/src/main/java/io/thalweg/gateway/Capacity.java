package io.thalweg.gateway;

import com.google.rpc.Code;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.EventExecutorGroup;
import io.thalweg.runtime.Failure;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * How many requests may be under way between this gateway and its node: as many as are answered
 * without waiting too long for their turn. What is over that is refused before its body is decoded.
 *
 * <p>The limit follows the longest wait there is: that of the last in line in the fullest queue of
 * the node, or of a task handed to an event loop. While that is over {@value #TARGET_MS} ms the
 * limit falls by a tenth in each window of {@value #WINDOW_MS} ms (from the third such window in a
 * row on: a burst is no overload), else it grows by a twentieth if it was needed. It is the wait
 * and not the latency: a disk that takes 300 ms to force is slow but not overloaded, and fewer
 * requests at a time would only make its batches smaller. The node's own queues refuse at 500 ms,
 * so they are met only by what comes faster than a window.
 *
 * <p>At the limit projects have max-min fair shares ({@link FairShares}): one that has less than
 * its share is not refused because another has more, and may go over the limit until that one's
 * requests are answered; at most twice the limit.
 *
 * <p>Thread-safe, without locks.
 */
final class Capacity {
  static final int TARGET_MS = 250;
  static final int WINDOW_MS = 100;

  /** So many may always be under way. */
  static final int LEAST = 512;

  static final int MOST = 16_384;

  private static final int BAD_WINDOWS = 3;
  private static final double SHRINK = 0.9;
  private static final int GROWTH = 20;
  private static final long RETRY_MS = 500;
  private static final long WINDOW_NS = TimeUnit.MILLISECONDS.toNanos(WINDOW_MS);

  private final DoubleSupplier queuedMs;
  private final LongSupplier nanoTime;
  private final LoopLag loops = new LoopLag();
  private final FairShares shares = new FairShares(2 * MOST);
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicBoolean adapting = new AtomicBoolean();
  private final Counter refused;
  private volatile int limit = MOST;
  private volatile int peak;
  private volatile long windowEndNs;
  private volatile double waitMs;

  // Of whoever has set adapting.
  private int badWindows;

  /**
   * A capacity that has yet to be found.
   *
   * @param queuedMs how long the last in line waits in the node
   */
  Capacity(DoubleSupplier queuedMs, LongSupplier nanoTime, MeterRegistry meters) {
    this.queuedMs = queuedMs;
    this.nanoTime = nanoTime;
    this.windowEndNs = nanoTime.getAsLong() + WINDOW_NS;
    Gauge.builder("thalweg.gateway.capacity.limit", this, c -> c.limit)
        .description("Requests that may be under way at a time, as found")
        .register(meters);
    Gauge.builder("thalweg.gateway.capacity.inflight", underWay, AtomicInteger::get)
        .description("Requests under way between the gateway and its node")
        .register(meters);
    Gauge.builder("thalweg.gateway.capacity.wait", this, c -> c.waitMs / 1000)
        .description("Longest wait for a turn: in a queue of the node, or on an event loop")
        .baseUnit("seconds")
        .register(meters);
    refused =
        Counter.builder("thalweg.gateway.limited")
            .description("Requests refused since the node was beyond its capacity")
            .tag("limit", "capacity")
            .register(meters);
  }

  /** Looks at these event loops too. */
  void watch(EventExecutorGroup eventLoops) {
    loops.watch(eventLoops);
  }

  int limit() {
    return limit;
  }

  int underWay() {
    return underWay.get();
  }

  /**
   * Whether a request of a project would be let in now. Takes no place: what is read slowly must
   * not hold one.
   *
   * @throws Failure RESOURCE_EXHAUSTED, with a time to come back
   */
  void check(int project) {
    adapt();
    int all = underWay.get() + 1;
    int places = limit;
    if (all > places && (all > 2 * places || !shares.fits(shares.count(project) + 1, 1, places))) {
      refused.increment();
      throw beyond();
    }
  }

  /**
   * Takes a place for a request of a project; {@link #leave} gives it back.
   *
   * @throws Failure RESOURCE_EXHAUSTED, with a time to come back
   */
  void enter(int project) {
    adapt();
    int own = shares.add(project);
    int all = underWay.incrementAndGet();
    if (all > peak) {
      peak = all;
    }
    int places = limit;
    if (all > places && (all > 2 * places || !shares.fits(own, 0, places))) {
      leave(project);
      refused.increment();
      throw beyond();
    }
  }

  private static Failure beyond() {
    return Failure.retryable(
        Code.RESOURCE_EXHAUSTED,
        "the server has as many requests under way as it can answer in time; try again later",
        RETRY_MS);
  }

  void leave(int project) {
    underWay.decrementAndGet();
    shares.remove(project);
  }

  private void adapt() {
    long nowNs = nanoTime.getAsLong();
    if (nowNs - windowEndNs < 0 || !adapting.compareAndSet(false, true)) {
      return;
    }
    try {
      if (nowNs - windowEndNs >= 0) {
        windowEndNs = nowNs + WINDOW_NS;
        int top = peak;
        peak = underWay.get();
        waitMs = Math.max(queuedMs.getAsDouble(), loops.measure(nowNs));
        adapt(top, waitMs);
      }
    } finally {
      adapting.set(false);
    }
  }

  private void adapt(int top, double wait) {
    int now = limit;
    badWindows = wait > TARGET_MS && top >= LEAST ? badWindows + 1 : 0;
    if (badWindows >= BAD_WINDOWS) {
      limit = Math.max(LEAST, (int) (Math.min(now, top) * SHRINK));
    } else if (badWindows == 0 && wait <= TARGET_MS / 2.0 && 2 * top >= now) {
      limit = Math.min(MOST, now + now / GROWTH);
    }
  }
}
