package io.thalweg.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code thalweg up}: runs a node until it is told to stop. */
@Command(
    name = "up",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Starts a node and runs it until Ctrl-C or SIGTERM, which drain it: requests that it has are"
          + " answered, then it exits with 0.",
      "",
      "What a client was told is on disk. The data directory is held by one node at a time."
    },
    footer = {
      "",
      "A configuration file has 'key = value' lines: port, bind, data, partitions,"
          + " table-memory-mib, request-names, request-names-age, insecure, allowed-hosts,"
          + " effect-networks, effect-hosts, effect-ports, signing-keys, keep-log-age,"
          + " keep-log-size, resp-port, credentials, tls-cert, tls-key, tls-client-ca,"
          + " tls-client-wanted, jwt-issuer, jwt-audience, jwt-keys, limit-requests, limit-bytes,"
          + " limit-connections, limit-watchers, cors-origins, otlp-endpoint, log-format, kafka,"
          + " cluster, kafka-properties, kafka-dev, node-id, advertise, node-cert, node-key,"
          + " node-trust, hold-levels, quotas, blobs, checkpoint-every. The command line goes"
          + " before the file."
    })
final class UpCommand implements Callable<Integer> {
  private static final long DRAIN_LIMIT_S = 45;

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(names = "--port", description = "TCP port; 0 picks a free one. Default: 8080")
  @Nullable Integer port;

  @Option(
      names = "--resp-port",
      paramLabel = "PORT",
      description =
          "Serves leaderboards by the protocol of Redis on this port too; 0 picks a free one.")
  @Nullable Integer respPort;

  @Option(
      names = "--faktory-port",
      paramLabel = "PORT",
      description =
          "Serves job queues by the Faktory work protocol on this port too; 0 picks a free one."
              + " Its password is the API key in THALWEG_FAKTORY_KEY.")
  @Nullable Integer faktoryPort;

  @Option(
      names = "--xmpp-port",
      paramLabel = "PORT",
      description = "Serves messaging by XMPP on this port too; 0 picks a free one.")
  @Nullable Integer xmppPort;

  @Option(names = "--bind", paramLabel = "ADDRESS", description = "Default: 127.0.0.1")
  @Nullable String bind;

  @Option(names = "--data", paramLabel = "DIR", description = "Data directory. Default: ./data")
  @Nullable Path data;

  @Option(names = "--config", paramLabel = "FILE", description = "A file of options.")
  @Nullable Path config;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Partitions of each service, 1 to 1024, in a new data directory. Default: 4")
  @Nullable Integer partitions;

  @Option(
      names = "--keep-log-age",
      paramLabel = "AGE",
      description =
          "Removes old log behind a verified checkpoint, but nothing younger than this: 90m, 36h,"
              + " 30d. Default: nothing is removed")
  @Nullable String keepLogAge;

  @Option(
      names = "--keep-log-size",
      paramLabel = "SIZE",
      description =
          "Likewise, but never of the newest SIZE: 512MiB, 20GiB. With both, what either keeps is"
              + " kept.")
  @Nullable String keepLogSize;

  @Option(
      names = "--insecure",
      description =
          "Allows an address that other machines can reach without --credentials, or without TLS.")
  boolean insecure;

  @Option(
      names = "--quota",
      paramLabel = "NAME=N",
      split = ",",
      description =
          "How much each project may have in a partition: jobs.queues, jobs.jobs, keys.namespaces,"
              + " locks.spaces, locks.sessions, locks.claims, locks.registers.")
  @Nullable List<String> quotas;

