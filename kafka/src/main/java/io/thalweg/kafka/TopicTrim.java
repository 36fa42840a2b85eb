package io.thalweg.kafka;

import io.thalweg.log.Batch;
import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogCursor;
import io.thalweg.log.TrimRequest;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Which records of a topic partition may be removed. */
final class TopicTrim {
  private static final int PEEK_BYTES = 1 << 20;

  private TopicTrim() {}

  /**
   * What is before a Kafka offset may go.
   *
   * @param held why no more
   */
  record Bound(long position, String held) {
    Bound atMost(long other, String why) {
      return other < position ? new Bound(other, why) : this;
    }
  }

  /** The partitions that a request speaks of; of all others everything stays. */
  static List<SharedPartition> meant(Collection<SharedPartition> all, TrimRequest request) {
    List<TrimRequest.Holder> holders = request.holders().get();
    return all.stream()
        .filter(partition ->
            holders.stream().anyMatch(holder -> holder.positions().containsKey(partition.id())))
        .toList();
  }

  /** Asks Kafka only if age has a say, and last. */
  static Bound bound(SharedPartition partition, TrimRequest request) {
    Bound bound = new Bound(partition.position(), "everything was removed that may be");
    for (TrimRequest.Holder holder : request.holders().get()) {
      LogCursor cursor = holder.positions().get(partition.id());
      // The record that a cursor names is what proves that the log continues it.
      bound =
          bound.atMost(
              cursor == null ? 0 : Math.max(0, cursor.position() - 1),
              "%s needs %s of %s"
                  .formatted(
                      holder.name(),
                      cursor == null ? "all" : "what follows offset " + cursor.nextOffset(),
                      partition.id()));
    }
    for (TopicReader reader : partition.readers()) {
      bound = bound.atMost(reader.at(), "a reader of " + partition.id() + " is open");
    }
    if (request.keepFromLogTimeUs() != Long.MAX_VALUE && bound.position() > partition.begins()) {
      long timeMs = Math.max(0, TimeUnit.MICROSECONDS.toMillis(request.keepFromLogTimeUs()));
      bound =
          bound.atMost(
              partition.topic().offsetAt(timeMs),
              "what follows of " + partition.id() + " is young");
    }
    return bound;
  }

  /** Roughly the first event of a topic whose first records were removed; above 0. */
  static long firstOffset(SharedPartition partition) {
    List<TopicRecord> records = partition.topic().read(partition.begins(), PEEK_BYTES);
    for (TopicRecord record : records) {
      try {
        return Math.max(1, Batch.parse(ByteBuffer.wrap(record.bytes())).firstOffset());
      } catch (LogCorruptException e) {
        // A stranger's.
      }
    }
    return 1;
  }
}
