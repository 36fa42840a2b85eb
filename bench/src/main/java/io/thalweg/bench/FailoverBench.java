package io.thalweg.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.server.DevCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How long writes to a board fail or wait when the node that leads it stops, or is killed: real
 * processes, one broker, three nodes, the defaults. A writer asks a node that stays, under names,
 * one request after the other; what counts is the longest time from the end of one write that was
 * acknowledged to the end of the next, from the signal on. A node that stops hands its partitions
 * on one by one, so a round of that kind goes on until its process has ended.
 */
public final class FailoverBench {
  private static final String BOARD = "failover";
  private static final int ENOUGH = 20;
  private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(60);

  private final DevCluster cluster;
  private final List<String> ids;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();
  private String partition = "";
  private long sent;

  private FailoverBench(DevCluster cluster, List<String> ids) {
    this.cluster = cluster;
    this.ids = ids;
  }

  /** Arguments: a directory, and how many rounds of each kind. */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[1]);
    List<String> ids = List.of("n1", "n2", "n3");
    TextTable table =
        new TextTable("until writes succeed", "rounds", "p50 ms", "p99 ms", "most ms");
    try (DevCluster cluster = DevCluster.start(Path.of(args[0]), 1, List.of())) {
      for (String id : ids) {
        cluster.startNode(id, 0);
      }
      for (String id : ids) {
        System.out.println(id + " at " + cluster.awaitNode(id));
      }
      FailoverBench bench = new FailoverBench(cluster, ids);
      bench.awaitHealthy();
      bench.partition = bench.partitionOfBoard();
      bench.rounds("after a clean stop", rounds, false, table);
      bench.rounds("after kill -9", rounds, true, table);
    }
    table.print();
  }

  private void rounds(String what, int rounds, boolean kill, TextTable table) throws Exception {
    List<Long> ms = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      long longest = round(kill);
      ms.add(longest);
      System.out.printf("%s: round %d: %d ms%n", what, i + 1, longest);
    }
    Collections.sort(ms);
    table.row(
        what,
        TextTable.whole(rounds),
        TextTable.whole(ms.get((rounds - 1) / 2)),
        TextTable.whole(ms.get((int) Math.ceil(rounds * 0.99) - 1)),
        TextTable.whole(ms.getLast()));
  }

  private long round(boolean kill) throws Exception {
    awaitHealthy();
    String leader = leader("");
    String stays = ids.stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow();
    for (int i = 0; i < ENOUGH; i++) {
      write(cluster.url(stays));
    }
    long signalNs = System.nanoTime();
    if (kill) {
      cluster.kill(leader);
    } else {
      cluster.terminate(leader);
    }
    long lastNs = signalNs;
    long longestNs = 0;
    int since = 0;
    while (since < ENOUGH && System.nanoTime() - signalNs < LIMIT_NS) {
      if (!write(cluster.url(stays))) {
        continue;
      }
      long nowNs = System.nanoTime();
      longestNs = Math.max(longestNs, nowNs - lastNs);
      // It is led elsewhere, and the old process has no part in it any more.
      boolean over = !cluster.isAlive(leader) && !leader(leader).equals(leader);
      since += over ? 1 : 0;
      lastNs = System.nanoTime();
    }
    longestNs = Math.max(longestNs, System.nanoTime() - lastNs);
    cluster.awaitEnd(leader);
    cluster.startNode(leader, 0);
    cluster.awaitNode(leader);
    return TimeUnit.NANOSECONDS.toMillis(longestNs);
  }

  private boolean write(String url) throws InterruptedException {
    long number = sent++;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/v1/boards/" + BOARD + "/scores"))
            .timeout(Duration.ofSeconds(30))
            .header("content-type", "application/json")
            .header("idempotency-key", "failover-" + number)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"member\":\"m%d\",\"score\":%d}".formatted(number % 1000, number)))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Every partition has a leader and a standby that has caught up. */
  private void awaitHealthy() throws Exception {
    long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
    JsonNode view = view("");
    while (!view.at("/unhealthy").isEmpty() || view.at("/nodes").size() != ids.size()) {
      if (System.nanoTime() - endNs > 0) {
        throw new IllegalStateException("the cluster does not become healthy: " + view);
      }
      TimeUnit.MILLISECONDS.sleep(100);
      view = view("");
    }
  }

  /** The cluster as a node sees it, any but one. */
  private JsonNode view(String notBy) throws Exception {
    String by = ids.stream().filter(id -> !id.equals(notBy)).findFirst().orElseThrow();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(cluster.url(by) + "/v1/operations/cluster")).build();
    return json.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  /** Who leads the board's partition, as a node says, any but one. */
  private String leader(String notBy) throws Exception {
    for (JsonNode each : view(notBy).at("/partitions")) {
      if (each.at("/name").asText().equals(partition)) {
        return each.at("/leader").asText();
      }
    }
    throw new IllegalStateException("there is no partition " + partition);
  }

  /** The partition which grows by a write. */
  private String partitionOfBoard() throws Exception {
    while (true) {
      JsonNode before = view("");
      for (int i = 0; i < 50; i++) {
        write(cluster.url("n1"));
      }
      TimeUnit.MILLISECONDS.sleep(1_500);
      JsonNode after = view("");
      for (int i = 0; i < after.at("/partitions").size(); i++) {
        JsonNode each = after.at("/partitions").get(i);
        long grown =
            each.at("/position").asLong()
                - before.at("/partitions").get(i).at("/position").asLong();
        if (each.at("/name").asText().startsWith("leaderboard/") && grown >= 40) {
          return each.at("/name").asText();
        }
      }
    }
  }
}
