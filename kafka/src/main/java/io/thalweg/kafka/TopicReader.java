package io.thalweg.kafka;

import io.thalweg.log.Batch;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.OffsetOutOfRangeException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the valid records of a partition up to its tail as this process knows it. What is not among
 * the recent records is asked of Kafka, which it waits for.
 */
final class TopicReader implements LogReader {
  private static final int READ_BYTES = 1 << 20;

  private final SharedPartition partition;
  private final int history;

  /** Events below it are passed over. */
  private final long fromOffset;

  private final TopicChain chain;
  private List<TopicRecord> fetched = List.of();
  private int taken;
  private boolean closed;
  private volatile long at;

  /**
   * @param from a place at or before {@code fromOffset}
   */
  TopicReader(SharedPartition partition, ChainPoint from, long fromOffset) {
    this.partition = partition;
    this.fromOffset = fromOffset;
    history = partition.history();
    chain = new TopicChain(partition.id(), from);
    at = from.position();
    partition.readers().add(this);
  }

  /** What is before this Kafka offset it has read. Any thread. */
  long at() {
    return at;
  }

  @Override
  public @Nullable Batch next() {
    if (closed) {
      throw new IllegalStateException("the reader of " + partition.id() + " is closed");
    }
    while (chain.position() < partition.position()) {
      if (history != partition.history()) {
        throw new LogException("the topic of " + partition.id() + " has lost what was read of it");
      }
      Verdict verdict = chain.accept(take());
      at = chain.position();
      if (!verdict.isValid()) {
        continue;
      }
      partition.passed(chain.point(), history);
      if (!isBelow(verdict)) {
        return chain.batch();
      }
    }
    return null;
  }

  private boolean isBelow(Verdict verdict) {
    long next = chain.point().nextOffset();
    boolean hasEvents = verdict == Verdict.BATCH && chain.batch().count() > 0;
    return hasEvents ? next <= fromOffset : next < fromOffset;
  }

  private TopicRecord take() {
    long from = chain.position();
    if (taken < fetched.size() && fetched.get(taken).offset() >= from) {
      return fetched.get(taken++);
    }
    fetched = List.of();
    taken = 0;
    TopicRecord recent = partition.recent(from);
    if (recent != null) {
      return recent;
    }
    List<TopicRecord> records = read(from);
    if (records.isEmpty()) {
      throw new TopicException(
          "nothing can be read of %s at Kafka offset %d".formatted(partition.id(), from));
    }
    fetched = records;
    taken = 1;
    return records.get(0);
  }

  private List<TopicRecord> read(long from) {
    if (from < partition.begins()) {
      throw partition.removed(from);
    }
    try {
      return partition.topic().read(from, READ_BYTES);
    } catch (OffsetOutOfRangeException e) {
      partition.begin(partition.topic().startOffset());
      throw from < partition.begins() ? partition.removed(from) : e;
    }
  }

  @Override
  public LogCursor cursor() {
    return partition.cursor(chain.point());
  }

  @Override
  public void close() {
    closed = true;
    fetched = List.of();
    partition.readers().remove(this);
  }

  /**
   * Finds the record that a cursor stands behind. Its position may be too low: a leader cannot know
   * where its records will be.
   *
   * @return null if it is not there
   * @throws OffsetOutOfRangeException if it was removed
   */
  static @Nullable ChainPoint find(SharedPartition partition, LogCursor cursor) {
    Topic topic = partition.topic();
    long at = Math.max(0, cursor.position() - 1);
    if (at < topic.startOffset()) {
      throw new OffsetOutOfRangeException(
          "the topic of %s begins at Kafka offset %d, the cursor stands at %d"
              .formatted(partition.id(), topic.startOffset(), cursor.position()));
    }
    long end = topic.endOffset();
    long last = Math.min(end, at + MAX_SEARCH);
    while (at < last) {
      List<TopicRecord> records = topic.read(at, READ_BYTES);
      for (TopicRecord record : records) {
        if (TopicChain.isAt(record, cursor)) {
          return ChainPoint.of(cursor, record.offset() + 1);
        }
        at = record.offset() + 1;
      }
      if (records.isEmpty()) {
        break;
      }
    }
    return null;
  }

  /** So many records behind a cursor's position the one that it names must be. */
  private static final long MAX_SEARCH = 100_000;
}
