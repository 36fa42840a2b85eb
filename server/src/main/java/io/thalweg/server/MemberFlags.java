package io.thalweg.server;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code thalweg up} that make a node one of several. */
final class MemberFlags {
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

  UpMember over(UpMember file) {
    return new UpMember(
        nodeId == null ? file.nodeId() : nodeId,
        advertise == null ? file.advertise() : advertise,
        nodeCert == null ? file.certificates() : nodeCert,
        nodeKey == null ? file.key() : nodeKey,
        nodeTrust == null ? file.trust() : nodeTrust,
        holdLevels == null ? file.holds() : UpMember.holdsOf(holdLevels));
  }
}
