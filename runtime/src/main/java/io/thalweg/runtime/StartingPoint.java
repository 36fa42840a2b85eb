package io.thalweg.runtime;

import io.thalweg.log.CursorMismatchException;
import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogReader;
import io.thalweg.log.OffsetOutOfRangeException;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.CheckpointSource;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.checkpoint.Pace;
import io.thalweg.runtime.checkpoint.RowFileReader;
import io.thalweg.state.PartitionState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From where a partition's tables are made: the rows that they begin with, and the log from there.
 *
 * <p>A cursor is used only if the log continues it: same log, same chain ({@link
 * Log#read(PartitionId, LogCursor)}).
 *
 * @param reader stands behind the rows; to be closed
 * @param hasRows whether there are rows: the state must be loaded
 * @param checkpoint the checkpoint whose rows were taken, or null
 */
record StartingPoint(LogReader reader, boolean hasRows, @Nullable Checkpoint checkpoint) {
  private static final Logger LOG = LoggerFactory.getLogger(StartingPoint.class);

  /** Hears how far the rows of a checkpoint were read. */
  interface Progress {
    /**
     * @param bytes of the file that were read so far
     */
    void read(Checkpoint.Part part, long bytes);
  }

  /** As {@link #of(Log, PartitionId, PartitionState, List, Progress)}, with one source or none. */
  static StartingPoint of(
      Log log, PartitionId id, PartitionState state, @Nullable CheckpointSource checkpoints) {
    return of(
        log,
        id,
        state,
        checkpoints == null ? List.of() : List.of(checkpoints),
        (part, bytes) -> {});
  }

  /**
   * The stored rows; if there are none, or the log does not continue them, the newest checkpoint
   * that it continues, of the first source that has one; else the log's first event.
   *
   * @throws MissingHistoryException if the log has lost its first events and no checkpoint fits
   * @throws CheckpointException if so, but a source could not be reached
   */
  static StartingPoint of(
      Log log,
      PartitionId id,
      PartitionState state,
      List<CheckpointSource> sources,
      Progress progress) {
    byte[] stored = state.storedCursor();
    if (stored != null) {
      LogReader reader = continuing(log, id, LogCursor.decode(stored), "the stored tables");
      if (reader != null) {
        return new StartingPoint(reader, true, null);
      }
      state.clear();
    }
    Tried tried = new Tried();
    for (CheckpointSource source : sources) {
      List<Checkpoint> all;
      try {
        all = source.of(id);
      } catch (CheckpointException e) {
        tried.add(id, e, e.getMessage());
        continue;
      }
      StartingPoint found =
          fromCheckpoint(log, id, state, source, all, Long.MAX_VALUE, tried, progress);
      if (found != null) {
        return found;
      }
    }
    return fromBeginning(log, id, tried);
  }

  /** Why checkpoints were not used. */
  private static final class Tried {
    private final List<String> reasons = new ArrayList<>();
    private @Nullable CheckpointException temporary;

    void add(PartitionId id, CheckpointException e, @Nullable String reason) {
      LOG.error("{}: {}", id, e.getMessage());
      reasons.add(String.valueOf(reason));
      if (e.isTemporary()) {
        temporary = e;
      }
    }
  }

  /**
   * The log's first event; if the log has lost that, the oldest checkpoint that it continues.
   *
   * @param state without rows
   * @param atMost a checkpoint must not be beyond this offset
   */
  static StartingPoint earliest(
      Log log,
      PartitionId id,
      PartitionState state,
      @Nullable Checkpoints checkpoints,
      long atMost) {
    if (log.startOffset(id) == 0) {
      return new StartingPoint(log.read(id, 0), false, null);
    }
    List<Checkpoint> all = checkpoints == null ? List.of() : checkpoints.list().reversed();
    return afresh(log, id, state, checkpoints, all, atMost);
  }

  /**
   * The first checkpoint of a list that the log continues and that is whole, else the log's first
   * event.
   *
   * @param state without rows
   * @param candidates in the order in which they are tried
   * @param atMost a checkpoint must not be beyond this offset
   */
  static StartingPoint afresh(
      Log log,
      PartitionId id,
      PartitionState state,
      @Nullable CheckpointSource checkpoints,
      List<Checkpoint> candidates,
      long atMost) {
    Tried tried = new Tried();
    StartingPoint found =
        fromCheckpoint(log, id, state, checkpoints, candidates, atMost, tried, (part, bytes) -> {});
    return found != null ? found : fromBeginning(log, id, tried);
  }

  private static @Nullable StartingPoint fromCheckpoint(
      Log log,
      PartitionId id,
      PartitionState state,
      @Nullable CheckpointSource checkpoints,
      List<Checkpoint> candidates,
      long atMost,
      Tried tried,
      Progress progress) {
    for (Checkpoint checkpoint : candidates) {
      Checkpoint.Part part = checkpoint.part(id);
      if (checkpoints == null || part == null || !part.isOf(state.scope())) {
        continue;
      }
      if (part.offset() > atMost) {
        continue;
      }
      LogReader reader = continuing(log, id, part.cursor(), "checkpoint " + checkpoint.id());
      if (reader == null) {
        tried.reasons.add(
            checkpoint.id() + " at offset " + part.offset() + " is not of this history");
        continue;
      }
      Pace pace =
          new Pace() {
            private long read;

            @Override
            public void moved(long bytes) {
              read += bytes;
              progress.read(part, read);
            }
          };
      try (RowFileReader rows = checkpoints.open(checkpoint, part, pace)) {
        long count = state.replaceRows(rows, part.offset(), part.cursor().encode());
        LOG.info(
            "{}: took {} rows of checkpoint {}, offset {}",
            id,
            count,
            checkpoint.id(),
            part.offset());
        return new StartingPoint(reader, true, checkpoint);
      } catch (CheckpointException e) {
        tried.add(id, e, checkpoint.id() + ": " + e.getMessage());
        reader.close();
        state.clear();
      }
    }
    return null;
  }

  private static StartingPoint fromBeginning(Log log, PartitionId id, Tried tried) {
    long start = log.startOffset(id);
    CheckpointException temporary = tried.temporary;
    if (start > 0 && temporary != null) {
      throw temporary;
    }
    if (start > 0) {
      throw new MissingHistoryException(
          "the log holds its events from offset %d on only, there are no tables, and no checkpoint fits (%s); put a checkpoint of offset %d or later, or the removed segments, back"
              .formatted(
                  start,
                  tried.reasons.isEmpty() ? "there is none" : String.join("; ", tried.reasons),
                  start));
    }
    return new StartingPoint(log.read(id, 0), false, null);
  }

  /** Reads on from a cursor; null if the log does not continue it. */
  static @Nullable LogReader continuing(Log log, PartitionId id, LogCursor cursor, String what) {
    try {
      return log.read(id, cursor);
    } catch (CursorMismatchException | OffsetOutOfRangeException e) {
      LOG.warn("{}: the log does not continue {}: {}", id, what, e.getMessage());
      return null;
    }
  }
}
