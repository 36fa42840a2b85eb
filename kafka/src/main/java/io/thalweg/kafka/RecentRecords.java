package io.thalweg.kafka;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The last records of a topic partition, so that whoever follows the tail need not ask Kafka for
 * what this process has just written or read. Bounded in bytes. Guarded by its owner.
 */
final class RecentRecords {
  private static final int RECORD_BYTES = 100;

  private final long maxBytes;
  private final TreeMap<Long, TopicRecord> records = new TreeMap<>();
  private long bytes;

  RecentRecords(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Every record is added, in order: what is kept has no holes but those of the topic. */
  void add(TopicRecord record) {
    records.put(record.offset(), record);
    bytes += record.bytes().length + RECORD_BYTES;
    while (bytes > maxBytes && records.size() > 1) {
      bytes -= records.pollFirstEntry().getValue().bytes().length + RECORD_BYTES;
    }
  }

  /** The first record at or after an offset; null if it is not known here. */
  @Nullable TopicRecord at(long offset) {
    if (records.isEmpty() || records.firstKey() > offset) {
      return null;
    }
    var entry = records.ceilingEntry(offset);
    return entry == null ? null : entry.getValue();
  }

  void clear() {
    records.clear();
    bytes = 0;
  }
}
