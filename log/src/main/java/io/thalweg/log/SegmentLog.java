package io.thalweg.log;

import io.thalweg.host.Host;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded engine: one physical log for a node, shared by all its partitions.
 *
 * <p><b>Files.</b> A directory of {@code NNNNNNNNNN.segment} (see {@link SegmentFormat}), each but
 * the last with a {@code NNNNNNNNNN.index} that can be made again from it. A position is a byte
 * position in the node's log, running through all segments.
 *
 * <p><b>Threads.</b> Each partition's thread fills batches and queues them. The {@link LogWriter}
 * writes all that waits as one group; the {@link LogForcer} forces it and tells the listeners, and
 * meanwhile the writer writes the next group. The {@link SegmentPreparer} makes files ahead of
 * need. Readers read on their own threads, and only what is durable.
 *
 * <p><b>Failure.</b> The first write, force or preparation that fails ends the log: every append
 * from then on fails, nothing is tried again on that file. Close it and open it again; {@link
 * Recovery} says what may be believed then.
 *
 * <p>One process at a time may have a directory open; that is for its owner to see to.
 */
public final class SegmentLog implements Log {
  private static final Logger LOGGER = LoggerFactory.getLogger(SegmentLog.class);

  private final Host host;
  private final UUID logId;
  private final SegmentSet segments;
  private final ReadClaims claims;
  private final LogFiles files;
  private final Path directory;
  private final AtomicBoolean trimming = new AtomicBoolean();
  private final SegmentPreparer preparer;
  private final Thread preparerThread;
  private final LogForcer forcer;
  private final LogWriter writer;
  private final Map<PartitionId, PartitionState> partitions = new ConcurrentHashMap<>();
  private final Object leadLock = new Object();
  private int nextNumber;
  private final AtomicReference<@Nullable LogException> failure = new AtomicReference<>();
  private final AtomicBoolean closeCalled = new AtomicBoolean();
  private volatile boolean closing;

  private SegmentLog(Path directory, SegmentLogOptions options, Recovery.Opened opened) {
    host = options.host();
    logId = opened.logId();
    files = options.files();
    this.directory = directory;
    claims = new ReadClaims(opened.start());
    segments = new SegmentSet(options.files(), logId, opened.segments());
    for (PartitionTail tail : opened.tails()) {
      partitions.put(tail.id(), new PartitionState(tail));
    }
    nextNumber = opened.tails().size() + 1;
    preparer = new SegmentPreparer(options.files(), directory, this);
    preparerThread = host.thread("log-preparer", preparer);
    forcer = new LogForcer(this, opened.end());
    writer =
        new LogWriter(
            this,
            options,
            directory,
            segments,
            preparer,
            forcer,
            opened.lastFile(),
            segments.index(segments.last()),
            opened.end());
  }

  /**
   * Opens a log, or makes a new one in an empty directory.
   *
   * @throws LogCorruptException if something that was durable is damaged or missing; nothing was
   *     changed then
   * @throws LogException if the files cannot be read or written
   */
  public static SegmentLog open(Path directory, SegmentLogOptions options) {
    try {
      SegmentLog log = new SegmentLog(directory, options, new Recovery(directory, options).open());
      log.start();
      return log;
    } catch (IOException e) {
      throw new LogException("cannot open the log in " + directory + ": " + e.getMessage(), e);
    }
  }

  private void start() {
    host.start(preparerThread);
    host.start(forcer.thread());
    host.start(writer.thread());
  }

  /** The identity of this log, made when its first segment was. */
  @Override
  public UUID logId() {
    return logId;
  }

  @Override
  public List<PartitionId> partitions() {
    return partitions.values().stream()
        .filter(state -> state.durable() != null)
        .map(PartitionState::id)
        .sorted()
        .toList();
  }

