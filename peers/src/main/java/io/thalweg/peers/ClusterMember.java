package io.thalweg.peers;

import com.linecorp.armeria.common.TlsProvider;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.cluster.DirectoryAgent;
import io.thalweg.cluster.DirectoryTopic;
import io.thalweg.cluster.Held;
import io.thalweg.cluster.Intention;
import io.thalweg.cluster.LevelAgreement;
import io.thalweg.cluster.Member;
import io.thalweg.cluster.Role;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.PartitionPhase;
import io.thalweg.runtime.PartitionPlace;
import io.thalweg.runtime.Peers;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.system.PeerRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in its cluster. Made before the node, since the node asks it what to lead and where
 * to send the rest; joined with it; left before the node is closed, and closed after it:
 *
 * <pre>{@code
 * ClusterMember member = ClusterMember.of(options, Host.machine());
 * Node node = Thalweg.on(KafkaStorage.open(data, kafka, member)).service(...).peers(member).start();
 * member.join(node, KafkaDirectory.open(kafka, Host.machine()), incarnation);
 * ...
 * member.leave(Duration.ofSeconds(10));
 * node.close();
 * member.close();
 * }</pre>
 *
 * <p>One thread drives the directory's agent, about 25 times a second. Thread-safe.
 */
public final class ClusterMember implements Leadership, Peers, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterMember.class);
  private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(20);

  private final MemberOptions options;
  private final Host host;
  private final Waiters waiters;
  private final @Nullable TlsProvider certificates;
  private final PeerClients clients;
  private final Knocking knocking;
  private final List<Runnable> leadershipListeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> routeListeners = new CopyOnWriteArrayList<>();
  private volatile Map<PartitionId, Intention> intentions = Map.of();
  private volatile Surroundings surroundings;
  private volatile boolean leaving;
  private volatile boolean ended;
  private volatile Map<String, Integer> levels = Map.of();
  private volatile @Nullable String refusal;
  private @Nullable Joined joined;

  /** What there is once the node has joined. */
  private record Joined(
      Node node, DirectoryTopic topic, DirectoryAgent agent, PeerServer server, Thread thread) {}

  private ClusterMember(MemberOptions options, Host host) {
    this.options = options;
    this.host = host;
    waiters = new Waiters(host);
    certificates = options.tls() == null ? null : NodeCertificates.of(options.tls());
    clients = new PeerClients(certificates);
    knocking = new Knocking(options.interval().multipliedBy(2).toNanos());
    surroundings = Surroundings.none(options.nodeId());
  }

  /**
   * A node that leads nothing and knows nobody yet.
   *
   * @throws IllegalArgumentException if its certificates cannot be used
   */
  public static ClusterMember of(MemberOptions options, Host host) {
    return new ClusterMember(options, host);
  }

  /**
   * Listens for other nodes, and begins to take part.
   *
   * @param topic is closed with this, if it can be
   * @param incarnation higher than at every earlier start of this node
   * @throws IllegalStateException if the address cannot be had
   */
  public synchronized void join(Node node, DirectoryTopic topic, long incarnation) {
    if (joined != null || ended) {
      throw new IllegalStateException("it has joined already, or is closed");
    }
    PeerServer server = PeerServer.start(node, options, certificates);
    List<PartitionId> partitions = node.places().stream().map(PartitionPlace::id).toList();
    DirectoryAgent agent =
        new DirectoryAgent(
            topic,
            options.nodeId(),
            incarnation,
            address(options.advertise(), server.port()),
            new LevelAgreement(
                options.nodeId(), ServiceLevels.of(node.services()), options.levels()),
            partitions,
            options.interval(),
            options.placement(),
            host.nanoTime());
    Thread thread = host.thread("thalweg-directory", () -> run(node, agent));
    register(node.meters(), partitions, node.services());
    joined = new Joined(node, topic, agent, server, thread);
    host.start(thread);
    LOG.info("node {} takes part, at {}:{}", options.nodeId(), options.advertise(), server.port());
  }

  private void register(
      MeterRegistry meters, List<PartitionId> partitions, List<ServiceType> services) {
    Gauge.builder("thalweg.cluster.nodes", this, member -> member.surroundings.nodes())
        .description("Nodes of the cluster that are alive, as this one has heard")
        .register(meters);
    Gauge.builder("thalweg.cluster.leaderless", this, member -> member.surroundings.leaderless())
        .description("Partitions that nobody leads, as this node has heard")
        .register(meters);
    Gauge.builder("thalweg.cluster.led", this, member -> member.surroundings.led())
        .description("Partitions that this node leads")
        .register(meters);
    for (ServiceType service : services) {
      String name = ServiceLevels.nameOf(service);
      Gauge.builder("thalweg.cluster.contract.level", this, member -> member.level(name, 1 << 20))
          .description("Contract level that the cluster is at, as this node has heard")
          .tag("service", name)
          .register(meters);
    }
    for (PartitionId id : partitions) {
      Gauge.builder("thalweg.cluster.lag", this, member -> member.surroundings.lagOf(id))
          .description("Events that this node's copy is behind the leader; 0 if it has none")
          .tag("partition", id.toString())
          .register(meters);
    }
  }

  private static String address(String host, int port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  // ---------------------------------------------------------------- its thread

  private void run(Node node, DirectoryAgent agent) {
    boolean told = false;
    while (!ended) {
      try {
        if (leaving && !told) {
          told = true;
          agent.leave();
        }
        step(node, agent);
      } catch (RuntimeException e) {
        LOG.error("a step of the directory failed", e);
      }
      boolean said = told;
      waiters.await(() -> ended || (leaving && !said), STEP_NS);
    }
  }

  private void step(Node node, DirectoryAgent agent) {
    Map<PartitionId, Held> own = own(node);
    long nowNs = host.nanoTime();
    for (Member gone = knocking.gone(); gone != null; gone = knocking.gone()) {
      LOG.info("node {} is gone: nobody listens there", gone.beat().nodeId());
      agent.gone(gone, nowNs);
    }
    Map<PartitionId, Intention> next = agent.step(own, ServiceLevels.written(node), nowNs);
    String tooOld = agent.levels().tooOld();
    if (tooOld != null && refusal == null) {
      LOG.error("node {} takes no part: {}", options.nodeId(), tooOld);
      refusal = tooOld;
      agent.leave();
    }
    if (refusal != null) {
      // It can neither read nor write what the others do.
      next = Map.of();
    }
    levels = ServiceLevels.agreed(node.services(), agent.levels());
    knocking.at(agent.alive().values(), options.nodeId(), nowNs);
    Surroundings before = surroundings;
    Surroundings now = new Surroundings(options.nodeId(), agent.alive(), own, next, node.places());
    surroundings = now;
    if (!next.equals(intentions)) {
      intentions = Map.copyOf(next);
      leadershipListeners.forEach(Runnable::run);
    }
    if (!now.routes().equals(before.routes())) {
      routeListeners.forEach(Runnable::run);
    }
    waiters.wake();
  }

  private static Map<PartitionId, Held> own(Node node) {
    Map<PartitionId, Held> own = new TreeMap<>();
    for (PartitionPlace place : node.places()) {
      Role role = roleOf(place.phase());
      if (role != null) {
        own.put(place.id(), new Held(role, place.position(), place.epoch()));
      }
    }
    return own;
  }

  private static @Nullable Role roleOf(PartitionPhase phase) {
    return switch (phase) {
      case LOADING, FAILED -> Role.LOADING;
      case FOLLOWING -> Role.FOLLOWING;
      case ACTIVE -> Role.LEADING;
      case STOPPED -> Role.STOPPED;
      case AWAY, CLOSED -> null;
    };
  }

  // ---------------------------------------------------------------- what the node asks

  @Override
  public boolean leads(PartitionId id) {
    return intentions.get(id) == Intention.LEAD;
  }

  @Override
  public boolean follows(PartitionId id) {
    Intention intention = intentions.get(id);
    return intention != null && intention != Intention.NOTHING;
  }

  @Override
  public int level(String service, int reads) {
    return Math.min(reads, levels.getOrDefault(service, 1));
  }

  /**
   * Why this node can take no part: the cluster writes a contract level that it does not read. Null
   * if it can, as far as it has heard.
   */
  public @Nullable String refusal() {
    return refusal;
  }

  @Override
  public Leadership.Registration onChange(Runnable listener) {
    leadershipListeners.add(listener);
    return () -> leadershipListeners.remove(listener);
  }

  @Override
  public Leadership.Registration onRoutes(Runnable listener) {
    routeListeners.add(listener);
    return () -> routeListeners.remove(listener);
  }

  @Override
  public Route routeOf(PartitionId id) {
    return surroundings.routeOf(id);
  }

  @Override
  public void send(String nodeId, PeerRequest request, long timeoutMs, Outcome outcome) {
    String address = surroundings.addressOf(nodeId);
    if (address == null) {
      outcome.unsent("node " + nodeId + " is not heard any more");
    } else {
      clients.send(address, request, timeoutMs, outcome);
    }
  }

  @Override
  public ClusterView view() {
    return surroundings.view(host.nanoTime());
  }

  @Override
  public String self() {
    return options.nodeId();
  }

  @Override
  public List<String> others() {
    return surroundings.others();
  }

  /**
   * Waits until every partition is led by somebody, as far as this node has heard.
   *
   * @return whether that was so in time
   * @throws IllegalStateException if this node can take no part: says why
   */
  public boolean awaitLed(Duration patience) {
    boolean led =
        waiters.await(() -> ended || refusal != null || surroundings.allLed(), patience.toNanos());
    if (refusal != null) {
      throw new IllegalStateException(refusal);
    }
    return led;
  }

  // ---------------------------------------------------------------- the end

  /**
   * Hands on what this node leads to those that are ready for it, one partition after the other.
   * The node serves meanwhile. What could not be handed on in time is taken over when it closes.
   */
  public void leave(Duration patience) {
    leaving = true;
    waiters.wake();
    boolean handed =
        waiters.await(
            () -> ended || surroundings.isAlone() || surroundings.leadsNothing(),
            patience.toNanos());
    if (!handed) {
      LOG.warn("not everything was handed on within {} s", patience.toSeconds());
    }
  }

  /** Says that this node has nothing any more, so that nobody waits for it; after the node. */
  @Override
  public void close() {
    Joined present;
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      present = joined;
    }
    waiters.wake();
    try {
      if (present != null) {
        host.join(present.thread());
        present.agent().leave();
        present.agent().step(Map.of(), host.nanoTime());
        present.server().close();
        if (present.topic() instanceof AutoCloseable closeable) {
          close(closeable);
        }
      }
    } finally {
      clients.close();
    }
  }

  /** Ends as a process does that is killed: others hear nothing of it, and cannot reach it. */
  void vanish() {
    Joined present;
    synchronized (this) {
      ended = true;
      present = joined;
    }
    intentions = Map.of();
    waiters.wake();
    if (present != null) {
      host.join(present.thread());
      present.server().close();
    }
  }

  private static void close(AutoCloseable topic) {
    try {
      topic.close();
    } catch (Exception e) {
      LOG.warn("the directory could not be closed: {}", e.getMessage());
    }
  }
}
