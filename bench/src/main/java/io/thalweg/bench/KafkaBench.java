package io.thalweg.bench;

import io.thalweg.bench.LoadGenerator.Run;
import io.thalweg.server.DevCluster;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * producer of Kafka with records of the same size, on the same broker, in the same run.
 *
 * <p>Processor time is that of broker and nodes, without the load's. Arguments: the Lua file for
 * wrk, directory (must be there), members, rounds, seconds per round.
 */
public final class KafkaBench {
  private static final int LOAD_CORE = 1;
  private static final String TOPIC_PREFIX = "dev.";

  private final String lua;
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
    lua = args[0];
    members = Integer.parseInt(args[2]);
    rounds = Integer.parseInt(args[3]);
    seconds = Integer.parseInt(args[4]);
    this.cluster = cluster;
    this.admin = admin;
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[1]);
    Machine.print(directory);
    try (DevCluster cluster = DevCluster.start(directory.resolve("cluster"), 1, List.of());
        Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrap()))) {
      KafkaBench bench = new KafkaBench(args, cluster, admin);
      bench.nodes(1);
      bench.nodes(3);
      bench.table.print();
    }
  }

  private void nodes(int count) throws Exception {
    for (int i = count == 1 ? 1 : 2; i <= count; i++) {
      cluster.startNode("n" + i, 0);
    }
    for (int i = count == 1 ? 1 : 2; i <= count; i++) {
      cluster.awaitNode("n" + i);
    }
    int port = URI.create(cluster.url("n1")).getPort();
    if (count == 1) {
      HttpBoard.fill(port, "bench", members);
    }
    String name = count == 1 ? "one node" : count + " nodes, one of them asked";
    measure(name + ", a submit a request", port, "submit", 1, 1);
    measure(name + ", a submit a request, pipelined", port, "submit", 16, 1);
    measure(name + ", 1,000 submits a request", port, "submits", 1, Load.BATCH);
  }

  /** What the topics of the nodes hold. */
  private record Held(long bytes, long records) {}

  private void measure(String name, int port, String kind, int pipeline, int units)
      throws Exception {
    LoadGenerator.wrk(LOAD_CORE, wrk(port, seconds, kind, pipeline));
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
        TextTable.whole(recordBytes),
        TextTable.decimals(plain / 1e6, 2),
        TextTable.decimals(bytesPerSecond / plain, 2));
    System.out.println("measured: " + name);
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
    Map<TopicPartition, OffsetSpec> wanted = new java.util.HashMap<>();
    partitions.forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
    long records =
        admin.listOffsets(wanted).all().get().values().stream()
            .mapToLong(found -> found.offset())
            .sum();
    return new Held(bytes, records);
  }

  /** Bytes a second of records of a size, with the producer's defaults: acks=all, idempotent. */
  private double plainProducer(long recordBytes) throws Exception {
    String topic = TOPIC_PREFIX + "plain";
    if (!admin.listTopics().names().get().contains(topic)) {
      admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
    }
    byte[] value = new byte[(int) Math.max(1, Math.min(recordBytes, 1 << 20))];
    new java.util.SplittableRandom(1).nextBytes(value);
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
    int onTheirWay = (int) Math.max(4, (1 << 20) / value.length);
    Semaphore room = new Semaphore(onTheirWay);
    long startNs = System.nanoTime();
    while (System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(seconds)) {
      room.acquire();
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
