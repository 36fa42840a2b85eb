package io.thalweg.bench;

import com.github.f4b6a3.tsid.TsidCreator;
import io.thalweg.bench.LoadGenerator.Run;
import io.thalweg.client.ThalwegClient;
import io.thalweg.client.keys.KeySource;
import io.thalweg.client.keys.KeysClient;
import io.thalweg.client.keys.NextKeys;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.NamespaceSettings;
import io.thalweg.keys.v1.Order;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.HdrHistogram.ConcurrentHistogram;

/**
 * Keys beside peers. First what one thread of a client gets from leased blocks, with the blocks
 * coming from a thalweg process on the other core, beside tsid-creator, which asks nobody. Then one
 * key a request over the network: wrk to Thalweg, redis-benchmark with INCRBY to Redis in each mode
 * of appendfsync, 50 connections each, one of them pipelined too; and 50 callers of the Java
 * client, which puts those who wait into one request. Servers on core 0, clients on core 1; they
 * take turns.
 *
 * <p>Arguments: the thalweg command, the Lua file for wrk, directory (must be there), rounds,
 * seconds per round.
 */
public final class KeysBench {
  private static final int SERVER_CORE = 0;
  private static final int LOAD_CORE = 1;
  private static final String CONNECTIONS = "50";
  private static final String OURS = "Thalweg, keys:next";
  private static final String BY_CLIENT = "Thalweg, Java client, a key a call";
  private static final String PIPELINED = ", 16 at once";
  private static final int CALLERS = 50;
  private static final int BLOCK = 1 << 20;
  private static final int GROUP = 4_096;

  private final String command;
  private final String lua;
  private final Path directory;
  private final int rounds;
  private final int seconds;
  private final Map<String, ServedProcess> servers = new LinkedHashMap<>();
  private long sink;

  private KeysBench(String[] args) {
    command = args[0];
    lua = args[1];
    directory = Path.of(args[2]);
    rounds = Integer.parseInt(args[3]);
    seconds = Integer.parseInt(args[4]);
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Machine.print(Path.of(args[2]));
    new KeysBench(args).run();
  }

  private void run() throws IOException, InterruptedException {
    try {
      servers.put(OURS, thalweg());
      ofTheClient();
      for (String mode : List.of("always", "everysec", "no")) {
        servers.put("Redis INCRBY, " + mode, redis(mode));
      }
      servers.put(BY_CLIENT, Objects.requireNonNull(servers.get(OURS)));
      String always = "Redis INCRBY, always";
      servers.put(always + PIPELINED, Objects.requireNonNull(servers.get(always)));
      overTheNetwork();
    } finally {
      new HashSet<>(servers.values()).forEach(ServedProcess::close);
    }
    System.out.println("(" + sink + ")");
  }

