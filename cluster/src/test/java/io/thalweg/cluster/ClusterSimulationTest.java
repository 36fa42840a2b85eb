package io.thalweg.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nodes that come and go, are paused, cut off and slow: who leads what in the end, and meanwhile.
 */
class ClusterSimulationTest {
  private static final PlacementOptions OPTIONS = PlacementOptions.DEFAULTS;
  private static final int PARTITIONS = 12;

  private static SimulatedCluster of(long seed, int nodes) {
    SimulatedCluster cluster = new SimulatedCluster(seed, PARTITIONS, OPTIONS);
    for (int i = 0; i < nodes; i++) {
      cluster.start("n" + i);
    }
    return cluster;
  }

  /** Everybody leads what it should, has its standbys, and nothing changes any more. */
  private static void assertSettled(SimulatedCluster cluster, String when) {
    for (PartitionId id : cluster.partitions) {
      List<String> ranked = Ranking.of(id, cluster.nodes.keySet());
      assertThat(cluster.isLed(id)).as(when + ": " + id).isTrue();
      assertThat(cluster.log(id).leader).as(when + ": " + id).isEqualTo(ranked.getFirst());
      List<String> told = new ArrayList<>();
      List<String> following = new ArrayList<>();
      cluster.nodes.forEach((name, node) -> {
        if (node.intentions.get(id) == Intention.LEAD) {
          told.add(name);
        }
        if (node.role(id) == Role.FOLLOWING) {
          following.add(name);
        }
      });
      assertThat(told).as(when + ": " + id).containsExactly(ranked.getFirst());
      assertThat(following)
          .as(when + ": " + id)
          .containsExactlyElementsOf(ranked.subList(1, Math.min(2, ranked.size())));
    }
    int before = cluster.changes();
    cluster.run(Duration.ofSeconds(30));
    assertThat(cluster.changes()).as(when + ": it is quiet").isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void nodesThatStartTogetherComeToTheirRanking(int nodes) {
    for (int seed = 0; seed < 4; seed++) {
      SimulatedCluster cluster = of(seed, nodes);
      cluster.run(Duration.ofMinutes(3));
      assertSettled(cluster, nodes + " nodes, seed " + seed);
    }
  }

  @Test
  void whatADeadNodeLedIsLedByItsStandbysInTime() {
    for (int seed = 0; seed < 6; seed++) {
      SimulatedCluster cluster = of(seed, 3);
      cluster.run(Duration.ofMinutes(2));
      cluster.kill("n0");
      // Dead after 3 s, heard late by half a second, a barrier.
      cluster.run(Duration.ofSeconds(6));
      assertThat(cluster.leaderless()).as("seed " + seed).isZero();
      cluster.run(Duration.ofMinutes(2));
      assertSettled(cluster, "seed " + seed);
    }
  }

  @Test
  void aNodeThatJoinsTakesOnlyWhatItRanksFirstForOneAtATimeAndCaughtUp() {
    for (int seed = 0; seed < 6; seed++) {
      String when = "seed " + seed;
      SimulatedCluster cluster = of(seed, 3);
      cluster.run(Duration.ofMinutes(2));
      int before = cluster.changes();
      SimulatedCluster.SimulatedNode joins = cluster.start("n3");
      for (int i = 0; i < 1_800; i++) {
        cluster.step();
        assertThat(cluster.leaderless()).as(when).isLessThanOrEqualTo(1);
        for (PartitionId id : cluster.partitions) {
          if (joins.intentions.get(id) == Intention.LEAD) {
            assertThat(Objects.requireNonNull(joins.own.get(id)).position())
                .as(when)
                .isGreaterThan(cluster.log(id).end - OPTIONS.maxLag());
          }
        }
      }
      long mine =
          cluster.partitions.stream()
              .filter(id -> Ranking.of(id, cluster.nodes.keySet()).getFirst().equals("n3"))
              .count();
      assertThat(cluster.changes() - before).as(when).isEqualTo((int) mine);
      assertSettled(cluster, when);
    }
  }

  @Test
  void aNodeThatLeavesHandsOnWhatItLeadsOneAtATimeBeforeItEnds() {
    for (int seed = 0; seed < 6; seed++) {
      String when = "seed " + seed;
      SimulatedCluster cluster = of(seed, 3);
      cluster.run(Duration.ofMinutes(2));
      SimulatedCluster.SimulatedNode leaves = Objects.requireNonNull(cluster.nodes.get("n1"));
      leaves.leave();
      for (int i = 0; i < 1_200; i++) {
        cluster.step();
        assertThat(cluster.leaderless()).as(when).isLessThanOrEqualTo(1);
      }
      assertThat(leaves.own.values()).as(when).noneMatch(held -> held.role() == Role.LEADING);
      cluster.kill("n1");
      for (int i = 0; i < 600; i++) {
        cluster.step();
        assertThat(cluster.leaderless()).as(when).isZero();
      }
      assertSettled(cluster, when);
    }
  }

  @Test
  void aNodeThatLeavesHandsOnAlsoToThoseThatHaveJustCome() {
    for (int seed = 0; seed < 6; seed++) {
      String when = "seed " + seed;
      SimulatedCluster cluster = of(seed, 3);
      cluster.run(Duration.ofSeconds(7));
      assertThat(cluster.leaderless()).as(when).isZero();
      SimulatedCluster.SimulatedNode leaves = Objects.requireNonNull(cluster.nodes.get("n1"));
      assertThat(leaves.own.values()).as(when).anyMatch(held -> held.role() == Role.LEADING);
      leaves.leave();
      // Nobody counts as steady by then.
      cluster.run(OPTIONS.settle().minusMillis(7_500));
      assertThat(leaves.own.values()).as(when).noneMatch(held -> held.role() == Role.LEADING);
    }
  }

  @Test
  void nothingIsMovedToANodeThatComesAndGoes() {
    for (int seed = 0; seed < 4; seed++) {
      SimulatedCluster cluster = of(seed, 3);
      cluster.run(Duration.ofMinutes(2));
      SimulatedCluster.SimulatedNode flaps = Objects.requireNonNull(cluster.nodes.get("n2"));
      flaps.paused = true;
      cluster.run(Duration.ofSeconds(10));
      int after = cluster.changes();
      for (int i = 0; i < 20; i++) {
        flaps.paused = false;
        cluster.run(Duration.ofSeconds(8));
        flaps.paused = true;
        cluster.run(Duration.ofSeconds(8));
      }
      assertThat(cluster.changes()).as("seed " + seed).isEqualTo(after);
      flaps.paused = false;
      cluster.run(Duration.ofMinutes(3));
      assertSettled(cluster, "seed " + seed);
    }
  }

  @Test
  void afterPausesCutsAndJumpsOfClocksEverybodyComesToTheRankingAgain() {
    for (int seed = 0; seed < 16; seed++) {
      Random random = new Random(seed);
      SimulatedCluster cluster = of(seed, 2 + random.nextInt(4));
      cluster.run(Duration.ofSeconds(30));
      int started = cluster.nodes.size();
      for (int i = 0; i < 40; i++) {
        List<SimulatedCluster.SimulatedNode> all = List.copyOf(cluster.nodes.values());
        SimulatedCluster.SimulatedNode node = all.get(random.nextInt(all.size()));
        switch (random.nextInt(8)) {
          case 0 -> node.paused = true;
          case 1 -> node.paused = false;
          case 2 -> node.deaf = true;
          case 3 -> node.mute = true;
          case 4 -> {
            node.deaf = false;
            node.mute = false;
          }
          case 5 -> node.jump(Duration.ofSeconds(random.nextInt(100)));
          case 6 -> {
            if (all.size() > 1) {
              cluster.kill(node.name);
            }
          }
          default -> {
            if (all.size() < 7) {
              cluster.start("n" + started++);
            }
          }
        }
        cluster.run(Duration.ofMillis(random.nextInt(10_000)));
      }
      cluster
          .nodes
          .values()
          .forEach(node -> {
            node.paused = false;
            node.deaf = false;
            node.mute = false;
          });
      cluster.run(Duration.ofMinutes(4));
      assertSettled(cluster, "seed " + seed);
    }
  }

  @Test
  void ofNodesThatSeeTheSameAtMostOneIsToldToLead() {
    for (int seed = 0; seed < 300; seed++) {
      String when = "seed " + seed;
      Random random = new Random(seed);
      List<PartitionId> ids = List.of(new PartitionId("s", 0), new PartitionId("s", 1));
      TreeMap<String, Member> view = new TreeMap<>();
      int count = 1 + random.nextInt(6);
      long now = Duration.ofMinutes(10).toNanos();
      for (int i = 0; i < count; i++) {
        Map<PartitionId, Held> held = new HashMap<>();
        for (PartitionId id : ids) {
          Role role = Role.of(random.nextInt(4));
          // Epochs are offsets of barriers, so no two are the same.
          long epoch = role == Role.LEADING ? 1 + i + 10L * random.nextInt(5) : 0;
          if (random.nextInt(4) > 0) {
            held.put(id, new Held(role, random.nextInt(30_000), epoch));
          }
        }
        String name = "n" + i;
        view.put(
            name,
            new Member(
                new Heartbeat(name, 1, 1, "", random.nextInt(4) == 0, Levels.NONE, held),
                now - Duration.ofSeconds(random.nextInt(60)).toNanos(),
                now));
      }
      for (PartitionId id : ids) {
        int leading = 0;
        for (Map.Entry<String, Member> each : view.entrySet()) {
          Placement placement = new Placement(each.getKey(), ids, OPTIONS, 0);
          Intention told = placement.decide(view, each.getValue().beat().partitions(), now).get(id);
          leading += told == Intention.LEAD || told == Intention.RESIGN ? 1 : 0;
        }
        assertThat(leading).as(when).isLessThanOrEqualTo(1);
      }
    }
  }
}
