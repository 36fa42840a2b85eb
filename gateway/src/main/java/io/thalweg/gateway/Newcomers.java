package io.thalweg.gateway;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets new connections in at a pace when very many come at once, as after a cut or a restart: the
 * handshakes and first requests of thousands would hold up those who are being served. One that
 * waits is not read from, so it costs its place among the connections and nothing else. The one
 * that has waited longest and the one that came last take turns: who comes while thousands wait,
 * and is none of them, does not wait for all of them, and nobody waits for ever. A loop that is
 * behind lets fewer in. Thread-safe.
 */
final class Newcomers {
  /** So many of a loop are let in at once if none came lately. */
  private static final int BURST = 32;

  /** How long after one the next is let in, at least. */
  private static final long PACE_NS = TimeUnit.MILLISECONDS.toNanos(1);

  /** By how much longer for each nanosecond that the loop was late. */
  private static final int PATIENCE = 2;

  private final Map<EventExecutor, Line> lines = new ConcurrentHashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Consumer<Channel> begin;

  /**
   * @param begin told of a connection when it is let in, on its loop
   */
  Newcomers(Consumer<Channel> begin, MeterRegistry meters) {
    this.begin = begin;
    Gauge.builder("thalweg.gateway.newcomers", waiting, AtomicInteger::get)
        .description("New connections that wait until they are read from")
        .register(meters);
  }

  /** A connection is there, and nothing was read from it yet. On its loop. */
  void accept(Channel channel) {
    lines.computeIfAbsent(channel.eventLoop(), Line::new).accept(channel);
  }

  /** Those of a loop. On that loop. */
  private final class Line implements Runnable {
    private final EventExecutor loop;
    private final ArrayDeque<Channel> inOrder = new ArrayDeque<>();
    private double allowed = BURST;
    private long countedNs = System.nanoTime();
    private long dueNs;
    private boolean latest;

    Line(EventExecutor loop) {
      this.loop = loop;
    }

    void accept(Channel channel) {
      long nowNs = System.nanoTime();
      allowed = Math.min(BURST, allowed + (nowNs - countedNs) / (double) PACE_NS);
      countedNs = nowNs;
      if (inOrder.isEmpty() && allowed >= 1) {
        allowed--;
        begin.accept(channel);
        return;
      }
      channel.config().setAutoRead(false);
      waiting.incrementAndGet();
      inOrder.add(channel);
      if (inOrder.size() == 1) {
        next(nowNs, PACE_NS);
      }
    }

    private void next(long nowNs, long delayNs) {
      dueNs = nowNs + delayNs;
      var _ = loop.schedule(this, delayNs, TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
      long nowNs = System.nanoTime();
      Channel channel = poll();
      if (channel != null) {
        begin.accept(channel);
        channel.config().setAutoRead(true);
      }
      // What it has of its own comes with time again, when nobody waits.
      allowed = 0;
      countedNs = nowNs;
      if (!inOrder.isEmpty()) {
        next(nowNs, PACE_NS + PATIENCE * Math.max(0, nowNs - dueNs));
      }
    }

    /** The next that is still there. */
    private @Nullable Channel poll() {
      Channel channel;
      while ((channel = latest ? inOrder.pollLast() : inOrder.pollFirst()) != null) {
        waiting.decrementAndGet();
        latest = !latest;
        if (channel.isOpen()) {
          return channel;
        }
      }
      return null;
    }
  }
}
