package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.cluster.LevelRules;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.OlderTallies;
import io.thalweg.kafka.SharedBroker;
import io.thalweg.peers.MemberOptions;
import io.thalweg.peers.NewerTallies;
import io.thalweg.peers.TestMember;
import io.thalweg.peers.test.newer.AddRequest;
import io.thalweg.peers.test.newer.DoubleRequest;
import io.thalweg.peers.test.newer.Tally;
import io.thalweg.peers.test.newer.TallyProto;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two releases of a service on nodes of a cluster over one real broker: back from the newer one,
 * and forward for good, node by node, under load by Java clients that were built with either
 * release, over an address that is taken off a node before it stops. How many nodes: {@code
 * -Dlevels.nodes}, 2 if nothing is said. With {@code -Dlevels.whole=true} it begins with the older
 * one and goes forward before it goes back.
 */
class RollingUpgradeTest {
  private static final int NODES = Integer.getInteger("levels.nodes", 2);
  private static final boolean WHOLE = Boolean.getBoolean("levels.whole");
  private static final Duration LIMIT = Duration.ofSeconds(100);
  private static final LevelRules NEVER = new LevelRules(Duration.ofDays(1), Map.of());
  private static final LevelRules SOON = new LevelRules(Duration.ofMillis(500), Map.of());

  @TempDir Path directory;

  /** A node of one of the two builds, and where clients reach it. */
  private record Running(TestMember member, Gateway gateway, boolean newer) {
    Node node() {
      return member.node();
    }

    String url() {
      return "http://127.0.0.1:" + gateway.port();
    }

    Message get(String tally) {
      return newer
          ? io.thalweg.peers.test.newer.GetTallyRequest.newBuilder().setName(tally).build()
          : io.thalweg.kafka.test.older.GetTallyRequest.newBuilder().setName(tally).build();
    }

    /** Hands on while it still serves. */
    void stop() {
      member.leave();
      close();
    }

    void close() {
      gateway.close();
      member.close();
    }
  }

  private final AtomicReferenceArray<Running> nodes = new AtomicReferenceArray<>(NODES);

  private final Wire address = Wire.toNobody();

  RollingUpgradeTest() throws IOException {}

  @AfterEach
  void stop() throws IOException {
    for (int i = 0; i < NODES; i++) {
      Running running = nodes.get(i);
      if (running != null) {
        running.close();
      }
    }
    address.close();
  }

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void anUpgradeIsTakenBackAndGoesForwardForGoodAndNoRequestOfTheJavaClientFails()
      throws Exception {
    KafkaOptions kafka = SharedBroker.cluster(RollingUpgradeTest.class, "upgrade");
    for (int i = 0; i < NODES; i++) {
      nodes.set(i, start(kafka, i, !WHOLE, NEVER));
    }
    awaitHealthy();
    address.to(nodes.get(0).url());
    try (ThalwegClient client = ThalwegClient.at(address.url()).timeout(LIMIT).open()) {
      List<Load> loads = List.of(older(client), newer(client));
      loads.forEach(Load::start);
      try {
        upgrade(kafka);
      } finally {
        loads.forEach(Load::end);
      }
      for (Load load : loads) {
        load.join();
        assertThat(load.failures).isEmpty();
        assertThat(load.acknowledged).isGreaterThan(20);
        for (int i = 0; i < NODES; i++) {
          assertThat(value(call(nodes.get(i), nodes.get(i).get(load.tally))))
              .isEqualTo(load.acknowledged);
        }
      }
    }
    stop();
    ReplicaDigests.Compared compared =
        ReplicaDigests.compare(
            IntStream.range(0, NODES).mapToObj(this::dataOf).toList(), "tally", 2);
    assertThat(compared.differences()).isEmpty();
    assertThat(compared.pairs()).as("equal tables at the same offset").isPositive();
  }

  private void upgrade(KafkaOptions kafka) {
    if (WHOLE) {
      roll(kafka, true, NEVER);
    }
    // All read the next level, and nobody has raised it.
    assertThatThrownBy(() -> call(nodes.get(0), twice("one")))
        .isInstanceOfSatisfying(
            Failure.class, e -> assertThat(e.code()).isEqualTo(Code.FAILED_PRECONDITION))
        .hasMessageContaining("level 2")
        .hasMessageContaining("is at level 1");
    roll(kafka, false, NEVER);
    roll(kafka, true, SOON);
    await("the level is raised", () -> nodes.get(0).member().member().level("tally", 2) == 2);
    assertThat(twiceWhenRaised("level")).isEqualTo(0);
    anOlderNodeTakesNoPart(kafka);
  }

  private void roll(KafkaOptions kafka, boolean newer, LevelRules rules) {
    for (int i = 0; i < NODES; i++) {
      // What a load balancer does with one that is to be stopped.
      address.to(nodes.get((i + 1) % NODES).url());
      nodes.get(i).stop();
      nodes.set(i, start(kafka, i, newer, rules));
      awaitHealthy();
    }
  }

