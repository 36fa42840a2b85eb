package io.thalweg.kafka;

import io.thalweg.log.PartitionId;
import java.util.Collection;
import java.util.Map;

/** What we need of a Kafka cluster. Thread-safe. */
interface Topics extends AutoCloseable {
  /**
   * The topic partition of a partition.
   *
   * @throws TopicException if it is not there, or its topic is not set up as the log needs it; says
   *     what to change
   */
  Topic open(PartitionId id);

  /**
   * The ends of several partitions, asked for together. Waits for Kafka, for a bounded time.
   *
   * @throws TopicException if Kafka cannot be reached
   */
  Map<PartitionId, Long> endOffsets(Collection<PartitionId> ids);

  /**
   * Looks again whether the topics are set up as the log needs them; called now and then.
   *
   * @return by partition, why it must not be led; nothing for those that are well
   */
  Map<PartitionId, String> unsafe(Collection<PartitionId> ids);

  @Override
  void close();
}
