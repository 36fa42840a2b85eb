package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FairSharesTest {
  private static final int PROJECTS = 7;

  /** What is kept says at each step what the definition says. */
  @Test
  void whoIsWithinTheirShareIsWhatTheDefinitionOfMaxMinFairnessSays() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    FairShares shares = new FairShares(1_000);
    int[] counts = new int[PROJECTS];
    for (int step = 0; step < 20_000; step++) {
      int project = random.nextInt(PROJECTS);
      if (counts[project] > 0 && random.nextInt(100) < 45 + project) {
        shares.remove(project);
        counts[project]--;
      } else {
        shares.add(project);
        counts[project]++;
      }
      int places = 1 + random.nextInt(200);
      int asked = counts[project];
      assertThat(shares.count(project)).isEqualTo(asked);
      assertThat(shares.fits(asked, 0, places))
          .as("seed %d, step %d", seed, step)
          .isEqualTo(asked <= level(counts, places));
    }
  }

  /** The highest level of water under which all that is asked for fits. */
  private static int level(int[] counts, int places) {
    int level = 0;
    while (level < 2_000) {
      int sum = 0;
      for (int count : counts) {
        sum += Math.min(count, level + 1);
      }
      if (sum > places) {
        return level;
      }
      level++;
    }
    return level;
  }
}
