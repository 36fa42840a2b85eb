package io.thalweg.testkit;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.thalweg.log.FaultyFiles.Tear;
import io.thalweg.log.Log;
import io.thalweg.log.LogCorruptException;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStatus;
import io.thalweg.runtime.PartitionPhase;
import io.thalweg.state.StateOptions;
import io.thalweg.testkit.linear.Linearizability;
import io.thalweg.testkit.linear.Operation;
import io.thalweg.testkit.linear.SequentialModel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One run of a {@link Simulation}: the scenario, from the first start of the node to its verdict.
 */
final class SimulatedRun {
  private static final long MAX_STEPS = 20_000_000;
  private static final int JOURNAL_LINES = 40;
  private static final int MAX_OPENING_STEPS = 600_000;
  private static final String DAMAGE = "DamageIsNoticed";
  private static final long MAX_DOWN_NS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long MAX_AIM_NS = TimeUnit.SECONDS.toNanos(1);
  private static final long MAX_STALL_NS = TimeUnit.SECONDS.toNanos(5);
  private static final long MAX_TROUBLE_NS = TimeUnit.SECONDS.toNanos(8);
  private static final long MAX_JUMP_US = TimeUnit.MINUTES.toMicros(20);

  private final Simulation simulation;
  private final long seed;
  private final List<Plan.Item> plan;
  private final Scheduler scheduler;
  private final SimulatedHost world;
  private final SimulatedNetwork network;
  private final SimulatedEffects effects;
  private final SimulatedNode node;
  private final SimulatedOperator operator;
  private final Reached reached = new Reached();
  private final List<Invariant> invariants = new ArrayList<>();
  private final List<SimulatedWatcher> watchers = new ArrayList<>();
  private final List<Operation<Message, Outcome>> history = new ArrayList<>();
  private final Deque<Line> journal = new ArrayDeque<>();
  private final SplittableRandom random;
  private @Nullable Routes routes;
  private long beganNs;
  private int answers;
  private boolean restarting;

  SimulatedRun(Simulation simulation, long seed, List<Plan.Item> plan) {
    this.simulation = simulation;
    this.seed = seed;
    this.plan = plan;
    random = new SplittableRandom(seed ^ 0x7468616c776567L);
    scheduler = new Scheduler(random.nextLong(), MAX_STEPS);
    world = new SimulatedHost(scheduler, "world", random.nextLong());
    network = new SimulatedNetwork(scheduler, random.nextLong());
    effects = new SimulatedEffects(scheduler, seed ^ 0x65666665637473L);
    node =
        new SimulatedNode(
            scheduler,
            world,
            simulation.services,
            simulation.options,
            effects,
            reached,
            random.nextLong(),
            simulation.engine == null ? null : simulation.engine.make(seed, world));
    operator = new SimulatedOperator(node, world, random.nextLong());
    invariants.add(reached);
    invariants.addAll(Invariants.always(simulation.options));
    invariants.add(new EffectsEndOnce(effects));
    simulation.invariants.forEach(supplier -> invariants.add(supplier.get()));
    // Last: those before it wait for what is still to be sent.
    invariants.add(new OutboxesRunEmpty());
  }

  /** What a node of a simulation has if nothing else is said. */
  static NodeOptions smallOptions() {
    NodeOptions defaults = NodeOptions.defaults();
    return new NodeOptions(
        2,
        64,
        1 << 20,
        defaults.replyWindow(),
        1_000,
        64,
        Duration.ofDays(365),
        SegmentLogOptions.DEFAULTS.withMaxSegmentBytes(64 << 10),
        StateOptions.defaults().withTotalBytes(4 << 20).withLayer(64 << 10, 16, 4));
  }

  Simulation.Result run() {
    try {
      scheduler.run(world, this::scenario);
    } catch (SimulationFailure e) {
      throw new SimulationFailure(e.invariant(), e.getMessage() + lastLines(), e);
    } catch (Throwable e) {
      throw new SimulationFailure("TheRunEnds", e + lastLines(), e);
    }
    return new Simulation.Result(
        TimeUnit.NANOSECONDS.toMillis(scheduler.nowNs()),
        scheduler.steps(),
        scheduler.trace(),
        answers,
        node.life(),
        reached.faults(),
        reached.situations());
  }

