package io.thalweg.cluster;

import static io.thalweg.cluster.Standings.isLeaving;
import static io.thalweg.cluster.Standings.leaderOf;

import io.thalweg.cluster.Standings.Standing;
import io.thalweg.log.PartitionId;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a node should do with each partition, from who is alive and what they say. Every node
 * computes it for itself; nodes that see the same come to the same.
 *
 * <ul>
 *   <li>Whoever leads goes on. It is moved only if another node ranks first, was alive for long
 *       enough ({@code settle}, which is nothing if the leader is leaving), follows and has caught
 *       up; one partition at a time in the cluster, and none while any is without a leader.
 *   <li>A partition without a leader has one candidate: of those that have caught up the one that
 *       ranks highest, else the one that ranks highest. If it does not lead within {@code takeOver}
 *       it is the next one's turn.
 *   <li>The first {@code 1 + standbys} by rank follow. One that followed and is no longer among
 *       them goes on until they have caught up.
 *   <li>A node that is leaving ranks behind all others, and hands on what it leads as it is moved.
 * </ul>
 *
 * <p>So of nodes that see the same at most one is told to lead a partition. Of nodes that do not,
 * two may be: the log's barriers decide then, and the one that lost sees the other's epoch.
 *
 * <p>Used by one thread. All state is since when a partition has no leader, and what {@link
 * Standings} keeps.
 */
public final class Placement {
  private final String self;
  private final Set<PartitionId> partitions;
  private final Standings standings;
  private final PlacementOptions options;
  private final long startNs;
  private final Map<PartitionId, Long> leaderlessSinceNs = new HashMap<>();

  /**
   * @param self this node
   * @param partitions all of the cluster
   * @param startNs nothing is taken over within {@code timeout} from here: others may not have been
   *     heard yet
   */
  public Placement(
      String self, Collection<PartitionId> partitions, PlacementOptions options, long startNs) {
    Heartbeat.checkNodeId(self);
    this.self = self;
    this.partitions = new TreeSet<>(partitions);
    this.standings = new Standings(this.partitions);
    this.options = options;
    this.startNs = startNs;
  }

  /**
   * What to do now.
   *
   * @param alive who was heard lately
   * @param own what this node really does with its partitions, which others may not have heard yet
   * @param nowNs its monotonic clock
   */
  public SortedMap<PartitionId, Intention> decide(
      SortedMap<String, Member> alive, Map<PartitionId, Held> own, long nowNs) {
    Member heard = alive.get(self);
    if (heard == null) {
      return alone(alive, own);
    }
    SortedMap<String, Member> members = new TreeMap<>(alive);
    members.put(
        self, new Member(heard.beat().withPartitions(own), heard.aliveSinceNs(), heard.heardNs()));
    SortedMap<PartitionId, Standing> now = standings.of(members);
    boolean allLed = true;
    for (Map.Entry<PartitionId, Standing> each : now.entrySet()) {
      if (each.getValue().leader() == null) {
        leaderlessSinceNs.putIfAbsent(each.getKey(), nowNs);
        allLed = false;
      } else {
        leaderlessSinceNs.remove(each.getKey());
      }
    }
    PartitionId moving = allLed ? moving(now, members, nowNs) : null;
    SortedMap<PartitionId, Intention> intentions = new TreeMap<>();
    now.forEach((id, standing) ->
        intentions.put(id, intention(id, standing, members, id.equals(moving), nowNs)));
    return intentions;
  }

  /**
   * Of a node that does not hear itself: it may be cut off, so it takes nothing over. What it has
   * it keeps, unless it hears that another node was later to lead.
   */
  private SortedMap<PartitionId, Intention> alone(
      SortedMap<String, Member> others, Map<PartitionId, Held> own) {
    leaderlessSinceNs.clear();
    SortedMap<PartitionId, Intention> intentions = new TreeMap<>();
    for (PartitionId id : partitions) {
      Held held = own.get(id);
      intentions.put(id, held == null ? Intention.NOTHING : keeping(id, held, others));
    }
    return intentions;
  }

