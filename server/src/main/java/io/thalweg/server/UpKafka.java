package io.thalweg.server;

import io.thalweg.kafka.KafkaOptions;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The Kafka cluster that holds a node's log.
 *
 * @param servers {@code host:port} of one broker or more, with commas between; null: the log is on
 *     this machine
 * @param cluster name of the Thalweg cluster
 * @param properties file with properties of Kafka's clients, such as those of SASL and TLS
 * @param dev whether a replication factor of 1 will do
 * @param member the node among others
 * @throws BadOption naming the option and its bound
 */
record UpKafka(
    @Nullable String servers,
    @Nullable String cluster,
    @Nullable Path properties,
    boolean dev,
    UpMember member) {
  static final UpKafka NONE = new UpKafka(null, null, null, false, UpMember.ALONE);

  UpKafka {
    if (servers == null) {
      if (cluster != null || properties != null || dev) {
        throw new BadOption("kafka must be given where cluster, kafka-properties or kafka-dev is");
      }
      if (member.nodeId() != null) {
        throw new BadOption("kafka must be given where node-id is: the nodes share its log");
      }
    } else {
      if (cluster == null) {
        throw new BadOption("cluster must be given where kafka is: it names the topics");
      }
      options(servers, cluster, null, dev);
    }
  }

  /** For Kafka's clients; null if the log is on this machine. */
  @Nullable KafkaOptions options() {
    return servers == null || cluster == null ? null : options(servers, cluster, properties, dev);
  }

  private static KafkaOptions options(
      String servers, String cluster, @Nullable Path properties, boolean dev) {
    try {
      KafkaOptions options = KafkaOptions.of(servers, cluster);
      options = dev ? options.forDevelopment() : options;
      return properties == null ? options : options.withPropertiesOf(properties);
    } catch (IllegalArgumentException e) {
      throw new BadOption(String.valueOf(e.getMessage()), e);
    } catch (UncheckedIOException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    }
  }
}
