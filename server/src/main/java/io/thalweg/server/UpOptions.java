package io.thalweg.server;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code thalweg up} runs with.
 *
 * @param port to listen on; 0 picks a free one
 * @param bind address to listen on
 * @param data directory of the node
 * @param partitions of each service in a new data directory; null: as it is, or the default
 * @param tableMemoryMib memory for tables
 * @param insecure whether an address that others can reach is wanted without authentication
 * @param allowedHosts names that a Host header may carry; see the gateway
 * @param effects what may be called for the services
 * @param keepLog how much of the log is kept
 * @param security who may use the node
 * @param respPort where boards are served by the protocol of Redis; 0 picks a free one; null: not
 * @param faktoryPort where job queues are served by the Faktory work protocol; 0 picks a free one;
 *     null: not
 * @param xmppPort where messaging is served by XMPP; 0 picks a free one; null: not
 * @param telemetry how it tells what it does
 * @param kafka where the log is if it is not in the data directory
 * @param quotas how much each project may have
 * @param blobs where checkpoints are shared
 * @param names how long the names of requests are remembered
 * @throws BadOption naming the option and its bound
 */
record UpOptions(
    int port,
    String bind,
    Path data,
    @Nullable Integer partitions,
    int tableMemoryMib,
    boolean insecure,
    Set<String> allowedHosts,
    UpEffects effects,
    KeepLog keepLog,
    UpSecurity security,
    @Nullable Integer respPort,
    @Nullable Integer faktoryPort,
    @Nullable Integer xmppPort,
    UpTelemetry telemetry,
    UpKafka kafka,
    UpQuotas quotas,
    UpBlobs blobs,
    UpNames names) {

  static final int MAX_PARTITIONS = 1024;
  static final int MIN_TABLE_MEMORY_MIB = 4;
  static final int MAX_TABLE_MEMORY_MIB = 1 << 20;

  static final UpOptions DEFAULTS =
      new UpOptions(
          8080,
          "127.0.0.1",
          Path.of("data"),
          null,
          128,
          false,
          Set.of(),
          UpEffects.DEFAULTS,
          KeepLog.ALL,
          UpSecurity.DEFAULTS,
          null,
          null,
          null,
          UpTelemetry.DEFAULTS);

  /** With the log on this machine, and quotas as they are by default. */
  UpOptions(
      int port,
      String bind,
      Path data,
      @Nullable Integer partitions,
      int tableMemoryMib,
      boolean insecure,
      Set<String> allowedHosts,
      UpEffects effects,
      KeepLog keepLog,
      UpSecurity security,
      @Nullable Integer respPort,
      @Nullable Integer faktoryPort,
      @Nullable Integer xmppPort,
      UpTelemetry telemetry) {
    this(
        port,
        bind,
        data,
        partitions,
        tableMemoryMib,
        insecure,
        allowedHosts,
        effects,
        keepLog,
        security,
        respPort,
        faktoryPort,
        xmppPort,
        telemetry,
        UpKafka.NONE,
        UpQuotas.DEFAULTS,
        UpBlobs.NONE,
        UpNames.DEFAULTS);
  }

  UpOptions {
    bound("port", port, 0, 65_535);
    if (partitions != null) {
      bound("partitions", partitions, 1, MAX_PARTITIONS);
    }
    bound("table-memory-mib", tableMemoryMib, MIN_TABLE_MEMORY_MIB, MAX_TABLE_MEMORY_MIB);
    if (respPort != null) {
      bound("resp-port", respPort, 0, 65_535);
    }
    if (kafka.servers() != null && keepLog.bytes() != 0) {
      throw new BadOption("keep-log-size cannot be used with kafka; keep-log-age can");
    }
    if (kafka.servers() != null && keepLog.age() != null && blobs.where() == null) {
      throw new BadOption(
          "blobs must be given where keep-log-age is, with kafka: a node that needs what was"
              + " removed begins from a checkpoint there");
    }
    if (faktoryPort != null) {
      bound("faktory-port", faktoryPort, 0, 65_535);
    }
    if (xmppPort != null) {
      bound("xmpp-port", xmppPort, 0, 65_535);
    }
    if (bind.isBlank()) {
      throw new BadOption("bind must be an address or a host name; it is empty");
    }
    allowedHosts = Set.copyOf(allowedHosts);
  }

  private static void bound(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new BadOption("%s must be within %d..%d; got %d".formatted(name, min, max, value));
    }
  }
}
