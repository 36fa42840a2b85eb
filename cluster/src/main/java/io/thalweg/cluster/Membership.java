package io.thalweg.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who was heard lately. Times are those of the reader's own monotonic clock, at which it read: no
 * clock of another node is believed. Used by one thread.
 */
public final class Membership {
  /** The most nodes that are remembered; whoever is heard beyond that is not there. */
  public static final int MAX_NODES = 1_024;

  private final long timeoutNs;
  private final Map<String, Member> heard = new HashMap<>();
  private long refused;

  /**
   * @param timeoutNs a node that was not heard for so long is taken for dead
   */
  public Membership(long timeoutNs) {
    if (timeoutNs <= 0) {
      throw new IllegalArgumentException("timeoutNs must be above 0; got " + timeoutNs);
    }
    this.timeoutNs = timeoutNs;
  }

  /** A heartbeat was read. One that is older than what was heard of its node says nothing. */
  public void heard(Heartbeat beat, long nowNs) {
    Member before = heard.get(beat.nodeId());
    if (before != null && !beat.isNewerThan(before.beat())) {
      return;
    }
    if (before == null && heard.size() >= MAX_NODES) {
      forgetDead(nowNs);
      if (heard.size() >= MAX_NODES) {
        refused++;
        return;
      }
    }
    long sinceNs = before != null && goesOn(before, beat, nowNs) ? before.aliveSinceNs() : nowNs;
    heard.put(beat.nodeId(), new Member(beat, sinceNs, nowNs));
  }

  private boolean goesOn(Member before, Heartbeat beat, long nowNs) {
    return before.beat().incarnation() == beat.incarnation()
        && nowNs - before.heardNs() < timeoutNs;
  }

  /**
   * A node is known to be gone although its time is not up: its process is not there. It is not
   * alive until something newer is heard of it.
   *
   * @param as what was known of it then; if more was heard since, it is there
   */
  public void gone(Member as, long nowNs) {
    heard.computeIfPresent(
        as.beat().nodeId(),
        (_, now) ->
            now.beat().isNewerThan(as.beat())
                ? now
                : new Member(now.beat(), now.aliveSinceNs(), nowNs - timeoutNs));
  }

  /**
   * This node did not listen for a while: it was paused, or its machine was. What others said
   * meanwhile is still to be read, so whoever was alive before is not yet dead.
   *
   * @param fromNs when it listened last
   * @param toNs now
   */
  public void deaf(long fromNs, long toNs) {
    heard.replaceAll((_, member) ->
        fromNs - member.heardNs() < timeoutNs
            ? new Member(member.beat(), member.aliveSinceNs(), member.heardNs() + toNs - fromNs)
            : member);
  }

  private void forgetDead(long nowNs) {
    heard.values().removeIf(member -> nowNs - member.heardNs() >= timeoutNs);
  }

  /** Those that are alive, by name. */
  public SortedMap<String, Member> alive(long nowNs) {
    SortedMap<String, Member> alive = new TreeMap<>();
    heard.forEach((id, member) -> {
      if (nowNs - member.heardNs() < timeoutNs) {
        alive.put(id, member);
      }
    });
    return alive;
  }

  /** Heartbeats of nodes that there was no room for. */
  public long refused() {
    return refused;
  }
}
