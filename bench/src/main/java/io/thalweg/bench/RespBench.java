package io.thalweg.bench;

import io.thalweg.bench.LoadGenerator.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The {@code thalweg up} process beside Redis servers with the three modes of appendfsync, by the
 * same protocol and the same load program: redis-benchmark, 50 connections, servers on core 0 and
 * the load on core 1. All servers are open the whole time and take turns, so that other work on the
 * machine disturbs all of them alike.
 *
 * <p>Beside the rate stands the processor time that a request took in the server's process. It does
 * not depend on how the machine's other work shares the core, which favours a process of many
 * threads over one of one thread.
 *
 * <p>Arguments: the thalweg command, directory (must be there), members, rounds, seconds per round.
 */
public final class RespBench {
  private static final int SERVER_CORE = 0;
  private static final int LOAD_CORE = 1;
  private static final String CONNECTIONS = "50";
  private static final String KEY = "bench";
  private static final String OURS = "Thalweg";
  private static final List<String> MODES = List.of("always", "everysec", "no");
  private static final int WARM_UP_ROUNDS = 3;

  private final String command;
  private final Path directory;
  private final int members;
  private final int rounds;
  private final double seconds;
  private final Map<String, ServedProcess> servers = new LinkedHashMap<>();
  private final TextTable table =
      new TextTable(
          "request, server", "best/s", "median/s", "p50 ms", "p99 ms", "us of processor a request");
  private final TextTable ratios =
      new TextTable(
          "Thalweg to Redis, medians",
          "always",
          "everysec",
          "no",
          "processor: always",
          "everysec",
          "no");

  /** What is asked, and how many at once on a connection. */
  private record Ask(String name, int pipeline, List<String> words) {}

  /** What the rounds of one server gave. */
  private record Series(double[] perSecond, double[] cpuUs, Run best) {
    double median(double[] values) {
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      return sorted[sorted.length / 2];
    }
  }

  private RespBench(String[] args) {
    command = args[0];
    directory = Path.of(args[1]);
    members = Integer.parseInt(args[2]);
    rounds = Integer.parseInt(args[3]);
    seconds = Double.parseDouble(args[4]);
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Machine.print(Path.of(args[1]));
    new RespBench(args).run();
  }

  private void run() throws IOException, InterruptedException {
    try {
      for (String mode : MODES) {
        servers.put("Redis, " + mode, redis(mode));
      }
      servers.put(OURS, thalweg());
      for (ServedProcess server : servers.values()) {
        RedisBoard.fill(server.port(), KEY, members);
      }
      for (int pipeline : new int[] {1, 16}) {
        String suffix = pipeline == 1 ? "" : ", pipelined";
        measure(ask("ZADD" + suffix, pipeline, "ZADD", KEY, "__rand_int__", "m__rand_int__"));
        measure(ask("ZREVRANK" + suffix, pipeline, "ZREVRANK", KEY, "m__rand_int__"));
        measure(ask("ZRANGE 0 9" + suffix, pipeline, "ZRANGE", KEY, "0", "9"));
      }
    } finally {
      servers.values().forEach(ServedProcess::close);
    }
    table.print();
    ratios.print();
  }

  private static Ask ask(String name, int pipeline, String... words) {
    return new Ask(name, pipeline, List.of(words));
  }

