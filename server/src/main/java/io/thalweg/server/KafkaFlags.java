package io.thalweg.server;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code thalweg up} that put the log into a Kafka cluster. */
final class KafkaFlags {
  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description =
          "The log is in this Kafka cluster; the data directory holds tables alone. Brokers with"
              + " commas between.")
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

  @Option(
      names = "--node-id",
      paramLabel = "NAME",
      description =
          "Name of this node in a cluster of several; the same at every start. Without it this is"
              + " the only node.")
  @Nullable String nodeId;

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      description =
          "Where the other nodes reach this one: it listens on this port, at the address of"
              + " --bind. Default: 127.0.0.1:0, a free port of this machine")
  @Nullable String advertise;

  @Option(
      names = "--node-cert",
      paramLabel = "FILE",
      description = "Certificate chain with which this node proves itself to the others, PEM.")
  @Nullable Path nodeCert;

  @Option(names = "--node-key", paramLabel = "FILE", description = "Its key, PEM (PKCS #8).")
  @Nullable Path nodeKey;

  @Option(
      names = "--node-trust",
      paramLabel = "FILE",
      description =
          "Authorities that sign the certificates of nodes, and nothing else, PEM. Needed beyond"
              + " loopback addresses.")
  @Nullable Path nodeTrust;

  @Option(
      names = "--hold-levels",
      paramLabel = "SERVICE=N",
      split = ",",
      description =
          "The highest contract level that the cluster may be raised to, of these services: what a"
              + " newer level brings is refused until no node holds it. An upgrade can be taken"
              + " back meanwhile.")
  @Nullable List<String> holdLevels;

  UpKafka over(UpKafka file) {
    return new UpKafka(
        servers == null ? file.servers() : servers,
        cluster == null ? file.cluster() : cluster,
        properties == null ? file.properties() : properties,
        dev || file.dev(),
        over(file.member()));
  }

  private UpMember over(UpMember file) {
    return new UpMember(
        nodeId == null ? file.nodeId() : nodeId,
        advertise == null ? file.advertise() : advertise,
        nodeCert == null ? file.certificates() : nodeCert,
        nodeKey == null ? file.key() : nodeKey,
        nodeTrust == null ? file.trust() : nodeTrust,
        holdLevels == null ? file.holds() : UpMember.holdsOf(holdLevels));
  }
}
