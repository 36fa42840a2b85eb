package io.thalweg.runtime;

import io.thalweg.log.Batch;
import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.state.PartitionState;
import java.util.function.BooleanSupplier;

/**
 * Makes the tables of a partition what its log says: the stored rows, then every batch behind them.
 * So a partition is opened, and so it follows another node's leader. The partition's thread.
 */
final class Follower implements AutoCloseable {
  private static final long PROGRESS_ROWS = 1_000_000;
  private static final long PROGRESS_BYTES = 64L << 20;

  private final NodeContext node;
  private final PartitionState state;
  private final Replay replay;
  private final Progress progress;
  private final BooleanSupplier closing;
  private final StartingPoint start;
  private final LogReader reader;
  private long replayed;
  private long told;

  /** Hears how far it is. */
  interface Progress {
    void at(String what, long count);
  }

  /**
   * @param closing when it holds, it is to end early
   */
  Follower(
      NodeContext node,
      Log log,
      PartitionId id,
      PartitionState state,
      Replay replay,
      Progress progress,
      BooleanSupplier closing) {
    this.node = node;
    this.state = state;
    this.replay = replay;
    this.progress = progress;
    this.closing = closing;
    start = StartingPoint.of(log, id, state, node.checkpoints(), this::read);
    reader = start.reader();
  }

  private void read(Checkpoint.Part part, long bytes) {
    if (bytes / PROGRESS_BYTES != told) {
      told = bytes / PROGRESS_BYTES;
      progress.at(
          "MiB of a checkpoint read, of rows of %d MiB".formatted(part.bytes() >> 20), bytes >> 20);
    }
    if (closing.getAsBoolean()) {
      throw new LogException("it was closed while it read a checkpoint");
    }
  }

  /** Reads the rows that are stored. */
  void loadRows() {
    if (start.hasRows()) {
      state.load(rows -> progress.at("rows read", rows));
    }
  }

  /** The offset of the next event. */
  long nextOffset() {
    return reader.cursor().nextOffset();
  }

  /** Applies what is durable and was not applied yet; false if it was ended early. */
  boolean apply() {
    for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
      replay.apply(batch);
      LogCursor cursor = reader.cursor();
      state.batchClosed(cursor.nextOffset(), cursor.encode());
      state.durable(cursor.nextOffset());
      node.clock().advanceTo(batch.logTimeUs());
      replayed += batch.count();
      if (replayed / PROGRESS_ROWS != (replayed - batch.count()) / PROGRESS_ROWS) {
        progress.at("events replayed", replayed);
      }
      if (closing.getAsBoolean()) {
        return false;
      }
      if (state.overBudget()) {
        state.flush();
      }
    }
    return true;
  }

  @Override
  public void close() {
    reader.close();
  }
}
