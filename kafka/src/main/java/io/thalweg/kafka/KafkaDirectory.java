package io.thalweg.kafka;

import io.thalweg.cluster.DirectoryTopic;
import io.thalweg.host.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a cluster's nodes: the one partition of the topic {@code CLUSTER.directory},
 * which is made if it is not there. Old records are of no use to anybody, so Kafka removes them,
 * and a reader begins at the end: whoever lives speaks again within a heartbeat.
 *
 * <p>While Kafka cannot be reached nothing is read, and what is appended is lost.
 */
public final class KafkaDirectory implements DirectoryTopic, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaDirectory.class);
  private static final String NAME = "directory";
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration CLOSE = Duration.ofSeconds(2);

  /** What is older says nothing any more. */
  private static final int DELIVERY_MS = 2_000;

  private final TopicPartition partition;
  private final Producer<byte[], byte[]> producer;
  private final Consumer<byte[], byte[]> consumer;
  private boolean failing;

  private KafkaDirectory(
      TopicPartition partition,
      Producer<byte[], byte[]> producer,
      Consumer<byte[], byte[]> consumer) {
    this.partition = partition;
    this.producer = producer;
    this.consumer = consumer;
  }

  /**
   * Connects, and makes the topic if it is not there.
   *
   * @throws TopicException if Kafka cannot be reached, or the topic has other settings than are
   *     needed: says which
   */
  public static KafkaDirectory open(KafkaOptions options, Host host) {
    try (KafkaTopics topics = KafkaTopics.connect(options, host)) {
      topics.directory(NAME);
    }
    TopicPartition partition = new TopicPartition(options.topic(NAME), 0);
    Map<String, Object> writing = new HashMap<>(ClientConfigs.producer(options));
    writing.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MS);
    writing.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, DELIVERY_MS / 2);
    writing.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, DELIVERY_MS / 10);
    writing.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 16L << 20);
    Map<String, Object> reading = new HashMap<>(ClientConfigs.consumer(options));
    reading.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    Producer<byte[], byte[]> producer = new KafkaProducer<>(writing);
    Consumer<byte[], byte[]> consumer;
    try {
      consumer = new KafkaConsumer<>(reading);
      consumer.assign(List.of(partition));
      consumer.seekToEnd(List.of(partition));
      // So that nothing that comes from now on is missed.
      long _ = consumer.position(partition, Duration.ofSeconds(10));
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw new TopicException("the directory of nodes cannot be read: " + e.getMessage(), e);
    }
    return new KafkaDirectory(partition, producer, consumer);
  }

  @Override
  public void append(String key, byte[] record) {
    try {
      var _ =
          producer.send(
              new ProducerRecord<>(
                  partition.topic(),
                  partition.partition(),
                  key.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                  record));
    } catch (KafkaException e) {
      said("written", e);
    }
  }

  @Override
  public List<byte[]> poll() {
    try {
      List<byte[]> found = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.value() != null) {
          found.add(record.value());
        }
      }
      if (!found.isEmpty()) {
        failing = false;
      }
      return found;
    } catch (KafkaException e) {
      said("read", e);
      return List.of();
    }
  }

  // Once, not every time.
  private void said(String what, KafkaException e) {
    if (!failing) {
      failing = true;
      LOG.warn("the directory of nodes cannot be {} just now: {}", what, e.getMessage());
    }
  }

  /** Sends what was appended, for two seconds at most. */
  @Override
  public void close() {
    try {
      producer.close(CLOSE);
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }
}