  private static Intention keeping(PartitionId id, Held held, SortedMap<String, Member> others) {
    String leader = leaderOf(id, others);
    Held leading = leader == null ? null : heldBy(leader, id, others);
    boolean deposed = leading != null && leading.epoch() > held.epoch();
    return held.role() == Role.LEADING && !deposed ? Intention.LEAD : Intention.FOLLOW;
  }

  private static @Nullable Held heldBy(
      String node, PartitionId id, SortedMap<String, Member> members) {
    Member member = members.get(node);
    return member == null ? null : member.beat().partitions().get(id);
  }

  /** How often a partition was ranked. */
  long rankings() {
    return standings.rankings();
  }

  /** The partition whose leader should hand it on now. */
  private @Nullable PartitionId moving(
      Map<PartitionId, Standing> standings, SortedMap<String, Member> members, long nowNs) {
    for (Map.Entry<PartitionId, Standing> each : standings.entrySet()) {
      PartitionId id = each.getKey();
      String from = each.getValue().leader();
      String to = each.getValue().first();
      if (from == null || to == null || to.equals(from) || isLeaving(to, members)) {
        continue;
      }
      Held leading = heldBy(from, id, members);
      if (leading != null
          && (isLeaving(from, members)
              ? isAwaited(each.getValue(), leading.position(), id, members)
              : isSteady(to, members, nowNs)
                  && isCaughtUp(heldBy(to, id, members), leading.position()))) {
        return id;
      }
    }
    return null;
  }

  /**
   * Whether anybody is ready for what a node that leaves has to hand on, however short it is there.
   */
  private boolean isAwaited(
      Standing standing, long position, PartitionId id, SortedMap<String, Member> members) {
    return standing.ranked().stream()
        .anyMatch(
            node -> !isLeaving(node, members) && isCaughtUp(heldBy(node, id, members), position));
  }

  private boolean isSteady(String node, SortedMap<String, Member> members, long nowNs) {
    Member member = members.get(node);
    return member != null && nowNs - member.aliveSinceNs() >= options.settle().toNanos();
  }

  private boolean isCaughtUp(@Nullable Held held, long position) {
    return held != null
        && (held.role() == Role.FOLLOWING || held.role() == Role.LEADING)
        && position - held.position() <= options.maxLag();
  }

  private Intention intention(
      PartitionId id,
      Standing standing,
      SortedMap<String, Member> members,
      boolean moves,
      long nowNs) {
    Intention otherwise = follows(id, standing, members) ? Intention.FOLLOW : Intention.NOTHING;
    if (standing.leader() != null) {
      if (!self.equals(standing.leader())) {
        return otherwise;
      }
      return moves ? Intention.RESIGN : Intention.LEAD;
    }
    if (!self.equals(candidate(id, standing, members, nowNs))
        || nowNs - startNs < options.timeout().toNanos()) {
      return otherwise;
    }
    return Intention.LEAD;
  }

  /** The first by rank do; one that was among them until those that are now have caught up. */
  private boolean follows(PartitionId id, Standing standing, SortedMap<String, Member> members) {
    List<String> home = standing.ranked().stream().limit(1L + options.standbys()).toList();
    if (home.contains(self)) {
      return true;
    }
    Held own = heldBy(self, id, members);
    if (own == null || own.role() == Role.STOPPED) {
      return false;
    }
    String leader = standing.leader();
    Held leading = leader == null ? null : heldBy(leader, id, members);
    if (leading == null) {
      return true;
    }
    long position = leading.position();
    return !home.stream().allMatch(node -> isCaughtUp(heldBy(node, id, members), position));
  }

  private @Nullable String candidate(
      PartitionId id, Standing standing, SortedMap<String, Member> members, long nowNs) {
    List<String> ranked = standing.ranked();
    if (ranked.isEmpty()) {
      return null;
    }
    long furthest = 0;
    for (String node : ranked) {
      Held held = heldBy(node, id, members);
      furthest = Math.max(furthest, held == null ? 0 : held.position());
    }
    long most = furthest;
    List<String> order =
        ranked.stream()
            .sorted(
                Comparator.comparing((String node) -> !isCaughtUp(heldBy(node, id, members), most)))
            .toList();
    long turns = (nowNs - leaderlessSinceNs.getOrDefault(id, nowNs)) / options.takeOver().toNanos();
    return order.get((int) (turns % order.size()));
  }
}
