package io.thalweg.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * What a topic must be set to so that what was acknowledged is kept: checked before a partition is
 * led, and again while it is.
 */
final class TopicRequirements {
  private static final int REPLICAS = 3;
  private static final int MIN_IN_SYNC = 2;

  private TopicRequirements() {}

  /** The settings of a topic that is made here. */
  static Map<String, String> settings(boolean dev) {
    return Map.of(
        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
        Integer.toString(dev ? 1 : MIN_IN_SYNC),
        TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
        "false",
        TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
        "LogAppendTime",
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_DELETE,
        TopicConfig.RETENTION_MS_CONFIG,
        "-1",
        TopicConfig.RETENTION_BYTES_CONFIG,
        "-1",
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        Integer.toString(ClientConfigs.MAX_RECORD_BYTES));
  }

  static short replicas(boolean dev) {
    return (short) (dev ? 1 : REPLICAS);
  }

  /** What is wrong with a topic, and how it must be; null if nothing is. */
  static @Nullable String problem(TopicDescription topic, Config config, boolean dev) {
    List<String> wrong = new ArrayList<>();
    if (!dev) {
      int replicas = topic.partitions().stream().mapToInt(p -> p.replicas().size()).min().orElse(0);
      if (replicas < REPLICAS) {
        wrong.add(
            "its replication factor is %d and must be at least %d".formatted(replicas, REPLICAS));
      }
      atLeast(wrong, config, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, MIN_IN_SYNC);
    }
    is(wrong, config, TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, "false");
    is(wrong, config, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
    is(wrong, config, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    is(wrong, config, TopicConfig.RETENTION_MS_CONFIG, "-1");
    is(wrong, config, TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    atLeast(wrong, config, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, ClientConfigs.MAX_RECORD_BYTES);
    if (wrong.isEmpty()) {
      return null;
    }
    return "the topic %s is not safe for a log: %s"
        .formatted(topic.name(), String.join("; ", wrong));
  }

  /** The settings of the keys of subjects. */
  static Map<String, String> keySettings(boolean dev) {
    return Map.of(
        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
        Integer.toString(dev ? 1 : MIN_IN_SYNC),
        TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG,
        "false",
        TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
        "LogAppendTime",
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_COMPACT,
        TopicConfig.SEGMENT_MS_CONFIG,
        Long.toString(TimeUnit.MINUTES.toMillis(10)),
        TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG,
        Long.toString(TimeUnit.HOURS.toMillis(1)),
        TopicConfig.DELETE_RETENTION_MS_CONFIG,
        Long.toString(TimeUnit.DAYS.toMillis(1)),
        TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
        "0.01");
  }

  /** What is wrong with the topic of the keys of subjects; null if nothing is. */
  static @Nullable String keyProblem(TopicDescription topic, Config config, boolean dev) {
    List<String> wrong = new ArrayList<>();
    if (topic.partitions().size() != 1) {
      wrong.add("it has %d partitions and must have 1".formatted(topic.partitions().size()));
    }
    if (!dev) {
      if (topic.partitions().stream().anyMatch(p -> p.replicas().size() < REPLICAS)) {
        wrong.add("its replication factor must be at least " + REPLICAS);
      }
      atLeast(wrong, config, TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, MIN_IN_SYNC);
    }
    is(wrong, config, TopicConfig.UNCLEAN_LEADER_ELECTION_ENABLE_CONFIG, "false");
    is(wrong, config, TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
    is(wrong, config, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    atMost(wrong, config, TopicConfig.SEGMENT_MS_CONFIG, TimeUnit.DAYS.toMillis(1));
    atMost(wrong, config, TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG, TimeUnit.DAYS.toMillis(1));
    atLeast(wrong, config, TopicConfig.DELETE_RETENTION_MS_CONFIG, TimeUnit.HOURS.toMillis(1));
    return wrong.isEmpty()
        ? null
        : "the topic %s is not fit for the keys of subjects: %s"
            .formatted(topic.name(), String.join("; ", wrong));
  }

  /** How long a segment of a topic is written. */
  static long segmentMs(Config config) {
    return Long.parseLong(value(config, TopicConfig.SEGMENT_MS_CONFIG));
  }

  /** The settings of the directory of nodes. */
  static Map<String, String> directorySettings(boolean dev) {
    return Map.of(
        TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG,
        Integer.toString(dev ? 1 : MIN_IN_SYNC),
        TopicConfig.CLEANUP_POLICY_CONFIG,
        TopicConfig.CLEANUP_POLICY_DELETE,
        TopicConfig.RETENTION_MS_CONFIG,
        Long.toString(TimeUnit.HOURS.toMillis(1)),
        TopicConfig.SEGMENT_MS_CONFIG,
        Long.toString(TimeUnit.MINUTES.toMillis(10)),
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        Integer.toString(ClientConfigs.MAX_RECORD_BYTES));
  }

  /** What is wrong with the directory of nodes, and how it must be; null if nothing is. */
  static @Nullable String directoryProblem(TopicDescription topic, Config config, boolean dev) {
    List<String> wrong = new ArrayList<>();
    if (topic.partitions().size() != 1) {
      wrong.add("it has %d partitions and must have 1".formatted(topic.partitions().size()));
    }
    if (!dev && topic.partitions().stream().anyMatch(p -> p.replicas().size() < REPLICAS)) {
      wrong.add("its replication factor must be at least " + REPLICAS);
    }
    is(wrong, config, TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    if (!value(config, TopicConfig.RETENTION_MS_CONFIG).equals("-1")) {
      atLeast(wrong, config, TopicConfig.RETENTION_MS_CONFIG, TimeUnit.MINUTES.toMillis(1));
    }
    return wrong.isEmpty()
        ? null
        : "the topic %s is not fit for the directory of nodes: %s"
            .formatted(topic.name(), String.join("; ", wrong));
  }

  private static void is(List<String> wrong, Config config, String name, String wanted) {
    String value = value(config, name);
    if (!wanted.equals(value)) {
      wrong.add("%s is %s and must be %s".formatted(name, value, wanted));
    }
  }

  private static void atLeast(List<String> wrong, Config config, String name, long wanted) {
    String value = value(config, name);
    boolean enough;
    try {
      enough = Long.parseLong(value) >= wanted;
    } catch (NumberFormatException e) {
      enough = false;
    }
    if (!enough) {
      wrong.add("%s is %s and must be at least %d".formatted(name, value, wanted));
    }
  }

  private static void atMost(List<String> wrong, Config config, String name, long wanted) {
    String value = value(config, name);
    boolean little;
    try {
      little = Long.parseLong(value) <= wanted;
    } catch (NumberFormatException e) {
      little = false;
    }
    if (!little) {
      wrong.add("%s is %s and must be at most %d".formatted(name, value, wanted));
    }
  }

  private static String value(Config config, String name) {
    ConfigEntry entry = config.get(name);
    return entry == null || entry.value() == null ? "not known" : entry.value();
  }
}
