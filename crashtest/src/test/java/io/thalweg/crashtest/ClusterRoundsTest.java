package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three real nodes over a real broker, under faults.
 *
 * <pre>
 *   crash.faults           names of {@link ClusterFault}, or a number of them that are drawn
 *   crash.cluster.seed     what is written; default 1
 *   crash.fault.ms         how long one lasts; default 4000, longer than nodes wait for each other
 * </pre>
 */
final class ClusterRoundsTest {
  private static final String FAULTS =
      System.getProperty("crash.faults", "KILL,FREEZE,KAFKA_ONE_WAY");
  private static final long SEED = Long.getLong("crash.cluster.seed", 1);
  private static final long PAUSE_MS = Long.getLong("crash.fault.ms", 4_000);

  @Test
  @Timeout(value = 12, unit = TimeUnit.HOURS)
  void whatWasAcknowledgedCountsOnceInOneOrderOnAllReplicasWhateverBefallsACluster()
      throws Exception {
    Path folder = Settings.folder("cluster");
    List<ClusterFault> faults = faults();
    ClusterRounds.Summary summary =
        new ClusterRounds(folder, SEED, new ClusterFault.Pause(PAUSE_MS)).run(faults);
    System.out.printf("crashtest: seed %d, %s: %s%n", SEED, faults, summary);
    assertThat(summary.writes()).isGreaterThan(20L * faults.size());
    assertThat(summary.reads()).isPositive();
    assertThat(summary.sides()).isPositive();
    assertThat(summary.pairs()).as("each partition has two replicas").isGreaterThanOrEqualTo(2);
    Folder.delete(folder);
  }

  private static List<ClusterFault> faults() {
    if (!FAULTS.matches("\\d+")) {
      return Arrays.stream(FAULTS.split(",", -1)).map(ClusterFault::valueOf).toList();
    }
    RandomGenerator random =
        RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(SEED);
    List<ClusterFault> all = List.of(ClusterFault.values());
    List<ClusterFault> drawn = new ArrayList<>();
    for (int i = 0; i < Integer.parseInt(FAULTS); i++) {
      drawn.add(all.get(random.nextInt(all.size())));
    }
    return drawn;
  }
}
