package io.thalweg.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.access.Access;
import io.thalweg.blob.BlobStore;
import io.thalweg.docs.Docs;
import io.thalweg.docs.live.LiveDocuments;
import io.thalweg.edge.WebSocketProtocol;
import io.thalweg.effects.EffectOptions;
import io.thalweg.effects.HttpEffects;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.gateway.PortTakenException;
import io.thalweg.gateway.ProtocolPort;
import io.thalweg.gateway.Security;
import io.thalweg.jobs.JobQueues;
import io.thalweg.jobs.faktory.Faktory;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.KafkaStorage;
import io.thalweg.keys.Keys;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.resp.Resp;
import io.thalweg.locks.Locks;
import io.thalweg.locks.etcd.Etcd;
import io.thalweg.locks.keyspaces.Keyspaces;
import io.thalweg.messaging.Messaging;
import io.thalweg.messaging.xmpp.Xmpp;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.LogRetention;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStatus.PartitionStatus;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.Thalweg;
import io.thalweg.server.tracing.OpenTelemetryTracing;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node with its gateway: what {@code thalweg up} keeps running. */
final class NodeServer implements AutoCloseable {
  /** The services of this build. */
  static final List<ServiceType> SERVICES =
      List.of(
          Access.TYPE,
          Leaderboard.TYPE,
          JobQueues.TYPE,
          Keys.TYPE,
          Locks.TYPE,
          Keyspaces.TYPE,
          Docs.TYPE,
          Messaging.TYPE);

  private static final Logger log = LoggerFactory.getLogger(NodeServer.class);
  private static final int MAX_CAUSES = 20;

  private final Node node;
  private final @Nullable NodeCluster cluster;
  private final @Nullable BlobStore blobs;
  private final HttpEffects effects;
  private final @Nullable OpenTelemetryTracing tracing;
  private final NodeIdentities identities;
  private final NodeAudit audit;
  private final Gateway gateway;
  private final String url;
  private final @Nullable String resp;
  private final @Nullable String faktory;
  private final @Nullable String xmpp;

  private NodeServer(
      Node node,
      @Nullable NodeCluster cluster,
      @Nullable BlobStore blobs,
      HttpEffects effects,
      @Nullable OpenTelemetryTracing tracing,
      NodeIdentities identities,
      NodeAudit audit,
      Gateway gateway,
      String url,
      @Nullable String resp,
      @Nullable String faktory,
      @Nullable String xmpp) {
    this.resp = resp;
    this.faktory = faktory;
    this.xmpp = xmpp;
    this.node = node;
    this.cluster = cluster;
    this.blobs = blobs;
    this.effects = effects;
    this.tracing = tracing;
    this.identities = identities;
    this.audit = audit;
    this.gateway = gateway;
    this.url = url;
  }

