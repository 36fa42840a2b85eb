package io.thalweg.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.PartitionId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Who should have what: evenly, and with as little movement as can be. */
class RankingTest {
  private static List<String> nodes(int count, int seed) {
    List<String> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add("n" + seed + "-" + i);
    }
    return nodes;
  }

  private static PartitionId id(int index) {
    return new PartitionId("leaderboard", index);
  }

  @Test
  void theWeightsAreFixed() {
    // Nodes of different versions must agree, so these numbers never change.
    assertThat(Ranking.weight("a", id(0))).isEqualTo(4534336916816214759L);
    assertThat(Ranking.of(id(7), List.of("a", "b", "c"))).containsExactly("a", "c", "b");
  }

  @Property(tries = 30)
  void leadersAndStandbysAreSpreadEvenly(
      @ForAll @IntRange(min = 2, max = 20) int count, @ForAll @IntRange(max = 1000) int seed) {
    List<String> nodes = nodes(count, seed);
    int each = 200;
    for (int place = 0; place < 2; place++) {
      Map<String, Integer> had = new HashMap<>();
      for (int i = 0; i < count * each; i++) {
        had.merge(Ranking.of(id(i), nodes).get(place), 1, Integer::sum);
      }
      // Binomial: five standard deviations are five times sqrt(200), about 71.
      assertThat(had).hasSize(count).allSatisfy((node, n) -> assertThat(n).isBetween(125, 275));
    }
  }

  @Property(tries = 100)
  void aNodeThatJoinsTakesOnlyWhatItIsFirstForAndTheOrderOfOthersStays(
      @ForAll @IntRange(min = 1, max = 20) int count, @ForAll @IntRange(max = 1000) int seed) {
    List<String> nodes = nodes(count, seed);
    List<String> more = new ArrayList<>(nodes);
    more.add("joins");
    for (int i = 0; i < 50; i++) {
      List<String> after = new ArrayList<>(Ranking.of(id(i), more));
      after.remove("joins");
      assertThat(after).isEqualTo(Ranking.of(id(i), nodes));
    }
  }

  @Test
  void theOrderOfTheNamesDoesNotMatter() {
    assertThat(Ranking.of(id(3), List.of("a", "b", "c", "a")))
        .isEqualTo(Ranking.of(id(3), List.of("c", "b", "a")));
  }
}
