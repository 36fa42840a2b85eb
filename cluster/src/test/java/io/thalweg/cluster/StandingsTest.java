package io.thalweg.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node keeps of its last look at the others, and how little of it is made anew. */
class StandingsTest {
  private static final int PARTITIONS = 60;

  private static List<PartitionId> partitions() {
    List<PartitionId> ids = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      ids.add(new PartitionId("leaderboard", i));
    }
    return ids;
  }

  private static Member member(
      String node, long sequence, boolean leaving, Map<PartitionId, Held> held) {
    return new Member(
        new Heartbeat(node, 1, sequence, "", leaving, Levels.NONE, held), 0, sequence);
  }

  @Test
  void aPartitionIsRankedOnlyWhenSomethingOfItHasChanged() {
    List<PartitionId> ids = partitions();
    Placement placement = new Placement("n0", ids, PlacementOptions.DEFAULTS, 0);
    Map<String, Map<PartitionId, Held>> does = new HashMap<>();
    for (int n = 0; n < 4; n++) {
      Map<PartitionId, Held> held = new HashMap<>();
      for (PartitionId id : ids) {
        held.put(id, new Held(id.index() % 4 == n ? Role.LEADING : Role.FOLLOWING, 1, 1));
      }
      does.put("n" + n, held);
    }
    Look look = new Look(placement, does);
    assertThat(look.rankedAt(false)).isEqualTo(PARTITIONS);
    for (int i = 0; i < 25; i++) {
      // Everybody is heard again, and is further everywhere.
      does.values()
          .forEach(
              held -> held.replaceAll((_, h) -> new Held(h.role(), h.position() + 7, h.epoch())));
      assertThat(look.rankedAt(false)).isZero();
    }
    Objects.requireNonNull(does.get("n1")).put(ids.get(8), new Held(Role.LEADING, 900, 2));
    assertThat(look.rankedAt(false)).as("another one leads it").isEqualTo(1);
    Objects.requireNonNull(does.get("n2")).put(ids.get(3), new Held(Role.STOPPED, 900, 0));
    Objects.requireNonNull(does.get("n0")).put(ids.get(5), new Held(Role.STOPPED, 900, 0));
    assertThat(look.rankedAt(false)).as("two have stopped, one of them here").isEqualTo(2);
    Objects.requireNonNull(does.get("n3")).remove(ids.get(9));
    assertThat(look.rankedAt(false)).as("who followed does so no more").isZero();
    assertThat(look.rankedAt(true)).as("one begins to leave").isEqualTo(PARTITIONS);
    does.remove("n3");
    assertThat(look.rankedAt(false)).as("it has left").isEqualTo(PARTITIONS);
    assertThat(look.rankedAt(false)).isZero();
  }

  /** A node's looks at the others, and how many partitions each of them has ranked. */
  private static final class Look {
    private final Placement placement;
    private final Map<String, Map<PartitionId, Held>> does;
    private long at = Duration.ofMinutes(1).toNanos();

    Look(Placement placement, Map<String, Map<PartitionId, Held>> does) {
      this.placement = placement;
      this.does = does;
    }

    long rankedAt(boolean lastLeaves) {
      long before = placement.rankings();
      at++;
      SortedMap<String, Member> view = new TreeMap<>();
      does.forEach(
          (node, held) -> view.put(node, member(node, at, lastLeaves && node.equals("n3"), held)));
      placement.decide(view, new HashMap<>(Objects.requireNonNull(does.get("n0"))), at);
      return placement.rankings() - before;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void whatIsKeptIsWhatAFirstLookWouldFind(long seed) {
    Random random = new Random(seed);
    List<PartitionId> ids = partitions();
    Standings kept = new Standings(new HashSet<>(ids));
    SortedMap<String, Member> view = new TreeMap<>();
    for (int step = 1; step <= 400; step++) {
      String node = "n" + random.nextInt(6);
      Member before = view.get(node);
      Map<PartitionId, Held> held =
          before == null ? new HashMap<>() : new HashMap<>(before.beat().partitions());
      for (int i = random.nextInt(4); i > 0; i--) {
        PartitionId id = ids.get(random.nextInt(PARTITIONS));
        Role role = Role.of(random.nextInt(4));
        held.put(id, new Held(role, random.nextInt(100), role == Role.LEADING ? step : 0));
        held.remove(ids.get(random.nextInt(PARTITIONS)));
      }
      view.put(node, member(node, step, random.nextInt(30) == 0, held));
      if (random.nextInt(20) == 0) {
        view.remove("n" + random.nextInt(6));
      }
      assertThat(kept.of(view))
          .as("seed %d, step %d", seed, step)
          .isEqualTo(new Standings(new HashSet<>(ids)).of(view));
    }
    assertThat(kept.rankings()).isLessThan(400L * PARTITIONS / 2);
  }
}
