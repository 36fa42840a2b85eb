import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The update of a board on Kafka Streams with exactly-once (v2): the score of a member replaces the
 * one before in a persistent store with a changelog, and the answer goes to a topic, which the
 * caller reads with read_committed. It keeps no ranks, which is less than a leaderboard does.
 *
 * <p>Arguments: bootstrap servers, members, seconds of a round, rounds, commit interval in ms,
 * submits on their way, and the directory of the state.
 */
public final class StreamsBoard {
  private static final String IN = "streams.submits";
  private static final String OUT = "streams.answers";
  private static final String STORE = "scores";

  private StreamsBoard() {}

  /** Runs the rounds and prints a line each. */
  public static void main(String[] args) throws Exception {
    String bootstrap = args[0];
    int members = Integer.parseInt(args[1]);
    int seconds = Integer.parseInt(args[2]);
    int rounds = Integer.parseInt(args[3]);
    String commitMs = args[4];
    int onTheirWay = Integer.parseInt(args[5]);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      for (String topic : List.of(IN, OUT)) {
        if (!admin.listTopics().names().get().contains(topic)) {
          admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
        }
      }
    }
    try (KafkaStreams streams = streams(bootstrap, commitMs, args[6]);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of(
                    ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    bootstrap,
                    ProducerConfig.ACKS_CONFIG,
                    "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of(
                    ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                    bootstrap,
                    ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                    "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      streams.start();
      TopicPartition answers = new TopicPartition(OUT, 0);
      consumer.assign(List.of(answers));
      consumer.seekToEnd(List.of(answers));
      consumer.position(answers);
      while (streams.state() != KafkaStreams.State.RUNNING) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      round(producer, consumer, members, seconds, onTheirWay, null);
      for (int i = 0; i < rounds; i++) {
        double cpuBefore = cpuSeconds();
        round(producer, consumer, members, seconds, onTheirWay, cpuBefore);
      }
    }
  }

  private static double cpuSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
  }

  private static KafkaStreams streams(String bootstrap, String commitMs, String directory) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(STORE), Serdes.ByteArray(), Serdes.ByteArray()));
    builder.stream(
            IN,
            org.apache.kafka.streams.kstream.Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .process(Update::new, STORE)
        .to(
            OUT,
            org.apache.kafka.streams.kstream.Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "streams-board");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMs);
    config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    config.put(StreamsConfig.STATE_DIR_CONFIG, directory);
    config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    return new KafkaStreams(builder.build(), config);
  }

  private static final class Update implements Processor<byte[], byte[], byte[], byte[]> {
    private ProcessorContext<byte[], byte[]> context;
    private KeyValueStore<byte[], byte[]> scores;

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
      this.context = context;
      scores = context.getStateStore(STORE);
    }

    // The value: 8 bytes of the time at which it was sent, 8 of the score.
    @Override
    public void process(Record<byte[], byte[]> submit) {
      byte[] before = scores.get(submit.key());
      byte[] score = Arrays.copyOfRange(submit.value(), 8, 16);
      scores.put(submit.key(), score);
      byte[] answer = Arrays.copyOf(submit.value(), 24);
      if (before != null) {
        System.arraycopy(before, 0, answer, 16, 8);
      }
      context.forward(submit.withValue(answer));
    }
  }

  private static void round(
      KafkaProducer<byte[], byte[]> producer,
      KafkaConsumer<byte[], byte[]> consumer,
      int members,
      int seconds,
      int onTheirWay,
      Double cpuBefore)
      throws InterruptedException {
    Semaphore room = new Semaphore(onTheirWay);
    long startNs = System.nanoTime();
    long endNs = startNs + TimeUnit.SECONDS.toNanos(seconds);
    Thread sender =
        Thread.ofPlatform()
            .start(() -> {
              SplittableRandom random = new SplittableRandom(startNs);
              while (System.nanoTime() < endNs) {
                room.acquireUninterruptibly();
                byte[] key = "bench/m%012d".formatted(random.nextInt(members)).getBytes();
                byte[] value =
                    ByteBuffer.allocate(16)
                        .putLong(System.nanoTime())
                        .putDouble(random.nextInt(1_000_000_000))
                        .array();
                producer.send(new ProducerRecord<>(IN, key, value));
              }
            });
    long[] latencies = new long[1 << 22];
    int answered = 0;
    long lastNs = startNs;
    while (sender.isAlive() || room.availablePermits() < onTheirWay) {
      for (ConsumerRecord<byte[], byte[]> answer : consumer.poll(Duration.ofMillis(50))) {
        lastNs = System.nanoTime();
        latencies[Math.min(answered++, latencies.length - 1)] =
            lastNs - ByteBuffer.wrap(answer.value()).getLong();
        room.release();
      }
    }
    sender.join();
    if (cpuBefore == null) {
      return;
    }
    int kept = Math.min(answered, latencies.length);
    Arrays.sort(latencies, 0, kept);
    System.out.printf(
        "Kafka Streams, exactly-once v2: %.0f commands/s, p50 %.2f ms, p99 %.2f ms, CPU %.1f us a"
            + " command (without the broker's)%n",
        answered / ((lastNs - startNs) / 1e9),
        latencies[kept / 2] / 1e6,
        latencies[Math.max(0, (int) Math.ceil(kept * 0.99) - 1)] / 1e6,
        (cpuSeconds() - cpuBefore) * 1e6 / answered);
  }
}