  // ---------------------------------------------------------------- the scenario

  private void scenario() {
    startNode();
    Node first = present();
    routes = new Routes(first);
    beganNs = world.nanoTime();
    List<Thread> busy = new ArrayList<>();
    List<Thread> watching = new ArrayList<>();
    for (int i = 0; i < simulation.clients; i++) {
      int number = i;
      List<Plan.Ask> asks = new ArrayList<>();
      for (Plan.Item item : plan) {
        if (item instanceof Plan.Ask ask && ask.client() == number) {
          asks.add(ask);
        }
      }
      SimulatedClient client = new SimulatedClient(this, world, number);
      busy.add(start("client" + i, () -> client.askAll(asks)));
    }
    for (Simulation.Generator watched : simulation.watched) {
      SimulatedWatcher watcher =
          new SimulatedWatcher(this, world, watched.next(new SplittableRandom(random.nextLong())));
      watchers.add(watcher);
      watching.add(start("watcher" + watchers.size(), watcher::watch));
    }
    for (Plan.Item item : plan) {
      if (item instanceof Plan.Harm harm) {
        busy.add(start("fault-" + harm.fault(), () -> harm(harm)));
      }
    }
    if (simulation.emptiesDeadLetters) {
      start("operator", operator::work);
    }
    SimulatedBackups backups = simulation.restores ? backups() : null;
    if (backups != null) {
      busy.add(start("backups", backups::work));
    }
    busy.forEach(world::join);
    network.heal();
    effects.heal();
    node.healEngine();
    node.disk().failAtStep(Integer.MAX_VALUE);
    node.disk().freeBytes(Long.MAX_VALUE);
    // What has gone wrong by now has its effect first.
    world.sleep(TimeUnit.SECONDS.toNanos(1));
    awaitReady();
    journal(() -> "all is answered and quiet");
    QuietNode quiet = new QuietNode(world, present());
    watchers.forEach(watcher -> watcher.finish(quiet.node()));
    watching.forEach(world::join);
    check(invariant -> invariant.quiet(quiet));
    if (simulation.emptiesDeadLetters) {
      operator.finish();
    }
    node.stop();
    checkHistory();
    try (Log log = node.openLog(world)) {
      StoppedNode stopped =
          new StoppedNode(log, node.tables(), node.services(), node::partitionsOf);
      check(invariant -> invariant.stopped(stopped));
      if (backups != null) {
        journal(() -> "all of this holds; a backup is restored");
        backups.restoreOne(log, simulation, reached);
      }
    }
  }

  private SimulatedBackups backups() {
    SplittableRandom drawn = new SplittableRandom(seed ^ 0x6261636b7570L);
    SimulatedBackups backups =
        new SimulatedBackups(scheduler, world, node, () -> !restarting, this::check, drawn);
    invariants.add(backups);
    return backups;
  }

  private Thread start(String name, Runnable body) {
    Thread thread = world.thread(name, body);
    world.start(thread);
    return thread;
  }

  /** Says something of each invariant. */
  interface Check {
    void on(Invariant invariant);
  }

  private void check(Check what) {
    for (Invariant invariant : invariants) {
      try {
        what.on(invariant);
      } catch (SimulationFailure e) {
        throw e;
      } catch (AssertionError | RuntimeException e) {
        throw new SimulationFailure(invariant.name(), invariant.name() + ": " + e.getMessage(), e);
      }
    }
  }

  private void checkHistory() {
    SequentialModel<?, Message, Outcome> model = simulation.model;
    if (model == null) {
      return;
    }
    try {
      Linearizability.check(model, history).orThrow();
    } catch (AssertionError e) {
      throw new SimulationFailure(
          "AnswersAreLinearizable", "AnswersAreLinearizable: " + e.getMessage(), e);
    }
  }

  // ---------------------------------------------------------------- what goes wrong

