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
 * processes, one broker, three nodes. A writer asks a node that stays, under names, one request
 * after the other; what counts is the longest time from the end of one write that was acknowledged
 * to the end of the next, from the signal on.
 */
public final class FailoverBench {
  private static final String BOARD = "failover";
  private static final long SETTLE_MS = 16_000;
  private static final long AFTER_MS = 12_000;

  private final DevCluster cluster;
  private final List<String> ids;
  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();
  private long sent;

  private FailoverBench(DevCluster cluster, List<String> ids) {
    this.cluster = cluster;
    this.ids = ids;
  }

  /** Arguments: a directory, and how many rounds of each kind. */
  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[1]);
    List<String> ids = List.of("n1", "n2", "n3");
    try (DevCluster cluster = DevCluster.start(Path.of(args[0]), 1, List.of())) {
      for (String id : ids) {
        cluster.startNode(id, 0);
      }
      for (String id : ids) {
        System.out.println(id + " at " + cluster.awaitNode(id));
      }
      FailoverBench bench = new FailoverBench(cluster, ids);
      bench.rounds("clean stop", rounds, false);
      bench.rounds("kill -9", rounds, true);
    }
  }

  private void rounds(String what, int rounds, boolean kill) throws Exception {
    List<Long> ms = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      long longest = round(kill);
      ms.add(longest);
      System.out.printf("%s: round %d: %d ms%n", what, i + 1, longest);
    }
    Collections.sort(ms);
    System.out.printf(
        "%s: %d rounds; writes succeed again after p50 %d ms, p99 %d ms, most %d ms%n",
        what,
        rounds,
        ms.get((rounds - 1) / 2),
        ms.get((int) Math.ceil(rounds * 0.99) - 1),
        ms.getLast());
  }

  private long round(boolean kill) throws Exception {
    awaitHealthy();
    String leader = leaderOfBoard();
    String stays = ids.stream().filter(id -> !id.equals(leader)).findFirst().orElseThrow();
    for (int i = 0; i < 20; i++) {
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
    // A node that stops hands its partitions on one by one, this one sooner or later.
    while (System.nanoTime() - signalNs < TimeUnit.MILLISECONDS.toNanos(AFTER_MS)) {
      if (write(cluster.url(stays))) {
        long nowNs = System.nanoTime();
        longestNs = Math.max(longestNs, nowNs - lastNs);
        lastNs = nowNs;
      }
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

  private void awaitHealthy() throws Exception {
    long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
    while (System.nanoTime() - endNs < 0) {
      JsonNode view = view();
      boolean settled = view.at("/unhealthy").isEmpty() && view.at("/nodes").size() == ids.size();
      for (JsonNode node : view.at("/nodes")) {
        settled &= node.at("/aliveMs").asLong() > SETTLE_MS;
      }
      if (settled) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
    throw new IllegalStateException("the cluster does not become healthy: " + view());
  }

  private JsonNode view() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(cluster.url("n1") + "/v1/operations/cluster")).build();
    return json.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
  }

  /** The node that leads the partition which grows by a write. */
  private String leaderOfBoard() throws Exception {
    while (true) {
      JsonNode before = view();
      for (int i = 0; i < 50; i++) {
        write(cluster.url("n1"));
      }
      TimeUnit.MILLISECONDS.sleep(1_500);
      JsonNode after = view();
      for (int i = 0; i < after.at("/partitions").size(); i++) {
        JsonNode partition = after.at("/partitions").get(i);
        long grown =
            partition.at("/position").asLong()
                - before.at("/partitions").get(i).at("/position").asLong();
        if (partition.at("/name").asText().startsWith("leaderboard/") && grown >= 40) {
          return partition.at("/leader").asText();
        }
      }
    }
  }
}
