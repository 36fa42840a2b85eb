package io.thalweg.bench;

import io.thalweg.bench.LoadGenerator.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@code thalweg up} process beside a Redis server: submits and ranks on a board of so many
 * members over the loopback network, 50 connections, the server on core 0 and the load on core 1.
 *
 * <p>Arguments: the thalweg command, the Lua file for wrk, directory (must be there), members,
 * rounds, seconds per round.
 */
public final class PeerBench {
  private static final int SERVER_CORE = 0;
  private static final int LOAD_CORE = 1;
  private static final String CONNECTIONS = "50";
  private static final int PIPELINE = 16;

  private final String command;
  private final String lua;
  private final Path directory;
  private final int members;
  private final int rounds;
  private final int seconds;
  private final Map<String, Double> perSecond = new LinkedHashMap<>();
  private final TextTable table =
      new TextTable(
          "server, durability, request",
          "requests/s",
          "scores or ranks/s",
          "p50 ms",
          "p99 ms",
          "server core %",
          "load core %");

  private PeerBench(String[] args) {
    command = args[0];
    lua = args[1];
    directory = Path.of(args[2]);
    members = Integer.parseInt(args[3]);
    rounds = Integer.parseInt(args[4]);
    seconds = Integer.parseInt(args[5]);
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Machine.print(Path.of(args[2]));
    new PeerBench(args).run();
  }

  private void run() throws IOException, InterruptedException {
    for (String fsync : List.of("always", "everysec", "no")) {
      redis(fsync);
    }
    thalweg();
    table.print();
    TextTable ratios = new TextTable("Thalweg to Redis", "always", "everysec", "no");
    ratio(ratios, "submits, one a request", "submit", "ZADD");
    ratio(ratios, "submits, pipelined", "submit, pipelined", "ZADD, pipelined");
    ratio(ratios, "submits, 1,000 a request", "submits of 1,000", "ZADD of 1,000");
    ratio(ratios, "ranks, one a request", "rank", "ZREVRANK");
    ratio(ratios, "ranks, pipelined", "rank, pipelined", "ZREVRANK, pipelined");
    ratio(
        ratios, "ranks, 1,000 a request; Redis pipelined", "ranks of 1,000", "ZREVRANK, pipelined");
    ratios.print();
  }

  private void ratio(TextTable ratios, String what, String ours, String theirs) {
    String[] row = new String[4];
    row[0] = what;
    int at = 1;
    for (String fsync : List.of("always", "everysec", "no")) {
      double ratio =
          perSecond.getOrDefault("Thalweg, always, " + ours, Double.NaN)
              / perSecond.getOrDefault("Redis, " + fsync + ", " + theirs, Double.NaN);
      row[at++] = TextTable.decimals(ratio, 2);
    }
    ratios.row(row);
  }

  // ---------------------------------------------------------------- Redis

