package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.OffsetOutOfRangeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A few consumers that all readers of a node share: each is used by one at a time, for one read. A
 * reader that goes on where a consumer stands is given that one, which has fetched ahead.
 */
final class ReadPool implements AutoCloseable {
  private static final int MAX_CONSUMERS = 4;
  private static final long WAIT_NS = TimeUnit.SECONDS.toNanos(30);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long READ_NS = TimeUnit.SECONDS.toNanos(10);
  private static final Duration CLOSE = Duration.ofMillis(500);

  private final KafkaOptions options;
  private final Host host;
  private final Waiters waiters;

  // Guarded by this.
  private final ArrayDeque<Place> free = new ArrayDeque<>();
  private int made;
  private boolean closed;

  /** A consumer, and where it stands. */
  private static final class Place {
    final Consumer<byte[], byte[]> consumer;
    @Nullable TopicPartition partition;
    long next;

    Place(Consumer<byte[], byte[]> consumer) {
      this.consumer = consumer;
    }
  }

  ReadPool(KafkaOptions options, Host host) {
    this.options = options;
    this.host = host;
    waiters = new Waiters(host);
  }

  /** As {@link Topic#read}: there is something at or after {@code from}. */
  List<TopicRecord> read(TopicPartition partition, long from) {
    return with(partition, from, place -> read(place, partition, from));
  }

  private List<TopicRecord> read(Place place, TopicPartition partition, long from) {
    if (!partition.equals(place.partition)) {
      place.consumer.assign(List.of(partition));
      place.partition = partition;
      place.next = -1;
    }
    if (place.next != from) {
      place.consumer.seek(partition, from);
      place.next = from;
    }
    long startNs = host.nanoTime();
    while (host.nanoTime() - startNs < READ_NS) {
      ConsumerRecords<byte[], byte[]> records = place.consumer.poll(POLL);
      if (!records.isEmpty()) {
        List<TopicRecord> found = new ArrayList<>(records.count());
        for (ConsumerRecord<byte[], byte[]> record : records) {
          byte[] value = record.value();
          found.add(new TopicRecord(record.offset(), value == null ? new byte[0] : value));
        }
        place.next = found.get(found.size() - 1).offset() + 1;
        return found;
      }
    }
    return List.of();
  }

  Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
    return with(null, -1, place -> place.consumer.endOffsets(partitions));
  }

  Map<TopicPartition, Long> beginningOffsets(Collection<TopicPartition> partitions) {
    return with(null, -1, place -> place.consumer.beginningOffsets(partitions));
  }

  private <T> T with(@Nullable TopicPartition partition, long from, Function<Place, T> action) {
    Place place = take(partition, from);
    boolean good = false;
    try {
      T result = action.apply(place);
      good = true;
      return result;
    } catch (InvalidOffsetException e) {
      throw new OffsetOutOfRangeException(
          "Kafka offset %d is not within %s".formatted(from, partition), e);
    } catch (KafkaException e) {
      throw new TopicException("Kafka cannot be read: " + e.getMessage(), e);
    } finally {
      giveBack(place, good);
    }
  }

  private Place take(@Nullable TopicPartition partition, long from) {
    Place[] taken = new Place[1];
    boolean[] mayMake = new boolean[1];
    boolean free = waiters.await(() -> tryTake(partition, from, taken, mayMake), WAIT_NS);
    Place place = taken[0];
    if (place != null) {
      return place;
    }
    if (!free) {
      throw new TopicException("all consumers are busy");
    }
    if (!mayMake[0]) {
      throw new TopicException("the log is closed");
    }
    try {
      return new Place(new KafkaConsumer<>(ClientConfigs.consumer(options)));
    } catch (RuntimeException e) {
      synchronized (this) {
        made--;
      }
      waiters.wake();
      throw new TopicException("no consumer can be made: " + e.getMessage(), e);
    }
  }

  private synchronized boolean tryTake(
      @Nullable TopicPartition partition, long from, Place[] taken, boolean[] mayMake) {
    if (closed) {
      return true;
    }
    for (Place place : free) {
      if (partition != null && partition.equals(place.partition) && place.next == from) {
        free.remove(place);
        taken[0] = place;
        return true;
      }
    }
    // One that is used for ends alone stays where it is.
    if (free.size() + 1 > MAX_CONSUMERS || made == MAX_CONSUMERS || partition == null) {
      Place last = partition == null ? free.pollLast() : free.pollFirst();
      if (last != null) {
        taken[0] = last;
        return true;
      }
    }
    if (made < MAX_CONSUMERS) {
      made++;
      mayMake[0] = true;
      return true;
    }
    return false;
  }

  private void giveBack(Place place, boolean good) {
    boolean close;
    synchronized (this) {
      close = closed || !good;
      if (close) {
        made--;
      } else {
        free.addLast(place);
      }
    }
    waiters.wake();
    if (close) {
      close(place);
    }
  }

  private static void close(Place place) {
    place.consumer.close(CloseOptions.timeout(CLOSE));
  }

  @Override
  public void close() {
    List<Place> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(free);
      free.clear();
    }
    waiters.wake();
    all.forEach(ReadPool::close);
  }
}
