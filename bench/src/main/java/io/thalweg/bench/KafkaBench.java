package io.thalweg.bench;

import io.thalweg.bench.LoadGenerator.Run;
import io.thalweg.server.DevCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Submits to a board of a cluster, one node and three, on one real broker; beside the plain
 * producer of Kafka with records of the same size, on the same broker, in the same run; and beside
 * a program of Kafka Streams on it.
 *
 * <p>This program, with the plain producer, its broker and the nodes are on core 0 (what starts it
 * sees to that), the load is on core 1. Processor time is that of broker and nodes, without the
 * load's. Arguments: the thalweg command, the Lua file for wrk, directory (must be there), members,
 * rounds, seconds per round; then the command of the other program, if it is to run.
 */
public final class KafkaBench {
  private static final int SERVER_CORE = 0;
  private static final int LOAD_CORE = 1;
  private static final String CLUSTER = "bench";
  private static final int WARM_UPS = 10;

  private final String command;
  private final String lua;
  private final Path directory;
  private final int members;
  private final int rounds;
  private final int seconds;
  private final DevCluster cluster;
  private final Admin admin;
  private final TextTable table =
      new TextTable(
          "what",
          "requests/s",
          "commands/s",
          "p50 ms",
          "p99 ms",
          "CPU us a command",
          "log MB/s",
          "bytes a record",
          "plain producer MB/s",
          "of its bytes");

