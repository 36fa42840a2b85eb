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
import java.util.function.IntFunction;

/**
 * Many WebSockets that watch and to which nothing happens: what they cost a node, what an event of
 * another key costs beside them, and how long one event takes to reach all of them. The sockets are
 * in this process, the node in one of its own.
 *
 * <p>Arguments: the thalweg command, directory (must be there), connections, rounds.
 */
public final class SocketsBench {
  private static final int WARM_UP = 500;
  private static final int EVENTS = 2_000;
  private static final long SETTLE_S = 5;

  private final String command;
  private final Path directory;
  private final int connections;
  private final int rounds;
  private final TextTable table =
      new TextTable(
          "connections",
          "resident MiB before",
          "after",
          "KiB each",
          "live heap KiB each",
          "opened/s",
          "cores when idle",
          "other key ms CPU/event",
          "event to all ms",
          "us CPU each");
  private int started;

  private SocketsBench(String command, Path directory, int connections, int rounds) {
    this.command = command;
    this.directory = directory;
    this.connections = connections;
    this.rounds = rounds;
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[1]);
    Machine.print(directory);
    SocketsBench bench =
        new SocketsBench(args[0], directory, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    bench.measure("none watches", number -> null);
    bench.measure(
        "WebSocket, a key each",
        number -> new byte[][] {SocketCrowd.upgrade("/v1/boards/own" + number + "/events:watch")});
    bench.measure(
        "WebSocket, one key",
        number -> new byte[][] {SocketCrowd.upgrade("/v1/boards/all/events:watch")});
    bench.measure(
        "Centrifuge JSON, one key",
        number ->
            new byte[][] {
              SocketCrowd.upgrade("/connection/websocket"),
              SocketCrowd.text("{\"id\":1,\"connect\":{}}"),
              SocketCrowd.text("{\"id\":2,\"subscribe\":{\"channel\":\"leaderboard:all\"}}")
            });
    bench.table.print();
  }

  private void measure(String what, IntFunction<byte[][]> greetings)
      throws IOException, InterruptedException {
    int count = greetings.apply(0) == null ? 0 : connections;
    try (ServedProcess server = start();
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      server.awaitReadyNs();
      // What is loaded and compiled with the first ones belongs to no connection.
      if (count > 0) {
        try (SocketCrowd first = new SocketCrowd(server.port())) {
          first.open(WARM_UP, greetings);
          submit(client, server, "all", 1);
          first.run(2);
        }
      }
      submit(client, server, "elsewhere", EVENTS);
      server.collectGarbage();
      long beforeBytes = server.residentBytes();
      long beforeHeap = server.liveHeapBytes();
      try (SocketCrowd crowd = new SocketCrowd(server.port())) {
        long startNs = System.nanoTime();
        crowd.open(count, greetings);
        double openS = (System.nanoTime() - startNs) / 1e9;
        crowd.run(SETTLE_S);
        server.collectGarbage();
        long afterBytes = server.residentBytes();
        long afterHeap = server.liveHeapBytes();
        double idle = server.cpuSeconds();
        crowd.run(2 * SETTLE_S);
        idle = (server.cpuSeconds() - idle) / (2 * SETTLE_S);
        double other = otherKey(client, server, crowd);
        double[] all =
            count == 0
                ? new double[] {Double.NaN, Double.NaN}
                : all(client, server, crowd, what, count);
        System.err.println("sockets: measured " + what);
        table.row(
            (count == 0 ? "" : TextTable.whole(count) + " ") + what,
            TextTable.whole(beforeBytes / (double) (1 << 20)),
            TextTable.whole(afterBytes / (double) (1 << 20)),
            each(afterBytes - beforeBytes, count),
            each(afterHeap - beforeHeap, count),
            count == 0 ? "" : TextTable.whole(count / openS),
            TextTable.decimals(idle, 3),
            TextTable.decimals(other, 2),
            TextTable.decimals(all[0], 0),
            TextTable.decimals(all[1], 1));
      }
    }
  }

  private static String each(long bytes, int count) {
    return count == 0 ? "" : TextTable.decimals(bytes / 1024.0 / count, 1);
  }

  /** Processor time of the server for an event that nobody watches. */
  private double otherKey(HttpClient client, ServedProcess server, SocketCrowd crowd)
      throws IOException, InterruptedException {
    double before = server.cpuSeconds();
    submit(client, server, "elsewhere", EVENTS);
    double after = server.cpuSeconds();
    crowd.run(0);
    return (after - before) * 1e3 / EVENTS;
  }

  /**
   * From the submit of one event until the last one has it, and processor time for each of them.
   */
  private double[] all(
      HttpClient client, ServedProcess server, SocketCrowd crowd, String what, int count)
      throws IOException, InterruptedException {
    if (!what.endsWith("one key")) {
      return new double[] {Double.NaN, Double.NaN};
    }
    double bestMs = Double.MAX_VALUE;
    double cpuS = 0;
    for (int i = 0; i < rounds; i++) {
      long goal = crowd.messages() + count;
      double before = server.cpuSeconds();
      long startNs = System.nanoTime();
      submit(client, server, "all", 1);
      crowd.run(60, () -> crowd.messages() >= goal);
      bestMs = Math.min(bestMs, (System.nanoTime() - startNs) / 1e6);
      cpuS += server.cpuSeconds() - before;
    }
    return new double[] {bestMs, cpuS * 1e6 / rounds / count};
  }

  private static void submit(HttpClient client, ServedProcess server, String board, int times)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + "/v1/boards/" + board + "/scores");
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString("{\"member\":\"m\",\"score\":1,\"operator\":\"SUM\"}"))
            .build();
    for (int i = 0; i < times; i++) {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      if (response.statusCode() != 200) {
        throw new IllegalStateException(response.statusCode() + " " + response.body());
      }
    }
  }

  private ServedProcess start() throws IOException {
    int port = ServedProcess.freePort();
    Path data = directory.resolve("sockets" + started);
    Path output = Files.createFile(directory.resolve("output" + started));
    started++;
    return ServedProcess.start(
        List.of(command, "up", "--port", Integer.toString(port), "--data", data.toString()),
        Map.of("THALWEG_JAVA_OPTS", "-XX:AOTMode=off"),
        -1,
        port,
        output);
  }
}
