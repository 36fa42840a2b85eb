package io.thalweg.runtime;

import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateDiff;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Store;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tables of one service again from the log, with the running build, beside the stored
 * ones; compares them; and puts them in the place of the stored ones if that is asked for. Of a
 * node that does not run.
 *
 * <p>The rows are made in a {@link RebuildDirectory}, as of the offset of the stored ones. It keeps
 * its own cursor, so that a rebuild that was killed goes on where its rows were last forced.
 *
 * <p>Where the log has lost its first events it begins with the rows of the oldest checkpoint that
 * the log continues. Those may have been made by an earlier build: the report says so.
 *
 * <p>Used by one thread.
 */
public final class TableRebuild {
  /** Told how far it is. */
  @FunctionalInterface
  public interface Progress {
    /** So many events of so many are applied. */
    void at(long events, long ofEvents, String what);
  }

  /**
   * What was found of a partition.
   *
   * @param offset events that are in the stored tables, and in those made again
   * @param logStart first event that the log holds; if not 0 it began with a checkpoint's rows
   * @param rows rows that were compared
   * @param digest SHA-256 of the rows that were made again, hexadecimal
   * @param byTable how many rows differ, by table
   * @param differences the first ones, with table and key
   */
  public record Result(
      PartitionId partition,
      long offset,
      long logStart,
      long rows,
      String digest,
      SortedMap<String, Long> byTable,
      List<String> differences) {
    public boolean isEqual() {
      return byTable.isEmpty();
    }

    /** What was compared, at one offset. */
    static Result of(
        PartitionId id,
        long logStart,
        StateView stored,
        StateView rebuilt,
        int keep,
        PartitionState names) {
      StateDiff diff = StateDiff.counting(stored, rebuilt, keep);
      SortedMap<String, Long> byTable = new TreeMap<>();
      diff.byTable().forEach((table, rows) -> byTable.put(RowNames.table(table, names), rows));
      return new Result(
          id,
          rebuilt.offset(),
          logStart,
          diff.rows(),
          HexFormat.of().formatHex(rebuilt.digest()),
          byTable,
          diff.differences().stream().map(each -> RowNames.describe(each, names)).toList());
    }

    /** As lines for a person. */
    public List<String> lines() {
      List<String> lines = new ArrayList<>();
      if (offset == 0) {
        return List.of("%s: no stored tables; the next start makes them".formatted(partition));
      }
      lines.add(
          "%s: %s, %,d rows as of event %,d, digest %.16s"
              .formatted(partition, isEqual() ? "equal" : "DIFFERENT", rows, offset, digest));
      if (logStart > 0) {
        lines.add(
            "          the log begins at event %,d: older rows were taken from a checkpoint, as an earlier build may have made them"
                .formatted(logStart));
      }
      byTable.forEach(
          (table, count) -> lines.add("          %s: %,d rows differ".formatted(table, count)));
      differences.forEach(difference -> lines.add("          " + difference));
      return lines;
    }
  }

  static final long FORCE_EVERY_EVENTS = 200_000;

  private final DataDirectory directory;
  private final Log log;
  private final ServiceModel model;
  private final int partitions;
  private final RebuildDirectory place;
  private final LongSupplier freeBytes;
  private final Progress progress;
  private Consumer<String> step = name -> {};
  private long forceEvery = FORCE_EVERY_EVENTS;

  /**
   * Prepares a rebuild; nothing is written yet.
   *
   * @param directory held by the caller
   * @param log the directory's log, open
   * @param freeBytes free bytes of the disk
   * @throws DataDirectoryException if the directory has no such service
   */
  public TableRebuild(
      DataDirectory directory,
      Log log,
      ServiceType type,
      LongSupplier freeBytes,
      Progress progress) {
    this.directory = directory;
    this.log = log;
    this.model = new ServiceModel(type);
    this.partitions = directory.partitionsOf(model.name());
    this.place = new RebuildDirectory(directory.path(), model.name());
    this.freeBytes = freeBytes;
    this.progress = progress;
    if (partitions == 0) {
      throw new DataDirectoryException(
          directory.path() + " holds no service '" + model.name() + "'");
    }
  }

  /** Forces the rows after so many events, for tests. */
  void forceEvery(long events) {
    forceEvery = events;
  }

  /** Called after each force and before each step of a switch; a test ends it there. */
  void beforeStep(Consumer<String> action) {
    step = action;
  }

  /**
   * Whether a switch was begun and did not end; then {@link #switchTables} is what is left to do.
   */
  public boolean isSwitching() {
    return place.isSwitching();
  }

  /**
   * Makes the tables again and compares them with the stored ones, which stay as they are.
   *
   * @param keep so many differences of a partition are described, at least 1
   * @throws DataDirectoryException if there is not enough room, before or on the way (what was made
   *     stays, and the next run goes on), or if a switch was interrupted
   */
  public List<Result> run(int keep) {
    if (place.isSwitching()) {
      throw new DataDirectoryException(place.unfinishedSwitch());
    }
    place.begin(identity(log, model, partitions), place.neededBytes(directory.state()), freeBytes);
    List<Result> results = new ArrayList<>();
    try (Store stored = RocksStore.open(directory.state(), StateOptions.defaults());
        Store rebuilt = RocksStore.open(place.tables(), StateOptions.defaults())) {
      for (int i = 0; i < partitions; i++) {
        results.add(rebuild(i, stored, rebuilt, keep));
      }
    }
    return results;
  }

