package io.thalweg.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The contract level that a cluster is at, for each service, as one node takes it: leaders write
 * nothing that a later level brings.
 *
 * <ul>
 *   <li>It is never above the least that live nodes read, but for what is written already.
 *   <li>It is raised once all live nodes have read a level for {@code raiseAfter}, or when another
 *       node has found so: one clock is enough, and leaders are raised together.
 *   <li>It is lowered at once when a node comes that reads less, as long as nothing of the level
 *       was written: so an upgrade can be taken back.
 *   <li>What is written stays. A node that does not read it is too old, and says so.
 * </ul>
 *
 * <p>Advice like all of the directory: nodes may see different things for a moment. What keeps a
 * log from being misread is the record in it, before the first event of a level.
 *
 * <p>Used by one thread.
 */
public final class LevelAgreement {
  private final String self;
  private final Map<String, Integer> code;
  private final Map<String, Integer> reads = new HashMap<>();
  private final long raiseAfterNs;
  private final Map<String, Integer> agreed = new TreeMap<>();
  private final Map<String, Raise> raises = new HashMap<>();
  private Map<String, Integer> written = Map.of();

  /** A level that all live nodes read. */
  private record Raise(int level, long sinceNs) {}

  /**
   * @param code the contract level of each service in this node's build
   */
  public LevelAgreement(String self, Map<String, Integer> code, LevelRules rules) {
    this.self = self;
    this.code = Map.copyOf(code);
    raiseAfterNs = rules.raiseAfter().toNanos();
    code.forEach((service, level) -> {
      reads.put(service, Math.min(level, rules.holds().getOrDefault(service, level)));
      agreed.put(service, 1);
    });
  }

  /**
   * What is known now.
   *
   * @param alive who was heard lately, this node among them if it hears itself
   * @param writtenHere what is needed to read the logs that this node has
   */
  public void step(SortedMap<String, Member> alive, Map<String, Integer> writtenHere, long nowNs) {
    Map<String, Integer> most = Levels.most(written, writtenHere);
    for (Member member : alive.values()) {
      most = Levels.most(most, member.beat().levels().written());
    }
    written = most;
    for (String service : code.keySet()) {
      agreed.put(service, Math.max(agree(service, alive, nowNs), writtenOf(service)));
    }
  }

  private int agree(String service, SortedMap<String, Member> alive, long nowNs) {
    int least = reads.getOrDefault(service, 1);
    int others = 1;
    for (Member member : alive.values()) {
      Levels said = member.beat().levels();
      least = Math.min(least, said.reads().getOrDefault(service, least));
      if (!member.beat().nodeId().equals(self)) {
        others = Math.max(others, said.agreed().getOrDefault(service, 1));
      }
    }
    int now = Math.min(agreed.getOrDefault(service, 1), least);
    if (least == now || !alive.containsKey(self)) {
      // One that does not hear itself may not hear a node that has come.
      raises.remove(service);
      return now;
    }
    if (others >= least) {
      raises.remove(service);
      return least;
    }
    Raise raise = raises.get(service);
    if (raise == null || raise.level() != least) {
      raise = new Raise(least, nowNs);
      raises.put(service, raise);
    }
    return nowNs - raise.sinceNs() >= raiseAfterNs ? least : Math.max(now, Math.min(others, least));
  }

  private int writtenOf(String service) {
    return Math.min(written.getOrDefault(service, 1), code.getOrDefault(service, 1));
  }

  /** The level that a service is at; 1 for one that this node does not have. */
  public int levelOf(String service) {
    return agreed.getOrDefault(service, 1);
  }

  /** What this node tells others. */
  Levels told() {
    return new Levels(reads, agreed, written);
  }

  /** Why this node cannot be in the cluster; null if it can. */
  public @Nullable String tooOld() {
    for (Map.Entry<String, Integer> each : written.entrySet()) {
      int level = code.getOrDefault(each.getKey(), Integer.MAX_VALUE);
      if (each.getValue() > level) {
        return "the cluster writes service %s at contract level %d; this node reads level %d: run a newer build"
            .formatted(each.getKey(), each.getValue(), level);
      }
    }
    return null;
  }
}