  private ServedProcess redis(String mode) throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    Path data = Files.createDirectory(directory.resolve("redis-" + mode));
    List<String> words = new ArrayList<>(List.of("redis-server", "--port"));
    words.addAll(List.of(Integer.toString(port), "--bind", "127.0.0.1", "--dir", data.toString()));
    words.addAll(List.of("--save", "", "--appendonly", "yes", "--appendfsync", mode));
    words.addAll(List.of("--auto-aof-rewrite-percentage", "0"));
    ServedProcess server =
        ServedProcess.start(
            words, Map.of(), SERVER_CORE, port, directory.resolve("redis-" + mode + ".output"));
    server.awaitAnswerNs("PING\r\n", "+PONG");
    return server;
  }

  private ServedProcess thalweg() throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    List<String> words = new ArrayList<>(Arrays.asList(command.split(" ", -1)));
    words.addAll(List.of("up", "--port", "0", "--resp-port", Integer.toString(port)));
    words.addAll(List.of("--data", directory.resolve("thalweg").toString()));
    ServedProcess server =
        ServedProcess.start(
            words, Map.of(), SERVER_CORE, port, directory.resolve("thalweg.output"));
    // It listens before its partitions are open; a key is answered when its own is.
    server.awaitAnswerNs("EXISTS " + KEY + "\r\n", ":0");
    return server;
  }

  private void measure(Ask ask) throws IOException, InterruptedException {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Map.Entry<String, ServedProcess> server : servers.entrySet()) {
      // It takes a number of requests, not of seconds: a short run tells how many.
      long few = 20_000L * (ask.pipeline() == 1 ? 1 : 4);
      Run trial = load(server.getValue(), ask, few);
      long count = (long) (trial.requestsPerSecond() * seconds) + few / 4;
      if (server.getKey().equals(OURS)) {
        // The JVM compiles what is hot on the one core that it has.
        trial = load(server.getValue(), ask, WARM_UP_ROUNDS * count);
        count = (long) (trial.requestsPerSecond() * seconds) + few / 4;
      }
      counts.put(server.getKey(), count);
    }
    Map<String, Series> series = new LinkedHashMap<>();
    for (String name : servers.keySet()) {
      series.put(name, new Series(new double[rounds], new double[rounds], new Run(0, 0, 0, 0)));
    }
    for (int round = 0; round < rounds; round++) {
      for (Map.Entry<String, ServedProcess> server : servers.entrySet()) {
        String name = server.getKey();
        long count = counts.getOrDefault(name, 0L);
        double cpuBefore = server.getValue().cpuSeconds();
        Run run = load(server.getValue(), ask, count);
        Series of = Objects.requireNonNull(series.get(name));
        of.perSecond()[round] = run.requestsPerSecond();
        of.cpuUs()[round] = (server.getValue().cpuSeconds() - cpuBefore) * 1e6 / count;
        if (run.requestsPerSecond() > of.best().requestsPerSecond()) {
          series.put(name, new Series(of.perSecond(), of.cpuUs(), run));
        }
      }
    }
    report(ask, series);
  }

  private void report(Ask ask, Map<String, Series> series) {
    String[] row = new String[1 + 2 * MODES.size()];
    row[0] = ask.name();
    Series ours = Objects.requireNonNull(series.get(OURS));
    for (Map.Entry<String, Series> entry : series.entrySet()) {
      Series of = entry.getValue();
      double median = of.median(of.perSecond());
      double cpuUs = of.median(of.cpuUs());
      table.row(
          ask.name() + ", " + entry.getKey(),
          TextTable.whole(of.best().requestsPerSecond()),
          TextTable.whole(median),
          TextTable.decimals(of.best().p50Ms(), 2),
          TextTable.decimals(of.best().p99Ms(), 2),
          TextTable.decimals(cpuUs, 2));
      System.out.printf(
          "%s, %s: %s/s, %.2f us%n", ask.name(), entry.getKey(), TextTable.whole(median), cpuUs);
      int mode = MODES.indexOf(entry.getKey().replace("Redis, ", ""));
      if (mode >= 0) {
        row[1 + mode] = TextTable.decimals(ours.median(ours.perSecond()) / median, 2);
        row[1 + MODES.size() + mode] = TextTable.decimals(ours.median(ours.cpuUs()) / cpuUs, 2);
      }
    }
    ratios.row(row);
  }

  private Run load(ServedProcess server, Ask ask, long count)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("redis-benchmark", "--csv", "-p"));
    words.addAll(List.of(Integer.toString(server.port()), "-c", CONNECTIONS));
    words.addAll(List.of("-P", Integer.toString(ask.pipeline())));
    words.addAll(List.of("-r", Integer.toString(members), "-n", Long.toString(count)));
    words.addAll(ask.words());
    return LoadGenerator.redis(LOAD_CORE, words);
  }
}
