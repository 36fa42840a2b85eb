package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.log.PartitionId;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** The topics of a real Kafka cluster, by its own clients. */
final class KafkaTopics implements Topics {
  private static final long MADE_NS = TimeUnit.SECONDS.toNanos(30);
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(50);

  private final KafkaOptions options;
  private final Host host;
  private final Admin admin;
  private final RecordSender sender;
  private final ReadPool pool;

  private KafkaTopics(KafkaOptions options, Host host) {
    this.options = options;
    this.host = host;
    admin = Admin.create(ClientConfigs.admin(options));
    sender = new RecordSender(options, host);
    pool = new ReadPool(options, host);
  }

  /**
   * @throws TopicException if the options are refused by Kafka's clients
   */
  static KafkaTopics connect(KafkaOptions options, Host host) {
    try {
      return new KafkaTopics(options, host);
    } catch (RuntimeException e) {
      throw new TopicException(
          "Kafka at %s cannot be used: %s".formatted(options.bootstrapServers(), reason(e)), e);
    }
  }

  /** The number of partitions of a service's topic, which is made if it is not there. */
  int partitionsOf(String service, int wanted) {
    String name = options.topic(service);
    return thereOrMade(name, wanted, TopicRequirements.settings(options.dev())).partitions().size();
  }

  /**
   * Makes the topic of the directory of nodes if it is not there.
   *
   * @throws TopicException if it is not set up as it must be
   */
  void directory(String of) {
    String name = options.topic(of);
    TopicDescription topic =
        thereOrMade(name, 1, TopicRequirements.directorySettings(options.dev()));
    Config config = configs(Set.of(name)).get(name);
    String wrong =
        config == null
            ? "the settings of the topic " + name + " cannot be read"
            : TopicRequirements.directoryProblem(topic, config, options.dev());
    if (wrong != null) {
      throw new TopicException(wrong);
    }
  }

  /** What there is to know of the topic of keys. */
  record KeyTopic(UUID topicId, long segmentMs) {}

  /**
   * The topic of the keys of subjects, which is made if it is not there.
   *
   * @throws TopicException if it is not set up as it must be
   */
  KeyTopic keys(String of) {
    String name = options.topic(of);
    TopicDescription topic = thereOrMade(name, 1, TopicRequirements.keySettings(options.dev()));
    Config config = configs(Set.of(name)).get(name);
    String wrong =
        config == null
            ? "the settings of the topic " + name + " cannot be read"
            : TopicRequirements.keyProblem(topic, config, options.dev());
    if (wrong != null || config == null) {
      throw new TopicException(String.valueOf(wrong));
    }
    return new KeyTopic(idOf(topic), TopicRequirements.segmentMs(config));
  }

  private static UUID idOf(TopicDescription topic) {
    Uuid id = topic.topicId();
    return new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  private TopicDescription thereOrMade(String name, int wanted, Map<String, String> settings) {
    Optional<TopicDescription> there = describe(name);
    if (there.isEmpty()) {
      make(name, wanted, settings);
      long startNs = host.nanoTime();
      while (there.isEmpty()) {
        if (host.nanoTime() - startNs > MADE_NS) {
          throw new TopicException("the topic " + name + " was made and is not there");
        }
        host.parkNanos(this, LOOK_NS);
        there = describe(name);
      }
    }
    return there.orElseThrow();
  }

  private void make(String name, int partitions, Map<String, String> settings) {
    NewTopic topic =
        new NewTopic(name, partitions, TopicRequirements.replicas(options.dev())).configs(settings);
    try {
      get(admin.createTopics(List.of(topic)).all(), "make the topic " + name);
    } catch (TopicException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw e;
      }
    }
  }

