package io.thalweg.runtime;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.CursorMismatchException;
import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.BlobCheckpoints;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.CheckpointSource;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Takes checkpoints of a running node, one at a time, on the thread that asks for one.
 *
 * <p>Partition after partition: its thread freezes a view at a batch boundary, which takes no
 * longer than closing a batch; the view is written from here, once all that is in it is durable and
 * the log is found to continue its cursor. Commands go on meanwhile. One view is open at a time, so
 * the partitions stand at offsets of different moments: each with the log behind its own is right.
 */
final class Checkpointer implements AutoCloseable {
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(2);
  private static final StateOptions REPLAY_STATE = StateOptions.defaults().withTotalBytes(32 << 20);

  private final EmbeddedEngine engine;
  private final List<ServiceModel> models;
  private final Host host;
  private final Waiters waiters;
  private final AtomicBoolean busy = new AtomicBoolean();

  /** A partition freezes one view at a time. */
  private final AtomicBoolean freezing = new AtomicBoolean();

  private volatile boolean closing;

  Checkpointer(EmbeddedEngine engine, List<ServiceModel> models) {
    this.engine = engine;
    this.models = List.copyOf(models);
    this.host = engine.host();
    this.waiters = new Waiters(host);
  }

  /**
   * Takes one.
   *
   * @throws CheckpointException if it cannot be taken or is not what it should be; nothing is left
   *     of it then
   */
  Checkpoint take(CheckpointOptions options) {
    return take(options, (done, of, what) -> {});
  }

  /**
   * As {@link #take(CheckpointOptions)}.
   *
   * @param progress told before each step
   */
  Checkpoint take(CheckpointOptions options, TableRebuild.Progress progress) {
    Checkpoints checkpoints = engine.storage().checkpoints();
    if (checkpoints == null) {
      throw new CheckpointException("this node's storage keeps no checkpoints");
    }
    return alone(() -> take(checkpoints, options, progress));
  }

  private Checkpoint alone(Supplier<Checkpoint> action) {
    if (!busy.compareAndSet(false, true)) {
      throw new CheckpointException("another checkpoint is being taken; wait until it is done");
    }
    try {
      return action.get();
    } catch (LogException e) {
      throw new CheckpointException("the log failed: " + e.getMessage(), e);
    } finally {
      busy.set(false);
      waiters.wake();
    }
  }

  /**
   * Takes a checkpoint of one partition, which is led here, and puts it into the blob store that
   * the node shares with others; nothing of it stays in the node's own directory.
   *
   * @return what is in the store now, read back from there: this one, or one that is further
   * @throws CheckpointException as {@link #take(CheckpointOptions)}
   */
  Checkpoint share(ServiceModel model, Partition partition, CheckpointOptions options) {
    BlobCheckpoints shared = engine.sharedCheckpoints();
    Checkpoints own = engine.storage().checkpoints();
    if (shared == null || own == null) {
      throw new CheckpointException("this node shares no blob store, or keeps no checkpoints");
    }
    return alone(() -> share(shared, own, model, partition, options));
  }

  private Checkpoint share(
      BlobCheckpoints shared,
      Checkpoints own,
      ServiceModel model,
      Partition partition,
      CheckpointOptions options) {
    Log log = openLog();
    DiskPace pace =
        new DiskPace(host, options.bytesPerSecond(), () -> closing || !log.equals(engine.log()));
    Checkpoints.Draft draft = own.begin(log.logId(), host.wallTimeUs());
    Checkpoint made = null;
    try {
      Checkpoint.Part part = write(draft, log, partition, pace);
      if (options.replay()) {
        replay(log, shared, shared.of(partition.id()), part, model, pace);
      }
      made =
          draft.publish(
              options.replay() ? Checkpoint.Proof.REPLAYED : Checkpoint.Proof.READ_BACK,
              List.of(
                  new Checkpoint.ServiceLevel(
                      model.name(), model.contractLevel(), engine.partitionsOf(model).size())));
      return shared.publish(own, made, part, pace);
    } finally {
      if (made == null) {
        draft.discard();
      } else {
        own.delete(made);
      }
    }
  }

  private Log openLog() {
    Log log = engine.log();
    if (closing || log == null) {
      throw new CheckpointException("the node is closing, or its log is being opened again");
    }
    return log;
  }

  private Checkpoint take(
      Checkpoints checkpoints, CheckpointOptions options, TableRebuild.Progress progress) {
    Log log = openLog();
    // A store that is made again must not wait for a view.
    DiskPace pace =
        new DiskPace(host, options.bytesPerSecond(), () -> closing || !log.equals(engine.log()));
    List<Checkpoint> before = checkpoints.list();
    Checkpoints.Draft draft = checkpoints.begin(log.logId(), host.wallTimeUs());
    boolean done = false;
    try {
      Map<Checkpoint.Part, ServiceModel> parts = new LinkedHashMap<>();
      int count = models.stream().mapToInt(model -> engine.partitionsOf(model).size()).sum();
      int steps = options.replay() ? 2 * count : count;
      int step = 0;
      List<Checkpoint.ServiceLevel> services = new ArrayList<>();
      for (ServiceModel model : models) {
        List<Partition> partitions = engine.partitionsOf(model);
        for (Partition partition : partitions) {
          progress.at(step++, steps, "writing " + partition.id());
          parts.put(write(draft, log, partition, pace), model);
        }
        services.add(
            new Checkpoint.ServiceLevel(model.name(), model.contractLevel(), partitions.size()));
      }
      if (options.replay()) {
        for (Map.Entry<Checkpoint.Part, ServiceModel> part : parts.entrySet()) {
          progress.at(step++, steps, "replaying " + part.getKey().id());
          replay(log, checkpoints, before, part.getKey(), part.getValue(), pace);
        }
      }
      Checkpoint checkpoint =
          draft.publish(
              options.replay() ? Checkpoint.Proof.REPLAYED : Checkpoint.Proof.READ_BACK, services);
      done = true;
      return checkpoint;
    } finally {
      if (!done) {
        draft.discard();
      }
    }
  }

