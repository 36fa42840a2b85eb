package io.thalweg.runtime;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.Log;
import io.thalweg.log.LogStatus;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.BlobCheckpoints;
import io.thalweg.runtime.checkpoint.CheckpointSource;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.keys.KeyRing;
import io.thalweg.runtime.keys.SubjectKeys;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node on one machine: a storage, one log and one store in it, and the partitions over them.
 *
 * <p>When the log fails (a full disk, an I/O error) every partition lets go of it; once all have, a
 * supervising thread closes it and opens it again, with growing pauses, and the partitions open
 * again from what is durable. Guarded by this object's monitor, which nobody holds while waiting:
 * the log and which partitions hold it.
 */
final class EmbeddedEngine implements NodeContext, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedEngine.class);
  private static final long FIRST_PAUSE_MS = 100;
  private static final long MAX_PAUSE_MS = 10_000;
  private static final int SCAN_THREADS = 2;
  private static final int MAX_WAITING_SCANS = 256;

  private final NodeOptions options;
  private final MeterRegistry meters;
  private final @Nullable EffectSetup effects;
  private final Tracing tracing;
  private final NodeStorage storage;
  private final @Nullable BlobCheckpoints shared;
  private final @Nullable Forwarding forwarding;
  private final Host host;
  private final LogClock clock;
  private volatile Store store;
  private final SubjectKeys keys;
  private final KeyRing keyRing;
  private final ReplyThread replies;
  private final ScanThreads scans;
  private final Waiters waiters;
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
      NodeOptions options,
      MeterRegistry meters,
      @Nullable EffectSetup effects,
      Tracing tracing,
      NodeStorage storage,
      @Nullable SharedBlobs blobs,
      @Nullable Peers peers,
      SubjectKeys keys,
      Store store,
      Log log) {
    this.options = options;
    this.meters = meters;
    this.effects = effects;
    this.tracing = tracing;
    this.storage = storage;
    this.shared = blobs == null ? null : blobs.checkpoints(log.logId());
    this.host = storage.host();
    this.forwarding = peers == null ? null : new Forwarding(host, peers, meters);
    this.clock = LogClock.of(host);
    this.replies = new ReplyThread(host, new NoticeBoard(peers, meters));
    this.scans = new ScanThreads(host, SCAN_THREADS, MAX_WAITING_SCANS);
    this.waiters = new Waiters(host);
    this.keys = keys;
    this.keyRing = new KeyRing(keys, host);
    this.store = store;
    this.log = log;
  }

  static EmbeddedEngine start(
      NodeStorage storage,
      List<ServiceModel> models,
      NodeOptions options,
      MeterRegistry meters,
      @Nullable EffectSetup effects,
      Tracing tracing,
      @Nullable SharedBlobs blobs,
      @Nullable Peers peers) {
    SubjectKeys keys = null;
    Log log = null;
    Store store = null;
    EmbeddedEngine engine;
    try {
      for (ServiceModel model : models) {
        storage.partitionsOf(model.name(), options.partitions());
      }
      keys = storage.openKeys();
      log = storage.openLog(options.log());
      checkClock(log, storage.host().wallTimeUs(), options.maxClockJump());
      store = storage.openStore(options.state());
      engine =
          new EmbeddedEngine(
              options, meters, effects, tracing, storage, blobs, peers, keys, store, log);
      engine.addPartitions(models, log);
    } catch (RuntimeException | Error e) {
      if (store != null) {
        store.close();
      }
      if (log != null) {
        log.close();
      }
      if (keys != null) {
        keys.close();
      }
      storage.close();
      throw e;
    }
    engine.registerMeters();
    engine.replies.start();
    if (engine.forwarding != null) {
      engine.forwarding.start();
    }
    engine.partitions.forEach(Partition::start);
    return engine;
  }

  private static void checkClock(Log log, long nowUs, Duration maxJump) {
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
      int count = storage.partitionsOf(model.name(), options.partitions());
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
    Saturation.register(meters, "scans", "", scans, ScanThreads::waiting, MAX_WAITING_SCANS);
    Saturation.register(
        meters,
        "table-memory",
        "",
        this,
        e -> e.store.budget().dirtyBytes(),
        (double) store.budget().dirtyLimitBytes());
    gauge("thalweg.log.bytes", "Size of the log on disk", LogStatus::sizeBytes);
    gauge("thalweg.log.segments", "Segment files", LogStatus::segments);
    gauge("thalweg.log.force.p50.us", "Median time of a force", LogStatus::forceP50Us);
    gauge("thalweg.log.force.p99.us", "99th percentile of a force", LogStatus::forceP99Us);
    FunctionCounter.builder("thalweg.log.forces", this, e -> e.ofLog(LogStatus::forces))
        .description("Forces since the log was opened")
        .register(meters);
    keyRing.register(meters);
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

  NodeStorage storage() {
    return storage;
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
  public Host host() {
    return host;
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
  public Leadership leadership() {
    return storage.leadership();
  }

  @Override
  public @Nullable Forwarding forwarding() {
    return forwarding;
  }

  @Override
  public KeyRing keys() {
    return keyRing;
  }

  /** Where the keys of what is sealed are kept. */
  SubjectKeys keptKeys() {
    return keys;
  }

  @Override
  public List<CheckpointSource> checkpoints() {
    List<CheckpointSource> all = new ArrayList<>();
    Checkpoints own = storage.checkpoints();
    if (own != null) {
      all.add(own);
    }
    if (shared != null) {
      all.add(shared);
    }
    return all;
  }

  /** Where checkpoints are shared with others, or null if nowhere. */
  @Nullable BlobCheckpoints sharedCheckpoints() {
    return shared;
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
  public @Nullable EffectSetup effects() {
    return effects;
  }

  @Override
  public Tracing tracing() {
    return tracing;
  }

  @Override
  public Routes routes() {
    return routes;
  }

  @Override
  public @Nullable Log awaitLog(Partition partition) {
    while (true) {
      waiters.await(this::isLogDecided);
      synchronized (this) {
        if (closing) {
          return null;
        }
        if (log != null && !reopening) {
          holders.add(partition);
          return log;
        }
      }
    }
  }

  private synchronized boolean isLogDecided() {
    return closing || (log != null && !reopening);
  }

  @Override
  public void letGo(Partition partition) {
    synchronized (this) {
      holders.remove(partition);
      Log present = log;
      if (present != null && present.status().failure() != null) {
        beginReopen();
      }
    }
    waiters.wake();
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
      host.start(host.thread("thalweg-reopen", this::reopen));
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
        } catch (RuntimeException | Error e) {
          LOG.error("the log cannot be opened again yet: {}", e.getMessage());
          waiters.await(this::isClosing, TimeUnit.MILLISECONDS.toNanos(pauseMs));
          pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS);
        }
      }
    } finally {
      synchronized (this) {
        reopening = false;
      }
      waiters.wake();
    }
  }

  private void closeLost() {
    waiters.await(this::isLetGo);
    Log lost;
    synchronized (this) {
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

  private synchronized boolean isLetGo() {
    return closing || holders.isEmpty();
  }

  private void openAgain() {
    boolean drop;
    synchronized (this) {
      drop = dropTables;
    }
    if (drop) {
      store.close();
      storage.dropStore();
      store = storage.openStore(options.state());
    }
    Log opened = storage.openLog(options.log());
    synchronized (this) {
      dropTables = false;
      log = opened;
    }
    LOG.info("the log is open again");
  }

  private synchronized boolean isClosing() {
    return closing;
  }

  private synchronized boolean isReopened() {
    return !reopening;
  }

  @Override
  public void phaseChanged() {
    waiters.wake();
  }

  void awaitReady() {
    waiters.await(this::isReady);
  }

  private boolean isReady() {
    boolean ready = true;
    for (Partition partition : partitions) {
      switch (partition.phase()) {
        case ACTIVE, FOLLOWING, AWAY -> {}
        case STOPPED, CLOSED ->
            throw new IllegalStateException(
                "partition " + partition.id() + " is stopped: " + partition.reason());
        case LOADING, FAILED -> ready = false;
      }
    }
    return ready;
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
    }
    waiters.wake();
    if (forwarding != null) {
      forwarding.close();
    }
    partitions.forEach(Partition::beginClose);
    partitions.forEach(Partition::awaitClosed);
    waiters.await(this::isReopened);
    Log last;
    synchronized (this) {
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
      try (storage;
          keys) {
        store.close();
      }
    }
  }
}
