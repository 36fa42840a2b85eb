package io.thalweg.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.log.Log;
import io.thalweg.log.LogStatus;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.RocksStore;
import io.thalweg.state.Store;
import io.thalweg.state.StoreCorruptException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node on one machine: a data directory, one segment log, one store, and the partitions over
 * them.
 *
 * <p>When the log fails (a full disk, an I/O error) every partition lets go of it; once all have, a
 * supervising thread closes it and opens it again, with growing pauses, and the partitions open
 * again from what is durable. Guarded by this object's monitor: the log and which partitions hold
 * it.
 */
final class EmbeddedEngine implements NodeContext, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedEngine.class);
  private static final long FIRST_PAUSE_MS = 100;
  private static final long MAX_PAUSE_MS = 10_000;
  private static final int SCAN_THREADS = 2;
  private static final int MAX_WAITING_SCANS = 256;

  private final NodeOptions options;
  private final MeterRegistry meters;
  private final DataDirectory directory;
  private final LogClock clock = LogClock.ofThisMachine();
  private volatile Store store;
  private final ReplyThread replies = new ReplyThread();
  private final ScanThreads scans = new ScanThreads(SCAN_THREADS, MAX_WAITING_SCANS);
  private final List<Partition> partitions = new ArrayList<>();
  private final Routes routes = new Routes();
  private final Set<Partition> holders = new HashSet<>();
  private @Nullable Log log;
  private volatile @Nullable Runnable logLost;
  private boolean reopening;
  private boolean dropTables;
  private boolean closing;
  private boolean closed;

  private EmbeddedEngine(
      NodeOptions options, MeterRegistry meters, DataDirectory directory, Store store, Log log) {
    this.options = options;
    this.meters = meters;
    this.directory = directory;
    this.store = store;
    this.log = log;
  }

  static EmbeddedEngine start(
      Path data, List<ServiceModel> models, NodeOptions options, MeterRegistry meters) {
    DataDirectory directory = DataDirectory.lock(data);
    Log log = null;
    Store store = null;
    EmbeddedEngine engine;
    try {
      for (ServiceModel model : models) {
        directory.partitionsOf(model.name(), options.partitions());
      }
      log = SegmentLog.open(directory.log(), options.log());
      checkClock(log, options.maxClockJump());
      store = openStore(directory.state(), options);
      engine = new EmbeddedEngine(options, meters, directory, store, log);
      engine.addPartitions(models, log);
    } catch (RuntimeException | Error e) {
      if (store != null) {
        store.close();
      }
      if (log != null) {
        log.close();
      }
      directory.close();
      throw e;
    }
    engine.registerMeters();
    engine.replies.start();
    engine.partitions.forEach(Partition::start);
    return engine;
  }

  // Tables are derived: when they cannot be read they are made again from the log.
  static Store openStore(Path path, NodeOptions options) {
    try {
      return RocksStore.open(path, options.state());
    } catch (StoreCorruptException e) {
      LOG.warn(
          "the tables in {} cannot be read and are rebuilt from the log: {}", path, e.getMessage());
      deleteTree(path);
      return RocksStore.open(path, options.state());
    }
  }

  private static void deleteTree(Path path) {
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void checkClock(Log log, Duration maxJump) {
    long nowUs = LogClock.machineWallUs();
    for (PartitionId id : log.partitions()) {
      long lastUs = log.lastLogTimeUs(id);
      if (lastUs - nowUs > TimeUnit.MILLISECONDS.toMicros(maxJump.toMillis())) {
        throw new DataDirectoryException(
            "the log's time is %s, this machine's clock says %s; set the clock, or open with a"
                    .formatted(instant(lastUs), instant(nowUs))
                + " maxClockJump that allows it (log time then stands until the clock has caught"
                + " up)");
      }
    }
  }

  private static Instant instant(long us) {
    return Instant.ofEpochMilli(TimeUnit.MICROSECONDS.toMillis(us));
  }

  private void addPartitions(List<ServiceModel> models, Log log) {
    for (ServiceModel model : models) {
      int count = directory.partitionsOf(model.name());
      for (PartitionId id : log.partitions()) {
        if (id.service().equals(model.name()) && id.index() >= count) {
          throw new DataDirectoryException(
              "the log holds partition %s, node.properties says %d partitions"
                  .formatted(id, count));
        }
      }
      for (int i = 0; i < count; i++) {
        PartitionScope scope =
            new PartitionScope(
                PartitionScope.serviceId(model.name()),
                Slots.firstSlotOf(i, count),
                Slots.firstSlotOf(i + 1, count));
        partitions.add(new Partition(this, model, new PartitionId(model.name(), i), scope));
      }
      routes.add(model, partitionsOf(model));
    }
  }

  private void registerMeters() {
    gauge("thalweg.log.bytes", "Size of the log on disk", LogStatus::sizeBytes);
    gauge("thalweg.log.segments", "Segment files", LogStatus::segments);
    gauge("thalweg.log.force.p50.us", "Median time of a force", LogStatus::forceP50Us);
    gauge("thalweg.log.force.p99.us", "99th percentile of a force", LogStatus::forceP99Us);
    FunctionCounter.builder("thalweg.log.forces", this, e -> e.ofLog(LogStatus::forces))
        .description("Forces since the log was opened")
        .register(meters);
  }

  private void gauge(String name, String description, ToLongFunction<LogStatus> value) {
    Gauge.builder(name, this, e -> e.ofLog(value)).description(description).register(meters);
  }

  private double ofLog(ToLongFunction<LogStatus> value) {
    Log now = log();
    return now == null ? 0 : value.applyAsLong(now.status());
  }

  List<Partition> partitions() {
    return partitions;
  }

  List<Partition> partitionsOf(ServiceModel model) {
    return partitions.stream().filter(p -> p.id().service().equals(model.name())).toList();
  }

  DataDirectory directory() {
    return directory;
  }

  /** Runs {@code action} when the log has failed, before it is opened again. */
  synchronized void onLogLost(Runnable action) {
    logLost = action;
  }

  synchronized @Nullable Log log() {
    return log;
  }

  @Override
  public NodeOptions options() {
    return options;
  }

  @Override
  public LogClock clock() {
    return clock;
  }

  @Override
  public Store store() {
    return store;
  }

  @Override
  public ReplyThread replies() {
    return replies;
  }

  @Override
  public ScanThreads scans() {
    return scans;
  }

  @Override
  public MeterRegistry meters() {
    return meters;
  }

  @Override
  public Routes routes() {
    return routes;
  }

  @Override
  public synchronized @Nullable Log awaitLog(Partition partition) {
    while (!closing && (log == null || reopening)) {
      waitHere();
    }
    if (closing) {
      return null;
    }
    holders.add(partition);
    return log;
  }

  @Override
  public synchronized void letGo(Partition partition) {
    holders.remove(partition);
    Log present = log;
    if (present != null && present.status().failure() != null) {
      beginReopen();
    }
    notifyAll();
  }

  @Override
  public void tablesDamaged() {
    synchronized (this) {
      dropTables = true;
      beginReopen();
    }
    partitions.forEach(p -> p.reopen("the tables are damaged and are made again from the log"));
  }

  private synchronized void beginReopen() {
    if (!closing && !reopening) {
      reopening = true;
      Thread.ofPlatform().name("thalweg-reopen").daemon().start(this::reopen);
    }
  }

  private void reopen() {
    try {
      closeLost();
      long pauseMs = FIRST_PAUSE_MS;
      while (!isClosing()) {
        try {
          openAgain();
          return;
        } catch (RuntimeException e) {
          LOG.error("the log cannot be opened again yet: {}", e.getMessage());
          synchronized (this) {
            waitHere(pauseMs);
          }
          pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
        }
      }
    } finally {
      synchronized (this) {
        reopening = false;
        notifyAll();
      }
    }
  }

  private void closeLost() {
    Log lost;
    synchronized (this) {
      while (!holders.isEmpty() && !closing) {
        waitHere();
      }
      if (closing) {
        return;
      }
      lost = log;
      log = null;
    }
    Runnable tell = logLost;
    if (tell != null) {
      tell.run();
    }
    if (lost != null) {
      lost.close();
    }
  }

  private void openAgain() {
    boolean drop;
    synchronized (this) {
      drop = dropTables;
    }
    if (drop) {
      store.close();
      deleteTree(directory.state());
      store = openStore(directory.state(), options);
    }
    Log opened = SegmentLog.open(directory.log(), options.log());
    synchronized (this) {
      dropTables = false;
      log = opened;
    }
    LOG.info("the log is open again");
  }

  private synchronized boolean isClosing() {
    return closing;
  }

  @Override
  public synchronized void phaseChanged() {
    notifyAll();
  }

  synchronized void awaitReady() {
    while (true) {
      boolean ready = true;
      for (Partition partition : partitions) {
        switch (partition.phase()) {
          case ACTIVE -> {}
          case STOPPED, CLOSED ->
              throw new IllegalStateException(
                  "partition " + partition.id() + " is stopped: " + partition.reason());
          case LOADING, FAILED -> ready = false;
        }
      }
      if (ready) {
        return;
      }
      waitHere();
    }
  }

  private void waitHere() {
    waitHere(0);
  }

  // Callers hold the monitor and check their condition in a loop.
  @SuppressWarnings({"WaitNotInLoop", "GuardedBy"})
  private void waitHere(long timeoutMs) {
    try {
      wait(timeoutMs);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting", e);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      // Those that wait for a log get none any more; those that serve finish what they have.
      closing = true;
      notifyAll();
    }
    partitions.forEach(Partition::beginClose);
    boolean interrupted = false;
    for (Partition partition : partitions) {
      while (true) {
        try {
          partition.awaitClosed();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    Log last;
    synchronized (this) {
      while (reopening) {
        waitHere();
      }
      last = log;
      log = null;
    }
    try {
      scans.close();
      replies.close();
      if (last != null) {
        last.close();
      }
    } finally {
      try {
        store.close();
      } finally {
        directory.close();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
