package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands records to the producer on a thread of its own: its {@code send} may wait for metadata or
 * for room in its buffer, and compresses, which a partition's thread must not wait for.
 *
 * <p>What waits here is bounded by the leaders: each has a few batches on their way. A producer
 * that has failed for good is replaced; all leaderships that had something on their way through it
 * have heard of it.
 */
final class RecordSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RecordSender.class);
  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final KafkaOptions options;
  private final Host host;
  private final Waiters waiters;
  private final Queue<Sending> queue = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean broken;

  // Of the thread.
  private @Nullable Producer<byte[], byte[]> producer;

  private record Sending(String topic, int partition, byte[] record, Topic.Outcome outcome) {}

  RecordSender(KafkaOptions options, Host host) {
    this.options = options;
    this.host = host;
    waiters = new Waiters(host);
    thread = host.thread("thalweg-sender", this::run);
    host.start(thread);
  }

  void send(String topic, int partition, byte[] record, Topic.Outcome outcome) {
    queue.add(new Sending(topic, partition, record, outcome));
    waiters.wake();
  }

  private void run() {
    while (!closed) {
      Sending next = queue.poll();
      if (next == null) {
        waiters.await(() -> closed || !queue.isEmpty());
        continue;
      }
      send(next);
    }
    for (Sending left = queue.poll(); left != null; left = queue.poll()) {
      left.outcome().failed(new TopicException("the node is closing"));
    }
    drop(CLOSE);
  }

  private void send(Sending next) {
    try {
      if (broken) {
        broken = false;
        drop(Duration.ZERO);
      }
      Producer<byte[], byte[]> to = producer;
      if (to == null) {
        to = new KafkaProducer<>(ClientConfigs.producer(options));
        producer = to;
      }
      var _ =
          to.send(
              new ProducerRecord<>(next.topic(), next.partition(), null, next.record()),
              (metadata, failure) -> {
                if (failure != null) {
                  failed(next, failure);
                } else if (!metadata.hasOffset()) {
                  // It was there already, and Kafka has forgotten where.
                  next.outcome()
                      .failed(new TopicException("Kafka did not say where the record is"));
                } else {
                  next.outcome().appended(metadata.offset());
                }
              });
    } catch (RuntimeException e) {
      failed(next, e);
    }
  }

  private void failed(Sending sending, Exception failure) {
    if (!(failure instanceof RetriableException) && !(failure instanceof TimeoutException)) {
      LOG.warn("the producer is replaced: {}", failure.toString());
      broken = true;
    }
    sending.outcome().failed(failure);
  }

  private void drop(Duration patience) {
    Producer<byte[], byte[]> old = producer;
    producer = null;
    if (old != null) {
      old.close(patience);
    }
  }

  @Override
  public void close() {
    closed = true;
    waiters.wake();
    host.join(thread);
  }
}
