package io.thalweg.testkit;

import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.LogCut;
import io.thalweg.log.LogReader;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.PartitionId;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupReader;
import io.thalweg.log.backup.BackupRun;
import io.thalweg.log.backup.BaseCheck;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.keys.KeyRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Backups of a simulated node, made while it runs and things go wrong, on a disk of their own that
 * is always well. At the end one of them is restored to another node.
 *
 * <p>Itself an invariant: what was acknowledged before a backup began is in it.
 */
final class SimulatedBackups implements Invariant {
  private static final String RESTORED = "ARestoreIsTheLogUpToThere";
  private static final int MOST = 4;
  private static final int MAX_WRITES_BETWEEN = 40;
  private static final long MAX_PAUSE_NS = TimeUnit.SECONDS.toNanos(20);
  private static final long CHUNK_BYTES = 4 << 10;
  private static final long READY_STEP_NS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int MAX_READY_STEPS = 30_000;
  private static final Path BACKUPS = Path.of("/simulated/backups");

  private final Scheduler scheduler;
  private final SimulatedHost world;
  private final SimulatedNode node;
  private final BooleanSupplier isWell;
  private final Consumer<SimulatedRun.Check> check;
  private final SplittableRandom random;
  private final FaultyFiles disk;
  private final Map<String, Long> acknowledged = new HashMap<>();
  private final Map<Long, Map<String, Long>> acknowledgedBefore = new HashMap<>();

  /**
   * @param isWell whether the node neither is being started again nor runs with a damaged log
   * @param check tells something to all invariants
   */
  SimulatedBackups(
      Scheduler scheduler,
      SimulatedHost world,
      SimulatedNode node,
      BooleanSupplier isWell,
      Consumer<SimulatedRun.Check> check,
      SplittableRandom random) {
    this.scheduler = scheduler;
    this.world = world;
    this.node = node;
    this.isWell = isWell;
    this.check = check;
    this.random = random;
    disk = new FaultyFiles(random.nextLong());
  }

  @Override
  public void answered(Answered answered) {
    if (answered.position() != null && answered.partition() != null) {
      acknowledged.merge(answered.partition(), answered.position().offset() + 1, Math::max);
    }
  }

  /** Backs the node up now and then; the first few backups hold little. */
  void work() {
    int count = 1 + random.nextInt(MOST);
    for (int i = 0; i < count; i++) {
      node.awaitWrites(1 + random.nextInt(MAX_WRITES_BETWEEN), 1 + random.nextLong(MAX_PAUSE_NS));
      Node running = node.running();
      if (running != null && isWell.getAsBoolean()) {
        // On a thread of its machine: a backup that is under way dies with the node.
        world.join(node.run("backup", () -> backUp(running)));
      }
    }
  }

  private void backUp(Node running) {
    Map<String, Long> before = Map.copyOf(acknowledged);
    check.accept(Invariant::backupBegins);
    DistantNode source = new DistantNode(running.backupSource(), world, random.split());
    try (BackupRun run = BackupRun.on(disk, BACKUPS, source, CHUNK_BYTES, BaseCheck.NONE)) {
      BackupManifest made = run.run((bytes, of) -> {});
      acknowledgedBefore.put(made.number(), before);
      check.accept(Invariant::backedUp);
    } catch (IOException e) {
      // The node has lost its log just now. There will be another backup, or none.
    }
  }

  /**
   * Restores one of the backups, if there is any, and runs the node that is made of it.
   *
   * @param original the log of the node that was backed up, which is stopped
   */
  void restoreOne(Log original, Simulation simulation, Reached reached) {
    try {
      BackupReader reader = acknowledgedBefore.isEmpty() ? null : BackupReader.open(disk, BACKUPS);
      if (reader != null) {
        List<Long> numbers = reader.manifests();
        BackupManifest manifest = reader.manifest(numbers.get(random.nextInt(numbers.size())));
        restore(original, reader, manifest, simulation, reached);
      }
    } catch (SimulationFailure e) {
      throw e;
    } catch (IOException | AssertionError | RuntimeException e) {
      throw new SimulationFailure(RESTORED, RESTORED + ": " + e.getMessage(), e);
    }
  }