  @Option(
      names = "--blobs",
      paramLabel = "STORE",
      description =
          "A directory, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME with credentials from the"
              + " environment, where checkpoints are shared by the nodes of a cluster.")
  @Nullable String blobs;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "AGE",
      description =
          "With --kafka: how often a checkpoint of each partition is put there. Default: 10m")
  @Nullable String checkpointEvery;

  @Mixin KafkaFlags kafka = new KafkaFlags();

  @Mixin MemberFlags member = new MemberFlags();

  @Mixin SecurityFlags security = new SecurityFlags();

  @Option(
      names = "--effect-networks",
      paramLabel = "BLOCK",
      split = ",",
      description =
          "Address blocks that services may call although they are not public, such as"
              + " 127.0.0.0/8; for development.")
  @Nullable List<String> effectNetworks;

  @Option(
      names = "--effect-hosts",
      paramLabel = "NAME",
      split = ",",
      description = "Names that services may call wherever they lead.")
  @Nullable List<String> effectHosts;

  @Option(
      names = "--effect-ports",
      paramLabel = "PORT",
      split = ",",
      description = "Ports that services may call beside 80, 443 and those from 1024 on.")
  @Nullable List<String> effectPorts;

  @Option(
      names = "--signing-keys",
      paramLabel = "FILE",
      description =
          "Keys that calls are signed with: lines of whsec_..., or of a host and its keys."
              + " Default: the environment variable THALWEG_SIGNING_KEYS")
  @Nullable Path signingKeys;

  @Option(
      names = "--otlp-endpoint",
      paramLabel = "URL",
      description =
          "Follows requests and sends what is seen to this receiver of OpenTelemetry traces (OTLP"
              + " over HTTP), such as http://127.0.0.1:4318. The variables OTEL_* are heeded too."
              + " Default: nothing is followed")
  @Nullable String otlpEndpoint;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "Format of the log on standard error: text or json. Default: text")
  @Nullable String logFormat;

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    UpOptions options = options();
    if (options.telemetry().logFormat().equals("json")) {
      LogLines.json();
    }
    NodeServer server = NodeServer.start(options);
    Thread drain = new Thread(() -> drainAndExit(server, out), "drain");
    try {
      Runtime.getRuntime().addShutdownHook(drain);
      server.awaitReady();
    } catch (IllegalStateException | CommandFailed e) {
      stop(server, drain);
      throw e;
    }
    announce(server, options, out);
    new CountDownLatch(1).await();
    return 0;
  }

  private UpOptions options() throws IOException {
    UpOptions file = file();
    try {
      return over(file);
    } catch (BadOption e) {
      // The file's values were good, so this one comes from the command line.
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  private UpOptions file() throws IOException {
    try {
      return config == null ? UpOptions.DEFAULTS : UpConfigFile.read(config);
    } catch (BadOption e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  /** The command line goes before the file. */
  private UpOptions over(UpOptions file) {
    return new UpOptions(
        port == null ? file.port() : port,
        bind == null ? file.bind() : bind,
        (data == null ? file.data() : data).toAbsolutePath().normalize(),
        partitions == null ? file.partitions() : partitions,
        file.tableMemoryMib(),
        insecure || file.insecure(),
        file.allowedHosts(),
        over(file.effects()),
        file.keepLog().with(keepLogAge, keepLogSize),
        security.over(file.security()),
        respPort == null ? file.respPort() : respPort,
        faktoryPort == null ? file.faktoryPort() : faktoryPort,
        xmppPort == null ? file.xmppPort() : xmppPort,
        file.telemetry().with(otlpEndpoint, logFormat),
        kafka.over(file.kafka(), member.over(file.kafka().member())),
        quotas == null ? file.quotas() : UpQuotas.of(quotas),
        file.blobs().with(blobs, checkpointEvery),
        file.names());
  }

  private UpEffects over(UpEffects file) {
    return new UpEffects(
        effectNetworks == null ? file.networks() : effectNetworks,
        effectHosts == null ? file.hosts() : Set.copyOf(effectHosts),
        effectPorts == null ? file.ports() : UpConfigFile.ports("effect-ports", effectPorts),
        signingKeys == null ? file.signingKeys() : signingKeys);
  }

  private static void announce(NodeServer server, UpOptions options, PrintWriter out) {
    long startedMs = ManagementFactory.getRuntimeMXBean().getStartTime();
    String resp = server.resp();
    String faktory = server.faktory();
    String xmpp = server.xmpp();
    out.printf(
        """
        Thalweg is ready after %.2f s.
          listening  %s
        %s  data       %s
          try        curl %s/v1/boards/demo/scores -H 'content-type: application/json' \\
                       -d '{"member":"alice","score":4200}'
        """,
        (System.currentTimeMillis() - startedMs) / 1000.0,
        server.url(),
        (resp == null ? "" : "  redis      " + resp + "\n")
            + (faktory == null ? "" : "  faktory    " + faktory + "\n")
            + (xmpp == null ? "" : "  xmpp       " + xmpp + "\n"),
        options.data(),
        server.url());
    out.flush();
  }

  /** Closes a server that could not start, unless the process is being ended anyway. */
  private static void stop(NodeServer server, Thread drain) {
    try {
      Runtime.getRuntime().removeShutdownHook(drain);
    } catch (IllegalStateException e) {
      return; // the hook closes it
    }
    server.close();
  }

  /**
   * Runs as the last thing that the process does. A JVM that is ended by a signal exits with 128
   * plus its number even if everything went well, so that a supervisor would count each stop as a
   * failure: halt says how it really went. Nothing else in this program has a shutdown hook that
   * this could cut off.
   */
  private static void drainAndExit(NodeServer server, PrintWriter out) {
    Thread.ofPlatform().daemon().name("drain-limit").start(UpCommand::haltLate);
    int exitCode = 1;
    try {
      server.close();
      out.println("Thalweg has stopped.");
      exitCode = 0;
    } catch (RuntimeException e) {
      System.err.println("thalweg: " + Reasons.of(e));
    } finally {
      out.flush();
      System.err.flush();
      Runtime.getRuntime().halt(exitCode);
    }
  }

  private static void haltLate() {
    try {
      TimeUnit.SECONDS.sleep(DRAIN_LIMIT_S);
    } catch (InterruptedException e) {
      return;
    }
    System.err.println(
        "thalweg: not drained after "
            + DRAIN_LIMIT_S
            + " s; stopping as it is (what was answered is on disk)");
    Runtime.getRuntime().halt(1);
  }
}