  private ServedProcess thalweg() throws IOException, InterruptedException {
    int port = ServedProcess.freePort();
    List<String> words = new ArrayList<>(Arrays.asList(command.split(" ", -1)));
    words.addAll(List.of("up", "--port", Integer.toString(port)));
    words.addAll(List.of("--data", directory.resolve("thalweg").toString()));
    ServedProcess server =
        ServedProcess.start(
            words, Map.of(), SERVER_CORE, port, directory.resolve("thalweg.output"));
    server.awaitReadyNs();
    return server;
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

  private void ofTheClient() {
    TextTable table = new TextTable("one thread of a client", "best/s", "median/s", "waits");
    String url = "http://127.0.0.1:" + Objects.requireNonNull(servers.get(OURS)).port();
    try (ThalwegClient client = ThalwegClient.at(url).open()) {
      KeysClient keys = KeysClient.of(client);
      create(keys, "bench", Order.UNGUESSABLE);
      for (Order order : List.of(Order.UNGUESSABLE, Order.SEQUENTIAL, Order.TIME_ORDERED)) {
        String name = order.name().toLowerCase(java.util.Locale.ROOT);
        create(keys, name, order);
        try (KeySource source = keys.source(name).blockSize(BLOCK).open()) {
          String[] some = new String[256];
          row(table, name + ", one by one", source::waits, () -> single(source::next));
          row(table, name + ", 256 at once", source::waits, () -> many(source, some));
        }
      }
    }
    row(
        table,
        "tsid-creator, text",
        () -> 0L,
        () -> single(() -> TsidCreator.getTsid().toString()));
    row(table, "tsid-creator, number", () -> 0L, () -> numbers());
    table.print();
  }

  private static void create(KeysClient keys, String name, Order order) {
    NamespaceSettings.Builder settings = NamespaceSettings.newBuilder().setOrder(order);
    if (order != Order.TIME_ORDERED) {
      settings.setLength(10);
    }
    keys.createNamespace(
            CreateNamespaceRequest.newBuilder().setNamespace(name).setSettings(settings).build())
        .await();
  }

  private long single(Supplier<String> next) {
    for (int i = 0; i < GROUP; i++) {
      sink += next.get().length();
    }
    return GROUP;
  }

  private long many(KeySource source, String[] some) {
    source.next(some);
    sink += some[0].length();
    return some.length;
  }

  private long numbers() {
    for (int i = 0; i < GROUP; i++) {
      sink += TsidCreator.getTsid().toLong();
    }
    return GROUP;
  }

  private void row(TextTable table, String name, Supplier<Long> waits, Supplier<Long> some) {
    double[] perSecond = new double[rounds];
    round(some);
    long before = waits.get();
    for (int i = 0; i < rounds; i++) {
      perSecond[i] = round(some);
    }
    Arrays.sort(perSecond);
    table.row(
        name,
        TextTable.whole(perSecond[rounds - 1]),
        TextTable.whole(perSecond[rounds / 2]),
        Long.toString(waits.get() - before));
  }

  private double round(Supplier<Long> some) {
    long startNs = System.nanoTime();
    long endNs = startNs + seconds * 1_000_000_000L;
    long count = 0;
    long nowNs = startNs;
    while (nowNs < endNs) {
      count += some.get();
      nowNs = System.nanoTime();
    }
    return count * 1e9 / (nowNs - startNs);
  }

  private void overTheNetwork() throws IOException, InterruptedException {
    TextTable table =
        new TextTable(
            "one key a call",
            "best/s",
            "median/s",
            "p50 ms",
            "p99 ms",
            "keys:next to it",
            "client to it");
    Map<String, List<Run>> runs = new LinkedHashMap<>();
    for (int round = -1; round < rounds; round++) {
      for (Map.Entry<String, ServedProcess> server : servers.entrySet()) {
        Run run = load(server.getKey(), server.getValue().port());
        if (round >= 0) {
          runs.computeIfAbsent(server.getKey(), name -> new ArrayList<>()).add(run);
        }
      }
    }
    double ours = median(Objects.requireNonNull(runs.get(OURS)));
    double byClient = median(Objects.requireNonNull(runs.get(BY_CLIENT)));
    runs.forEach((name, of) -> {
      Run best =
          of.stream()
              .max((a, b) -> Double.compare(a.requestsPerSecond(), b.requestsPerSecond()))
              .orElseThrow();
      table.row(
          name,
          TextTable.whole(best.requestsPerSecond()),
          TextTable.whole(median(of)),
          TextTable.decimals(best.p50Ms(), 2),
          TextTable.decimals(best.p99Ms(), 2),
          TextTable.decimals(ours / median(of), 2),
          TextTable.decimals(byClient / median(of), 2));
    });
    table.print();
  }

  private static double median(List<Run> runs) {
    return runs.stream()
        .mapToDouble(Run::requestsPerSecond)
        .sorted()
        .skip(runs.size() / 2)
        .findFirst()
        .orElseThrow();
  }

  // Callers who each wait for their key; the client puts those who wait into one request.
  private Run callers(int port) throws InterruptedException {
    ConcurrentHistogram times = new ConcurrentHistogram(3);
    try (ThalwegClient client = ThalwegClient.at("http://127.0.0.1:" + port).open()) {
      NextKeys keys = KeysClient.of(client).nextOf("bench");
      long beganNs = System.nanoTime();
      long endNs = beganNs + seconds * 1_000_000_000L;
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < CALLERS; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  for (long nowNs = System.nanoTime(); nowNs < endNs; ) {
                    keys.next().join();
                    long thenNs = System.nanoTime();
                    times.recordValue(thenNs - nowNs);
                    nowNs = thenNs;
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return new Run(
          times.getTotalCount() * 1e9 / (System.nanoTime() - beganNs),
          times.getValueAtPercentile(50) / 1e6,
          times.getValueAtPercentile(99) / 1e6,
          Double.NaN);
    }
  }

  private Run load(String name, int port) throws IOException, InterruptedException {
    if (name.equals(BY_CLIENT)) {
      return callers(port);
    }
    if (name.equals(OURS)) {
      return LoadGenerator.wrk(
          LOAD_CORE,
          List.of(
              "wrk",
              "-t1",
              "-c" + CONNECTIONS,
              "-d" + seconds + "s",
              "--latency",
              "-s",
              lua,
              "http://127.0.0.1:" + port));
    }
    boolean pipelined = name.endsWith(PIPELINED);
    long few = name.endsWith("always") ? 5_000L * seconds : 50_000L * seconds;
    return LoadGenerator.redis(
        LOAD_CORE,
        List.of(
            "redis-benchmark",
            "--csv",
            "-p",
            Integer.toString(port),
            "-c",
            CONNECTIONS,
            "-n",
            Long.toString(few),
            "-P",
            pipelined ? "16" : "1",
            "INCRBY",
            "bench",
            "1"));
  }
}
