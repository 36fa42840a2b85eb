package io.thalweg.leaderboard.resp;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.thalweg.edge.Edge;
import io.thalweg.edge.SocketProtocol;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The protocol of Redis, version 2 and 3, with the commands of sorted sets: a board is a key. See
 * the README of this service for the commands and what differs from Redis.
 *
 * <p>Thread-safe; connections share counters and nothing else.
 */
public final class Resp implements SocketProtocol {
  private final AtomicLong ids = new AtomicLong();
  private final Map<MeterRegistry, RespMetrics> metrics = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "resp";
  }

  @Override
  public void attach(Channel channel, Edge edge) {
    RespMetrics counters = metrics.computeIfAbsent(edge.meters(), RespMetrics::new);
    channel.pipeline().addLast(new RespConnection(ids.incrementAndGet(), channel, edge, counters));
  }
}
