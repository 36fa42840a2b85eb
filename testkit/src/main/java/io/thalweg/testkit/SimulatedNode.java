package io.thalweg.testkit;

import io.thalweg.contract.ContractProto;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.Log;
import io.thalweg.log.LogCorruptException;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.NodeStorage;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.Thalweg;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A node with its disk: it can be started, killed, and started again on what the disk still has.
 * The node itself is the real one.
 */
final class SimulatedNode {
  private static final Pattern EFFECT = Pattern.compile("(.+)-(\\d+)-\\d+-\\d+-[0-9a-f]+");
  private static final Duration EFFECTS_EXPIRE = Duration.ofDays(1);
  static final Path LOG = Path.of("/simulated/log");

  private final Scheduler scheduler;
  private final List<ServiceType> services;
  private final NodeOptions options;
  private final SplittableRandom random;
  private final FaultyFiles disk;
  private final SimulatedEffects effects;
  private final Reached reached;
  private final @Nullable SimulatedEngine engine;
  private final Map<String, Integer> partitions = new TreeMap<>();
  private final SimulatedKeys.Disk keys = new SimulatedKeys.Disk();
  private MemoryStore tables;
  private long wallSkewUs;
  private final Waiters writeWaiters;
  private long writes;
  private int life;
  private @Nullable Life present;

  /** From a start to a kill or a stop. */
  private static final class Life {
    private final SimulatedHost host;
    private final SimulatedFiles files;
    private final SimulatedFlushes flushes;
    private @Nullable SimulatedStore store;
    private @Nullable Node node;

    private Life(SimulatedHost host, SimulatedFiles files, SimulatedFlushes flushes) {
      this.host = host;
      this.files = files;
      this.flushes = flushes;
    }
  }

  SimulatedNode(
      Scheduler scheduler,
      SimulatedHost world,
      List<ServiceType> services,
      NodeOptions options,
      SimulatedEffects effects,
      Reached reached,
      long seed,
      @Nullable SimulatedEngine engine) {
    this.engine = engine;
    this.scheduler = scheduler;
    this.writeWaiters = new Waiters(world);
    this.services = services;
    this.options = options;
    this.effects = effects;
    this.reached = reached;
    this.random = new SplittableRandom(seed);
    this.disk = new FaultyFiles(random.nextLong());
    this.tables = new MemoryStore(options.state(), Runnable::run);
  }

  FaultyFiles disk() {
    return disk;
  }

  SimulatedKeys.Disk keys() {
    return keys;
  }

  NodeOptions options() {
    return options;
  }

  /** How far its wall clock is from the world's. It does not run. */
  long wallSkewUs() {
    return wallSkewUs;
  }

  List<ServiceType> services() {
    return services;
  }

  int partitionsOf(String service) {
    return partitions.getOrDefault(service, 0);
  }

  /** The running node, or null; requests may be refused while it opens. */
  @Nullable Node running() {
    Life now = present;
    return now == null ? null : now.node;
  }

  /** Which life this is, from 1. */
  int life() {
    return life;
  }

  /**
   * Starts it; partitions open by themselves.
   *
   * @throws LogCorruptException if the log is damaged
   * @throws LogException if it cannot be opened now
   */
  void start() {
    life++;
    SimulatedHost host = new SimulatedHost(scheduler, "node" + life, random.nextLong());
    host.jumpWallClock(wallSkewUs);
    Life now =
        new Life(
            host,
            new SimulatedFiles(disk, host, random.nextLong(), this::written),
            new SimulatedFlushes(host, random.nextLong()));
    present = now;
    Throwable[] failed = new Throwable[1];
    Thread opener =
        host.thread(
            "open",
            () -> {
              try {
                Thalweg thalweg =
                    Thalweg.on(new Storage(now))
                        .options(options)
                        .effects(
                            effects.performer(host, id -> durableOffset(now, id)),
                            SimulatedEffects.RETRIES,
                            EFFECTS_EXPIRE);
                services.forEach(thalweg::service);
                now.node = thalweg.start();
              } catch (RuntimeException e) {
                failed[0] = e;
              }
            });
    host.start(opener);
    host.join(opener);
    if (failed[0] instanceof RuntimeException e) {
      kill(FaultyFiles.Tear.KEEP);
      throw e;
    }
  }

  // Of the partition that an effect's id begins with; -1 while the node is being opened.
  private static long durableOffset(Life life, String effect) {
    Node node = life.node;
    if (node == null) {
      return -1;
    }
    Matcher m = EFFECT.matcher(effect);
    if (!m.matches()) {
      throw new IllegalStateException("not the id of an effect: " + effect);
    }
    return node.durableOffset(new PartitionId(m.group(1), Integer.parseInt(m.group(2))));
  }