  private void anOlderNodeTakesNoPart(KafkaOptions kafka) {
    // The whole cluster has heard what is written once this node has.
    TestMember older = member(kafka, "old", directory.resolve("old"), false, NEVER);
    try {
      assertThatThrownBy(() -> older.member().awaitLed(LIMIT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("service tally at contract level 2")
          .hasMessageContaining("reads level 1: run a newer build");
      assertThat(older.led()).isZero();
    } finally {
      older.close();
    }
  }

  private Path dataOf(int index) {
    return directory.resolve("n" + index);
  }

  private Running start(KafkaOptions kafka, int index, boolean newer, LevelRules rules) {
    TestMember member = member(kafka, "n" + index, dataOf(index), newer, rules);
    Gateway gateway = Gateway.start(member.node(), GatewayOptions.builder().port(0).build());
    return new Running(member, gateway, newer);
  }

  private static TestMember member(
      KafkaOptions kafka, String name, Path data, boolean newer, LevelRules rules) {
    return TestMember.start(
        kafka,
        data,
        MemberOptions.local(name)
            .withPlacement(TestMember.QUICK, Duration.ofMillis(200))
            .withLevels(rules),
        newer ? NewerTallies.TYPE : OlderTallies.TYPE,
        2);
  }

  private static DoubleRequest twice(String tally) {
    return DoubleRequest.newBuilder().setName(tally).build();
  }

  private long twiceWhenRaised(String tally) {
    // Leaders are raised within a heartbeat of each other.
    long end = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      try {
        return nodes.get(0).node().call(request(twice(tally)), Tally.class).getValue();
      } catch (Failure e) {
        assertThat(e.isRetryable()).as(e.getMessage()).isTrue();
        assertThat(System.nanoTime()).isLessThan(end);
      }
    }
  }

  private static Message call(Running at, Message message) {
    return at.node().call(request(message), Message.class);
  }

  private static Request request(Message message) {
    return new Request(
        message, Caller.ANONYMOUS, null, System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
  }

  private static long value(Message tally) {
    return (long) tally.getField(tally.getDescriptorForType().findFieldByName("value"));
  }

  private void awaitHealthy() {
    await(
        "all is well",
        () -> {
          for (int i = 0; i < NODES; i++) {
            ClusterView view = nodes.get(i).member().member().view();
            if (view.nodes().size() != NODES
                || view.partitions().isEmpty()
                || !view.unhealthy().isEmpty()
                || view.nodes().stream().anyMatch(node -> node.leaving())) {
              return false;
            }
          }
          return true;
        });
  }

  private static void await(String what, BooleanSupplier condition) {
    Waiters waiters = new Waiters(Host.machine());
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      waiters.await(() -> false, TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** Of a program that was built with the older release. */
  private static Load older(ThalwegClient client) {
    ServiceMethod<io.thalweg.kafka.test.older.AddRequest, io.thalweg.kafka.test.older.Tally> add =
        ServiceMethod.of(
            io.thalweg.kafka.test.older.TallyProto.getDescriptor().findServiceByName("Tallies"),
            "Add",
            io.thalweg.kafka.test.older.AddRequest.getDefaultInstance(),
            io.thalweg.kafka.test.older.Tally.getDefaultInstance());
    io.thalweg.kafka.test.older.AddRequest one =
        io.thalweg.kafka.test.older.AddRequest.newBuilder().setName("one").setAmount(1).build();
    return new Load("one", () -> client.call(add, one).await().getValue());
  }

  private static Load newer(ThalwegClient client) {
    ServiceMethod<AddRequest, Tally> add =
        ServiceMethod.of(
            TallyProto.getDescriptor().findServiceByName("Tallies"),
            "Add",
            AddRequest.getDefaultInstance(),
            Tally.getDefaultInstance());
    AddRequest two = AddRequest.newBuilder().setName("two").setAmount(1).build();
    return new Load("two", () -> client.call(add, two).await().getValue());
  }

  /** Adds to a tally, one after the other: what was executed twice or lost shows at once. */
  private static final class Load extends Thread {
    final String tally;
    final List<String> failures = new ArrayList<>();
    long acknowledged;
    private final LongSupplier add;
    private volatile boolean ended;

    Load(String tally, LongSupplier add) {
      super("load-" + tally);
      this.tally = tally;
      this.add = add;
    }

    @Override
    public void run() {
      while (!ended && failures.isEmpty()) {
        try {
          long value = add.getAsLong();
          acknowledged++;
          if (value != acknowledged) {
            failures.add("add %d made it %d".formatted(acknowledged, value));
          }
        } catch (RuntimeException e) {
          failures.add("add %d: %s".formatted(acknowledged + 1, e));
        }
      }
    }

    void end() {
      ended = true;
    }
  }
}
