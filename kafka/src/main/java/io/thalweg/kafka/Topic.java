package io.thalweg.kafka;

import java.util.List;
import java.util.UUID;

/**
 * What we need of one partition of a topic: the whole of Kafka as the protocol sees it.
 * Thread-safe.
 *
 * <p>An append may be lost, take effect twice, or take effect long after it was reported as failed.
 * What is read is committed: it never changes afterwards, unless the cluster breaks its promise.
 */
interface Topic {
  /** Identity of the topic: another one for a topic that was deleted and made again. */
  UUID topicId();

  /**
   * Appends a record, sooner or later, and returns at once. Records are sent in the order of the
   * calls.
   *
   * @param record not changed by anybody from now on
   * @param outcome hears what became of it, once, on any thread
   */
  void append(byte[] record, Outcome outcome);

  /**
   * The committed records from an offset on, in order; at least one if there is one. Waits for
   * Kafka, for a bounded time.
   *
   * @param maxBytes not many more bytes than this, but for a single large record
   * @return empty if there is none at or after {@code from} now
   * @throws io.thalweg.log.OffsetOutOfRangeException if {@code from} is not within the topic
   * @throws TopicException if Kafka cannot be reached
   */
  List<TopicRecord> read(long from, int maxBytes);

  /** The offset after the last committed record. Waits for Kafka, for a bounded time. */
  long endOffset();

  /** The offset of the first record that there still is. Waits for Kafka, for a bounded time. */
  long startOffset();

  /**
   * Removes the committed records before an offset, for ever. Waits for Kafka, for a bounded time.
   */
  void deleteBefore(long offset);

  /**
   * Offset of the first record that a broker took at this time or later, milliseconds since 1970 by
   * the clocks of the brokers; the end if there is none. Waits for Kafka, for a bounded time.
   */
  long offsetAt(long timeMs);

  /** Hears what became of an append. It must not block. */
  interface Outcome {
    /** The record is committed at this offset. */
    void appended(long offset);

    /** It may or may not be there, now or later. */
    void failed(Exception cause);
  }
}