  /** Ends it at once; the disk keeps what {@code tear} says. */
  void kill(FaultyFiles.Tear tear) {
    Life now = present;
    if (now == null) {
      return;
    }
    ending(now);
    present = null;
    disk.powerOff();
    wallSkewUs = now.host.wallSkewUs();
    SimulatedStore store = now.store;
    if (store != null) {
      tables = store.afterCrash(random);
    }
    now.host.kill();
    if (tear == FaultyFiles.Tear.KEEP) {
      // The operating system lives on: what was not forced is seen, and a power loss may take it.
      disk.restartProcess();
    } else {
      disk.restart(tear);
    }
  }

  private void ending(Life life) {
    Node node = life.node;
    if (node != null) {
      reached.endOf(node);
    }
  }

  private void written() {
    writes++;
    writeWaiters.wake();
  }

  void healEngine() {
    if (engine != null) {
      engine.heal();
    }
  }

  /** Waits until the disk has been written to so many more times, at most for a time. */
  void awaitWrites(int more, long maxNs) {
    long wanted = writes + more;
    writeWaiters.await(() -> writes >= wanted, maxNs);
  }

  /** Stops it cleanly. */
  void stop() {
    Life now = present;
    if (now == null) {
      return;
    }
    ending(now);
    Node node = now.node;
    if (node != null) {
      Thread closer = now.host.thread("close", node::close);
      now.host.start(closer);
      now.host.join(closer);
    }
    SimulatedStore store = now.store;
    if (store != null) {
      tables = store.image();
    }
    present = null;
    wallSkewUs = now.host.wallSkewUs();
    now.host.kill();
  }

  /** The disk answers nothing for a time. */
  void stallDisk(long nanos) {
    Life now = present;
    if (now != null) {
      now.files.stallFor(nanos);
      now.flushes.stallFor(nanos);
    }
  }

  /** Runs something on a thread of its machine, which dies with it. It must run. */
  Thread run(String name, Runnable body) {
    Life now = present;
    if (now == null) {
      throw new IllegalStateException("the node does not run");
    }
    Thread thread = now.host.thread(name, body);
    now.host.start(thread);
    return thread;
  }

  /** What a service is called in the log. */
  static String nameOf(ServiceType type) {
    return type.contract().getOptions().getExtension(ContractProto.service).getName();
  }

  /** The tables that are open turn out to be damaged. */
  void damageTables() {
    Life now = present;
    SimulatedStore store = now == null ? null : now.store;
    if (store != null) {
      store.damage();
    }
  }

  /** Forgets the tables of the node, which does not run. */
  void dropTables() {
    tables = new MemoryStore(options.state(), Runnable::run);
  }

  /** Its threads get a processor late for a time. */
  void busyFor(long nanos) {
    Life now = present;
    if (now != null) {
      now.host.busyFor(nanos);
    }
  }

  /** The wall clock jumps. */
  void jumpWallClock(long us) {
    Life now = present;
    if (now != null) {
      now.host.jumpWallClock(us);
    } else {
      wallSkewUs += us;
    }
  }

  /** The tables that a clean stop left. */
  MemoryStore tables() {
    return tables;
  }

  /** Opens the log of the stopped node on a host of the caller's. */
  Log openLog(SimulatedHost host) {
    SimulatedEngine other = engine;
    if (other != null) {
      Log log = other.openLog(host);
      partitions.forEach((service, count) -> {
        for (int i = 0; i < count; i++) {
          log.catchUp(new PartitionId(service, i));
        }
      });
      return log;
    }
    return SegmentLog.open(
        LOG,
        options
            .log()
            .withHost(host)
            .withFiles(new SimulatedFiles(disk, host, random.nextLong(), () -> {})));
  }

  private final class Storage implements NodeStorage {
    private final Life mine;

    private Storage(Life mine) {
      this.mine = mine;
    }

    @Override
    public Host host() {
      return mine.host;
    }

    @Override
    public int partitionsOf(String service, int wanted) {
      return partitions.computeIfAbsent(service, name -> wanted);
    }

    @Override
    public Map<String, Integer> partitionsOfAll() {
      return Map.copyOf(partitions);
    }

    @Override
    public Log openLog(SegmentLogOptions log) {
      if (engine != null) {
        return engine.openLog(mine.host);
      }
      return SegmentLog.open(LOG, log.withHost(mine.host).withFiles(mine.files));
    }

    @Override
    public Store openStore(StateOptions state) {
      SimulatedStore store = new SimulatedStore(tables, mine.flushes, mine.host);
      mine.store = store;
      return store;
    }

    @Override
    public SubjectKeys openKeys() {
      return new SimulatedKeys(keys, mine.host);
    }

    @Override
    public void dropStore() {
      dropTables();
      reached.add(Situation.TABLES_REBUILT);
    }

    @Override
    public void describeHolder(String what) {
      // Nobody else looks.
    }

    @Override
    public void close() {
      // One life at a time has it.
    }
  }
}
