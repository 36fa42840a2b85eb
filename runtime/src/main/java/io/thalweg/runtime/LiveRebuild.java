package io.thalweg.runtime;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tables of a service again from the log beside those of a running node, and compares
 * them; one at a time, on the thread that asks for it. The node's own tables stay as they are.
 *
 * <p>Partition after partition: the log is replayed into a store of its own until it is nearly at
 * the end; then the partition freezes a view at a batch boundary, which takes no longer than
 * closing a batch; the replay goes on to exactly there, and the rows of both are compared. Commands
 * go on meanwhile. One view is open at a time; what a partition derives from its rows is in memory
 * once more for the one that is being made.
 *
 * <p>The rows are made in the {@link RebuildDirectory} of the service, as {@link TableRebuild} does
 * it for a stopped node: either goes on from what the other has made, and the switch is that one's.
 */
final class LiveRebuild implements AutoCloseable {
  /** So near to the end a view is frozen. */
  private static final long NEAR_EVENTS = 10_000;

  private static final StateOptions STATE = StateOptions.defaults().withTotalBytes(32 << 20);

  private final EmbeddedEngine engine;
  private final Checkpointer checkpointer;
  private final Host host;
  private final Waiters waiters;
  private final AtomicBoolean busy = new AtomicBoolean();
  private volatile boolean closing;

  LiveRebuild(EmbeddedEngine engine, Checkpointer checkpointer) {
    this.engine = engine;
    this.checkpointer = checkpointer;
    this.host = engine.host();
    this.waiters = new Waiters(host);
  }

  /**
   * Makes the tables and compares them.
   *
   * @param keep so many differences of a partition are described, at least 1
   * @throws CheckpointException if another rebuild is under way, the node closes or its log fails
   * @throws DataDirectoryException if there is not enough room, before or on the way
   */
  List<TableRebuild.Result> run(ServiceModel model, int keep, TableRebuild.Progress progress) {
    begin();
    try {
      Log log = engine.log();
      if (closing || log == null) {
        throw new CheckpointException("the node is closing, or its log is being opened again");
      }
      List<Partition> partitions = engine.partitionsOf(model);
      Path data = folder();
      RebuildDirectory place = new RebuildDirectory(data, model.name());
      place.begin(
          TableRebuild.identity(log, model, partitions.size()),
          place.neededBytes(data.resolve("state")),
          () -> data.toFile().getUsableSpace());
      List<TableRebuild.Result> results = new ArrayList<>();
      try (Store rebuilt = RocksStore.open(place.tables(), STATE)) {
        for (Partition partition : partitions) {
          results.add(new Part(log, model, partition, place, rebuilt, progress).run(keep));
        }
      }
      return results;
    } catch (LogException e) {
      throw new CheckpointException("the log failed: " + e.getMessage(), e);
    } finally {
      end();
    }
  }

  /** Deletes what was made. */
  void discard(ServiceModel model) {
    begin();
    try {
      new RebuildDirectory(folder(), model.name()).discard();
    } finally {
      end();
    }
  }

  private Path folder() {
    Path folder = engine.storage().rebuildFolder();
    if (folder == null) {
      throw new CheckpointException(
          "this node's storage has no place for tables that are made again");
    }
    return folder;
  }

  private void begin() {
    if (!busy.compareAndSet(false, true)) {
      throw new CheckpointException("another rebuild is under way; wait until it is done");
    }
  }

  private void end() {
    busy.set(false);
    waiters.wake();
  }

  /** Gives up what is under way, whose forced rows stay, and waits until it has ended. */
  @Override
  public void close() {
    closing = true;
    waiters.wake();
    waiters.await(() -> !busy.get());
  }

  /** One partition. */
  private final class Part {
    private final Log log;
    private final ServiceModel model;
    private final Partition partition;
    private final PartitionId id;
    private final RebuildDirectory place;
    private final Store rebuilt;
    private final TableRebuild.Progress progress;
    private final DiskPace pace;
    private @Nullable StateView live;
    private long at;
    private long forced;

    private Part(
        Log log,
        ServiceModel model,
        Partition partition,
        RebuildDirectory place,
        Store rebuilt,
        TableRebuild.Progress progress) {
      this.log = log;
      this.model = model;
      this.partition = partition;
      this.id = partition.id();
      this.place = place;
      this.rebuilt = rebuilt;
      this.progress = progress;
      this.pace =
          new DiskPace(
              host,
              CheckpointOptions.DEFAULTS.bytesPerSecond(),
              () -> closing || !log.equals(engine.log()));
    }

    TableRebuild.Result run(int keep) {
      try (PartitionState fresh = PartitionState.open(rebuilt, partition.scope())) {
        TableReplay replay = new TableReplay(model, fresh);
        StartingPoint start =
            TableRebuild.startOf(
                log, id, fresh, engine.storage().checkpoints(), log.durableOffset(id));
        at = start.reader().cursor().nextOffset();
        forced = at;
        replay.run(start, this::end, offset -> moved(offset, fresh));
        fresh.flush();
        rebuilt.persist();
        StateView stored = live;
        if (stored == null) {
          throw new IllegalStateException("no view of " + id);
        }
        progress.at(at, at, "comparing " + id);
        try (StateView made = fresh.freeze()) {
          return TableRebuild.Result.of(id, log.startOffset(id), stored, made, keep, fresh);
        }
      } finally {
        if (live != null) {
          live.close();
        }
      }
    }

    /** Where the replay ends: not known before it is near the log's end. */
    private long end() {
      if (live == null && at + NEAR_EVENTS >= log.durableOffset(id)) {
        live = checkpointer.durableView(log, partition, pace);
      }
      return live == null ? Long.MAX_VALUE : live.offset();
    }

    private boolean moved(long offset, PartitionState fresh) {
      pace.check();
      at = offset;
      progress.at(offset, log.durableOffset(id), "rebuilding " + id);
      if (offset - forced >= TableRebuild.FORCE_EVERY_EVENTS) {
        forced = offset;
        fresh.flush();
        rebuilt.persist();
        place.checkFree(() -> folder().toFile().getUsableSpace());
      }
      return true;
    }
  }
}
