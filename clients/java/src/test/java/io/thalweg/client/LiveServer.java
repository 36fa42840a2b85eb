package io.thalweg.client;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.access.Access;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.gateway.Security;
import io.thalweg.jobs.JobQueues;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.locks.Locks;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** A real node with leaderboards and keys behind a real gateway, on a free port of this machine. */
final class LiveServer implements AutoCloseable {
  private final Path data;
  private final Function<Node, Security> security;
  private final MeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private int port;
  private Node node;
  private Gateway gateway;

  LiveServer() {
    this(node -> Security.open());
  }

  LiveServer(Function<Node, Security> security) {
    this.security = security;
    try {
      data = Files.createTempDirectory("thalweg-client");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    node = open();
    gateway = listen();
    port = gateway.port();
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Access.TYPE)
        .service(Leaderboard.TYPE)
        .service(Locks.TYPE)
        .service(JobQueues.TYPE)
        .meters(meters)
        .open();
  }

  private Gateway listen() {
    return Gateway.start(
        node, GatewayOptions.builder().port(port).security(security.apply(node)).build());
  }

  int port() {
    return port;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Answers that the node keeps for named requests, in all partitions. */
  double storedReplies() {
    return meters.find("thalweg.replies.stored").gauges().stream().mapToDouble(Gauge::value).sum();
  }

  Node node() {
    return node;
  }

  /** Closes gateway and node. */
  void stop() {
    gateway.close();
    node.close();
  }

  /** Opens them again, on the same data and port. */
  void start() {
    node = open();
    gateway = listen();
  }

  void restart() {
    stop();
    start();
  }

  @Override
  public void close() {
    stop();
    try (Stream<Path> walk = Files.walk(data)) {
      List<Path> all = walk.sorted(Comparator.reverseOrder()).toList();
      for (Path path : all) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