  private KafkaBench(String[] args, DevCluster cluster, Admin admin) {
    command = args[0];
    lua = args[1];
    directory = Path.of(args[2]);
    members = Integer.parseInt(args[3]);
    rounds = Integer.parseInt(args[4]);
    seconds = Integer.parseInt(args[5]);
    this.cluster = cluster;
    this.admin = admin;
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[2]);
    Machine.print(directory);
    try (DevCluster cluster = DevCluster.start(directory.resolve("cluster"), 1, List.of());
        Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
      KafkaBench bench = new KafkaBench(args, cluster, admin);
      bench.thalweg();
      bench.table.print();
      if (args.length > 6) {
        bench.streams(List.of(args).subList(6, args.length));
      }
    }
  }

  private void thalweg() throws Exception {
    try (ServedProcess first = node("n1")) {
      first.awaitReadyNs();
      HttpBoard.fill(first.port(), "bench", members);
      measureAll("one node", first.port());
      try (ServedProcess second = node("n2");
          ServedProcess third = node("n3")) {
        second.awaitReadyNs();
        third.awaitReadyNs();
        measureAll("three nodes, one of them asked", first.port());
      }
    }
  }

  private ServedProcess node(String id) throws IOException {
    int port = ServedProcess.freePort();
    List<String> words =
        List.of(
            command,
            "up",
            "--kafka",
            cluster.bootstrap(),
            "--kafka-dev",
            "--cluster",
            CLUSTER,
            "--node-id",
            id,
            "--port",
            Integer.toString(port),
            "--data",
            directory.resolve(id).toString());
    Path output = directory.resolve(id + ".output");
    return ServedProcess.start(words, Map.of(), SERVER_CORE, port, output);
  }

  private void measureAll(String name, int port) throws Exception {
    measure(name + ", a submit a request", port, "submit", 1, 1);
    measure(name + ", a submit a request, 4 at once", port, "submit", 4, 1);
    measure(name + ", 1,000 submits a request", port, "submits", 1, Load.BATCH);
  }

  /** The other program, by the commit interval and by how much is on its way. */
  private void streams(List<String> program) throws IOException, InterruptedException {
    for (String[] each : new String[][] {{"100", "50000"}, {"100", "50"}, {"10", "50"}}) {
      System.out.printf("commit interval %s ms, %s submits on their way:%n", each[0], each[1]);
      List<String> words = new ArrayList<>(List.of("taskset", "-c", "0,1"));
      words.addAll(program);
      words.addAll(
          List.of(
              cluster.bootstrap(),
              Integer.toString(members),
              Integer.toString(seconds),
              Integer.toString(rounds),
              each[0],
              each[1],
              directory.resolve("streams").toString()));
      int exit = new ProcessBuilder(words).inheritIO().start().waitFor();
      if (exit != 0) {
        throw new IllegalStateException("Kafka Streams ended with " + exit);
      }
    }
  }

  /** What the topics of the nodes hold. */
  private record Held(long bytes, long records) {}

  private void measure(String name, int port, String kind, int pipeline, int units)
      throws Exception {
    warm(wrk(port, seconds, kind, pipeline));
    Run best = new Run(0, 0, 0, 0);
    double cpuUs = 0;
    double bytesPerSecond = 0;
    long recordBytes = 0;
    for (int i = 0; i < rounds; i++) {
      Held before = held();
      double cpuBefore = cpuSeconds();
      Run run = LoadGenerator.wrk(LOAD_CORE, wrk(port, seconds, kind, pipeline));
      if (run.requestsPerSecond() > best.requestsPerSecond()) {
        double commands = run.requestsPerSecond() * seconds * units;
        Held after = held();
        best = pipeline == 1 ? run : run.withoutLatency();
        cpuUs = (cpuSeconds() - cpuBefore) * 1e6 / commands;
        bytesPerSecond = (double) (after.bytes() - before.bytes()) / seconds;
        recordBytes =
            (after.bytes() - before.bytes()) / Math.max(1, after.records() - before.records());
      }
    }
    double plain = plainProducer(recordBytes);
    table.row(
        name,
        TextTable.whole(best.requestsPerSecond()),
        TextTable.whole(best.requestsPerSecond() * units),
        TextTable.decimals(best.p50Ms(), 2),
        TextTable.decimals(best.p99Ms(), 2),
        TextTable.decimals(cpuUs, 1),
        TextTable.decimals(bytesPerSecond / 1e6, 2),
        TextTable.whole((double) recordBytes),
        TextTable.decimals(plain / 1e6, 2),
        TextTable.decimals(bytesPerSecond / plain, 2));
    System.out.println("measured: " + name);
  }

  /** Runs until nothing is refused: a node that compiles more than it serves sends some away. */
  private static void warm(List<String> words) throws IOException, InterruptedException {
    for (int i = 0; i < WARM_UPS; i++) {
      try {
        LoadGenerator.wrk(LOAD_CORE, words);
        return;
      } catch (IllegalStateException refused) {
        System.out.println("getting warm");
      }
    }
    throw new IllegalStateException("requests are still refused after " + WARM_UPS + " rounds");
  }

  private List<String> wrk(int port, int runSeconds, String kind, int pipeline) {
    return List.of(
        "wrk",
        "-t1",
        "-c50",
        "-d" + runSeconds + "s",
        "--latency",
        "-s",
        lua,
        "http://127.0.0.1:" + port,
        "--",
        kind,
        Integer.toString(members),
        Integer.toString(pipeline));
  }

  /** Processor time of broker and nodes so far; the load has ended, and does not count. */
  private static double cpuSeconds() {
    return ProcessHandle.current()
            .descendants()
            .map(ProcessHandle::info)
            .flatMap(info -> info.totalCpuDuration().stream())
            .mapToLong(Duration::toNanos)
            .sum()
        / 1e9;
  }

  private Held held() throws ExecutionException, InterruptedException {
    List<TopicPartition> partitions = new ArrayList<>();
    long bytes = 0;
    for (Map<String, LogDirDescription> dirs :
        admin.describeLogDirs(List.of(1)).allDescriptions().get().values()) {
      for (LogDirDescription dir : dirs.values()) {
        for (Map.Entry<TopicPartition, ReplicaInfo> each : dir.replicaInfos().entrySet()) {
          if (each.getKey().topic().endsWith("leaderboard")) {
            partitions.add(each.getKey());
            bytes += each.getValue().size();
          }
        }
      }
    }
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
    long records =
        admin.listOffsets(wanted).all().get().values().stream()
            .mapToLong(found -> found.offset())
            .sum();
    return new Held(bytes, records);
  }

  /** Bytes a second of records of a size, with the producer's defaults: acks=all, idempotent. */
  private double plainProducer(long recordBytes) throws Exception {
    String topic = CLUSTER + ".plain";
    if (!admin.listTopics().names().get().contains(topic)) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
    byte[] value = new byte[(int) Math.max(1, Math.min(recordBytes, 1 << 20))];
    new SplittableRandom(1).nextBytes(value);
    double best = 0;
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrap(),
                ProducerConfig.ACKS_CONFIG,
                "all",
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                64L << 20,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                4 << 20),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i <= rounds; i++) {
        double rate = plainRound(producer, topic, value);
        // The first warms up.
        best = i == 0 ? best : Math.max(best, rate);
      }
    }
    return best;
  }

  private double plainRound(KafkaProducer<byte[], byte[]> producer, String topic, byte[] value)
      throws InterruptedException {
    LongAdder acknowledged = new LongAdder();
    // As many bytes on their way as a partition may have: four batches of 256 KiB.
    int onTheirWay = Math.max(4, (1 << 20) / value.length);
    Semaphore room = new Semaphore(onTheirWay);
    long startNs = System.nanoTime();
    while (System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(seconds)) {
      room.acquire();
      var _ =
          producer.send(
              new ProducerRecord<>(topic, value),
              (_, failure) -> {
                room.release();
                if (failure == null) {
                  acknowledged.increment();
                }
              });
    }
    room.acquire(onTheirWay);
    return acknowledged.sum() * (double) value.length / ((System.nanoTime() - startNs) / 1e9);
  }
}