  private void restore(
      Log original,
      BackupReader reader,
      BackupManifest manifest,
      Simulation simulation,
      Reached reached)
      throws IOException {
    SimulatedEffects effects = new SimulatedEffects(scheduler, random.nextLong());
    effects.heal();
    SimulatedNode restored =
        new SimulatedNode(
            scheduler,
            world,
            node.services(),
            node.options(),
            effects,
            new Reached(),
            random.nextLong(),
            null);
    restored.jumpWallClock(node.wallSkewUs());
    boolean whole = random.nextBoolean();
    long toUs = whole ? LogRestore.TO_THE_END : aTime(original, manifest.cut().timeUs());
    reader.restore(
        manifest,
        Map.of(),
        toUs,
        SimulatedNode.LOG,
        node.options().log().withHost(world).withFiles(restored.disk()),
        bytes -> {});
    reader.keys(manifest, bucket -> KeyRows.decode(bucket).forEach(restored.keys()::restore));
    reached.add(Situation.BACKUP_RESTORED);
    try (Log log = restored.openLog(world)) {
      checkIsPrefix(log, original);
      checkReaches(log, original, manifest.cut().log(), toUs);
      checkIsForked(log, original);
      if (whole) {
        checkHolds(log, acknowledgedBefore.getOrDefault(manifest.number(), Map.of()));
      }
      if (Deliveries.in(stopped(restored, log)).areUnderWay()) {
        reached.add(Situation.RESTORED_WITH_MESSAGES_UNDER_WAY);
      }
    }
    restored.start();
    QuietNode quiet = new QuietNode(world, ready(restored));
    SimulatedOperator operator = new SimulatedOperator(restored, world, random.nextLong());
    if (simulation.emptiesDeadLetters) {
      world.start(world.thread("operator", operator::work));
    }
    check.accept(invariant -> invariant.restored(quiet));
    new OutboxesRunEmpty().quiet(quiet);
    if (simulation.emptiesDeadLetters) {
      operator.finish();
    }
    restored.stop();
    try (Log log = restored.openLog(world)) {
      StoppedNode stopped = stopped(restored, log);
      new Invariants.NothingIsAppliedTwice().stopped(stopped);
      new Invariants.ReplayEqualsLiveState().stopped(stopped);
      new Invariants.LogTimeNeverGoesBack().stopped(stopped);
      new Deliveries.MessagesAndTimersHappenOnce().stopped(stopped);
    }
  }

  private static StoppedNode stopped(SimulatedNode node, Log log) {
    return new StoppedNode(log, node.tables(), node.services(), node::partitionsOf);
  }

  private Node ready(SimulatedNode restored) {
    Node running = restored.running();
    for (int i = 0; running != null && !running.status().ready(); i++) {
      if (i > MAX_READY_STEPS) {
        throw new AssertionError("a restored node is not ready: " + running.status().reasons());
      }
      world.sleep(READY_STEP_NS);
    }
    if (running == null) {
      throw new AssertionError("a restored node does not run");
    }
    return running;
  }

  /** The time of one of the batches that a backup may hold. */
  private long aTime(Log log, long lastUs) {
    TreeSet<Long> times = new TreeSet<>();
    for (PartitionId id : log.partitions()) {
      try (LogReader reader = log.read(id, 0)) {
        for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
          if (batch.logTimeUs() <= lastUs) {
            times.add(batch.logTimeUs());
          }
        }
      }
    }
    return List.copyOf(times).get(random.nextInt(times.size()));
  }

  /** Everything in a log is in another one, at the same place. */
  private static void checkIsPrefix(Log log, Log of) {
    for (PartitionId id : log.partitions()) {
      Map<Long, String> events = new TreeMap<>();
      forEach(log, id, log.durableOffset(id), events::put);
      forEach(
          of,
          id,
          log.durableOffset(id),
          (offset, event) -> {
            if (!event.equals(events.remove(offset))) {
              throw new AssertionError(id + " was restored with another event " + offset);
            }
          });
      if (!events.isEmpty()) {
        throw new AssertionError(id + " was restored with what it never had: " + events.keySet());
      }
    }
  }

  /** Of each partition all is there that is below the cut and not later than the time. */
  private static void checkReaches(Log log, Log of, LogCut cut, long toUs) {
    for (PartitionCut each : cut.partitions()) {
      long end = 0;
      try (LogReader reader = of.read(each.id(), 0)) {
        for (Batch batch = reader.next();
            batch != null && batch.nextOffset() <= each.endOffset() && batch.logTimeUs() <= toUs;
            batch = reader.next()) {
          end = batch.nextOffset();
        }
      }
      if (log.durableOffset(each.id()) != end) {
        throw new AssertionError(
            "%s was restored up to %d and not to %d"
                .formatted(each.id(), log.durableOffset(each.id()), end));
      }
    }
  }

  /** Positions from beyond its end are of another history. */
  private static void checkIsForked(Log log, Log of) {
    for (PartitionId id : log.partitions()) {
      List<Lineage> lineages = log.lineages(id);
      Lineage last = lineages.getLast();
      if (of.lineages(id).contains(last) || last.forkOffset() != log.durableOffset(id)) {
        throw new AssertionError(id + " was restored and goes on in " + last);
      }
    }
  }

  private interface OnEvent {
    void accept(long offset, String event);
  }

  private static void forEach(Log log, PartitionId id, long end, OnEvent action) {
    try (LogReader reader = log.read(id, 0)) {
      for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
        for (EventView event : batch) {
          if (event.offset() < end) {
            action.accept(
                event.offset(),
                batch.logTimeUs()
                    + " "
                    + event.type()
                    + " "
                    + event.slot()
                    + " "
                    + event.payload().slice().hashCode()
                    + " "
                    + event.payload().remaining());
          }
        }
      }
    }
  }

  private static void checkHolds(Log log, Map<String, Long> ends) {
    for (PartitionId id : log.partitions()) {
      long end = ends.getOrDefault(id.toString(), 0L);
      if (log.durableOffset(id) < end) {
        throw new AssertionError(
            "%s reaches to %d in a backup that began when %d was acknowledged"
                .formatted(id, log.durableOffset(id), end));
      }
    }
  }
}