  private void redis(String fsync) throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    Path data = Files.createDirectory(directory.resolve("redis-" + fsync));
    List<String> words =
        List.of(
            "redis-server",
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            data.toString(),
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            fsync,
            "--auto-aof-rewrite-percentage",
            "0");
    Path output = directory.resolve("redis-" + fsync + ".output");
    try (ServedProcess server = ServedProcess.start(words, Map.of(), SERVER_CORE, port, output)) {
      server.awaitAnswerNs("PING\r\n", "+PONG");
      RedisBoard.fill(port, "bench", members);
      String name = "Redis, " + fsync + ", ";
      List<String> zadd = List.of("ZADD", "bench", "__rand_int__", "m__rand_int__");
      List<String> variadic = new ArrayList<>(List.of("ZADD", "bench"));
      for (int i = 0; i < Load.BATCH; i++) {
        variadic.add("__rand_int__");
        variadic.add("m__rand_int__");
      }
      List<String> zrevrank = List.of("ZREVRANK", "bench", "m__rand_int__");
      redis(server, name + "ZADD", 1, 1, zadd);
      redis(server, name + "ZADD, pipelined", PIPELINE, 1, zadd);
      redis(server, name + "ZADD of 1,000", 1, Load.BATCH, variadic);
      redis(server, name + "ZREVRANK", 1, 1, zrevrank);
      redis(server, name + "ZREVRANK, pipelined", PIPELINE, 1, zrevrank);
    }
  }

  private void redis(
      ServedProcess server, String name, int pipeline, int units, List<String> request)
      throws IOException, InterruptedException {
    // It takes a number of requests, not of seconds: a short run tells how many.
    long few = 20_000 / units + 200L;
    Run trial = LoadGenerator.redis(LOAD_CORE, words(server, pipeline, few, request));
    long count = (long) (trial.requestsPerSecond() * seconds);
    rounds(
        server,
        name,
        units,
        () -> LoadGenerator.redis(LOAD_CORE, words(server, pipeline, count, request)));
  }

  private List<String> words(ServedProcess server, int pipeline, long count, List<String> request) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "redis-benchmark",
                "--csv",
                "-p",
                Integer.toString(server.port()),
                "-c",
                CONNECTIONS,
                "-P",
                Integer.toString(pipeline),
                "-r",
                Integer.toString(members),
                "-n",
                Long.toString(count)));
    words.addAll(request);
    return words;
  }

  // ---------------------------------------------------------------- Thalweg

  private void thalweg() throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    List<String> words =
        List.of(
            command,
            "up",
            "--port",
            Integer.toString(port),
            "--data",
            directory.resolve("thalweg").toString());
    Path output = directory.resolve("thalweg.output");
    try (ServedProcess server = ServedProcess.start(words, Map.of(), SERVER_CORE, port, output)) {
      server.awaitReadyNs();
      HttpBoard.fill(port, "bench", members);
      String name = "Thalweg, always, ";
      thalweg(server, name + "submit", "submit", 1, 1);
      thalweg(server, name + "submit, pipelined", "submit", PIPELINE, 1);
      thalweg(server, name + "submits of 1,000", "submits", 1, Load.BATCH);
      thalweg(server, name + "rank", "rank", 1, 1);
      thalweg(server, name + "rank, pipelined", "rank", PIPELINE, 1);
      thalweg(server, name + "ranks of 1,000", "ranks", 1, Load.BATCH);
    }
  }

  private void thalweg(ServedProcess server, String name, String kind, int pipeline, int units)
      throws IOException, InterruptedException {
    // The JVM compiles what is hot on the one core that it has.
    LoadGenerator.wrk(LOAD_CORE, wrk(server, 3 * seconds, kind, pipeline));
    rounds(
        server,
        name,
        units,
        () -> {
          Run run = LoadGenerator.wrk(LOAD_CORE, wrk(server, seconds, kind, pipeline));
          // wrk does not measure the latency of pipelined requests.
          return pipeline == 1 ? run : run.withoutLatency();
        });
  }

  private List<String> wrk(ServedProcess server, int runSeconds, String kind, int pipeline) {
    return List.of(
        "wrk",
        "-t1",
        "-c" + CONNECTIONS,
        "-d" + runSeconds + "s",
        "--latency",
        "-s",
        lua,
        "http://127.0.0.1:" + server.port(),
        "--",
        kind,
        Integer.toString(members),
        Integer.toString(pipeline));
  }

  // ---------------------------------------------------------------- both

  private interface OneRun {
    Run run() throws IOException, InterruptedException;
  }

  /** Runs some rounds; the best by rate is in the table. */
  private void rounds(ServedProcess server, String name, int units, OneRun load)
      throws IOException, InterruptedException {
    Run best = new Run(0, 0, 0, 0);
    double serverCpu = 0;
    for (int i = 0; i < rounds; i++) {
      double cpuBefore = server.cpuSeconds();
      long start = System.nanoTime();
      Run run = load.run();
      double elapsed = (System.nanoTime() - start) / 1e9;
      if (run.requestsPerSecond() > best.requestsPerSecond()) {
        best = run;
        serverCpu = (server.cpuSeconds() - cpuBefore) / elapsed;
      }
    }
    perSecond.put(name, units * best.requestsPerSecond());
    table.row(
        name,
        TextTable.whole(best.requestsPerSecond()),
        TextTable.whole(units * best.requestsPerSecond()),
        TextTable.decimals(best.p50Ms(), 2),
        TextTable.decimals(best.p99Ms(), 2),
        TextTable.whole(100 * serverCpu),
        TextTable.whole(100 * best.cpu()));
    System.out.printf("%s: %s requests/s%n", name, TextTable.whole(best.requestsPerSecond()));
  }
}
