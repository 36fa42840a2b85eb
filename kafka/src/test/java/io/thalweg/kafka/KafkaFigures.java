package io.thalweg.kafka;

import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Durable commands a second of a node on Kafka, and beside it the plain producer of Kafka with the
 * very same records, {@code acks=all} too, against the same broker in the same run. Rough: broker,
 * node and clients are one process. Run {@link #main} with the seconds to measure.
 */
final class KafkaFigures {
  private static final int PARTITIONS = 2;
  private static final int IN_FLIGHT = 4_000;
  private static final int RECORDS_IN_FLIGHT = 4;
  private static final double US = 1e3;

  private KafkaFigures() {}

  /** The seconds to measure for, 10 if it is not said. */
  public static void main(String[] arguments) throws Exception {
    long seconds = arguments.length == 0 ? 10 : Long.parseLong(arguments[0]);
    Path directory = Files.createTempDirectory("kafka-figures");
    try (TestBroker broker = TestBroker.start(directory)) {
      KafkaOptions options = KafkaOptions.of(broker.bootstrap(), "figures").forDevelopment();
      try (Node node =
          Thalweg.on(KafkaStorage.open(directory.resolve("data"), options, Leadership.ALWAYS))
              .service(Leaderboard.TYPE)
              .options(NodeOptions.defaults().withPartitions(PARTITIONS))
              .open()) {
        load(node, 1, seconds / 2 + 1, "warm-up");
        load(node, 1, seconds, "one request at a time");
        long[] before = ends(options);
        double took = load(node, IN_FLIGHT, seconds, IN_FLIGHT + " requests in flight");
        List<List<byte[]>> records = records(options, before);
        double ours = bytes(records) / took;
        System.out.printf(
            Locale.ROOT,
            "node:     %,d records, %.1f MB/s before compression%n",
            records.stream().mapToInt(List::size).sum(),
            ours / 1e6);
        plain(options, records);
        double theirs = bytes(records) / plain(options, records);
        System.out.printf(
            Locale.ROOT,
            "producer: the same records, %d of a partition in flight: %.1f MB/s; ratio %.2f%n",
            RECORDS_IN_FLIGHT,
            theirs / 1e6,
            ours / theirs);
      }
    }
  }

  private static double load(Node node, int inFlight, long seconds, String what)
      throws InterruptedException {
    Semaphore room = new Semaphore(inFlight);
    ConcurrentHistogram latencyNs = new ConcurrentHistogram(3);
    AtomicLong failed = new AtomicLong();
    long startNs = System.nanoTime();
    long endNs = startNs + seconds * 1_000_000_000L;
    long asked = 0;
    while (System.nanoTime() < endNs) {
      room.acquire();
      long beganNs = System.nanoTime();
      asked++;
      Message request =
          SubmitScoreRequest.newBuilder()
              .setBoard("board-" + asked % 64)
              .setMember("member-" + asked % 10_007)
              .setScore((double) asked)
              .build();
      node.submit(
          Request.of(request),
          new ReplyHandler() {
            @Override
            public void reply(Message message, Position position) {
              latencyNs.recordValue(System.nanoTime() - beganNs);
              room.release();
            }

            @Override
            public void failure(Failure failure) {
              failed.incrementAndGet();
              room.release();
            }
          });
    }
    room.acquire(inFlight);
    double took = (System.nanoTime() - startNs) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "node, %s: %,.0f commands/s, p50 %.2f ms, p99 %.2f ms, %d failed%n",
        what,
        (asked - failed.get()) / took,
        latencyNs.getValueAtPercentile(50) / US / US,
        latencyNs.getValueAtPercentile(99) / US / US,
        failed.get());
    return took;
  }

  private static long[] ends(KafkaOptions options) {
    long[] ends = new long[PARTITIONS];
    try (KafkaTopics topics = KafkaTopics.connect(options, Host.machine())) {
      for (int i = 0; i < PARTITIONS; i++) {
        ends[i] = topics.open(new PartitionId("leaderboard", i)).endOffset();
      }
    }
    return ends;
  }

  private static List<List<byte[]>> records(KafkaOptions options, long[] from) {
    List<List<byte[]>> all = new ArrayList<>();
    try (KafkaTopics topics = KafkaTopics.connect(options, Host.machine())) {
      for (int i = 0; i < PARTITIONS; i++) {
        Topic topic = topics.open(new PartitionId("leaderboard", i));
        List<byte[]> records = new ArrayList<>();
        long end = topic.endOffset();
        for (long at = from[i]; at < end; ) {
          for (TopicRecord record : topic.read(at, 1 << 20)) {
            records.add(record.bytes());
            at = record.offset() + 1;
          }
        }
        all.add(records);
      }
    }
    return all;
  }

  private static double bytes(List<List<byte[]>> records) {
    return records.stream().flatMap(List::stream).mapToLong(record -> record.length).sum();
  }

  /** Seconds. */
  private static double plain(KafkaOptions options, List<List<byte[]>> records)
      throws InterruptedException {
    try (KafkaTopics topics = KafkaTopics.connect(options, Host.machine())) {
      topics.partitionsOf("plain", PARTITIONS);
    }
    try (Producer<byte[], byte[]> producer = new KafkaProducer<>(ClientConfigs.producer(options))) {
      producer.partitionsFor(options.topic("plain"));
      long startNs = System.nanoTime();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < PARTITIONS; i++) {
        int partition = i;
        threads.add(
            Thread.ofPlatform()
                .start(() -> send(producer, options, partition, records.get(partition))));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return (System.nanoTime() - startNs) / 1e9;
    }
  }

  private static void send(
      Producer<byte[], byte[]> producer,
      KafkaOptions options,
      int partition,
      List<byte[]> records) {
    Semaphore room = new Semaphore(RECORDS_IN_FLIGHT);
    for (byte[] record : records) {
      room.acquireUninterruptibly();
      var _ =
          producer.send(
              new ProducerRecord<>(options.topic("plain"), partition, null, record),
              (_, failure) -> {
                if (failure != null) {
                  System.out.println("producer: " + failure);
                }
                room.release();
              });
    }
    room.acquireUninterruptibly(RECORDS_IN_FLIGHT);
  }
}
