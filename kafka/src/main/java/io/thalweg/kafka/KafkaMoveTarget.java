package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.log.AppendListener;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.runtime.MoveTarget;
import io.thalweg.runtime.keys.SubjectKey;
import io.thalweg.runtime.keys.SubjectKeys;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** The topics of a cluster, to which the data of a node are brought. Used by one thread. */
public final class KafkaMoveTarget implements MoveTarget {
  private final KafkaOptions options;
  private final KafkaTopics topics;
  private final TopicLog log;
  private final TopicKeys keys;

  private KafkaMoveTarget(KafkaOptions options, KafkaTopics topics, TopicLog log, TopicKeys keys) {
    this.options = options;
    this.topics = topics;
    this.log = log;
    this.keys = keys;
  }

  /**
   * Connects to Kafka, and makes the topic of keys if it is not there.
   *
   * @throws TopicException if Kafka cannot be reached, or the topic is not set up as it must be
   */
  public static KafkaMoveTarget connect(KafkaOptions options, Host host) {
    KafkaTopics topics = KafkaTopics.connect(options, host);
    try {
      KafkaTopics.KeyTopic topic = topics.keys(TopicKeys.NAME);
      TopicKeys keys = TopicKeys.open(options, host, topic.topicId(), topic.segmentMs());
      UUID id = UUID.nameUUIDFromBytes(options.cluster().getBytes(StandardCharsets.UTF_8));
      TopicLog log = new TopicLog(KafkaTopics.connect(options, host), host, id);
      return new KafkaMoveTarget(options, topics, log, keys);
    } catch (RuntimeException | Error e) {
      topics.close();
      throw e;
    }
  }

  @Override
  public String cluster() {
    return options.cluster();
  }

  @Override
  public int partitionsOf(String service, int wanted) {
    return topics.partitionsOf(service, wanted);
  }

  @Override
  public Log log() {
    return log;
  }

  @Override
  public PartitionLog begin(
      PartitionId id,
      long firstOffset,
      Lineage lineage,
      int contractLevel,
      long logTimeUs,
      AppendListener listener) {
    return log.begin(id, firstOffset, lineage, contractLevel, logTimeUs, listener);
  }

  @Override
  public long countKeys() {
    return keys.count();
  }

  @Override
  public void takeKeys(SubjectKeys from) {
    for (int bucket = 0; bucket < SubjectKeys.BUCKETS && from.count() > 0; bucket++) {
      List<SubjectKey> held = from.bucket(bucket);
      if (!held.isEmpty()) {
        keys.change(held, List.of());
      }
    }
  }

  @Override
  public void close() {
    try (topics;
        log) {
      keys.close();
    }
  }
}