  private Optional<TopicDescription> describe(String name) {
    try {
      return Optional.ofNullable(
          get(admin.describeTopics(List.of(name)).allTopicNames(), "describe the topic " + name)
              .get(name));
    } catch (TopicException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public Topic open(PartitionId id) {
    String name = options.topic(id.service());
    TopicDescription topic =
        describe(name).orElseThrow(() -> new TopicException("there is no topic " + name));
    if (id.index() >= topic.partitions().size()) {
      throw new TopicException(
          "the topic %s has %d partitions, and %s is wanted"
              .formatted(name, topic.partitions().size(), id));
    }
    String wrong = problems(Set.of(name)).get(name);
    if (wrong != null) {
      throw new TopicException(wrong);
    }
    return new KafkaTopic(new TopicPartition(name, id.index()), idOf(topic));
  }

  /** What is wrong with topics, by their names. */
  private Map<String, String> problems(Set<String> names) {
    Map<String, TopicDescription> topics =
        get(admin.describeTopics(names).allTopicNames(), "describe topics");
    Map<String, Config> configs = configs(names);
    Map<String, String> found = new TreeMap<>();
    topics.forEach((name, topic) -> {
      Config config = configs.get(name);
      String wrong =
          config == null
              ? "the settings of the topic " + name + " cannot be read"
              : TopicRequirements.problem(topic, config, options.dev());
      if (wrong != null) {
        found.put(name, wrong);
      }
    });
    return found;
  }

  private Map<String, Config> configs(Set<String> names) {
    Map<String, Config> byName = new HashMap<>();
    get(
            admin
                .describeConfigs(
                    names.stream()
                        .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                        .toList())
                .all(),
            "read the settings of topics")
        .forEach((resource, config) -> byName.put(resource.name(), config));
    return byName;
  }

  @Override
  public Map<PartitionId, String> unsafe(Collection<PartitionId> ids) {
    Set<String> names = new TreeSet<>();
    ids.forEach(id -> names.add(options.topic(id.service())));
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, String> found = problems(names);
    Map<PartitionId, String> unsafe = new HashMap<>();
    for (PartitionId id : ids) {
      String wrong = found.get(options.topic(id.service()));
      if (wrong != null) {
        unsafe.put(id, wrong);
      }
    }
    return unsafe;
  }

  @Override
  public Map<PartitionId, Long> endOffsets(Collection<PartitionId> ids) {
    Map<TopicPartition, PartitionId> byPartition = new HashMap<>();
    ids.forEach(
        id -> byPartition.put(new TopicPartition(options.topic(id.service()), id.index()), id));
    Map<PartitionId, Long> ends = new HashMap<>();
    pool.endOffsets(byPartition.keySet())
        .forEach((partition, end) -> {
          PartitionId id = byPartition.get(partition);
          if (id != null) {
            ends.put(id, end);
          }
        });
    return ends;
  }

  private static <T> T get(KafkaFuture<T> future, String what) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          Throwable cause = e.getCause() == null ? e : e.getCause();
          throw new TopicException("cannot %s: %s".formatted(what, reason(cause)), cause);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String reason(Throwable failure) {
    @Nullable Throwable cause = failure.getCause();
    String own = String.valueOf(failure.getMessage());
    return cause == null || cause.getMessage() == null ? own : own + ": " + cause.getMessage();
  }

  @Override
  public void close() {
    sender.close();
    pool.close();
    admin.close(java.time.Duration.ofSeconds(2));
  }

  private final class KafkaTopic implements Topic {
    private final TopicPartition partition;
    private final UUID topicId;

    KafkaTopic(TopicPartition partition, UUID topicId) {
      this.partition = partition;
      this.topicId = topicId;
    }

    @Override
    public UUID topicId() {
      return topicId;
    }

    @Override
    public void append(byte[] record, Outcome outcome) {
      sender.send(partition.topic(), partition.partition(), record, outcome);
    }

    @Override
    public List<TopicRecord> read(long from, int maxBytes) {
      return pool.read(partition, from);
    }

    @Override
    public long endOffset() {
      return one(pool.endOffsets(List.of(partition)));
    }

    @Override
    public long startOffset() {
      return one(pool.beginningOffsets(List.of(partition)));
    }

    @Override
    public void deleteBefore(long offset) {
      get(
          admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).all(),
          "remove records of " + partition);
    }

    @Override
    public long offsetAt(long timeMs) {
      long found =
          get(
                  admin
                      .listOffsets(Map.of(partition, OffsetSpec.forTimestamp(timeMs)))
                      .partitionResult(partition),
                  "find a time in " + partition)
              .offset();
      return found < 0 ? endOffset() : found;
    }

    private long one(Map<TopicPartition, Long> offsets) {
      Long offset = offsets.get(partition);
      if (offset == null) {
        throw new TopicException("Kafka does not know " + partition);
      }
      return offset;
    }
  }
}