  private void harm(Plan.Harm harm) {
    long waitNs = harm.atUs() * 1_000 - (world.nanoTime() - beganNs);
    if (waitNs > 0) {
      world.sleep(waitNs);
    }
    SplittableRandom drawn = new SplittableRandom(harm.seed());
    journal(() -> "fault: " + harm.fault());
    reached.add(harm.fault());
    switch (harm.fault()) {
      case KILL -> killed(Tear.KEEP, drawn);
      case POWER_LOSS -> killed(drawn.nextInt(3) == 0 ? Tear.LOSE : Tear.RANDOM, drawn);
      case RESTART -> restarted(drawn);
      case DISK_ERROR -> node.disk().failAtStep(node.disk().steps() + drawn.nextInt(20));
      case DISK_FULL -> {
        node.disk().freeBytes(drawn.nextInt(64 << 10));
        world.sleep(drawn.nextLong(MAX_TROUBLE_NS));
        node.disk().freeBytes(Long.MAX_VALUE);
      }
      case DISK_STALL -> node.stallDisk(drawn.nextLong(MAX_STALL_NS));
      case BIT_ROT -> rotten(drawn);
      case TABLES_DAMAGED -> node.damageTables();
      case BUSY_MACHINE -> node.busyFor(drawn.nextLong(MAX_TROUBLE_NS));
      case CLOCK_JUMP -> node.jumpWallClock(drawn.nextLong(-MAX_JUMP_US, MAX_JUMP_US));
      case NETWORK_CUT -> network.cutFor(drawn.nextLong(MAX_TROUBLE_NS));
      case NETWORK_CHAOS -> network.chaosFor(drawn.nextLong(MAX_TROUBLE_NS));
    }
  }

  private void killed(Tear tear, SplittableRandom drawn) {
    if (drawn.nextInt(4) > 0) {
      // Mostly the disk is idle, and whoever strikes blindly hits nothing that could be lost.
      node.awaitWrites(1 + drawn.nextInt(6), MAX_AIM_NS);
    }
    if (begin()) {
      node.kill(tear);
      journal(() -> "the node is dead");
      world.sleep(drawn.nextLong(MAX_DOWN_NS));
      startNode();
      restarting = false;
    }
  }

  private void restarted(SplittableRandom drawn) {
    if (begin()) {
      node.stop();
      world.sleep(drawn.nextLong(MAX_DOWN_NS));
      startNode();
      restarting = false;
    }
  }

  // A damaged log is refused, and says where, or the damage is in what can be made again. Then the
  // operator puts the file back.
  private void rotten(SplittableRandom drawn) {
    if (!begin()) {
      return;
    }
    node.kill(Tear.KEEP);
    BitRot rot = BitRot.strike(node.disk(), drawn);
    if (rot != null) {
      // Whoever has all tables does not read what is behind them.
      boolean readsAll = drawn.nextBoolean();
      if (readsAll) {
        node.dropTables();
      }
      String refusal = startDamaged();
      journal(() -> rot.file() + " is damaged; the node says: " + refusal);
      if (refusal.isEmpty() && readsAll && rot.isLog()) {
        throw new SimulationFailure(DAMAGE, DAMAGE + ": nobody noticed a damaged " + rot, null);
      }
      if (!refusal.isEmpty()) {
        if (!refusal.contains(String.valueOf(rot.file().getFileName()))) {
          throw new SimulationFailure(
              DAMAGE, DAMAGE + ": of damage in " + rot.file() + " it says: " + refusal, null);
        }
        reached.add(Situation.DAMAGE_REFUSED);
      }
      node.kill(Tear.KEEP);
      rot.repair();
    }
    startNode();
    restarting = false;
  }

  // Why it does not open, or an empty string if it does.
  private String startDamaged() {
    try {
      node.start();
    } catch (LogCorruptException e) {
      return String.valueOf(e.getMessage());
    }
    for (int i = 0; i < MAX_OPENING_STEPS; i++) {
      NodeStatus status = present().status();
      if (status.ready()) {
        return "";
      }
      for (NodeStatus.PartitionStatus partition : status.partitions()) {
        if (partition.phase() == PartitionPhase.STOPPED) {
          return String.join("; ", status.reasons());
        }
      }
      world.sleep(TimeUnit.MILLISECONDS.toNanos(1));
    }
    throw new SimulationFailure(
        DAMAGE, DAMAGE + ": it neither opens nor stops: " + present().status().reasons(), null);
  }

