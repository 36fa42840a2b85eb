package io.thalweg.runtime;

import io.thalweg.log.LeadershipLostException;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionLog;
import io.thalweg.state.PartitionState;
import org.jspecify.annotations.Nullable;

/**
 * How a partition comes to lead: it makes its tables, follows whoever leads until it is this node's
 * turn, puts its barrier into the log, and applies what came before that. On the partition's
 * thread.
 */
final class Opening {
  private final Partition partition;
  private final NodeContext node;
  private final ServiceModel model;
  private final Log log;
  private final FollowerReads reads;
  private final SystemTables tables;

  Opening(
      Partition partition,
      NodeContext node,
      ServiceModel model,
      Log log,
      FollowerReads reads,
      SystemTables tables) {
    this.partition = partition;
    this.node = node;
    this.model = model;
    this.log = log;
    this.reads = reads;
    this.tables = tables;
  }

  /**
   * @return null if it is to close before it leads
   * @throws LeadershipLostException if another node was first
   */
  @Nullable PartitionLog takeOver(PartitionState state, Replay replay) {
    try (Log.Registration _ = log.onDurable(partition.id(), partition::wake);
        Follower follower =
            new Follower(
                node,
                log,
                partition.id(),
                state,
                replay,
                partition::progress,
                partition::isClosing)) {
      follower.loadRows();
      noteLevel(state);
      if (!follow(follower, state, replay) || !readOn(follower, replay)) {
        return null;
      }
      node.clock().advanceTo(log.lastLogTimeUs(partition.id()));
      partition.takesOver();
      PartitionLog appender =
          log.lead(partition.id(), model.contractLevel(), node.clock().nowUs(), partition);
      partition.leads(appender);
      partition.metrics().lag = 0;
      if (!follower.apply()) {
        appender.resign();
        return null;
      }
      noteLevel(state);
      if (follower.nextOffset() != appender.endOffset()) {
        throw new LogException(
            "replay of %s ended at offset %d, the log ends at %d"
                .formatted(partition.id(), follower.nextOffset(), appender.endOffset()));
      }
      return appender;
    }
  }

  // Rows may be of a level that this build does not read, without the record that says so.
  private void noteLevel(PartitionState state) {
    state.enter(0, state.scope().firstSlot());
    int writes = tables.contracts().writes();
    DeclaredContracts.check(model, writes);
    partition.metrics().writtenLevel = writes;
  }

  /** Applies what others write until this node should lead; false if it is to close. */
  private boolean follow(Follower follower, PartitionState state, Replay replay) {
    while (!node.leadership().leads(partition.id())) {
      if (!readOn(follower, replay)) {
        return false;
      }
      noteLevel(state);
      long applied = follower.nextOffset();
      partition.follows(
          applied,
          () ->
              node.leadership().leads(partition.id())
                  || log.isCutOff(partition.id())
                  || log.durableOffset(partition.id()) > applied,
          reads);
      if (partition.isClosing() || !partition.isWanted()) {
        return false;
      }
    }
    return !partition.isClosing();
  }

  /** Applies what there is; false if it is to close. */
  private boolean readOn(Follower follower, Replay replay) {
    log.catchUp(partition.id());
    if (!follower.apply()) {
      return false;
    }
    // Before the barrier: it would end the leadership of who brings the rest.
    replay.requireWhole();
    return true;
  }
}
