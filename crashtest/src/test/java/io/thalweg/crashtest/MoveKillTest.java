package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * {@code thalweg move} as its page says it: a node that was loaded, a broker of {@code
 * dev-cluster}, SIGKILL on the way, the same command again, and nodes of the cluster. It takes two
 * minutes, so it runs if {@code -Dcrash.move=true} says so.
 */
@EnabledIfSystemProperty(
    named = "crash.move",
    matches = "true",
    disabledReason = "two minutes long; -Dcrash.move=true runs it")
final class MoveKillTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final int PARTITIONS = 3;

  private final Path folder = Settings.folder("move");
  private final Path data = folder.resolve("data");
  private final AtomicReference<@Nullable String> url = new AtomicReference<>();

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void aMoveThatIsKilledGoesOnAndTheClusterHasAllThatTheNodeHad() throws Exception {
    Folder.fresh(folder);
    try (Workload workload = new Workload(1, ANSWER_LIMIT);
        SideWork sides = new SideWork(url::get)) {
      load(workload, sides);
      List<ProcessHandle> processes = List.of();
      try (NodeProcess brokers =
          start("dev-cluster", "--nodes", "1", "--port", "0", "--dir", folder + "/dev")) {
        List<String> said = brokers.awaitSaid("try");
        processes = brokers.descendants();
        String kafka =
            said.stream()
                .filter(line -> line.startsWith("kafka "))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .findAny()
                .orElseThrow();
        assertThat(killsUntilMoved(kafka)).as("kills on the way").isPositive();
        oldNodeIsRefused();
        clusterHasAll(kafka, workload, sides);
        brokers.beginToStop();
        assertThat(brokers.awaitEnd()).as(brokers.err()).isZero();
      } finally {
        processes.forEach(ProcessHandle::destroyForcibly);
      }
    }
    Folder.delete(folder);
  }

  private NodeProcess start(String... words) throws IOException, InterruptedException {
    return NodeProcess.start(
        folder, NodeProgram.prepared().command(NodeProcess.SMALL_SIZES, List.of(words)));
  }

  /** A node of its own that stops with jobs whose time has not come. */
  private void load(Workload workload, SideWork sides) throws Exception {
    NodeProcess.Started started = NodeProcess.up(folder, data);
    try (NodeProcess node = started.node()) {
      url.set(started.url());
      workload.start(started.url());
      assertThat(workload.awaitWrites(2_000, LIMIT)).isTrue();
      workload.stop();
      assertThat(workload.check(started.url())).isEmpty();
      workload.watchersLeave();
      sides.stopAsking();
      assertThat(sides.count()).isPositive();
      url.set(null);
      node.beginToStop();
      assertThat(node.awaitEnd()).as(node.err()).isZero();
    }
  }

  /** Once when the move has begun, once when it has written so much, then it comes to its end. */
  private int killsUntilMoved(String kafka) throws Exception {
    int kills = 0;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
      List<Check> moments =
          List.of(
              () -> Files.exists(data.resolve("moved")), () -> records(admin) > PARTITIONS * 2 + 3);
      for (Check moment : moments) {
        try (NodeProcess move = move(kafka)) {
          while (move.isAlive() && !moment.holds()) {
            TimeUnit.MILLISECONDS.sleep(1);
          }
          move.kill();
        }
        kills += Files.readString(data.resolve("moved")).contains("begun") ? 1 : 0;
      }
    }
    try (NodeProcess move = move(kafka)) {
      List<String> said = move.awaitSaid("watchers begin anew");
      assertThat(move.awaitEnd()).as(move.err()).isZero();
      assertThat(said).anyMatch(line -> line.startsWith("leaderboard: "));
    }
    return kills;
  }

  /** What must be so for a kill. */
  private interface Check {
    boolean holds() throws Exception;
  }

  private NodeProcess move(String kafka) throws IOException, InterruptedException {
    return start(
        "move",
        "--data",
        data.toString(),
        "--kafka",
        kafka,
        "--cluster",
        "main",
        "--kafka-dev",
        "--partitions",
        "" + PARTITIONS);
  }

  private static long records(Admin admin) throws InterruptedException {
    List<TopicPartition> partitions =
        IntStream.range(0, PARTITIONS)
            .mapToObj(i -> new TopicPartition("main.leaderboard", i))
            .toList();
    long records = 0;
    try {
      var ends =
          admin.listOffsets(
              partitions.stream()
                  .collect(java.util.stream.Collectors.toMap(p -> p, p -> OffsetSpec.latest())));
      for (TopicPartition partition : partitions) {
        records += ends.partitionResult(partition).get().offset();
      }
    } catch (ExecutionException e) {
      return 0; // there is no such topic yet
    }
    return records;
  }

  private void oldNodeIsRefused() throws Exception {
    try (NodeProcess old = NodeProcess.launch(folder, data)) {
      assertThat(old.awaitEnd()).isNotZero();
      assertThat(old.err()).contains("were moved to the cluster main");
    }
  }

  private void clusterHasAll(String kafka, Workload workload, SideWork sides) throws Exception {
    List<NodeProcess> nodes = new ArrayList<>();
    try {
      for (String id : List.of("m1", "m2")) {
        nodes.add(
            start(
                "up",
                "--port",
                "0",
                "--kafka",
                kafka,
                "--cluster",
                "main",
                "--kafka-dev",
                "--node-id",
                id,
                "--data",
                folder.resolve(id).toString()));
      }
      List<String> urls = new ArrayList<>();
      for (NodeProcess node : nodes) {
        urls.add(node.awaitReady());
      }
      url.set(urls.getLast());
      for (String each : urls) {
        assertThat(workload.check(each)).isEmpty();
      }
      long before = workload.writes();
      workload.start(urls.getFirst());
      assertThat(workload.awaitWrites(before + 200, LIMIT)).isTrue();
      workload.stop();
      assertThat(workload.check(urls.getLast())).isEmpty();
      assertThat(sides.violations(urls.getFirst())).as("messages and timers").isEmpty();
      for (NodeProcess node : nodes) {
        node.beginToStop();
        assertThat(node.awaitEnd()).as(node.err()).isZero();
      }
    } finally {
      nodes.forEach(NodeProcess::close);
    }
  }
}
