package io.thalweg.cluster;

import io.thalweg.log.PartitionId;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's part in the directory: says how it is, hears how others are, and tells what it should
 * do. It has no thread; whoever owns it calls {@link #step} several times within a heartbeat's
 * interval. Used by one thread.
 *
 * <p>A node that the topic no longer reaches keeps what it leads and takes nothing over: if others
 * lead it by now the log says so.
 */
public final class DirectoryAgent {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryAgent.class);

  private final DirectoryTopic topic;
  private final String nodeId;
  private final long incarnation;
  private final String address;
  private final LevelAgreement levels;
  private final long intervalNs;
  private final Membership membership;
  private final Placement placement;
  private long steppedNs;
  private long sequence;
  private long saidNs;
  private boolean said;
  private boolean leaving;
  private Map<PartitionId, Role> saidRoles = Map.of();
  private SortedMap<String, Member> alive = new TreeMap<>();
  private long undecodable;

  /**
   * @param incarnation higher than at every earlier start of this node: its wall clock, and a
   *     stored number if that may go back
   * @param interval between two heartbeats; less than a third of the time-out
   * @param nowNs monotonic clock of the machine
   */
  public DirectoryAgent(
      DirectoryTopic topic,
      String nodeId,
      long incarnation,
      String address,
      LevelAgreement levels,
      Collection<PartitionId> partitions,
      Duration interval,
      PlacementOptions options,
      long nowNs) {
    if (interval.isNegative()
        || interval.isZero()
        || interval.multipliedBy(3).compareTo(options.timeout()) > 0) {
      throw new IllegalArgumentException(
          "interval must be above 0 and at most a third of the time-out, %s; got %s"
              .formatted(options.timeout(), interval));
    }
    this.topic = topic;
    this.nodeId = nodeId;
    this.incarnation = incarnation;
    this.address = address;
    this.levels = levels;
    this.intervalNs = interval.toNanos();
    this.steppedNs = nowNs;
    this.membership = new Membership(options.timeout().toNanos());
    this.placement = new Placement(nodeId, partitions, options, nowNs);
  }

  /**
   * Hears what is new, says how this node is if it is time to or its roles have changed, and tells
   * what to do.
   *
   * @param own what this node does with its partitions
   */
  public SortedMap<PartitionId, Intention> step(Map<PartitionId, Held> own, long nowNs) {
    return step(own, Map.of(), nowNs);
  }

  /**
   * As {@link #step(Map, long)}.
   *
   * @param written contract levels that are needed to read the logs that this node has
   */
  public SortedMap<PartitionId, Intention> step(
      Map<PartitionId, Held> own, Map<String, Integer> written, long nowNs) {
    if (nowNs - steppedNs > intervalNs) {
      // Else one that was paused would take everything over from those whom it did not hear.
      membership.deaf(steppedNs, nowNs);
    }
    steppedNs = nowNs;
    for (byte[] record : topic.poll()) {
      try {
        membership.heard(HeartbeatFormat.decode(record), nowNs);
      } catch (IllegalArgumentException e) {
        undecodable++;
        LOG.warn("a record of the directory is passed over: {}", e.getMessage());
      }
    }
    alive = membership.alive(nowNs);
    levels.step(alive, written, nowNs);
    Map<PartitionId, Role> roles = new TreeMap<>();
    own.forEach((id, held) -> roles.put(id, held.role()));
    if (!said || nowNs - saidNs >= intervalNs || !roles.equals(saidRoles)) {
      say(own, nowNs);
      saidRoles = roles;
    }
    return placement.decide(alive, own, nowNs);
  }

  private void say(Map<PartitionId, Held> own, long nowNs) {
    Heartbeat beat =
        new Heartbeat(nodeId, incarnation, ++sequence, address, leaving, levels.told(), own);
    topic.append(nodeId, HeartbeatFormat.encode(beat));
    said = true;
    saidNs = nowNs;
  }

  /** The contract levels that the cluster is at, as this node takes it. */
  public LevelAgreement levels() {
    return levels;
  }

  /** From the next heartbeat on this node hands on what it leads. */
  public void leave() {
    leaving = true;
    said = false;
  }

  /**
   * A node's process is known not to be there, before its time is up; see {@link Membership#gone}.
   *
   * @param as what {@link #alive} said of it
   */
  public void gone(Member as, long nowNs) {
    membership.gone(as, nowNs);
  }

  /** Who was alive at the last step. */
  public SortedMap<String, Member> alive() {
    return new TreeMap<>(alive);
  }

  /** Records that were no heartbeats of a known format. */
  public long undecodable() {
    return undecodable;
  }
}
