package io.thalweg.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.cluster.LevelRules;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.OlderTallies;
import io.thalweg.kafka.TestBroker;
import io.thalweg.peers.test.newer.DoubleRequest;
import io.thalweg.peers.test.newer.Tally;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two releases of a service on nodes of a cluster over one real broker: back from the newer one,
 * and forward for good, node by node, under load. How many nodes: {@code -Dlevels.nodes}, 2 if
 * nothing is said. With {@code -Dlevels.whole=true} it begins with the older one and goes forward
 * before it goes back.
 */
class RollingUpgradeTest {
  private static final int NODES = Integer.getInteger("levels.nodes", 2);
  private static final boolean WHOLE = Boolean.getBoolean("levels.whole");
  private static final Duration LIMIT = Duration.ofSeconds(100);
  private static final LevelRules NEVER = new LevelRules(Duration.ofDays(1), Map.of());
  private static final LevelRules SOON = new LevelRules(Duration.ofMillis(500), Map.of());

  @TempDir Path directory;
  @TempDir Path brokerData;

  /** A node of one of the two builds. */
  private record Running(TestMember member, boolean newer) {
    Node node() {
      return member.node();
    }

    Message add(String tally) {
      return newer
          ? io.thalweg.peers.test.newer.AddRequest.newBuilder().setName(tally).setAmount(1).build()
          : io.thalweg.kafka.test.older.AddRequest.newBuilder().setName(tally).setAmount(1).build();
    }

    Message get(String tally) {
      return newer
          ? io.thalweg.peers.test.newer.GetTallyRequest.newBuilder().setName(tally).build()
          : io.thalweg.kafka.test.older.GetTallyRequest.newBuilder().setName(tally).build();
    }
  }

  private final AtomicReferenceArray<Running> nodes = new AtomicReferenceArray<>(NODES);

  @Test
  void anUpgradeIsTakenBackAndGoesForwardForGoodAndNoRequestFails() throws Exception {
    try (TestBroker broker = TestBroker.start(brokerData)) {
      KafkaOptions kafka = KafkaOptions.of(broker.bootstrap(), "upgrade").forDevelopment();
      List<Load> loads = List.of(new Load("one"), new Load("two"));
      try {
        for (int i = 0; i < NODES; i++) {
          nodes.set(i, start(kafka, i, !WHOLE, NEVER));
        }
        awaitHealthy();
        loads.forEach(Load::start);
        if (WHOLE) {
          roll(kafka, true, NEVER);
        }
        // All read the next level, and nobody has raised it.
        for (int i = 0; i < NODES; i++) {
          assertThatThrownBy(() -> call(nodes.get(0), twice("one"), "early"))
              .isInstanceOfSatisfying(
                  Failure.class, e -> assertThat(e.code()).isEqualTo(Code.FAILED_PRECONDITION))
              .hasMessageContaining("level 2")
              .hasMessageContaining("is at level 1");
        }
        roll(kafka, false, NEVER);
        roll(kafka, true, SOON);
        await("the level is raised", () -> nodes.get(0).member().member().level("tally", 2) == 2);
        assertThat(twiceWhenRaised("level")).isEqualTo(0);
        anOlderNodeTakesNoPart(kafka);
        for (Load load : loads) {
          load.end();
          assertThat(load.failures).isEmpty();
          assertThat(load.acknowledged).isGreaterThan(20);
          for (int i = 0; i < NODES; i++) {
            assertThat(value(call(nodes.get(i), nodes.get(i).get(load.tally), null)))
                .isEqualTo(load.acknowledged);
          }
        }
      } finally {
        loads.forEach(Load::interrupt);
        for (int i = 0; i < NODES; i++) {
          Running running = nodes.get(i);
          if (running != null) {
            running.member().close();
          }
        }
      }
    }
    Tables.assertEqual(
        java.util.stream.IntStream.range(0, NODES).mapToObj(this::dataOf).toList(), "tally", 2);
  }

  private void roll(KafkaOptions kafka, boolean newer, LevelRules rules) {
    for (int i = 0; i < NODES; i++) {
      nodes.get(i).member().stop();
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
    return new Running(member(kafka, "n" + index, dataOf(index), newer, rules), newer);
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
        return nodes.get(0).node().call(request(twice(tally), "late"), Tally.class).getValue();
      } catch (Failure e) {
        assertThat(e.isRetryable()).as(e.getMessage()).isTrue();
        assertThat(System.nanoTime()).isLessThan(end);
      }
    }
  }

  private static Request request(Message message, @org.jspecify.annotations.Nullable String name) {
    return new Request(
        message, Caller.ANONYMOUS, name, System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
  }

  private static Message call(
      Running at, Message message, @org.jspecify.annotations.Nullable String name) {
    return at.node().call(request(message, name), Message.class);
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

  /**
   * Adds to a tally, one after the other, at any of the nodes. As our clients do: what may succeed
   * later is sent again under the same name, anywhere.
   */
  private final class Load extends Thread {
    final String tally;
    final List<String> failures = new ArrayList<>();
    long acknowledged;
    private volatile boolean ended;

    Load(String tally) {
      super("load-" + tally);
      this.tally = tally;
    }

    @Override
    public void run() {
      for (int i = 0; !ended; i++) {
        add(i);
      }
    }

    private void add(int number) {
      long end = System.nanoTime() + LIMIT.toNanos();
      for (int attempt = 0; ; attempt++) {
        Running at = nodes.get((number + attempt) % NODES);
        try {
          long value = value(call(at, at.add(tally), tally + "-" + number));
          acknowledged++;
          if (value != acknowledged) {
            failures.add("add %d made it %d, not %d".formatted(number, value, acknowledged));
          }
          return;
        } catch (Failure e) {
          if (!e.isRetryable() || System.nanoTime() > end) {
            failures.add("add " + number + ": " + e.code() + " " + e.getMessage());
            return;
          }
        }
      }
    }

    void end() throws InterruptedException {
      ended = true;
      join();
    }
  }
}