  @Override
  public PartitionLog lead(
      PartitionId id, int contractLevel, long logTimeUs, AppendListener listener) {
    Leader leader;
    synchronized (leadLock) {
      PartitionState state = state(id);
      synchronized (state) {
        checkOpen();
        if (logTimeUs < state.logTimeUs) {
          throw new IllegalArgumentException(
              "logTimeUs of " + id + " must be at least " + state.logTimeUs + "; got " + logTimeUs);
        }
        if (state.number == 0) {
          // Under the lock: numbers are in the order in which barriers are queued.
          state.number = nextNumber++;
          state.lineages = List.of(Lineage.first(partitions.values(), host.newUuid()));
        }
        Lineage lineage = state.lineages.get(state.lineages.size() - 1);
        long replaced = state.epoch;
        leader = new Leader(this, state, listener, contractLevel, replaced + 1, lineage);
        state.leader = leader;
        leader.appendBarrier(logTimeUs, replaced, state.lineages);
      }
    }
    leader.awaitBarrier();
    PartitionTail durable = leader.state().durable();
    if (durable == null || durable.epoch() < leader.epoch()) {
      throw new LogException(
          "the barrier of " + id + " could not be made durable: " + failureMessage(),
          failure.get());
    }
    return leader;
  }

  private PartitionState state(PartitionId id) {
    return partitions.computeIfAbsent(id, PartitionState::new);
  }

  @Override
  public LogReader read(PartitionId id, long fromOffset) {
    checkReadable();
    PartitionState state = state(id);
    long end = state.durableOffset();
    if (fromOffset < 0 || fromOffset > end) {
      throw new OffsetOutOfRangeException(
          "fromOffset of " + id + " must be within 0.." + end + "; got " + fromOffset);
    }
    long from = fromOffset;
    return opened(() -> SegmentReader.from(this, segments, claims, state, from));
  }

  @Override
  public LogReader read(PartitionId id, LogCursor from) {
    checkReadable();
    PartitionState state = state(id);
    return opened(() -> SegmentReader.at(this, segments, claims, state, from));
  }

  /** Opens a reader; once more if segments were removed meanwhile. */
  private LogReader opened(Supplier<LogReader> reader) {
    while (true) {
      LogStart before = claims.start();
      try {
        return reader.get();
      } catch (LogException e) {
        if (Objects.equals(before, claims.start())) {
          throw e;
        }
      }
    }
  }

  @Override
  public Trimmed trim(TrimRequest request) {
    checkOpen();
    if (!trimming.compareAndSet(false, true)) {
      return new Trimmed(0, 0, "segments are being removed already");
    }
    try {
      return trimOf(request).run();
    } catch (IOException e) {
      throw new LogException("cannot remove segments: " + e.getMessage(), e);
    } finally {
      trimming.set(false);
    }
  }

  @Override
  public @Nullable String trimBlocker(TrimRequest request) {
    return trimOf(request).blocker();
  }

  private SegmentTrim trimOf(TrimRequest request) {
    return new SegmentTrim(files, directory, logId, segments, claims, durableTails(), request);
  }

  @Override
  public long startOffset(PartitionId id) {
    PartitionState state = partitions.get(id);
    return state == null ? 0 : claims.startOffset(state);
  }

  @Override
  public long durableOffset(PartitionId id) {
    PartitionState state = partitions.get(id);
    return state == null ? 0 : state.durableOffset();
  }

  @Override
  public long lastLogTimeUs(PartitionId id) {
    PartitionState state = partitions.get(id);
    PartitionTail tail = state == null ? null : state.durable();
    return tail == null ? 0 : tail.logTimeUs();
  }

  @Override
  public List<Lineage> lineages(PartitionId id) {
    PartitionState state = partitions.get(id);
    PartitionTail tail = state == null ? null : state.durable();
    if (tail == null) {
      throw new LogException("the log holds no partition " + id);
    }
    return tail.lineages();
  }

  @Override
  public long offsetAt(PartitionId id, long logTimeUs) {
    checkReadable();
    PartitionState state = partitions.get(id);
    return state == null ? 0 : SegmentReader.offsetAt(this, segments, claims, state, logTimeUs);
  }

  /**
   * Where the log is durable now: a consistent cut through all partitions, up to the last batch.
   *
   * @throws LogException if the log is closed
   */
  public LogCut cut() {
    checkReadable();
    return LogCut.of(this);
  }

  /** Where the log begins, if segments were removed; null if it begins at position 0. */
  public @Nullable LogBeginning beginning() {
    LogStart start = claims.start();
    return start == null ? null : new LogBeginning(start);
  }

  /**
   * Reads bytes of the log from a position on, at least one and at most as many as the buffer has
   * room for. What was once durable stays the same at its position for as long as the log lives.
   *
   * @return how many bytes were read
   * @throws OffsetOutOfRangeException if nothing is durable at the position
   * @throws LogException if the log is closed or cannot be read
   */
  public int readDurable(long position, ByteBuffer into) {
    checkReadable();
    return LogCut.read(this, segments, position, into);
  }

