package io.thalweg.crashtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.kafka.TestBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Three nodes in processes of their own over a real broker, with a proxy on every way that a fault
 * may cut.
 */
final class RealCluster implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final TestBroker broker;
  private final List<ClusterNode> nodes;
  private final Http http = new Http();

  private RealCluster(Path folder, TestBroker broker, List<ClusterNode> nodes) {
    this.folder = folder;
    this.broker = broker;
    this.nodes = nodes;
  }

  /**
   * Starts broker and nodes, and waits until all is well.
   *
   * @param folder empty
   * @param dataOf where a node has its tables, by its number from 0
   */
  static RealCluster start(Path folder, java.util.function.IntFunction<Path> dataOf)
      throws IOException, InterruptedException {
    NodeProgram.prepared();
    List<ClusterNode> nodes = new ArrayList<>();
    List<TestBroker.Door> doors = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int door = Wire.freePort();
      Wire kafka = new Wire("127.0.0.1", 0, door);
      doors.add(new TestBroker.Door(door, kafka.port()));
      nodes.add(new ClusterNode("n" + (i + 1), folder, dataOf.apply(i), kafka));
    }
    TestBroker broker = TestBroker.start(Files.createDirectories(folder.resolve("broker")), doors);
    RealCluster cluster = new RealCluster(folder, broker, nodes);
    try {
      for (ClusterNode node : nodes) {
        node.launch(List.of());
      }
      for (ClusterNode node : nodes) {
        node.awaitReady();
      }
      cluster.awaitHealthy();
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      cluster.close();
      throw e;
    }
  }

  Path folder() {
    return folder;
  }

  String bootstrap() {
    return broker.bootstrap();
  }

  List<ClusterNode> nodes() {
    return nodes;
  }

  ClusterNode node(String id) {
    return nodes.stream().filter(node -> node.id().equals(id)).findFirst().orElseThrow();
  }

  /** One of the nodes that clients are sent to, any; null if there is none. */
  @Nullable String anyUrl() {
    List<String> urls = nodes.stream().map(ClusterNode::url).filter(Objects::nonNull).toList();
    return urls.isEmpty() ? null : urls.get(ThreadLocalRandom.current().nextInt(urls.size()));
  }

  /** The cluster as a node sees it. */
  JsonNode view(ClusterNode by) throws IOException, InterruptedException {
    String url = by.url();
    if (url == null) {
      throw new IOException(by.id() + " does not run");
    }
    return JSON.readTree(http.get(url + "/v1/operations/cluster", LIMIT).body());
  }

  /** The node that leads most partitions of a service, as another one says. */
  ClusterNode leaderOf(String service) throws IOException, InterruptedException {
    Map<String, Integer> led = new TreeMap<>();
    ClusterNode asked = nodes.stream().filter(node -> node.url() != null).findAny().orElseThrow();
    for (JsonNode partition : view(asked).at("/partitions")) {
      if (partition.at("/name").asText().startsWith(service + "/")) {
        led.merge(partition.at("/leader").asText(), 1, Integer::sum);
      }
    }
    String most = "";
    for (Map.Entry<String, Integer> each : led.entrySet()) {
      if (each.getValue() > led.getOrDefault(most, 0)) {
        most = each.getKey();
      }
    }
    return node(most);
  }

  /** Waits until all nodes that run see each other, and leaders and standbys of everything. */
  void awaitHealthy() throws IOException, InterruptedException {
    List<ClusterNode> running = nodes.stream().filter(ClusterNode::isRunning).toList();
    for (ClusterNode node : running) {
      await(
          node,
          view ->
              view.at("/unhealthy").isEmpty()
                  && view.at("/nodes").size() == running.size()
                  && !view.at("/partitions").isEmpty());
    }
  }

  private void await(ClusterNode by, Predicate<JsonNode> condition)
      throws IOException, InterruptedException {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    JsonNode view = view(by);
    while (!condition.test(view)) {
      if (System.nanoTime() - endNs > 0) {
        throw new AssertionError("the cluster does not get well: " + by.id() + " sees " + view);
      }
      TimeUnit.MILLISECONDS.sleep(50);
      view = view(by);
    }
  }

  @Override
  public void close() throws IOException {
    http.close();
    for (ClusterNode node : nodes) {
      node.close();
    }
    broker.close();
  }
}
