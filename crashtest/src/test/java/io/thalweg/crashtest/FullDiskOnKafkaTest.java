package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A node of a cluster whose disk is full: it says so and hands over what it leads, and the cluster
 * goes on.
 */
final class FullDiskOnKafkaTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final int DISK_MIB = 64;

  private final Path folder = Settings.folder("full-disk-on-kafka");
  private final List<SmallDisk> disks = new ArrayList<>();

  /** What must come about while a disk is full. */
  private interface Condition {
    boolean holds() throws IOException, InterruptedException;
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void aLeaderWhoseDiskIsFullSaysSoOthersLeadWhatItLedAndWithRoomItIsWellAgain() throws Exception {
    Folder.fresh(folder);
    try {
      for (int i = 1; i <= 3; i++) {
        SmallDisk disk = SmallDisk.mount(folder.resolve("disk-" + i), DISK_MIB);
        assumeTrue(disk != null, "mounting a small file system needs the rights of root");
        disks.add(disk);
      }
      aDiskIsFull();
    } finally {
      for (SmallDisk disk : disks) {
        disk.close();
      }
    }
    Folder.delete(folder);
  }

  private void aDiskIsFull() throws Exception {
    try (RealCluster cluster =
            RealCluster.start(folder, number -> disks.get(number).path().resolve("data"));
        Workload workload = new Workload(1, ANSWER_LIMIT)) {
      workload.start(cluster::anyUrl, 2);
      assertThat(workload.awaitWrites(100, LIMIT)).isTrue();
      ClusterNode victim = cluster.leaderOf("leaderboard");
      SmallDisk disk = disks.get(cluster.nodes().indexOf(victim));
      String url = Objects.requireNonNull(victim.url());

      awaitWhileFull(
          disk,
          "it says so: " + url,
          () -> {
            Http.Answer ready = workload.http().get(url + "/readyz");
            return ready.status() == 503 && ready.body().contains("No space left on device");
          });
      awaitWhileFull(
          disk,
          "others lead what it led",
          () -> !cluster.leaderOf("leaderboard").equals(victim) && !leads(cluster, victim));
      assertThat(workload.http().get(url + "/livez").status()).isEqualTo(200);
      long before = workload.writes();
      awaitWhileFull(disk, "writes go on", () -> workload.writes() >= before + 300);

      disk.free();
      cluster.awaitHealthy();
      assertThat(workload.awaitWrites(workload.writes() + 200, LIMIT)).isTrue();
      workload.stop();
      assertThat(workload.http().get(url + "/readyz").status()).isEqualTo(200);
      ClusterRounds.check(cluster, workload);
      assertThat(ClusterRounds.stop(cluster).pairs()).isGreaterThanOrEqualTo(2);
    }
  }

  private static boolean leads(RealCluster cluster, ClusterNode node)
      throws IOException, InterruptedException {
    ClusterNode other = cluster.nodes().get((cluster.nodes().indexOf(node) + 1) % 3);
    return cluster
        .view(other)
        .at("/partitions")
        .valueStream()
        .anyMatch(partition ->
            partition.at("/name").asText().startsWith("leaderboard/")
                && partition.at("/leader").asText().equals(node.id()));
  }

  /** Takes again and again what room there is, which the node's own deletions make. */
  private static void awaitWhileFull(SmallDisk disk, String what, Condition condition)
      throws IOException, InterruptedException {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    disk.fill();
    while (!condition.holds()) {
      assertThat(System.nanoTime() - endNs).as(what).isNegative();
      TimeUnit.MILLISECONDS.sleep(10);
      disk.fill();
    }
  }
}
