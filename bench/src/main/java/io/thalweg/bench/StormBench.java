package io.thalweg.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * A reconnect storm: many WebSocket watchers whose connections all break come back at once, each
 * with the position that it had, and are sent what they missed. Others read and write at a constant
 * rate before, meanwhile and after; their latencies count from when each request should have been
 * sent. The others are in this process, the watchers and the node in one of their own each: the
 * node on core 0, the rest on core 1, where the watchers take what the others leave.
 *
 * <p>Arguments: the thalweg command, directory (must be there), connections, rounds.
 */
public final class StormBench {
  private static final int PER_SECOND = 200;
  private static final int MISSED = 10;
  private static final int OPENING = 128;
  private static final List<String> CROWD = List.of("taskset", "-c", "1", "nice", "-n", "10");
  private static final long QUIET_S = 10;
  private static final long MAX_US = TimeUnit.MINUTES.toMicros(1);

  private final ServedProcess server;
  private final HttpClient client;
  private final StormCrowd crowd;
  private final int connections;
  private final TextTable table =
      new TextTable(
          "round",
          "others",
          "for s",
          "requests",
          "p50 ms",
          "p99 ms",
          "max ms",
          "p99 to before",
          "failed");

  private StormBench(ServedProcess server, HttpClient client, StormCrowd crowd, int connections) {
    this.server = server;
    this.client = client;
    this.crowd = crowd;
    this.connections = connections;
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[1]);
    Machine.print(directory);
    int port = ServedProcess.freePort();
    try (ServedProcess server =
            ServedProcess.start(
                List.of(
                    args[0],
                    "up",
                    "--port",
                    Integer.toString(port),
                    "--data",
                    directory.resolve("storm").toString()),
                Map.of("THALWEG_JAVA_OPTS", "-XX:AOTMode=off"),
                0,
                port,
                Files.createFile(directory.resolve("output")));
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        StormCrowd crowd = StormCrowd.start(CROWD, port)) {
      server.awaitReadyNs();
      StormBench bench = new StormBench(server, client, crowd, Integer.parseInt(args[2]));
      // What is compiled in the first round belongs to no figure.
      bench.round("warm-up");
      for (int i = 1; i <= Integer.parseInt(args[3]); i++) {
        bench.round(Integer.toString(i));
      }
      bench.table.print();
    }
  }

  private void round(String name) throws IOException, InterruptedException {
    String position = submit("watched");
    try (Others before = new Others()) {
      TimeUnit.SECONDS.sleep(QUIET_S);
      double quiet = before.end(name, "before", QUIET_S, Double.NaN);
      crowd.open(connections, OPENING, watch(position));
      for (int i = 0; i < MISSED; i++) {
        submit("watched");
      }
      crowd.awaitMessages((long) connections * (1 + MISSED));
      crowd.breakAll();
      // All of them are gone at once, and come back at once.
      storm(name, position, quiet);
      try (Others after = new Others()) {
        TimeUnit.SECONDS.sleep(QUIET_S);
        var _ = after.end(name, "after", QUIET_S, quiet);
      }
    }
  }

  private void storm(String name, String position, double quiet) throws IOException {
    try (Others others = new Others()) {
      long startNs = System.nanoTime();
      crowd.open(connections, connections, watch(position));
      crowd.awaitMessages((long) connections * (1 + MISSED));
      var _ = others.end(name, "in the storm", (System.nanoTime() - startNs) / 1e9, quiet);
      crowd.breakAll();
    }
  }

  private static String watch(String position) {
    return "/v1/boards/watched/events:watch?after=" + position;
  }

  private HttpRequest score(String board) {
    return HttpRequest.newBuilder(uri("/v1/boards/" + board + "/scores"))
        .header("content-type", "application/json")
        .POST(BodyPublishers.ofString("{\"member\":\"m\",\"score\":1,\"operator\":\"SUM\"}"))
        .build();
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  /** Submits a score; the position of its answer. */
  private String submit(String board) throws IOException, InterruptedException {
    HttpResponse<String> response = client.send(score(board), BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException(response.statusCode() + " " + response.body());
    }
    return response.headers().firstValue("thalweg-position").orElseThrow();
  }

  /** Those who have nothing to do with it: reads and writes of other boards, half each. */
  private final class Others implements AutoCloseable {
    private final Histogram us = new ConcurrentHistogram(MAX_US, 2);
    private final LongAdder failed = new LongAdder();
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread sender = Thread.ofPlatform().name("others").start(this::send);

    private void send() {
      long startNs = System.nanoTime();
      HttpRequest read = HttpRequest.newBuilder(uri("/v1/boards/others/entries")).GET().build();
      HttpRequest write = score("others");
      for (long i = 0; !stop.get(); i++) {
        long dueNs = startNs + i * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
        for (long leftNs = dueNs - System.nanoTime();
            leftNs > 0;
            leftNs = dueNs - System.nanoTime()) {
          LockSupport.parkNanos(leftNs);
        }
        var _ =
            client
                .sendAsync(i % 2 == 0 ? read : write, BodyHandlers.discarding())
                .whenComplete((response, cause) -> {
                  us.recordValue(Math.min(MAX_US, (System.nanoTime() - dueNs) / 1_000));
                  if (cause != null
                      || (response.statusCode() >= 400 && response.statusCode() != 404)) {
                    failed.increment();
                  }
                });
      }
    }

    /** Ends it and adds its row; its 99th percentile in milliseconds. */
    double end(String round, String when, double forS, double quiet) {
      close();
      double p99 = us.getValueAtPercentile(99) / 1e3;
      table.row(
          round,
          when,
          TextTable.decimals(forS, 1),
          TextTable.whole((double) us.getTotalCount()),
          TextTable.decimals(us.getValueAtPercentile(50) / 1e3, 2),
          TextTable.decimals(p99, 2),
          TextTable.decimals(us.getMaxValue() / 1e3, 1),
          TextTable.decimals(p99 / quiet, 2),
          Long.toString(failed.sum()));
      return p99;
    }

    @Override
    public void close() {
      stop.set(true);
      try {
        sender.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
