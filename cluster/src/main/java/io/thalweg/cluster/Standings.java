package io.thalweg.cluster;

import io.thalweg.log.PartitionId;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who leads each partition and in which order nodes should have it, kept from one look to the next.
 *
 * <p>A node looks many times a second, and to rank all partitions among all nodes is the dear part
 * of it. So a partition is ranked anew only if a node has begun or ceased to lead it or to be able
 * to, and all of them if nodes come, go or begin to leave. How far copies are changes with every
 * heartbeat and does not matter here.
 *
 * <p>Used by one thread.
 */
final class Standings {
  private final Set<PartitionId> partitions;
  private final SortedMap<PartitionId, Standing> known = new TreeMap<>();
  private final Map<String, Heartbeat> looked = new HashMap<>();
  private long rankings;

  /**
   * A partition's.
   *
   * @param leader the node that leads it; null if none does
   * @param ranked those that can have it, the one that should lead first: who is leaving behind all
   *     others, who has stopped not at all
   */
  record Standing(@Nullable String leader, List<String> ranked) {
    @Nullable String first() {
      return ranked.isEmpty() ? null : ranked.getFirst();
    }
  }

  /**
   * @param partitions all of the cluster
   */
  Standings(Set<PartitionId> partitions) {
    this.partitions = partitions;
  }

  /** How often a partition was ranked. */
  long rankings() {
    return rankings;
  }

  /** Those of all partitions. Changes with the next call. */
  SortedMap<PartitionId, Standing> of(SortedMap<String, Member> members) {
    for (PartitionId id : changed(members)) {
      known.put(id, new Standing(leaderOf(id, members), ranked(id, members)));
      rankings++;
    }
    looked.keySet().retainAll(members.keySet());
    members.forEach((node, member) -> looked.put(node, member.beat()));
    return known;
  }

  private Collection<PartitionId> changed(SortedMap<String, Member> members) {
    if (!looked.keySet().equals(members.keySet())) {
      return partitions;
    }
    Set<PartitionId> changed = new HashSet<>();
    for (Map.Entry<String, Member> each : members.entrySet()) {
      Heartbeat now = each.getValue().beat();
      Heartbeat before = looked.get(each.getKey());
      if (before == null || before.leaving() != now.leaving()) {
        return partitions;
      }
      if (!before.partitions().equals(now.partitions())) {
        addDifferent(before.partitions(), now.partitions(), changed);
        addDifferent(now.partitions(), before.partitions(), changed);
      }
    }
    changed.retainAll(partitions);
    return changed;
  }

  private static void addDifferent(
      Map<PartitionId, Held> some, Map<PartitionId, Held> others, Set<PartitionId> into) {
    some.forEach((id, held) -> {
      if (!isSame(held, others.get(id))) {
        into.add(id);
      }
    });
  }

  // One that has it not is as good as one that has it and neither leads nor has stopped.
  private static boolean isSame(Held one, @Nullable Held other) {
    Held two = other == null ? new Held(Role.LOADING, 0, 0) : other;
    boolean leads = one.role() == Role.LEADING;
    return leads == (two.role() == Role.LEADING)
        && (!leads || one.epoch() == two.epoch())
        && (one.role() == Role.STOPPED) == (two.role() == Role.STOPPED);
  }

  /** Of those that say that they lead a partition the one that was last to begin; null if none. */
  static @Nullable String leaderOf(PartitionId id, SortedMap<String, Member> members) {
    String leader = null;
    long epoch = Long.MIN_VALUE;
    for (Map.Entry<String, Member> each : members.entrySet()) {
      Held held = each.getValue().beat().partitions().get(id);
      if (held != null && held.role() == Role.LEADING && held.epoch() > epoch) {
        leader = each.getKey();
        epoch = held.epoch();
      }
    }
    return leader;
  }

  private static List<String> ranked(PartitionId id, SortedMap<String, Member> members) {
    List<String> able =
        members.entrySet().stream()
            .filter(each -> !hasStopped(each.getValue(), id))
            .map(Map.Entry::getKey)
            .toList();
    return Ranking.of(id, able).stream()
        .sorted(Comparator.comparing(node -> isLeaving(node, members)))
        .toList();
  }

  private static boolean hasStopped(Member member, PartitionId id) {
    Held held = member.beat().partitions().get(id);
    return held != null && held.role() == Role.STOPPED;
  }

  /** Whether a node is about to end. */
  static boolean isLeaving(String node, SortedMap<String, Member> members) {
    Member member = members.get(node);
    return member != null && member.beat().leaving();
  }
}
