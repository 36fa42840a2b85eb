package io.thalweg.peers;

import io.thalweg.cluster.Heartbeat;
import io.thalweg.cluster.Held;
import io.thalweg.cluster.Intention;
import io.thalweg.cluster.Member;
import io.thalweg.cluster.Role;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.ClusterView;
import io.thalweg.runtime.ClusterView.CopyView;
import io.thalweg.runtime.ClusterView.NodeView;
import io.thalweg.runtime.ClusterView.PartitionView;
import io.thalweg.runtime.PartitionPlace;
import io.thalweg.runtime.Peers.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a node has heard of the others, at one moment. Immutable. */
final class Surroundings {
  private static final Route UNKNOWN = new Route.Unknown();

  private final String self;
  private final Map<String, Member> alive;
  private final Map<String, Map<PartitionId, Held>> held = new TreeMap<>();
  private final List<PartitionId> partitions;
  private final Map<PartitionId, Route> routes = new HashMap<>();
  private final List<String> others;

  /**
   * @param own what this node does with its partitions, which is newer than what was heard of it
   * @param intentions what it should do
   * @param all every partition of the cluster
   */
  Surroundings(
      String self,
      Map<String, Member> alive,
      Map<PartitionId, Held> own,
      Map<PartitionId, Intention> intentions,
      Collection<PartitionPlace> all) {
    this.self = self;
    this.alive = alive;
    others = alive.keySet().stream().filter(node -> !node.equals(self)).toList();
    partitions = all.stream().map(PartitionPlace::id).sorted().toList();
    alive.forEach((node, member) -> held.put(node, member.beat().partitions()));
    held.put(self, own);
    for (PartitionId id : partitions) {
      String leader = leaderOf(id);
      if (leader == null) {
        // It is about to lead: what waits for it waits here.
        routes.put(id, intentions.get(id) == Intention.LEAD ? new Route.Here() : UNKNOWN);
      } else {
        routes.put(id, leader.equals(self) ? new Route.Here() : new Route.At(leader));
      }
    }
  }

  static Surroundings none(String self) {
    return new Surroundings(self, Map.of(), Map.of(), Map.of(), List.of());
  }

  Map<PartitionId, Route> routes() {
    return routes;
  }

  Route routeOf(PartitionId id) {
    return routes.getOrDefault(id, UNKNOWN);
  }

  /** The nodes that are alive beside this one. */
  List<String> others() {
    return others;
  }

  @Nullable String addressOf(String node) {
    Member member = alive.get(node);
    return member == null ? null : member.beat().address();
  }

  /** Whether there is a leader of every partition. */
  boolean allLed() {
    return !partitions.isEmpty() && partitions.stream().allMatch(id -> leaderOf(id) != null);
  }

  /** Whether this node leads nothing. */
  boolean leadsNothing() {
    return led() == 0;
  }

  /** Whether there is nobody to hand anything on to. */
  boolean isAlone() {
    return alive.values().stream()
        .map(Member::beat)
        .noneMatch(beat -> !beat.nodeId().equals(self) && !beat.leaving());
  }

  int nodes() {
    return alive.size();
  }

  long leaderless() {
    return partitions.stream().filter(id -> leaderOf(id) == null).count();
  }

  long led() {
    return held.getOrDefault(self, Map.of()).values().stream()
        .filter(h -> h.role() == Role.LEADING)
        .count();
  }

  /** Events that this node's copy is behind its leader; 0 if either is not there. */
  long lagOf(PartitionId id) {
    Held own = held.getOrDefault(self, Map.of()).get(id);
    String leader = leaderOf(id);
    Held leading = leader == null ? null : held.getOrDefault(leader, Map.of()).get(id);
    return own == null || leading == null ? 0 : Math.max(0, leading.position() - own.position());
  }

  private @Nullable String leaderOf(PartitionId id) {
    String leader = null;
    long epoch = Long.MIN_VALUE;
    for (Map.Entry<String, Map<PartitionId, Held>> each : held.entrySet()) {
      Held at = each.getValue().get(id);
      if (at != null && at.role() == Role.LEADING && at.epoch() > epoch) {
        leader = each.getKey();
        epoch = at.epoch();
      }
    }
    return leader;
  }

  /** For an operator. */
  ClusterView view(long nowNs) {
    List<NodeView> nodes = new ArrayList<>();
    alive.forEach((node, member) -> {
      Heartbeat beat = member.beat();
      nodes.add(
          new NodeView(
              node,
              beat.address(),
              beat.leaving(),
              TimeUnit.NANOSECONDS.toMillis(nowNs - member.aliveSinceNs()),
              TimeUnit.NANOSECONDS.toMillis(nowNs - member.heardNs())));
    });
    return new ClusterView(self, nodes, partitions.stream().map(this::view).toList());
  }

  private PartitionView view(PartitionId id) {
    String leader = leaderOf(id);
    Held leading = leader == null ? null : held.getOrDefault(leader, Map.of()).get(id);
    long position = 0;
    for (Map<PartitionId, Held> each : held.values()) {
      Held at = each.get(id);
      position = Math.max(position, at == null ? 0 : at.position());
    }
    if (leading != null) {
      position = leading.position();
    }
    List<CopyView> others = new ArrayList<>();
    for (Map.Entry<String, Map<PartitionId, Held>> each : held.entrySet()) {
      Held at = each.getValue().get(id);
      if (at != null && !each.getKey().equals(leader)) {
        others.add(
            new CopyView(
                each.getKey(),
                at.role().name().toLowerCase(Locale.ROOT),
                Math.max(0, position - at.position())));
      }
    }
    return new PartitionView(
        id.toString(), leader, leading == null ? 0 : leading.epoch(), position, others);
  }
}
