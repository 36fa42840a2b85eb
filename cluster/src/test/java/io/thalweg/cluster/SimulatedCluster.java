package io.thalweg.cluster;

import io.thalweg.log.PartitionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Nodes over a directory topic that is slow and cut off at times, and a log whose barriers decide
 * who leads. Steps of 100 ms; a seed gives one course of things.
 */
final class SimulatedCluster {
  static final long STEP_NS = Duration.ofMillis(100).toNanos();
  static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int CATCH_UP = 3_000;

  final Random random;
  final PlacementOptions options;
  final List<PartitionId> partitions = new ArrayList<>();
  final SortedMap<String, SimulatedNode> nodes = new TreeMap<>();
  final Map<PartitionId, Barriers> logs = new HashMap<>();
  private final List<Spoken> topic = new ArrayList<>();
  long nowNs;
  private int incarnations;

  /** A partition's log: the barrier that counts, and how long it is. */
  static final class Barriers {
    @Nullable String leader;
    long epoch;
    long end = 50_000;
    int changes;
  }

  private record Spoken(byte[] record, long atNs) {}

  SimulatedCluster(long seed, int partitionCount, PlacementOptions options) {
    random = new Random(seed);
    this.options = options;
    for (int i = 0; i < partitionCount; i++) {
      PartitionId id = new PartitionId("leaderboard", i);
      partitions.add(id);
      logs.put(id, new Barriers());
    }
  }

  SimulatedNode start(String name) {
    SimulatedNode node = new SimulatedNode(name);
    nodes.put(name, node);
    return node;
  }

  void kill(String name) {
    nodes.remove(name);
  }

  Barriers log(PartitionId id) {
    return Objects.requireNonNull(logs.get(id));
  }

  int changes() {
    return logs.values().stream().mapToInt(log -> log.changes).sum();
  }

  /** Partitions that nobody writes. */
  long leaderless() {
    return partitions.stream().filter(id -> !isLed(id)).count();
  }

  boolean isLed(PartitionId id) {
    String leader = log(id).leader;
    SimulatedNode node = leader == null ? null : nodes.get(leader);
    return node != null && node.role(id) == Role.LEADING;
  }

  void step() {
    nowNs += STEP_NS;
    List<SimulatedNode> order = new ArrayList<>(nodes.values());
    Collections.shuffle(order, random);
    order.forEach(SimulatedNode::step);
    for (PartitionId id : partitions) {
      if (isLed(id)) {
        log(id).end += random.nextInt(100);
      }
    }
  }

  void run(Duration time) {
    for (long end = nowNs + time.toNanos(); nowNs < end; ) {
      step();
    }
  }

  /** A node: its agent, what it does, and what is wrong with it. */
  final class SimulatedNode implements DirectoryTopic {
    final String name;
    private final DirectoryAgent agent;
    final Map<PartitionId, Held> own = new HashMap<>();
    SortedMap<PartitionId, Intention> intentions = new TreeMap<>();
    boolean paused;
    boolean deaf;
    boolean mute;
    private long clockNs;
    private int heard;
    private long delayNs;

    SimulatedNode(String name) {
      this.name = name;
      clockNs = random.nextLong(1L << 40);
      agent =
          new DirectoryAgent(
              this,
              name,
              ++incarnations,
              name + ":1",
              new LevelAgreement(name, Map.of("a", 1), LevelRules.DEFAULTS),
              partitions,
              INTERVAL,
              options,
              now());
    }

    private long now() {
      return nowNs + clockNs;
    }

    /** The monotonic clock goes on by a while that nobody was there for. */
    void jump(Duration by) {
      clockNs += by.toNanos();
    }

    void leave() {
      agent.leave();
    }

    @Nullable Role role(PartitionId id) {
      Held held = own.get(id);
      return held == null ? null : held.role();
    }

    @Override
    public void append(String key, byte[] record) {
      if (!mute) {
        topic.add(new Spoken(record, nowNs));
      }
    }

    @Override
    public List<byte[]> poll() {
      List<byte[]> found = new ArrayList<>();
      if (deaf) {
        return found;
      }
      if (random.nextInt(20) == 0) {
        delayNs = random.nextLong(Duration.ofMillis(500).toNanos());
      }
      while (heard < topic.size() && topic.get(heard).atNs() + delayNs <= nowNs) {
        found.add(topic.get(heard++).record());
      }
      return found;
    }

    private boolean isCut() {
      return deaf || mute;
    }

    private void step() {
      if (paused) {
        return;
      }
      for (PartitionId id : partitions) {
        proceed(id);
      }
      intentions = agent.step(Map.copyOf(own), now());
      intentions.forEach(this::obey);
    }

    /** What the log says, and what is applied of it. */
    private void proceed(PartitionId id) {
      Held held = own.get(id);
      if (held == null || isCut()) {
        return;
      }
      Barriers log = log(id);
      switch (held.role()) {
        case LEADING -> {
          if (name.equals(log.leader) && held.epoch() == log.epoch) {
            own.put(id, new Held(Role.LEADING, log.end, log.epoch));
          } else {
            own.put(id, new Held(Role.FOLLOWING, held.position(), 0));
          }
        }
        case FOLLOWING, LOADING ->
            own.put(id, new Held(Role.FOLLOWING, Math.min(log.end, held.position() + CATCH_UP), 0));
        case STOPPED -> {}
      }
    }

    private void obey(PartitionId id, Intention intention) {
      Held held = own.get(id);
      Barriers log = log(id);
      switch (intention) {
        case LEAD -> {
          if (held == null) {
            own.put(id, new Held(Role.LOADING, 0, 0));
          } else if (held.role() != Role.LEADING
              && !isCut()
              && held.position() + CATCH_UP >= log.end
              && random.nextInt(3) == 0) {
            log.leader = name;
            log.epoch++;
            log.changes++;
            own.put(id, new Held(Role.LEADING, log.end, log.epoch));
          }
        }
        case RESIGN, FOLLOW -> {
          if (held == null) {
            own.put(id, new Held(Role.LOADING, 0, 0));
          } else if (held.role() == Role.LEADING) {
            own.put(id, new Held(Role.FOLLOWING, held.position(), 0));
          }
        }
        case NOTHING -> own.remove(id);
      }
    }
  }
}
