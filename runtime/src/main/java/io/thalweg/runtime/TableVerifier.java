package io.thalweg.runtime;

import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateDiff;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Checks that the stored tables of a node that does not run are what the log says: rebuilds them
 * from the log, with the present code, into a store of its own and compares row by row, up to the
 * offset at which the stored ones stand. Where the log has lost its first events the rebuilding
 * begins with the oldest checkpoint that it continues.
 */
public final class TableVerifier {
  private static final int MAX_DIFFERENCES = 20;

  private final Log log;
  private final Store stored;
  private final Store rebuilt;
  private final @Nullable Checkpoints checkpoints;
  private final Consumer<String> progress;

  private TableVerifier(
      Log log,
      Store stored,
      Store rebuilt,
      @Nullable Checkpoints checkpoints,
      Consumer<String> progress) {
    this.log = log;
    this.stored = stored;
    this.rebuilt = rebuilt;
    this.checkpoints = checkpoints;
    this.progress = progress;
  }

  /**
   * What was found of one partition.
   *
   * @param storedOffset events that are in the stored tables
   * @param logEnd events that the log holds; those beyond are applied when the node starts
   * @param rows rows that were compared
   * @param digest SHA-256 over the stored rows, hexadecimal
   * @param differences the first ones, for a person; empty if all rows are equal
   */
  public record Result(
      PartitionId partition,
      long storedOffset,
      long logEnd,
      long rows,
      String digest,
      List<String> differences) {
    public boolean isEqual() {
      return differences.isEmpty();
    }
  }

  /**
   * Checks every partition of the services.
   *
   * @param directory held by the caller
   * @param log the directory's log, open
   * @param scratch an empty directory for the rebuilt tables; the caller deletes it
   * @param progress told what is being done
   */
  public static List<Result> verify(
      DataDirectory directory,
      Log log,
      List<ServiceType> services,
      Path scratch,
      Consumer<String> progress) {
    StateOptions options = StateOptions.defaults();
    try (Store stored = RocksStore.open(directory.state(), options);
        Store rebuilt = RocksStore.open(scratch, options)) {
      return new TableVerifier(log, stored, rebuilt, directory.checkpoints(), progress)
          .verify(directory::partitionsOf, services);
    }
  }

  /**
   * As {@link #verify(DataDirectory, Log, List, Path, Consumer)}, for stores of any kind.
   *
   * @param stored the tables to be checked, with nobody else at them
   * @param rebuilt an empty store
   * @param partitions the number of partitions of a service
   */
  public static List<Result> verify(
      Log log,
      Store stored,
      Store rebuilt,
      ToIntFunction<String> partitions,
      List<ServiceType> services,
      Consumer<String> progress) {
    return new TableVerifier(log, stored, rebuilt, null, progress).verify(partitions, services);
  }

  private List<Result> verify(ToIntFunction<String> partitions, List<ServiceType> services) {
    List<Result> results = new ArrayList<>();
    for (ServiceType type : services) {
      ServiceModel model = new ServiceModel(type);
      int count = partitions.applyAsInt(model.name());
      for (int i = 0; i < count; i++) {
        results.add(
            verify(model, new PartitionId(model.name(), i), TableReplay.scope(model, i, count)));
      }
    }
    return results;
  }

  /**
   * Replays the first events of a partition, with the present code, and digests the rows that come
   * of it: a log of an earlier version must give the digest that it gave then.
   *
   * @param partitions of the service when the log was written
   * @param endOffset so many events; must be the end of a batch
   * @param scratch an empty directory for the tables; the caller deletes it
   * @return SHA-256, hexadecimal
   */
  public static String digest(
      Log log, ServiceType type, PartitionId id, int partitions, long endOffset, Path scratch) {
    ServiceModel model = new ServiceModel(type);
    try (Store store = RocksStore.open(scratch, StateOptions.defaults());
        PartitionState state =
            PartitionState.open(store, TableReplay.scope(model, id.index(), partitions))) {
      new TableReplay(model, state)
          .run(new StartingPoint(log.read(id, 0), false, null), endOffset, at -> true);
      try (StateView view = state.freeze()) {
        return HexFormat.of().formatHex(view.digest());
      }
    }
  }

  private Result verify(ServiceModel model, PartitionId id, PartitionScope scope) {
    try (PartitionState live = PartitionState.open(stored, scope);
        PartitionState fresh = PartitionState.open(rebuilt, scope)) {
      long end = log.durableOffset(id);
      byte[] cursor = live.storedCursor();
      long storedOffset = cursor == null ? 0 : LogCursor.decode(cursor).nextOffset();
      if (storedOffset > end) {
        return new Result(
            id,
            storedOffset,
            end,
            0,
            "",
            List.of("the stored tables are at offset " + storedOffset + ", beyond the log's end"));
      }
      if (storedOffset == 0) {
        return new Result(id, 0, end, 0, "", List.of());
      }
      TableReplay replay = new TableReplay(model, fresh);
      live.load(rows -> {});
      progress.accept("rebuilding the tables of " + id + " from " + storedOffset + " events");
      replay.run(
          StartingPoint.earliest(log, id, fresh, checkpoints, storedOffset),
          storedOffset,
          at -> true);
      try (StateView left = live.freeze();
          StateView right = fresh.freeze()) {
        progress.accept("comparing the tables of " + id);
        StateDiff diff = StateDiff.between(left, right, MAX_DIFFERENCES);
        List<String> differences =
            diff.differences().stream().map(each -> RowNames.describe(each, fresh)).toList();
        return new Result(
            id,
            storedOffset,
            end,
            diff.rows(),
            HexFormat.of().formatHex(left.digest()),
            differences);
      }
    }
  }
}
