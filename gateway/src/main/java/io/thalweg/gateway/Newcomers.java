package io.thalweg.gateway;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Lets new connections in at a pace when very many come at once, as after a cut or a restart: the
 * handshakes and first requests of thousands would hold up those who are being served. It stands
 * before everything else at the listening socket.
 *
 * <ul>
 *   <li>So many are taken from the socket in an interval and no more; the kernel holds the rest.
 *   <li>Those that are taken wait in a line. Nothing is set up for one that waits, and nothing is
 *       read from it: it costs its descriptor and what says so.
 *   <li>From the line go so many as there are event loops, and the next when these have got to
 *       them. Loops that are behind are given fewer.
 *   <li>The one that has waited longest and the one that came last take turns: who comes while
 *       thousands wait, and is none of them, does not wait for all of them, and nobody waits for
 *       ever.
 * </ul>
 *
 * <p>Of one listening socket. Works on its thread; {@link #guard} may be called on any.
 */
final class Newcomers extends ChannelInboundHandlerAdapter {
  /** So many for each loop go on at once if none came lately. */
  static final int BURST = 32;

  /** How long after some the next go on, at least; and the interval of taking. */
  static final long PACE_NS = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * So many are taken from the socket in an interval. It is cheap, and has to be quicker than what
   * fills the kernel's queue: who finds that full comes again only after a second, and then three.
   */
  static final int TAKEN = 32;

  /** By how much longer for each nanosecond that the loops were late. */
  private static final int PATIENCE = 2;

  /** How long one loop that does not get to its newcomers holds up those of the others. */
  static final long LONGEST_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ArrayDeque<Channel> line = new ArrayDeque<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicBoolean guarded = new AtomicBoolean();
  private final OpenConnections open;
  private final int loops;
  private double allowed;
  private long countedNs;
  private long intervalNs;
  private int taken;
  private boolean latest;
  private @Nullable Few few;

  /**
   * @param open refuses those that are more than may be open, with those who wait
   * @param loops that serve the connections
   */
  Newcomers(OpenConnections open, int loops, MeterRegistry meters) {
    this.open = open;
    this.loops = loops;
    this.allowed = (double) BURST * loops;
    Gauge.builder("thalweg.gateway.newcomers", waiting, AtomicInteger::get)
        .description("New connections that wait until they are read from")
        .register(meters);
  }

  /** Stands at the socket that a connection came from, from its first one on. */
  void guard(Channel connection) {
    Channel listening = connection.parent();
    if (listening != null && guarded.compareAndSet(false, true)) {
      listening.pipeline().addFirst(this);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    countedNs = nowNs(ctx);
    intervalNs = countedNs;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof Channel channel)) {
      ctx.fireChannelRead(message);
      return;
    }
    long nowNs = nowNs(ctx);
    take(ctx, nowNs);
    allowed =
        Math.min((double) BURST * loops, allowed + loops * (nowNs - countedNs) / (double) PACE_NS);
    countedNs = nowNs;
    if (line.isEmpty() && allowed >= 1) {
      allowed--;
      ctx.fireChannelRead(channel);
    } else if (open.hasRoom(line.size())) {
      line.add(channel);
      waiting.set(line.size());
      if (line.size() == 1) {
        next(ctx, PACE_NS);
      }
    } else {
      open.countRefused();
      channel.unsafe().closeForcibly();
    }
  }

  /** One was taken from the socket; if it was the last of the interval, no more until its end. */
  private void take(ChannelHandlerContext ctx, long nowNs) {
    if (nowNs - intervalNs >= PACE_NS) {
      intervalNs = nowNs;
      taken = 0;
    }
    if (++taken == TAKEN) {
      ctx.channel().config().setAutoRead(false);
      var _ = ctx.executor().schedule(() -> takeAgain(ctx), PACE_NS, TimeUnit.NANOSECONDS);
    }
  }

  private void takeAgain(ChannelHandlerContext ctx) {
    intervalNs = nowNs(ctx);
    taken = 0;
    if (ctx.channel().isOpen()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  private void next(ChannelHandlerContext ctx, long delayNs) {
    var _ = ctx.executor().schedule(() -> letIn(ctx), delayNs, TimeUnit.NANOSECONDS);
  }

  /** Lets some of the line in, if the loops have got to those before them. */
  private void letIn(ChannelHandlerContext ctx) {
    long nowNs = nowNs(ctx);
    long earlyNs = few == null ? 0 : few.dueNs(nowNs) - nowNs;
    if (earlyNs > 0) {
      next(ctx, earlyNs);
      return;
    }
    Few now = new Few(nowNs, Math.min(loops, line.size()));
    few = now;
    for (int i = now.count; i > 0; i--) {
      Channel channel = latest ? line.removeLast() : line.removeFirst();
      latest = !latest;
      ctx.fireChannelRead(channel);
      try {
        channel.eventLoop().execute(() -> now.reached(nowNs(ctx)));
      } catch (IllegalStateException | RejectedExecutionException closed) {
        now.reached(nowNs);
      }
    }
    waiting.set(line.size());
    // What may go on at once comes with time again, when nobody waits.
    allowed = 0;
    countedNs = nowNs;
    if (!line.isEmpty()) {
      next(ctx, PACE_NS);
    }
  }

  /** The socket was closed: nobody will be let in. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    line.forEach(channel -> channel.unsafe().closeForcibly());
    line.clear();
    waiting.set(0);
  }

  private static long nowNs(ChannelHandlerContext ctx) {
    return ctx.executor().ticker().nanoTime();
  }

  /** Some that were let in together. */
  private static final class Few {
    private final long letInNs;
    private final int count;
    private final AtomicInteger left;
    private volatile long lateNs;

    Few(long letInNs, int count) {
      this.letInNs = letInNs;
      this.count = count;
      this.left = new AtomicInteger(count);
    }

    /** A loop has got to one of them. On that loop. */
    void reached(long nowNs) {
      lateNs = nowNs - letInNs;
      left.decrementAndGet();
    }

    /** When the next may go on, as far as it is known now. */
    long dueNs(long nowNs) {
      long knownNs = left.get() > 0 ? nowNs + PACE_NS : letInNs + PACE_NS + (1 + PATIENCE) * lateNs;
      return Math.min(knownNs, letInNs + LONGEST_NS);
    }
  }
}
