package io.thalweg.kafka;

import io.thalweg.host.Host;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The clients of Kafka over the topic of keys, whose calls wait for seconds and no longer: a
 * partition's thread may be waiting. Reading is for one thread at a time.
 */
final class KeyTopicClient implements AutoCloseable {
  private static final int CALL_MS = 5_000;
  private static final int DELIVERY_MS = 10_000;
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final TopicPartition partition;
  private final Host host;
  private final Producer<byte[], byte[]> producer;
  private final Consumer<byte[], byte[]> consumer;

  KeyTopicClient(KafkaOptions options, String topic, Host host) {
    this.host = host;
    partition = new TopicPartition(topic, 0);
    Map<String, Object> writing = new HashMap<>(ClientConfigs.producer(options));
    writing.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MS);
    writing.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, CALL_MS);
    writing.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, CALL_MS);
    writing.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 4L << 20);
    // Keys are random: nothing would be gained.
    writing.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
    writing.remove(ProducerConfig.COMPRESSION_ZSTD_LEVEL_CONFIG);
    Map<String, Object> reading = new HashMap<>(ClientConfigs.consumer(options));
    reading.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, CALL_MS);
    reading.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, CALL_MS);
    producer = new KafkaProducer<>(writing);
    try {
      consumer = new KafkaConsumer<>(reading);
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw new TopicException("the topic of keys cannot be read: " + e.getMessage(), e);
    }
    consumer.assign(List.of(partition));
  }

  /** The offset after the last record. */
  long end() {
    Long end = consumer.endOffsets(List.of(partition)).get(partition);
    if (end == null) {
      throw new TopicException("Kafka does not know " + partition);
    }
    return end;
  }

  /** The next read begins at the first record that there is. */
  void fromBeginning() {
    consumer.seekToBeginning(List.of(partition));
  }

  /** The offset of the next record that is read. */
  long position() {
    return consumer.position(partition);
  }

  /** Some of the next records, perhaps none. */
  List<ConsumerRecord<byte[], byte[]>> read() {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    consumer.poll(POLL).forEach(found::add);
    return found;
  }

  /** A record: its key, and what is under it from now on; null removes it. */
  record Change(byte[] key, byte @Nullable [] value) {}

  /**
   * Writes records in their order; all are durable when this returns. Any thread.
   *
   * @throws TopicException if that is not known
   */
  void write(List<Change> changes) {
    try {
      List<Future<RecordMetadata>> sent = new ArrayList<>(changes.size());
      for (Change change : changes) {
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    partition.topic(), partition.partition(), change.key(), change.value())));
      }
      long startNs = host.nanoTime();
      for (Future<RecordMetadata> each : sent) {
        long leftNs =
            TimeUnit.MILLISECONDS.toNanos(DELIVERY_MS + CALL_MS) - (host.nanoTime() - startNs);
        each.get(Math.max(1, leftNs), TimeUnit.NANOSECONDS);
      }
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new TopicException("the keys of subjects cannot be written: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TopicException("interrupted while keys of subjects were written", e);
    }
  }

  @Override
  public void close() {
    try {
      producer.close(CLOSE);
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE));
    }
  }
}