  @Override
  public Registration onDurable(PartitionId id, Runnable listener) {
    List<Runnable> listeners = state(id).durableListeners();
    listeners.add(listener);
    AtomicBoolean ended = new AtomicBoolean();
    return () -> {
      if (ended.compareAndSet(false, true)) {
        listeners.remove(listener);
      }
    };
  }

  @Override
  public LogStatus status() {
    List<Segment> all = segments.all();
    Histogram forces = forcer.forceTimes();
    LogException failed = failure.get();
    return new LogStatus(
        all.size(),
        all.stream().mapToLong(Segment::sizeBytes).sum(),
        durablePosition(),
        writtenPosition(),
        forces.getTotalCount(),
        forces.getValueAtPercentile(50),
        forces.getValueAtPercentile(99),
        failed == null ? null : failed.getMessage());
  }

  @Override
  public void close() {
    if (!closeCalled.compareAndSet(false, true)) {
      return;
    }
    closing = true;
    for (PartitionState state : partitions.values()) {
      synchronized (state) {
        // An append that saw the log open has queued its batch now.
        closing = true;
      }
    }
    writer.wake();
    host.join(writer.thread());
    host.join(forcer.thread());
    preparer.stop();
    host.join(preparerThread);
    try {
      writer.file().close();
      segments.close();
    } catch (IOException e) {
      LOGGER.warn("Could not close a file of the log: {}", e.toString());
    }
  }

  Host host() {
    return host;
  }

  boolean isClosing() {
    return closing;
  }

  boolean hasFailed() {
    return failure.get() != null;
  }

  long durablePosition() {
    return forcer.durablePosition();
  }

  long writtenPosition() {
    return writer.writtenPosition();
  }

  void submit(PendingBatch batch) {
    writer.submit(batch);
  }

  LogCursor cursor(PartitionTail tail) {
    return new LogCursor(
        logId,
        tail.position(),
        tail.nextOffset(),
        tail.epoch(),
        tail.lineage().ordinal(),
        tail.lastCrc(),
        tail.logTimeUs());
  }

  /** The partitions as they are durable, by number. */
  List<PartitionTail> durableTails() {
    return partitions.values().stream()
        .map(PartitionState::durable)
        .<PartitionTail>mapMulti((tail, out) -> {
          if (tail != null) {
            out.accept(tail);
          }
        })
        .sorted(Comparator.comparingInt(PartitionTail::number))
        .toList();
  }

  /** Throws if nothing can be appended any more. */
  void checkOpen() {
    checkNotFailed();
    if (closing) {
      throw new LogException("the log is closed");
    }
  }

  void checkNotFailed() {
    LogException failed = failure.get();
    if (failed != null) {
      throw new LogException(String.valueOf(failed.getMessage()), failed);
    }
  }

  private void checkReadable() {
    if (closing) {
      throw new LogException("the log is closed");
    }
  }

  private String failureMessage() {
    LogException failed = failure.get();
    return failed == null ? "the log is closed" : String.valueOf(failed.getMessage());
  }

  /** Ends the log for good; the first cause counts. Any thread. */
  void fail(String what, Throwable cause) {
    LogException failed =
        new LogException(
            "the log has failed, close it and open it again: " + what + ": " + cause, cause);
    if (failure.compareAndSet(null, failed)) {
      LOGGER.error("The log has failed: {}", what, cause);
      host.unpark(writer.thread());
      host.unpark(forcer.thread());
    }
  }

  /** Tells every leader that the log has failed. The forcer's thread, once, as the last thing. */
  void announceFailure() {
    LogException failed = failure.get();
    if (failed == null) {
      return;
    }
    for (PartitionState state : partitions.values()) {
      Leader leader;
      synchronized (state) {
        leader = state.leader;
        state.leader = null;
      }
      if (leader == null) {
        continue;
      }
      if (!leader.isBarrierDone()) {
        leader.barrierDone();
        continue;
      }
      try {
        leader.listener().failed(failed);
      } catch (RuntimeException e) {
        LOGGER.error("The append listener of {} failed", leader.id(), e);
      }
    }
  }
}
