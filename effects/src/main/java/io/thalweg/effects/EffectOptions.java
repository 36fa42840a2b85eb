package io.thalweg.effects;

import io.thalweg.runtime.EffectUrl;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What may be called, how much at once, and the keys that requests are signed with. Begin with
 * {@link #defaults()} and change what differs.
 *
 * @param allowedNetworks blocks such as {@code 127.0.0.0/8} that may be called although they are
 *     not public, at most 256
 * @param allowedHosts names that may be called wherever they lead, at most 1,024
 * @param allowedPorts ports that may be called beside 80, 443 and those from 1024 on
 * @param maxInFlight calls at once, 1 to 65,536; a further one ends as BUSY. Each may take 320 KiB
 *     of memory for its bodies
 * @param maxInFlightPerHost of them to one host, so that a slow one leaves places for the rest
 * @param maxConnections connections at once, 1 to 65,536; calls wait for one within their time
 * @param maxConnectionsPerHost of them to one host and address
 * @param connectTimeoutMs how long one address of a host may take to connect, 1 to 60,000; then the
 *     next is tried
 * @param signingKeys sign every request that has no keys of its own; none to two. With two, an old
 *     and a new one, both signatures are sent. Every receiver that knows such a key can sign as
 *     this node: prefer keys for each host where the receivers do not trust each other
 * @param hostSigningKeys sign the requests to one host instead: one or two, or none to sign
 *     nothing; at most 65,536 hosts
 */
public record EffectOptions(
    List<String> allowedNetworks,
    Set<String> allowedHosts,
    Set<Integer> allowedPorts,
    int maxInFlight,
    int maxInFlightPerHost,
    int maxConnections,
    int maxConnectionsPerHost,
    int connectTimeoutMs,
    List<SigningKey> signingKeys,
    Map<String, List<SigningKey>> hostSigningKeys) {

  public EffectOptions {
    allowedNetworks = List.copyOf(allowedNetworks);
    check("allowedNetworks", allowedNetworks.size(), 0, 256);
    allowedNetworks.forEach(block -> AddressBlock.parse("allowedNetworks", block));
    check("allowedHosts", allowedHosts.size(), 0, 1024);
    Set<String> hosts = new HashSet<>();
    allowedHosts.forEach(host -> hosts.add(host("allowedHosts", host)));
    allowedHosts = Set.copyOf(hosts);
    allowedPorts = Set.copyOf(allowedPorts);
    allowedPorts.forEach(port -> check("allowedPorts", port, 1, 65_535));
    check("maxInFlight", maxInFlight, 1, 1 << 16);
    check("maxInFlightPerHost", maxInFlightPerHost, 1, 1 << 16);
    check("maxConnections", maxConnections, 1, 1 << 16);
    check("maxConnectionsPerHost", maxConnectionsPerHost, 1, 1 << 16);
    check("connectTimeoutMs", connectTimeoutMs, 1, 60_000);
    signingKeys = List.copyOf(signingKeys);
    check("signingKeys", signingKeys.size(), 0, 2);
    check("hostSigningKeys", hostSigningKeys.size(), 0, 1 << 16);
    Map<String, List<SigningKey>> keys = new HashMap<>();
    hostSigningKeys.forEach((host, some) -> {
      check("hostSigningKeys of " + host, some.size(), 0, 2);
      keys.put(host("hostSigningKeys", host), List.copyOf(some));
    });
    hostSigningKeys = Map.copyOf(keys);
  }

  /**
   * Public addresses only; 1,024 calls at once, 128 to a host; 256 connections, 16 to a host; 5 s
   * to connect; nothing is signed.
   */
  public static EffectOptions defaults() {
    return new EffectOptions(
        List.of(), Set.of(), Set.of(), 1024, 128, 256, 16, 5_000, List.of(), Map.of());
  }

  /** With what may be called beside public addresses, see the parameters of the record. */
  public EffectOptions withAllowed(List<String> networks, Set<String> hosts, Set<Integer> ports) {
    return new EffectOptions(
        networks,
        hosts,
        ports,
        maxInFlight,
        maxInFlightPerHost,
        maxConnections,
        maxConnectionsPerHost,
        connectTimeoutMs,
        signingKeys,
        hostSigningKeys);
  }

  /** With so many calls at once. */
  public EffectOptions withInFlight(int most, int mostPerHost) {
    return new EffectOptions(
        allowedNetworks,
        allowedHosts,
        allowedPorts,
        most,
        mostPerHost,
        maxConnections,
        maxConnectionsPerHost,
        connectTimeoutMs,
        signingKeys,
        hostSigningKeys);
  }

  /** With so many connections at once. */
  public EffectOptions withConnections(int most, int mostPerHost) {
    return new EffectOptions(
        allowedNetworks,
        allowedHosts,
        allowedPorts,
        maxInFlight,
        maxInFlightPerHost,
        most,
        mostPerHost,
        connectTimeoutMs,
        signingKeys,
        hostSigningKeys);
  }

  /** With another time to connect to one address. */
  public EffectOptions withConnectTimeoutMs(int value) {
    return new EffectOptions(
        allowedNetworks,
        allowedHosts,
        allowedPorts,
        maxInFlight,
        maxInFlightPerHost,
        maxConnections,
        maxConnectionsPerHost,
        value,
        signingKeys,
        hostSigningKeys);
  }

  /** With these keys for every host, and those for some. */
  public EffectOptions withSigningKeys(
      List<SigningKey> everyHost, Map<String, List<SigningKey>> someHosts) {
    return new EffectOptions(
        allowedNetworks,
        allowedHosts,
        allowedPorts,
        maxInFlight,
        maxInFlightPerHost,
        maxConnections,
        maxConnectionsPerHost,
        connectTimeoutMs,
        everyHost,
        someHosts);
  }

  /** The keys that sign a request to a host; empty for none. */
  List<SigningKey> keysFor(String host) {
    return hostSigningKeys.getOrDefault(host, signingKeys);
  }

  /** A name as {@link EffectUrl} has it, or the same error as a URL of that host would give. */
  private static String host(String option, String host) {
    try {
      String name = host.toLowerCase(Locale.ROOT);
      if (EffectUrl.parse("http://" + name).host().equals(name)) {
        return name;
      }
    } catch (IllegalArgumentException e) {
      // The same error, below.
    }
    throw new IllegalArgumentException(
        option + " must be a host name without scheme, port and path; got " + host);
  }

  private static void check(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + " must be from " + min + " to " + max + "; got " + value);
    }
  }
}
