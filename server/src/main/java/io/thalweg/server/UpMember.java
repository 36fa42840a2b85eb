package io.thalweg.server;

import io.thalweg.cluster.LevelRules;
import io.thalweg.cluster.PlacementOptions;
import io.thalweg.peers.MemberOptions;
import io.thalweg.peers.NodeTls;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A node among others.
 *
 * @param nodeId its name; null: it is the only one of its cluster
 * @param advertise {@code host:port} where other nodes reach it; null: this machine, a free port
 * @param certificates chain with which it proves itself to other nodes, PEM
 * @param key its key, PEM
 * @param trust authorities of the certificates of nodes, PEM
 * @param holds by service: the contract level beyond which this node does not let the cluster be
 *     raised
 * @throws BadOption naming the option and its bound
 */
record UpMember(
    @Nullable String nodeId,
    @Nullable String advertise,
    @Nullable Path certificates,
    @Nullable Path key,
    @Nullable Path trust,
    Map<String, Integer> holds) {
  static final UpMember ALONE = new UpMember(null, null, null, null, null, Map.of());

  UpMember {
    boolean any = certificates != null || key != null || trust != null;
    if (nodeId == null && (advertise != null || any)) {
      throw new BadOption(
          "node-id must be given where advertise, node-cert, node-key or node-trust is");
    }
    if (any && (certificates == null || key == null || trust == null)) {
      throw new BadOption("node-cert, node-key and node-trust go together; one of them is missing");
    }
    if (advertise != null) {
      portOf(advertise);
    }
  }

  /**
   * From {@code SERVICE=N}.
   *
   * @throws BadOption naming what it must be
   */
  static Map<String, Integer> holdsOf(Collection<String> pairs) {
    Map<String, Integer> holds = new TreeMap<>();
    for (String pair : pairs) {
      if (!pair.matches("[a-z0-9-]{1,63}=[1-9][0-9]{0,5}")) {
        throw new BadOption(
            "hold-levels must be SERVICE=N with N from 1 to 999999, with commas between; got '%s'"
                .formatted(pair));
      }
      int at = pair.indexOf('=');
      holds.put(pair.substring(0, at), Integer.parseInt(pair.substring(at + 1)));
    }
    return holds;
  }

  private static int portOf(String address) {
    try {
      int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
      if (address.lastIndexOf(':') > 0 && port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // It is told below.
    }
    throw new BadOption("advertise must be HOST:PORT; got '" + address + "'");
  }

  /**
   * For the node; null if it is the only one.
   *
   * @param bind address that it listens on
   * @throws CommandFailed if what is wanted is not safe
   */
  @Nullable MemberOptions options(String bind) {
    if (nodeId == null) {
      return null;
    }
    String address = advertise == null ? "127.0.0.1:0" : advertise;
    String host = address.substring(0, address.lastIndexOf(':')).replaceAll("[\\[\\]]", "");
    NodeTls tls =
        certificates == null || key == null || trust == null
            ? null
            : new NodeTls(certificates, key, trust);
    try {
      return new MemberOptions(
          nodeId,
          bind,
          portOf(address),
          host,
          tls,
          PlacementOptions.DEFAULTS,
          MemberOptions.DEFAULT_INTERVAL,
          new LevelRules(LevelRules.DEFAULTS.raiseAfter(), holds));
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    }
  }
}
