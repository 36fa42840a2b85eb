package io.thalweg.gateway;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A real node with leaderboards on a directory of its own, behind a gateway on a free port. */
final class RunningNode implements AutoCloseable {
  private final Path data;
  private final GatewayOptions options;
  private Node node;
  private Gateway gateway;

  RunningNode() {
    this(options -> {});
  }

  /** With other options than the defaults. */
  RunningNode(Consumer<GatewayOptions.Builder> differing) {
    GatewayOptions.Builder builder = GatewayOptions.builder().port(0);
    differing.accept(builder);
    options = builder.build();
    try {
      data = Files.createTempDirectory("thalweg-gateway");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    node = open();
    gateway = Gateway.start(node, options);
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Leaderboard.TYPE)
        .meters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
        .open();
  }

  int port() {
    return gateway.port();
  }

  Gateway gateway() {
    return gateway;
  }

  Node node() {
    return node;
  }

  /** What a gauge of the gateway shows. */
  double gauge(String name) {
    return node.meters().get(name).gauge().value();
  }

  /** What a counter of the gateway shows. */
  double counter(String name) {
    return node.meters().get(name).counter().count();
  }

  int watchers() {
    return (int) gauge("thalweg.gateway.watchers");
  }

  /** Closes gateway and node and opens them on the same data; the port is another one. */
  void restart() {
    gateway.close();
    node.close();
    node = open();
    gateway = Gateway.start(node, options);
  }

  /** As {@link #restart}, on the same port, for clients that come back by themselves. */
  void restartInPlace() {
    int port = gateway.port();
    gateway.close();
    node.close();
    node = open();
    gateway = Gateway.start(node, options.toBuilder().port(port).build());
  }

  @Override
  public void close() {
    gateway.close();
    node.close();
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
