package io.thalweg.kafka;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what this process knows of its partitions close to what is in Kafka: asks for the ends of
 * all of them together, every {@value #PAUSE_MS} ms, and reads those that have grown. So a follower
 * stays close, and an idle leader hears that it was deposed. A leader that met a gap has it read at
 * once.
 *
 * <p>It also looks every {@value #CHECK_MS} ms whether the topics are still set up as the log needs
 * them. A leader whose topic is not is deposed.
 */
final class TailThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TailThread.class);
  static final long PAUSE_MS = 20;
  static final long CHECK_MS = 10_000;

  /** Kafka counts as out of reach when it has answered nothing for so long. */
  static final long SILENT_MS = 3_000;

  private final Topics topics;
  private final Host host;
  private final Map<PartitionId, SharedPartition> partitions;
  private final Waiters waiters;
  private final Thread thread;
  private final NavigableSet<PartitionId> wanted = new ConcurrentSkipListSet<>();
  private final Map<PartitionId, String> unsafe = new ConcurrentHashMap<>();
  private volatile boolean closed;
  private volatile long heardNs;
  private volatile String failure = "it does not answer";

  // Of the thread.
  private @Nullable String said;
  private long checkedNs;

  TailThread(Topics topics, Host host, Map<PartitionId, SharedPartition> partitions) {
    this.topics = topics;
    this.host = host;
    this.partitions = partitions;
    waiters = new Waiters(host);
    checkedNs = host.nanoTime();
    heardNs = checkedNs;
    thread = host.thread("thalweg-topics", this::run);
  }

  void start() {
    host.start(thread);
  }

  /** Has a partition read up to its end at once. Any thread; does not wait. */
  void readSoon(SharedPartition partition) {
    wanted.add(partition.id());
    waiters.wake();
  }

  /** Why a partition must not be led; null if it may. */
  @Nullable String unsafe(PartitionId id) {
    return unsafe.get(id);
  }

  private void run() {
    while (!closed) {
      turn();
      waiters.await(() -> closed || !wanted.isEmpty(), TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
    }
  }

  /** One turn of the thread; a test without threads takes it itself. */
  void turn() {
    try {
      readWanted();
      if (host.nanoTime() - checkedNs > TimeUnit.MILLISECONDS.toNanos(CHECK_MS)) {
        checkedNs = host.nanoTime();
        check();
      }
      readGrown();
      said = null;
      heardNs = host.nanoTime();
      failure = "it does not answer";
    } catch (RuntimeException e) {
      failure = String.valueOf(e.getMessage());
      say(failure);
    }
  }

  /** Why Kafka counts as out of reach; null if it does not. Any thread. */
  @Nullable String silence() {
    long silentMs = TimeUnit.NANOSECONDS.toMillis(host.nanoTime() - heardNs);
    return silentMs < SILENT_MS
        ? null
        : "Kafka is out of reach for %d s: %s".formatted(silentMs / 1_000, failure);
  }

  // Once, not every time.
  private void say(String what) {
    if (!closed && !what.equals(said)) {
      LOG.warn("the topics cannot be followed just now: {}", what);
      said = what;
    }
  }

  private void readWanted() {
    // Taken before it is read: who wants it again meanwhile has seen more.
    for (PartitionId id = wanted.pollFirst(); id != null; id = wanted.pollFirst()) {
      SharedPartition partition = partitions.get(id);
      if (partition == null) {
        continue;
      }
      try {
        partition.catchUp();
      } catch (LogException e) {
        // Whether its batches are valid cannot be told: their fate is unknown.
        partition.depose(
            new LogException("what lies before a batch cannot be read: " + e.getMessage(), e));
      }
    }
  }

  private void readGrown() {
    // Asked before the ends are: the tails may move on meanwhile.
    Map<PartitionId, Long> known = new TreeMap<>();
    partitions.forEach((id, partition) -> {
      if (partition.isFollowed()) {
        known.put(id, partition.position());
      }
    });
    if (known.isEmpty()) {
      return;
    }
    Map<PartitionId, Long> ends = topics.endOffsets(known.keySet());
    LogException failure = null;
    for (Map.Entry<PartitionId, Long> entry : known.entrySet()) {
      SharedPartition partition = partitions.get(entry.getKey());
      Long end = ends.get(entry.getKey());
      if (partition == null || end == null) {
        continue;
      }
      try {
        if (end < entry.getValue()) {
          throw partition.lost(entry.getValue(), end);
        }
        // A leader brings its own.
        if (end > partition.position() && !partition.isWaiting()) {
          partition.catchUpTo(end);
        }
      } catch (LogException e) {
        // One that cannot be followed must not keep the others from being so.
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void check() {
    Map<PartitionId, String> found = topics.unsafe(partitions.keySet().stream().sorted().toList());
    unsafe.keySet().retainAll(found.keySet());
    found.forEach((id, why) -> {
      unsafe.put(id, why);
      SharedPartition partition = partitions.get(id);
      if (partition != null && partition.isLed()) {
        LOG.error("{} is led no more: {}", id, why);
        partition.depose(new LogException(why));
      }
    });
  }

  @Override
  public void close() {
    closed = true;
    waiters.wake();
    host.join(thread);
  }
}