  /**
   * Takes the data directory and listens. Partitions may still be opening: see {@link #awaitReady}.
   *
   * @throws CommandFailed if the address cannot be had, or the options do not fit the directory
   */
  static NodeServer start(UpOptions options) {
    InetAddress address = address(options);
    NodeOptions sizes = SizeProperties.over(NodeOptions.defaults());
    sizes = sizes.withState(sizes.state().withTotalBytes((long) options.tableMemoryMib() << 20));
    sizes = sizes.withReplies(options.names().age(), options.names().most());
    Integer partitions = options.partitions();
    if (partitions != null) {
      sizes = sizes.withPartitions(partitions);
    }
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    ofThisProcess(meters);
    OpenTelemetryTracing tracing = tracing(options.telemetry(), meters);
    EffectOptions calls = options.effects().options(System.getenv(SigningKeys.VARIABLE));
    HttpEffects effects = HttpEffects.start(calls, meters);
    NodeCluster cluster = null;
    BlobStore blobs = null;
    Node node;
    try {
      cluster = NodeCluster.of(options);
      blobs = options.blobs().open();
      Thalweg thalweg = on(options, cluster).options(sizes).meters(meters).effects(effects);
      options.quotas().over(SERVICES).forEach(thalweg::service);
      if (tracing != null) {
        thalweg.tracing(tracing);
      }
      LogRetention retention = options.keepLog().retention();
      if (retention != null) {
        thalweg.keepLog(retention);
      }
      share(thalweg, options, blobs);
      node = thalweg.start();
    } catch (RuntimeException | Error e) {
      close(cluster);
      close(blobs);
      effects.close();
      throw e;
    }
    try {
      if (cluster != null) {
        cluster.join(node);
      }
      if (partitions != null) {
        checkPartitions(node, partitions, options);
      }
      NodeIdentities identities = NodeIdentities.of(node, options.data(), options.security());
      NodeAudit audit = NodeAudit.start(node, meters);
      try {
        Gateway gateway = listen(node, identities, audit, options);
        boolean tls = options.security().tls();
        String url = (tls ? "https://" : "http://") + at(address, gateway.port());
        node.describe("listening on " + url);
        warn(address, options);
        String resp =
            options.respPort() == null
                ? null
                : (tls ? "rediss://" : "redis://") + at(address, gateway.protocolPort(0));
        int faktoryPlace = options.respPort() == null ? 0 : 1;
        String faktory =
            options.faktoryPort() == null
                ? null
                : (tls ? "tcp+tls://" : "tcp://") + at(address, gateway.protocolPort(faktoryPlace));
        int xmppPlace = faktoryPlace + (options.faktoryPort() == null ? 0 : 1);
        String xmpp =
            options.xmppPort() == null
                ? null
                : "xmpp://" + at(address, gateway.protocolPort(xmppPlace));
        return new NodeServer(
            node,
            cluster,
            blobs,
            effects,
            tracing,
            identities,
            audit,
            gateway,
            url,
            resp,
            faktory,
            xmpp);
      } catch (RuntimeException | Error e) {
        audit.close();
        identities.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      node.close();
      close(cluster);
      close(blobs);
      effects.close();
      throw e;
    }
  }

  private static void share(Thalweg thalweg, UpOptions options, @Nullable BlobStore blobs) {
    String name = options.kafka().cluster();
    if (blobs == null) {
      return;
    }
    if (name == null) {
      thalweg.blobs(blobs);
    } else {
      thalweg.blobs(blobs, name).shareCheckpoints(options.blobs().every());
    }
  }

  private static void close(@Nullable BlobStore blobs) {
    if (blobs != null) {
      blobs.close();
    }
  }

  private static void close(@Nullable NodeCluster cluster) {
    if (cluster != null) {
      cluster.close();
    }
  }

  private static Thalweg on(UpOptions options, @Nullable NodeCluster cluster) {
    KafkaOptions kafka = options.kafka().options();
    if (kafka == null) {
      return Thalweg.at(options.data());
    }
    if (cluster == null) {
      return Thalweg.on(KafkaStorage.open(options.data(), kafka, Leadership.ALWAYS));
    }
    return Thalweg.on(KafkaStorage.open(options.data(), kafka, cluster.member()))
        .peers(cluster.member());
  }

  private static @Nullable OpenTelemetryTracing tracing(UpTelemetry how, MeterRegistry meters) {
    if (how.otlpEndpoint() == null && !OpenTelemetryTracing.isWanted(System.getenv())) {
      return null;
    }
    try {
      return OpenTelemetryTracing.start(how.otlpEndpoint(), meters);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    }
  }

  private static void ofThisProcess(MeterRegistry meters) {
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    new FileDescriptorMetrics().bindTo(meters);
  }

  /** Says each minute what {@code --insecure} allows, as long as others can reach it. */
  private static void warn(InetAddress address, UpOptions options) {
    UpSecurity security = options.security();
    if (address.isLoopbackAddress() || (security.credentials() && security.tls())) {
      return;
    }
    String what =
        security.credentials()
            ? "what is sent, and the credentials with it, can be read on the way"
            : "whoever reaches this node may read and change everything";
    Thread.ofVirtual()
        .name("insecure")
        .start(() -> {
          try {
            while (true) {
              log.warn(
                  "--insecure: {} can be reached from other machines: {}", options.bind(), what);
              TimeUnit.MINUTES.sleep(1);
            }
          } catch (InterruptedException e) {
            // Nobody interrupts it.
          }
        });
  }

  private static InetAddress address(UpOptions options) {
    InetAddress address;
    try {
      address = InetAddress.getByName(options.bind());
    } catch (UnknownHostException e) {
      throw new CommandFailed("bind: there is no address '" + options.bind() + "' here", e);
    }
    UpSecurity security = options.security();
    if (!address.isLoopbackAddress()
        && !options.insecure()
        && !(security.credentials() && security.tls())) {
      throw new CommandFailed(
          ("%s can be reached from other machines. Have callers prove who they are, and encrypt:"
                  + " --credentials --tls-cert cert.pem --tls-key key.pem; if that is not wanted,"
                  + " say so with --insecure")
              .formatted(options.bind()));
    }
    return address;
  }

  private static void checkPartitions(Node node, int wanted, UpOptions options) {
    Map<String, Integer> counts = new TreeMap<>();
    for (PartitionStatus partition : node.status().partitions()) {
      String service = partition.name().substring(0, partition.name().indexOf('/'));
      counts.merge(service, 1, Integer::sum);
    }
    counts.forEach((service, count) -> {
      if (count != wanted) {
        throw new CommandFailed(
            "partitions: service %s in %s was made with %d; that cannot be changed to %d"
                .formatted(service, options.data(), count, wanted));
      }
    });
  }

  private static Gateway listen(
      Node node, NodeIdentities identities, NodeAudit audit, UpOptions options) {
    Integer respPort = options.respPort();
    List<ProtocolPort> protocols = new ArrayList<>();
    if (respPort != null) {
      protocols.add(ProtocolPort.of(new Resp(), respPort));
    }
    Integer faktoryPort = options.faktoryPort();
    if (faktoryPort != null) {
      protocols.add(
          ProtocolPort.of(new Faktory(System.getenv("THALWEG_FAKTORY_KEY")), faktoryPort));
    }
    Xmpp xmpp = new Xmpp();
    Integer xmppPort = options.xmppPort();
    if (xmppPort != null) {
      protocols.add(ProtocolPort.of(xmpp, xmppPort));
    }
    List<WebSocketProtocol> sockets = new ArrayList<>(LiveDocuments.protocols());
    sockets.addAll(xmpp.webSockets());
    GatewayOptions listening =
        GatewayOptions.builder()
            .bind(options.bind())
            .port(options.port())
            .allowedHosts(options.allowedHosts())
            .security(security(identities, options).withAudit(audit))
            .protocols(protocols)
            .grpcProtocols(new Etcd())
            .webSocketProtocols(sockets)
            .httpProtocols(xmpp.http())
            .warnings(RecentWarnings::list)
            .build();
    try {
      return Gateway.start(node, listening);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    } catch (PortTakenException e) {
      throw new CommandFailed(
          "cannot listen on %s port %d for %s: %s; choose another with --%s-port (0 picks a free one)"
              .formatted(options.bind(), e.port(), e.protocol(), bindProblem(e), e.protocol()),
          e);
    } catch (RuntimeException e) {
      throw new CommandFailed(
          "cannot listen on %s port %d: %s; choose another with --port (0 picks a free one)"
              .formatted(options.bind(), options.port(), bindProblem(e)),
          e);
    }
  }

  private static Security security(NodeIdentities identities, UpOptions options) {
    try {
      return identities.security(options.security());
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    }
  }

  /** What the operating system said, which lies under layers of the network library. */
  private static String bindProblem(Throwable e) {
    Throwable at = e;
    for (int i = 0; i < MAX_CAUSES && at != null; i++, at = at.getCause()) {
      String message = at.getMessage();
      if (at instanceof IOException && message != null) {
        return message.contains("Address already in use") ? "it is in use" : message;
      }
    }
    throw e instanceof RuntimeException fault ? fault : new IllegalStateException(e);
  }

  private static String at(InetAddress address, int port) {
    String host;
    if (address.isAnyLocalAddress()) {
      host = "127.0.0.1";
    } else if (address instanceof Inet6Address) {
      host = "[" + address.getHostAddress() + "]";
    } else {
      host = address.getHostAddress();
    }
    return host + ":" + port;
  }

  /** Where a client on this machine reaches it. */
  String url() {
    return url;
  }

  /** Where a client of Redis on this machine reaches it; null if it is not served. */
  @Nullable String resp() {
    return resp;
  }

  /** Where a client of Faktory on this machine reaches it; null if it is not served. */
  @Nullable String faktory() {
    return faktory;
  }

  /** Where a client of XMPP on this machine reaches it; null if it is not served. */
  @Nullable String xmpp() {
    return xmpp;
  }

  /**
   * Waits until every partition takes requests.
   *
   * @throws CommandFailed if one cannot, with the reason
   */
  void awaitReady() {
    try {
      node.awaitReady();
      if (cluster != null) {
        cluster.awaitLed();
      }
    } catch (IllegalStateException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()), e);
    }
  }

  /** Takes no more requests, answers those that it has, makes everything durable and closes. */
  @Override
  public void close() {
    try {
      // While it still takes requests, and sends on what it has handed on.
      if (cluster != null) {
        cluster.leave();
      }
      gateway.close();
    } finally {
      audit.close();
      identities.close();
      try {
        node.close();
      } finally {
        close(cluster);
        close(blobs);
        effects.close();
        if (tracing != null) {
          tracing.close();
        }
      }
    }
  }
}
