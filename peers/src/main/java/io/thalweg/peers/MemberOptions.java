package io.thalweg.peers;

import io.thalweg.cluster.LevelRules;
import io.thalweg.cluster.PlacementOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A node of a cluster.
 *
 * @param nodeId its name, 1 to 63 characters of {@code a-z0-9-}; the same at every start
 * @param bind address to listen on for other nodes
 * @param port to listen on; 0 picks a free one
 * @param advertise host under which other nodes reach it
 * @param tls how nodes prove themselves; null: clear text, on loopback alone
 * @param placement how quick and how steady the cluster is; the same at all nodes
 * @param interval between two heartbeats
 * @param levels when contract levels are raised; the same at all nodes, but for what one holds
 */
public record MemberOptions(
    String nodeId,
    String bind,
    int port,
    String advertise,
    @Nullable NodeTls tls,
    PlacementOptions placement,
    Duration interval,
    LevelRules levels) {
  /** Between two heartbeats, if nothing else is said. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofMillis(500);

  public MemberOptions {
    if (!nodeId.matches("[a-z0-9][a-z0-9-]{0,62}")) {
      throw new IllegalArgumentException(
          "node-id must have 1 to 63 characters of a-z, 0-9 and '-'; got '" + nodeId + "'");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "the port of advertise must be within 0..65535; got " + port);
    }
    if (tls == null && !(isLoopback(bind) && isLoopback(advertise))) {
      throw new IllegalArgumentException(
          "nodes on other machines must prove themselves: give node-cert, node-key and node-trust; only on loopback addresses they need not (bind is %s, advertise is %s)"
              .formatted(bind, advertise));
    }
  }

  /** With the defaults of levels. */
  public MemberOptions(
      String nodeId,
      String bind,
      int port,
      String advertise,
      @Nullable NodeTls tls,
      PlacementOptions placement,
      Duration interval) {
    this(nodeId, bind, port, advertise, tls, placement, interval, LevelRules.DEFAULTS);
  }

  /** On this machine alone, in clear text, with the defaults. */
  public static MemberOptions local(String nodeId) {
    return new MemberOptions(
        nodeId, "127.0.0.1", 0, "127.0.0.1", null, PlacementOptions.DEFAULTS, DEFAULT_INTERVAL);
  }

  /** The same with another placement. */
  public MemberOptions withPlacement(PlacementOptions other, Duration every) {
    return new MemberOptions(nodeId, bind, port, advertise, tls, other, every, levels);
  }

  /** The same over TLS. */
  public MemberOptions withTls(NodeTls files) {
    return new MemberOptions(nodeId, bind, port, advertise, files, placement, interval, levels);
  }

  /** The same with other rules for contract levels. */
  public MemberOptions withLevels(LevelRules other) {
    return new MemberOptions(nodeId, bind, port, advertise, tls, placement, interval, other);
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
