package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.log.Log;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.DataDirectoryException;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.NodeStorage;
import io.thalweg.runtime.ScratchStore;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.StateOptions;
import io.thalweg.state.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node of a cluster stands on: the log in Kafka, which it shares with the others, and its
 * own tables in a directory of its machine, which may be deleted.
 *
 * <pre>{@code
 * NodeStorage storage = KafkaStorage.open(data, KafkaOptions.of("broker:9092", "main"), leadership);
 * try (Node node = Thalweg.on(storage).service(Leaderboard.TYPE).open()) { ... }
 * }</pre>
 */
public final class KafkaStorage implements NodeStorage {
  private final Path data;
  private final NodeStorage directory;
  private final KafkaOptions options;
  private final Leadership leadership;
  private final KafkaTopics topics;
  private final Map<String, Integer> partitions = new HashMap<>();

  private KafkaStorage(
      Path data,
      NodeStorage directory,
      KafkaOptions options,
      Leadership leadership,
      KafkaTopics topics) {
    this.data = data;
    this.directory = directory;
    this.options = options;
    this.leadership = leadership;
    this.topics = topics;
  }

  /**
   * Takes the directory, and connects to Kafka.
   *
   * @param leadership which partitions this node should lead; {@link Leadership#ALWAYS} for the
   *     only node of a cluster
   * @throws DataDirectoryException if another process holds the directory
   * @throws TopicException if the options are refused by Kafka's clients
   */
  public static KafkaStorage open(Path data, KafkaOptions options, Leadership leadership) {
    NodeStorage directory = NodeStorage.directory(data);
    try {
      KafkaTopics topics = KafkaTopics.connect(options, directory.host());
      return new KafkaStorage(data, directory, options, leadership, topics);
    } catch (RuntimeException | Error e) {
      directory.close();
      throw e;
    }
  }

  @Override
  public Leadership leadership() {
    return leadership;
  }

  @Override
  public Host host() {
    return directory.host();
  }

  /** The number of partitions of the service's topic, which is made if it is not there. */
  @Override
  public int partitionsOf(String service, int wanted) {
    Integer known = partitions.get(service);
    if (known != null) {
      return known;
    }
    int count = topics.partitionsOf(service, wanted);
    int stored = directory.partitionsOf(service, count);
    if (stored != count) {
      throw new DataDirectoryException(
          "the topic %s has %d partitions, and this data directory has tables of %d: it is of another cluster; use another directory"
              .formatted(options.topic(service), count, stored));
    }
    partitions.put(service, count);
    return count;
  }

  @Override
  public Map<String, Integer> partitionsOfAll() {
    return directory.partitionsOfAll();
  }

  @Override
  public Log openLog(SegmentLogOptions ignored) {
    UUID id = UUID.nameUUIDFromBytes(options.cluster().getBytes(StandardCharsets.UTF_8));
    return new TopicLog(KafkaTopics.connect(options, host()), host(), id);
  }

  @Override
  public boolean sharesLog() {
    return true;
  }

  @Override
  public Store openStore(StateOptions state) {
    return directory.openStore(state);
  }

  /** The keys that all nodes share. Those that this node had for itself go there. */
  @Override
  public SubjectKeys openKeys() {
    KafkaTopics.KeyTopic topic = topics.keys(TopicKeys.NAME);
    KeyTopicMemory.check(data, options.topic(TopicKeys.NAME), topic.topicId());
    TopicKeys shared = TopicKeys.open(options, host(), topic.topicId(), topic.segmentMs());
    try (SubjectKeys own = directory.openKeys()) {
      shared.adopt(own);
      return shared;
    } catch (RuntimeException | Error e) {
      shared.close();
      throw e;
    }
  }

  @Override
  public void dropStore() {
    directory.dropStore();
  }

  @Override
  public @Nullable Checkpoints checkpoints() {
    return directory.checkpoints();
  }

  @Override
  public @Nullable Path rebuildFolder() {
    return directory.rebuildFolder();
  }

  @Override
  public ScratchStore openScratch(StateOptions state) {
    return directory.openScratch(state);
  }

  @Override
  public void describeHolder(String what) {
    directory.describeHolder(what);
  }

  @Override
  public void close() {
    try (directory) {
      topics.close();
    }
  }
}