  // Two that would stop the same node: the second one finds it stopped.
  private boolean begin() {
    if (restarting) {
      return false;
    }
    restarting = true;
    return true;
  }

  private void startNode() {
    while (true) {
      try {
        node.start();
        int life = node.life();
        journal(() -> "the node has started, life " + life);
        break;
      } catch (RuntimeException e) {
        // A full disk, an I/O error: whoever runs it tries again. Damage would not go away.
        if (node.life() > 100) {
          throw new SimulationFailure("TheNodeStarts", "the node does not start: " + e, e);
        }
        journal(() -> "the node does not start: " + e.getMessage());
        world.sleep(TimeUnit.MILLISECONDS.toNanos(200));
      }
    }
    start("ready", this::whenReady);
  }

  private void whenReady() {
    int life = node.life();
    while (node.life() == life) {
      Node running = node.running();
      if (running == null) {
        return;
      }
      if (running.status().ready()) {
        check(invariant -> invariant.ready(running));
        return;
      }
      world.sleep(TimeUnit.MILLISECONDS.toNanos(3));
    }
  }

  private Node present() {
    Node running = node.running();
    if (running == null) {
      throw new IllegalStateException("the node does not run");
    }
    return running;
  }

  private void awaitReady() {
    long waitedMs = 0;
    while (restarting || !present().status().ready()) {
      world.sleep(TimeUnit.MILLISECONDS.toNanos(10));
      waitedMs += 10;
      if (waitedMs > TimeUnit.MINUTES.toMillis(5)) {
        throw new SimulationFailure(
            "TheNodeStarts", "the node is not ready: " + present().status().reasons(), null);
      }
    }
  }

  // ---------------------------------------------------------------- what the others need

  SimulatedNode node() {
    return node;
  }

  Reached reached() {
    return reached;
  }

  SimulatedNetwork network() {
    return network;
  }

  long beganNs() {
    return beganNs;
  }

  Routes routes() {
    if (routes == null) {
      throw new IllegalStateException("the node has not started yet");
    }
    return routes;
  }

  Message draw(RandomGenerator from) {
    int all = simulation.sources.stream().mapToInt(Simulation.Source::weight).sum();
    int at = from.nextInt(all);
    for (Simulation.Source source : simulation.sources) {
      at -= source.weight();
      if (at < 0) {
        return source.generator().next(from);
      }
    }
    throw new IllegalStateException("unreachable");
  }

  void answered(Operation<Message, Outcome> operation, Answered answered) {
    answers++;
    history.add(operation);
    journal(() -> "client " + answered.client() + " has " + shown(answered.outcome()));
    check(invariant -> invariant.answered(answered));
  }

  void unknown(Operation<Message, Outcome> operation) {
    history.add(operation);
    check(invariant -> invariant.unanswered(operation.input()));
  }

  /** What happened, written out only if it is to be shown. */
  private record Line(long atNs, Supplier<String> what) {
    @Override
    public String toString() {
      return "%,d us: %s".formatted(atNs / 1_000, what.get());
    }
  }

  void journal(Supplier<String> what) {
    journal.addLast(new Line(scheduler.nowNs(), what));
    if (journal.size() > JOURNAL_LINES) {
      journal.removeFirst();
    }
  }

  private String lastLines() {
    StringBuilder text = new StringBuilder("\nwhat happened last:");
    journal.forEach(line -> text.append("\n  ").append(line));
    return text.toString();
  }

  static String shown(Message message) {
    return message.getDescriptorForType().getName()
        + "{"
        + TextFormat.printer().emittingSingleLine(true).printToString(message).strip()
        + "}";
  }

  private static String shown(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Replied(Message reply) -> shown(reply);
      case Outcome.Refused refused -> refused.code().toString();
    };
  }
}
