package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What clients and watchers were told holds over any number of kills at any moment, and a node
 * starts after each without help.
 */
final class KillRoundsTest {
  /** Stored replies are bounded, and a replay of many rounds is a long one. */
  private static final int ROUNDS_IN_A_DIRECTORY = 50;

  /** A round waits for a start most of the time; two at once use the machine better. */
  private static final int LANES = 2;

  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void nothingAcknowledgedIsLostNothingCountsTwiceAndWatchersGoOnOverKillsAtAnyMoment()
      throws Exception {
    int rounds = Settings.rounds();
    assertThat(rounds).as("crash.rounds").isPositive();
    NodeProgram.prepared();
    List<Callable<KillRounds.Summary>> parts = new ArrayList<>();
    for (int done = 0; done < rounds; done += ROUNDS_IN_A_DIRECTORY) {
      long seed = Settings.seed() + done;
      int count = Math.min(ROUNDS_IN_A_DIRECTORY, rounds - done);
      parts.add(() -> run(seed, count));
    }
    KillRounds.Summary all = KillRounds.Summary.NONE;
    long startNs = System.nanoTime();
    try (ExecutorService lanes = Executors.newFixedThreadPool(LANES)) {
      for (Future<KillRounds.Summary> part : lanes.invokeAll(parts)) {
        all = all.plus(part.get());
      }
    }
    System.out.printf(
        "crashtest: seed %d, %d rounds in %.1f s: %s%n",
        Settings.seed(), rounds, (System.nanoTime() - startNs) / 1e9, all);
    assertThat(all.kills()).isGreaterThanOrEqualTo(rounds);
    assertThat(all.writes()).as("the load was real").isGreaterThan(rounds);
  }

  private static KillRounds.Summary run(long seed, int count) throws Exception {
    Path folder = Settings.folder("kill").resolve("seed-" + seed);
    KillRounds.Summary summary = new KillRounds(folder, seed).run(count);
    Folder.delete(folder);
    return summary;
  }
}
