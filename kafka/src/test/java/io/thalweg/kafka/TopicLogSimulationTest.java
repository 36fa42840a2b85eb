package io.thalweg.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testkit.Seeds;
import io.thalweg.testkit.SimulationTest;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The protocol of {@link TopicLog} over a topic in which everything goes wrong that may. */
class TopicLogSimulationTest {
  private static final int STEPS = 600;

  @SimulationTest(seeds = 3000)
  void whatWasAcknowledgedIsReadByAllOnceAndInOrder(Seeds seeds) {
    Map<Verdict, Long> met = new EnumMap<>(Verdict.class);
    AtomicLong leaderships = new AtomicLong();
    AtomicLong deposed = new AtomicLong();
    AtomicLong acknowledged = new AtomicLong();
    AtomicLong confirmed = new AtomicLong();
    seeds.forEach(seed -> {
      ModelCluster cluster = new ModelCluster(seed);
      for (int i = 0; i < STEPS; i++) {
        cluster.step();
      }
      cluster.settle();
      check(cluster);
      synchronized (met) {
        cluster.verdicts().forEach((verdict, count) -> met.merge(verdict, count, Long::sum));
      }
      leaderships.addAndGet(cluster.leaderships);
      deposed.addAndGet(cluster.deposed);
      acknowledged.addAndGet(cluster.acknowledged().size());
      confirmed.addAndGet(cluster.confirmedReads);
    });
    // Whether the runs got anywhere.
    assertThat(met.keySet()).containsExactlyInAnyOrder(Verdict.values());
    assertThat(leaderships.get()).isPositive();
    assertThat(deposed.get()).isPositive();
    assertThat(acknowledged.get()).isPositive();
    assertThat(confirmed.get()).isPositive();
  }

  private static void check(ModelCluster cluster) {
    List<Long> log = cluster.readAfresh();
    for (List<Long> read : cluster.readByAll()) {
      assertThat(read).as("what a node has read").isEqualTo(log);
    }
    cluster
        .acknowledged()
        .forEach((offset, payload) -> {
          assertThat(offset).as("an acknowledged offset").isLessThan(log.size());
          assertThat(log.get(offset.intValue())).as("event " + offset).isEqualTo(payload);
        });
    assertThat(log).as("events of the log").doesNotHaveDuplicates();
    leadersDoNotMix(cluster, log);
  }

  // One leadership after the other, of each the beginning of what it wrote: nothing of a deposed
  // leader is valid behind the barrier of the next.
  private static void leadersDoNotMix(ModelCluster cluster, List<Long> log) {
    Map<Long, Integer> leaderOf = new HashMap<>();
    List<List<Long>> written = cluster.written();
    for (int leader = 0; leader < written.size(); leader++) {
      for (Long payload : written.get(leader)) {
        leaderOf.put(payload, leader);
      }
    }
    int at = 0;
    boolean[] done = new boolean[written.size()];
    while (at < log.size()) {
      int leader = leaderOf.getOrDefault(log.get(at), -1);
      assertThat(leader).as("who wrote event " + at).isNotNegative();
      assertThat(done[leader]).as("leadership " + leader + " goes on after another").isFalse();
      done[leader] = true;
      List<Long> mine = written.get(leader);
      int count = 0;
      while (at < log.size() && leader == leaderOf.getOrDefault(log.get(at), -1)) {
        assertThat(log.get(at)).as("event " + at).isEqualTo(mine.get(count));
        at++;
        count++;
      }
    }
  }
}
