package io.thalweg.kafka;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which Kafka cluster a node stands on, and how it is reached.
 *
 * @param bootstrapServers {@code host:port} of one broker or more, with commas between
 * @param cluster name of the Thalweg cluster: the first part of its topics' names. 1 to 63
 *     characters of {@code a-z0-9-}, starting with a letter
 * @param dev whether a replication factor of 1 will do: for development, where a broker that is
 *     lost takes the log with it
 * @param properties of Kafka's clients, such as those of SASL and TLS; those that the log's
 *     guarantees stand on cannot be set
 */
public record KafkaOptions(
    String bootstrapServers, String cluster, boolean dev, Map<String, String> properties) {
  private static final Set<String> FIXED =
      Set.of(
          "acks",
          "enable.idempotence",
          "transactional.id",
          "key.serializer",
          "value.serializer",
          "key.deserializer",
          "value.deserializer",
          "auto.offset.reset",
          "enable.auto.commit",
          "group.id",
          "isolation.level",
          "bootstrap.servers",
          "interceptor.classes",
          "partitioner.class");

  public KafkaOptions {
    if (bootstrapServers.isBlank()) {
      throw new IllegalArgumentException("bootstrapServers must be host:port of a broker");
    }
    if (!cluster.matches("[a-z][a-z0-9-]{0,62}")) {
      throw new IllegalArgumentException(
          "cluster must be 1 to 63 characters of a-z, 0-9 and '-', starting with a letter; got '"
              + cluster
              + "'");
    }
    for (String name : properties.keySet()) {
      if (FIXED.contains(name)) {
        throw new IllegalArgumentException(
            name + " must not be set: the guarantees of the log stand on it");
      }
    }
    properties = Map.copyOf(properties);
  }

  /** A cluster that is reached without authentication. */
  public static KafkaOptions of(String bootstrapServers, String cluster) {
    return new KafkaOptions(bootstrapServers, cluster, false, Map.of());
  }

  /** As this, with a replication factor of 1 allowed. */
  public KafkaOptions forDevelopment() {
    return new KafkaOptions(bootstrapServers, cluster, true, properties);
  }

  /** As this, with the properties of a file in the format of Java. */
  public KafkaOptions withPropertiesOf(Path file) {
    Properties read = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      read.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
    Map<String, String> all = new TreeMap<>(properties);
    read.stringPropertyNames().forEach(name -> all.put(name, read.getProperty(name)));
    return new KafkaOptions(bootstrapServers, cluster, dev, all);
  }

  /** The topic of a service. */
  String topic(String service) {
    return cluster + "." + service;
  }
}