  /** What must be the same for a rebuild to be continued. */
  static String identity(Log log, ServiceModel model, int partitions) {
    return "%s %d %s"
        .formatted(log.logId(), partitions, HexFormat.of().formatHex(model.descriptorsHash()));
  }

  private Result rebuild(int index, Store stored, Store rebuilt, int keep) {
    PartitionId id = new PartitionId(model.name(), index);
    var scope = TableReplay.scope(model, index, partitions);
    try (PartitionState live = PartitionState.open(stored, scope);
        PartitionState fresh = PartitionState.open(rebuilt, scope)) {
      long end = live.storedEndOffset();
      if (end == 0) {
        return new Result(id, 0, log.startOffset(id), 0, "", new TreeMap<>(), List.of());
      }
      if (fresh.storedEndOffset() > end) {
        fresh.clear();
      }
      TableReplay replay = new TableReplay(model, fresh);
      replay.run(startOf(id, fresh, end), end, forcing(id, rebuilt, fresh, end));
      fresh.flush();
      rebuilt.persist();
      progress.at(end, end, "comparing " + id);
      live.load(rows -> {});
      try (StateView left = live.freeze();
          StateView right = fresh.freeze()) {
        return Result.of(id, log.startOffset(id), left, right, keep, fresh);
      }
    }
  }

  private StartingPoint startOf(PartitionId id, PartitionState fresh, long end) {
    return startOf(log, id, fresh, directory.checkpoints(), end);
  }

  /** Where a rebuild goes on, or begins. */
  static StartingPoint startOf(
      Log log, PartitionId id, PartitionState fresh, @Nullable Checkpoints checkpoints, long end) {
    byte[] cursor = fresh.storedCursor();
    if (cursor != null) {
      LogReader reader =
          StartingPoint.continuing(log, id, LogCursor.decode(cursor), "the rebuild before");
      if (reader != null) {
        return new StartingPoint(reader, true, null);
      }
      fresh.clear();
    }
    return StartingPoint.earliest(log, id, fresh, checkpoints, end);
  }

  /** Forces the rows now and then, so that little is done again, and looks at the disk. */
  private LongPredicate forcing(PartitionId id, Store rebuilt, PartitionState fresh, long end) {
    long[] forced = {fresh.storedEndOffset()};
    return at -> {
      progress.at(at, end, "rebuilding " + id);
      if (at - forced[0] >= forceEvery) {
        forced[0] = at;
        fresh.flush();
        rebuilt.persist();
        place.checkFree(freeBytes);
        step.accept("forced " + at);
      }
      return true;
    };
  }

  /**
   * Puts the rows that {@link #run} made in the place of the stored ones, for all partitions of the
   * service or none: a mark stands in the directory until all are done, a node does not start while
   * it stands, and this can be called again. Then deletes what was made.
   *
   * @throws DataDirectoryException if the rows were not made as of the offset of the stored ones
   */
  public void switchTables() {
    boolean again = place.isSwitching();
    try (Store stored = RocksStore.open(directory.state(), StateOptions.defaults());
        Store rebuilt = RocksStore.open(place.tables(), StateOptions.defaults())) {
      if (!again) {
        for (int i = 0; i < partitions; i++) {
          checkComplete(i, stored, rebuilt);
        }
        step.accept("mark");
        place.beginSwitch();
      }
      for (int i = 0; i < partitions; i++) {
        step.accept("partition " + i);
        replace(i, stored, rebuilt);
      }
      step.accept("persist");
      stored.persist();
    }
    step.accept("unmark");
    place.endSwitch();
    step.accept("discard");
    place.discard();
  }

  private void checkComplete(int index, Store stored, Store rebuilt) {
    var scope = TableReplay.scope(model, index, partitions);
    try (PartitionState live = PartitionState.open(stored, scope);
        PartitionState fresh = PartitionState.open(rebuilt, scope)) {
      if (live.storedEndOffset() != fresh.storedEndOffset()) {
        throw new DataDirectoryException(
            "%s/%d: the rebuilt tables stand at offset %d, the stored ones at %d; rebuild again"
                .formatted(model.name(), index, fresh.storedEndOffset(), live.storedEndOffset()));
      }
    }
  }

  private void replace(int index, Store stored, Store rebuilt) {
    var scope = TableReplay.scope(model, index, partitions);
    try (PartitionState live = PartitionState.open(stored, scope);
        PartitionState fresh = PartitionState.open(rebuilt, scope)) {
      byte @Nullable [] cursor = fresh.storedCursor();
      if (cursor == null) {
        return;
      }
      fresh.load(rows -> {});
      try (StateView view = fresh.freeze()) {
        live.replaceRows(view.rows(), view.offset(), cursor);
      }
    }
  }

  /** Deletes what a rebuild of a service has made, and does not touch the stored tables. */
  public static void discard(DataDirectory directory, String service) {
    RebuildDirectory place = new RebuildDirectory(directory.path(), service);
    if (place.isSwitching()) {
      throw new DataDirectoryException(place.unfinishedSwitch());
    }
    place.discard();
  }
}
