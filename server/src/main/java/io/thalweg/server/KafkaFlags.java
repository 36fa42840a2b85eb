package io.thalweg.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say where the log of a cluster is. */
final class KafkaFlags {
  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description =
          "The log is in this Kafka cluster; the data directory of a node holds tables alone."
              + " Brokers with commas between.")
  @Nullable String servers;

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Name of the Thalweg cluster: its topics are NAME.service.")
  @Nullable String cluster;

  @Option(
      names = "--kafka-properties",
      paramLabel = "FILE",
      description = "Properties of Kafka's clients, such as those of SASL and TLS.")
  @Nullable Path properties;

  @Option(
      names = "--kafka-dev",
      description =
          "For development: topics with one replica will do. A lost broker is a lost log.")
  boolean dev;

  /** These over those of a configuration file; of a node's place among others nothing is said. */
  UpKafka over(UpKafka file) {
    return over(file, file.member());
  }

  /** As {@link #over(UpKafka)}, with a place among others. */
  UpKafka over(UpKafka file, UpMember member) {
    return new UpKafka(
        servers == null ? file.servers() : servers,
        cluster == null ? file.cluster() : cluster,
        properties == null ? file.properties() : properties,
        dev || file.dev(),
        member);
  }
}