  /**
   * Publishes a checkpoint to the blob store that the node shares with others, if there is one, and
   * reads it back from there: then what the log holds before it is not needed by anybody.
   *
   * @throws CheckpointException if it cannot be published, or is not what it should be
   */
  Checkpoint publish(Checkpoint checkpoint, CheckpointOptions options) {
    BlobCheckpoints shared = engine.sharedCheckpoints();
    Checkpoints own = engine.storage().checkpoints();
    if (shared == null || own == null) {
      return checkpoint;
    }
    DiskPace pace = new DiskPace(host, options.bytesPerSecond(), () -> closing);
    for (Checkpoint.Part part : checkpoint.parts()) {
      shared.publish(own, checkpoint, part, pace);
    }
    return checkpoint;
  }

  private Checkpoint.Part write(
      Checkpoints.Draft draft, Log log, Partition partition, DiskPace pace) {
    try (StateView view = durableView(log, partition, pace)) {
      LogCursor cursor = LogCursor.decode(view.cursor());
      return draft.write(partition.id(), partition.scope(), view, cursor, pace);
    }
  }

  /**
   * A view of a partition's rows at a batch boundary, once all that is in it is durable and the log
   * continues it; the caller's to close. Any thread.
   */
  StateView durableView(Log log, Partition partition, DiskPace pace) {
    while (!freezing.compareAndSet(false, true)) {
      pace.check();
      waiters.await(() -> closing || !freezing.get(), LOOK_NS);
    }
    StateView view;
    try {
      view = freeze(partition);
    } finally {
      freezing.set(false);
    }
    boolean durable = false;
    try {
      LogCursor cursor = LogCursor.decode(view.cursor());
      while (!isDurable(log, partition.id(), cursor)) {
        pace.check();
        waiters.await(() -> closing, LOOK_NS);
      }
      durable = true;
      return view;
    } finally {
      if (!durable) {
        view.close();
      }
    }
  }

  private StateView freeze(Partition partition) {
    ViewRequest request = new ViewRequest();
    partition.freeze(request);
    while (!request.isAnswered() && partition.phase() == PartitionPhase.ACTIVE && !closing) {
      waiters.await(request::isAnswered, LOOK_NS);
    }
    StateView view = request.take();
    if (view == null) {
      throw new CheckpointException(
          "partition %s %s".formatted(partition.id(), closing ? "is closing" : partition.reason()));
    }
    return view;
  }

  /** Whether all up to a cursor is durable; that the log continues it is its own proof. */
  private boolean isDurable(Log log, PartitionId id, LogCursor cursor) {
    String failure = log.status().failure();
    if (failure != null || !log.equals(engine.log())) {
      throw new CheckpointException("the log failed before the view was durable: " + failure);
    }
    if (log.durableOffset(id) < cursor.nextOffset()) {
      return false;
    }
    try {
      log.read(id, cursor).close();
      return true;
    } catch (CursorMismatchException e) {
      throw new CheckpointException("the view of " + id + " is of another history", e);
    }
  }

  private void replay(
      Log log,
      CheckpointSource checkpoints,
      List<Checkpoint> before,
      Checkpoint.Part part,
      ServiceModel model,
      DiskPace pace) {
    PartitionScope scope =
        new PartitionScope(
            PartitionScope.serviceId(model.name()), part.firstSlot(), part.endSlot());
    try (ScratchStore scratch = engine.storage().openScratch(REPLAY_STATE);
        PartitionState fresh = PartitionState.open(scratch.store(), scope)) {
      TableReplay tables = new TableReplay(model, fresh);
      StartingPoint start =
          StartingPoint.afresh(log, part.id(), fresh, checkpoints, before, part.offset());
      tables.run(
          start,
          part.offset(),
          at -> {
            pace.check();
            return true;
          });
      try (StateView view = fresh.freeze()) {
        String digest = HexFormat.of().formatHex(view.digest());
        if (!digest.equals(part.digest())) {
          Checkpoint from = start.checkpoint();
          throw new CheckpointException(
              "the tables of %s are not what the log says: their digest at offset %d is %s, a replay from %s gives %s; 'thalweg rebuild' tells the rows"
                  .formatted(
                      part.id(),
                      part.offset(),
                      part.digest(),
                      from == null ? "the log's beginning" : "checkpoint " + from.id(),
                      digest));
        }
      }
    } catch (MissingHistoryException | UnappliableEventException | IllegalStateException e) {
      throw new CheckpointException(
          "the log of " + part.id() + " cannot be replayed: " + e.getMessage(), e);
    }
  }

  /** Gives up what is under way and waits until it has ended. */
  @Override
  public void close() {
    closing = true;
    waiters.wake();
    waiters.await(() -> !busy.get());
  }
}
