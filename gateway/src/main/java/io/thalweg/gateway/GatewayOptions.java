package io.thalweg.gateway;

import java.util.Set;

/**
 * How a gateway listens, and its bounds. Begin with {@link #defaults()} and change what differs.
 *
 * @param bind address to listen on: a name or a literal; the default is loopback
 * @param port 0 to 65535; 0 picks a free one
 * @param allowedHosts names that a {@code Host} header may carry beside the loopback ones. On a
 *     loopback address, or where this is not empty, requests under any other name are refused, so
 *     that a web page cannot reach the node by pointing a name of its own at it
 * @param maxBodyBytes largest request body, and largest gRPC message
 * @param maxUrlBytes longest request line; headers may have twice as much
 * @param maxConnections connections over this number are closed at once
 * @param maxWatchers watchers over this number are refused with RESOURCE_EXHAUSTED
 * @param requestTimeoutMs a request without a deadline of its own is answered DEADLINE_EXCEEDED
 *     after this time; streams of events have no deadline
 * @param heartbeatMs an idle stream of events carries a comment so often, which tells a dead
 *     connection from a quiet one
 * @param drainTimeoutMs how long closing waits for the requests in flight
 * @param remoteOperations whether other machines may use what is for operators (backup); without it
 *     only this machine may
 * @param security who may use it, and how much
 */
public record GatewayOptions(
    String bind,
    int port,
    Set<String> allowedHosts,
    int maxBodyBytes,
    int maxUrlBytes,
    int maxConnections,
    int maxWatchers,
    long requestTimeoutMs,
    long heartbeatMs,
    long drainTimeoutMs,
    boolean remoteOperations,
    Security security) {

  public GatewayOptions {
    allowedHosts = Set.copyOf(allowedHosts);
    check("port", port, 0, 65_535);
    check("maxBodyBytes", maxBodyBytes, 1, 1 << 30);
    check("maxUrlBytes", maxUrlBytes, 256, 1 << 20);
    check("maxConnections", maxConnections, 1, 1 << 20);
    check("maxWatchers", maxWatchers, 0, 1 << 20);
    check("requestTimeoutMs", requestTimeoutMs, 1, 3_600_000);
    check("heartbeatMs", heartbeatMs, 1, 3_600_000);
    check("drainTimeoutMs", drainTimeoutMs, 1, 3_600_000);
  }

  /** Loopback, port 8080, bodies up to 2 MiB. */
  public static GatewayOptions defaults() {
    return new GatewayOptions(
        "127.0.0.1",
        8080,
        Set.of(),
        2 << 20,
        16 << 10,
        20_000,
        20_000,
        30_000,
        15_000,
        10_000,
        false,
        Security.open());
  }

  public GatewayOptions withBind(String value) {
    return new GatewayOptions(
        value,
        port,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        heartbeatMs,
        drainTimeoutMs,
        remoteOperations,
        security);
  }

  public GatewayOptions withPort(int value) {
    return new GatewayOptions(
        bind,
        value,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        heartbeatMs,
        drainTimeoutMs,
        remoteOperations,
        security);
  }

  public GatewayOptions withAllowedHosts(Set<String> value) {
    return new GatewayOptions(
        bind,
        port,
        value,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        heartbeatMs,
        drainTimeoutMs,
        remoteOperations,
        security);
  }

  public GatewayOptions withMaxBodyBytes(int value) {
    return new GatewayOptions(
        bind,
        port,
        allowedHosts,
        value,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        heartbeatMs,
        drainTimeoutMs,
        remoteOperations,
        security);
  }

  public GatewayOptions withMaxWatchers(int value) {
    return new GatewayOptions(
        bind,
        port,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        value,
        requestTimeoutMs,
        heartbeatMs,
        drainTimeoutMs,
        remoteOperations,
        security);
  }

  public GatewayOptions withRequestTimeoutMs(long value) {
    return new GatewayOptions(
        bind,
        port,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        value,
        heartbeatMs,
        drainTimeoutMs,
        remoteOperations,
        security);
  }

  public GatewayOptions withHeartbeatMs(long value) {
    return new GatewayOptions(
        bind,
        port,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        value,
        drainTimeoutMs,
        remoteOperations,
        security);
  }

  public GatewayOptions withDrainTimeoutMs(long value) {
    return new GatewayOptions(
        bind,
        port,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        heartbeatMs,
        value,
        remoteOperations,
        security);
  }

  public GatewayOptions withSecurity(Security value) {
    return new GatewayOptions(
        bind,
        port,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        heartbeatMs,
        drainTimeoutMs,
        remoteOperations,
        value);
  }

  public GatewayOptions withRemoteOperations(boolean value) {
    return new GatewayOptions(
        bind,
        port,
        allowedHosts,
        maxBodyBytes,
        maxUrlBytes,
        maxConnections,
        maxWatchers,
        requestTimeoutMs,
        heartbeatMs,
        drainTimeoutMs,
        value,
        security);
  }

  private static void check(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          option + " must be from " + min + " to " + max + "; got " + value);
    }
  }
}
