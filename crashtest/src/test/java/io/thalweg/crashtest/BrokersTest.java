package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code dev-cluster --brokers 3}: three real brokers, of which one is killed under load. */
final class BrokersTest {
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final String TOPIC = "dev.leaderboard";

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void oneBrokerOfThreeIsKilledAndComesBackUnderLoadNothingIsLostAndAllStopsCleanly()
      throws Exception {
    Path folder = Folder.fresh(Settings.folder("brokers"));
    List<String> command =
        NodeProgram.prepared()
            .command(
                List.of(),
                List.of(
                    "dev-cluster",
                    "--brokers",
                    "3",
                    "--nodes",
                    "2",
                    "--port",
                    "0",
                    "--dir",
                    folder.resolve("cluster").toString()));
    Process again = null;
    List<ProcessHandle> processes = List.of();
    try (NodeProcess cluster = NodeProcess.start(folder, command)) {
      List<String> said = cluster.awaitSaid("try");
      processes = cluster.descendants();
      assertThat(processes).as("three brokers and two nodes").hasSize(5);
      List<String> urls = said.stream().filter(l -> l.startsWith("node ")).map(this::last).toList();
      assertThat(urls).hasSize(2);
      String bootstrap =
          last(said.stream().filter(l -> l.startsWith("kafka ")).findAny().orElseThrow());
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
          Workload workload = new Workload(1, ANSWER_LIMIT)) {
        assertThat(settings(admin))
            .containsEntry("min.insync.replicas", "2")
            .containsEntry("unclean.leader.election.enable", "false");
        TopicPartitionInfo partition = topic(admin).partitions().getFirst();
        assertThat(partition.replicas()).hasSize(3);

        workload.start(() -> urls.get(ThreadLocalRandom.current().nextInt(urls.size())), 2);
        assertThat(workload.awaitWrites(200, LIMIT)).as("the load begins").isTrue();
        ProcessHandle broker = broker(cluster, partition.leader().id());
        List<String> words = words(broker);
        long before = workload.writes();
        broker.destroyForcibly();
        broker.onExit().join();
        assertThat(workload.awaitWrites(before + 300, LIMIT))
            .as("two of three will do; the last refusals: %s", workload.refusals())
            .isTrue();

        again =
            new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("again.log").toFile())
                .start();
        awaitInSync(admin);
        assertThat(workload.awaitWrites(workload.writes() + 300, LIMIT)).isTrue();
        workload.stop();
        for (String url : urls) {
          assertThat(workload.check(url)).isEmpty();
        }
      }
      cluster.beginToStop();
      assertThat(cluster.awaitEnd()).as(cluster.err()).isZero();
      assertThat(processes).noneMatch(ProcessHandle::isAlive);
    } finally {
      processes.forEach(ProcessHandle::destroyForcibly);
      if (again != null) {
        again.destroyForcibly();
      }
    }
    Folder.delete(folder);
  }

  private String last(String line) {
    return line.substring(line.lastIndexOf(' ') + 1);
  }

  private static ProcessHandle broker(NodeProcess cluster, int id) {
    return cluster.descendants().stream()
        .filter(process -> words(process).getLast().endsWith("broker-" + id + "/server.properties"))
        .findAny()
        .orElseThrow();
  }

  // A long command line is not in what the JDK tells of a process.
  private static List<String> words(ProcessHandle process) {
    try {
      String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
      return List.of(line.split("\0"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TopicDescription topic(Admin admin)
      throws ExecutionException, InterruptedException {
    return Objects.requireNonNull(
        admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC));
  }

  private static Map<String, String> settings(Admin admin)
      throws ExecutionException, InterruptedException {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
    Map<String, String> settings = new TreeMap<>();
    Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
    Objects.requireNonNull(config)
        .entries()
        .forEach(entry -> settings.put(entry.name(), entry.value()));
    return settings;
  }

  private static void awaitInSync(Admin admin) throws IOException, InterruptedException {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() - endNs < 0) {
      try {
        if (topic(admin).partitions().stream().allMatch(each -> each.isr().size() == 3)) {
          return;
        }
      } catch (ExecutionException e) {
        // One of them has just died.
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new AssertionError("the broker does not come back");
  }
}
