package io.thalweg.kafka;

import static io.thalweg.kafka.Goals.score;
import static io.thalweg.kafka.Goals.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Leadership;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStatus;
import io.thalweg.runtime.PartitionPhase;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import io.thalweg.runtime.WatchStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole nodes with the leaderboard, over a real broker. */
class NodesOnKafkaTest {
  private static Node start(String cluster, Path data, Leadership leadership) {
    KafkaOptions options = SharedBroker.cluster(NodesOnKafkaTest.class, cluster);
    return Thalweg.on(KafkaStorage.open(data, options, leadership))
        .service(Leaderboard.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .start();
  }

  @Test
  void aNodeFindsEverythingAgainAlsoWithoutItsTables(@TempDir Path data, @TempDir Path other) {
    try (Node node = start("again", data, Leadership.ALWAYS)) {
      node.awaitReady();
      for (int i = 0; i < 50; i++) {
        submit(node, "m" + i, i, null);
      }
      assertThat(score(node, "m49")).isEqualTo(49);
    }
    try (Node node = start("again", data, Leadership.ALWAYS)) {
      node.awaitReady();
      assertThat(score(node, "m7")).isEqualTo(7);
      submit(node, "m7", 70, null);
    }
    try (Node node = start("again", other, Leadership.ALWAYS)) {
      node.awaitReady();
      assertThat(score(node, "m7")).isEqualTo(70);
      assertThat(score(node, "m49")).isEqualTo(49);
    }
  }

  @Test
  void aFollowerTakesOverAndTheStoredReplyIsTheSame(@TempDir Path one, @TempDir Path two) {
    Switch first = new Switch(true);
    Switch second = new Switch(false);
    try (Node a = start("over", one, first);
        Node b = start("over", two, second)) {
      a.awaitReady();
      b.awaitReady();
      assertThat(b.status().ready()).isTrue();
      for (int i = 0; i < 20; i++) {
        submit(a, "m" + i, i, "first-" + i);
      }
      // It follows closely, and takes no requests.
      await(() -> end(b) == end(a));
      assertThat(phases(b)).containsOnly(PartitionPhase.FOLLOWING);
      assertThatThrownBy(() -> submit(b, "m1", 1, null))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("led by another node");

      first.set(false);
      second.set(true);
      await(() -> phases(b).stream().allMatch(phase -> phase == PartitionPhase.ACTIVE));
      await(() -> phases(a).stream().allMatch(phase -> phase == PartitionPhase.FOLLOWING));
      SubmitScoreResponse again = submit(b, "m3", 3, "first-3");
      assertThat(again.getScore()).isEqualTo(3);
      submit(b, "m3", 300, "second-3");
      assertThat(score(b, "m3")).isEqualTo(300);

      first.set(true);
      second.set(false);
      await(() -> phases(a).stream().allMatch(phase -> phase == PartitionPhase.ACTIVE));
      assertThat(score(a, "m3")).isEqualTo(300);
    }
  }

  @Test
  void anotherLeaderDeposesOneThatStillThinksItLeads(@TempDir Path one, @TempDir Path two) {
    Switch first = new Switch(true);
    try (Node a = start("depose", one, first)) {
      a.awaitReady();
      submit(a, "ana", 1, null);
      try (Node b = start("depose", two, Leadership.ALWAYS)) {
        b.awaitReady();
        first.set(false);
        submit(b, "ana", 2, null);
        await(() -> phases(a).stream().allMatch(phase -> phase == PartitionPhase.FOLLOWING));
        await(() -> end(a) == end(b));
        assertThat(score(b, "ana")).isEqualTo(2);
      }
    }
  }

  @Test
  void watchersSeeEachEventOnce(@TempDir Path data) throws Exception {
    try (Node node = start("watch", data, Leadership.ALWAYS)) {
      node.awaitReady();
      for (int i = 0; i < 10; i++) {
        submit(node, "before" + i, i, null);
      }
      Request request =
          new Request(
              WatchBoardRequest.newBuilder().setBoard("goals").build(),
              Caller.ANONYMOUS,
              null,
              Long.MAX_VALUE);
      try (WatchStream watch = node.watch(request, "0")) {
        for (int i = 0; i < 10; i++) {
          submit(node, "after" + i, i, null);
        }
        long last = -1;
        for (int seen = 0; seen < 20; ) {
          WatchStream.Item item =
              Objects.requireNonNull(watch.next(Duration.ofSeconds(60)), "an event in time");
          assertThat(item.position().offset()).isGreaterThan(last);
          last = item.position().offset();
          seen++;
        }
      }
    }
  }

  private static long end(Node node) {
    return node.durableOffset(new PartitionId("leaderboard", 0))
        + node.durableOffset(new PartitionId("leaderboard", 1));
  }

  private static List<PartitionPhase> phases(Node node) {
    return node.status().partitions().stream().map(NodeStatus.PartitionStatus::phase).toList();
  }

  private static void await(BooleanSupplier condition) {
    Waiters waiters = new Waiters(Host.machine());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      waiters.await(() -> false, TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  /** Leads everything or nothing. */
  private static final class Switch implements Leadership {
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean on;

    Switch(boolean on) {
      this.on = on;
    }

    void set(boolean now) {
      on = now;
      listeners.forEach(Runnable::run);
    }

    @Override
    public boolean leads(PartitionId id) {
      return on;
    }

    @Override
    public Registration onChange(Runnable listener) {
      listeners.add(listener);
      return () -> listeners.remove(listener);
    }
  }
}
