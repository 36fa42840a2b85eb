package io.thalweg.log;

import io.thalweg.host.Host;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Writes what the partitions append: takes all that waits, lays it out as one group in one buffer,
 * and writes that with one call. Starts the next segment when one is full.
 *
 * <p>The copy into one buffer costs less than a gathering write of many small buffers, and lets the
 * position be decided last.
 */
final class LogWriter implements Runnable {
  /** A group is closed at this size; a larger batch is a group of its own. */
  private static final int GROUP_BYTES = 1 << 20;

  private static final int QUEUE_CAPACITY = 4096;
  private static final int INITIAL_STAGING_BYTES = 256 << 10;
  private static final long FULL_QUEUE_WAIT_NS = 50_000;

  private final SegmentLog log;
  private final Host host;
  private final LogFiles files;
  private final Path directory;
  private final SegmentSet segments;
  private final SegmentPreparer preparer;
  private final LogForcer forcer;
  private final long maxSegmentBytes;
  private final long idleNs;
  private final MpscArrayQueue<PendingBatch> queue = new MpscArrayQueue<>(QUEUE_CAPACITY);
  private final Thread thread;
  private volatile boolean sleeping;
  private volatile long writtenPosition;

  // This thread's only.
  private final Group[] groups = {new Group(), new Group()};
  private ByteBuffer staging = ByteBuffer.allocateDirect(INITIAL_STAGING_BYTES);
  private @Nullable PendingBatch carried;
  private LogFiles.LogFile file;
  private Segment segment;
  private SegmentIndex index;
  private long segmentLimit;
  private long position;
  private long contentEnd;
  private long publishedPosition;
  private long groupNumber;

  LogWriter(
      SegmentLog log,
      SegmentLogOptions options,
      Path directory,
      SegmentSet segments,
      SegmentPreparer preparer,
      LogForcer forcer,
      LogFiles.LogFile file,
      SegmentIndex index,
      long position) {
    this.log = log;
    this.host = options.host();
    this.files = options.files();
    this.directory = directory;
    this.segments = segments;
    this.preparer = preparer;
    this.forcer = forcer;
    this.maxSegmentBytes = options.maxSegmentBytes();
    this.idleNs = TimeUnit.MILLISECONDS.toNanos(options.idlePublishMs());
    this.file = file;
    this.index = index;
    this.segment = segments.last();
    this.position = position;
    this.contentEnd = position;
    this.publishedPosition = position;
    this.writtenPosition = position;
    this.segmentLimit = segment.base() + segment.sizeBytes() - SegmentFormat.HEADER_BYTES;
    this.thread = host.thread("log-writer", this);
    preparer.request(segment.ordinal() + 1, nextSizeBytes());
  }

  Thread thread() {
    return thread;
  }

  /** Everything before this position was written, durable or not. */
  long writtenPosition() {
    return writtenPosition;
  }

  /** Any thread: queues a batch; waits while the queue is full. */
  void submit(PendingBatch batch) {
    while (!queue.offer(batch)) {
      log.checkNotFailed();
      host.parkNanos(this, FULL_QUEUE_WAIT_NS);
    }
    wake();
  }

  /** Any thread: looks at the queue and at the log's state again. */
  void wake() {
    // The queue publishes with release order only; sleeping must not be read before it.
    VarHandle.fullFence();
    if (sleeping) {
      host.unpark(thread);
    }
  }

  @Override
  public void run() {
    try {
      while (awaitWork()) {
        forcer.awaitFree();
        Group group = groups[(int) (groupNumber & 1)];
        group.clear(groupNumber++);
        int length = stage(group);
        write(group, length);
        forcer.force(group);
        preparer.pace(position - segment.base(), segmentLimit - segment.base());
      }
      forcer.awaitDurable(position);
    } catch (IOException | RuntimeException | Error e) {
      log.fail("cannot write the log", e);
    } finally {
      forcer.finish();
    }
  }

  /** The file being written, for the log to close when the threads have ended. */
  LogFiles.LogFile file() {
    return file;
  }

  /** Waits for batches, or until it is time for an empty group; false at the end. */
  private boolean awaitWork() {
    long idleSinceNs = host.nanoTime();
    while (carried == null && queue.isEmpty()) {
      log.checkNotFailed();
      boolean unpublished = publishedPosition < contentEnd;
      if (log.isClosing()) {
        forcer.awaitDurable(position);
        if (queue.isEmpty()) {
          return unpublished;
        }
      } else if (!unpublished) {
        sleep(Long.MAX_VALUE);
      } else {
        long leftNs = idleSinceNs + idleNs - host.nanoTime();
        if (leftNs > 0) {
          sleep(leftNs);
        } else {
          forcer.awaitDurable(position);
          return true;
        }
      }
    }
    return true;
  }

  private void sleep(long maxNs) {
    sleeping = true;
    VarHandle.fullFence();
    if (queue.isEmpty() && !log.isClosing() && !log.hasFailed()) {
      host.parkNanos(this, maxNs);
    }
    sleeping = false;
  }

  /** Copies what waits behind the room for a header; returns the length of the group. */
  private int stage(Group group) {
    int at = GroupFormat.HEADER_BYTES;
    while (group.batchCount < Group.MAX_BATCHES) {
      PendingBatch batch = carried;
      carried = null;
      if (batch == null) {
        batch = queue.poll();
      }
      if (batch == null) {
        break;
      }
      int length = batch.lengthBytes();
      if (group.batchCount > 0 && at + length > GROUP_BYTES) {
        carried = batch;
        break;
      }
      ByteBuffer bytes = batch.bytes;
      if (bytes == null) {
        throw new IllegalStateException("a batch that was not sealed");
      }
      ensureStaging(at, length);
      staging.put(at, bytes, 0, length);
      batch.atInGroup = at;
      at += length;
      group.add(batch);
    }
    int end = (int) GroupFormat.align(at);
    for (; at < end; at++) {
      staging.put(at, (byte) 0);
    }
    return end;
  }

  private void ensureStaging(int used, int more) {
    int needed = used + more + GroupFormat.ALIGNMENT_BYTES;
    if (needed > staging.capacity()) {
      int capacity = Math.max(needed, Math.min(GROUP_BYTES, staging.capacity() * 2));
      staging = ByteBuffer.allocateDirect(capacity).put(staging.clear().limit(used)).clear();
    }
  }

  private void write(Group group, int length) throws IOException {
    if (position + length > segmentLimit) {
      roll(length);
    }
    long durable = forcer.durablePosition();
    GroupFormat.putHeader(staging, log.logId(), length, position, durable, group.batchCount);
    for (int i = 0; i < group.batchCount; i++) {
      PendingBatch batch = group.batches[i];
      index.add(
          batch.leader.state().number,
          position + batch.atInGroup,
          batch.firstOffset,
          batch.logTimeUs);
    }
    group.placeAt(position);
    file.write(staging.clear().limit(length), segment.fileOffset(position));
    staging.clear();
    for (int i = 0; i < group.batchCount; i++) {
      PendingBatch batch = group.batches[i];
      batch.leader.giveBack(batch);
    }
    position += length;
    writtenPosition = position;
    publishedPosition = Math.max(publishedPosition, durable);
    if (group.batchCount > 0) {
      contentEnd = position;
    }
    group.file = file;
    group.end = position;
  }

  /** Goes on in a new segment, when all of the old one is durable: its existence is the proof. */
  private void roll(int length) throws IOException {
    forcer.awaitDurable(position);
    SegmentPreparer.Prepared next = preparer.take(SegmentFormat.HEADER_BYTES + (long) length);
    long ordinal = segment.ordinal() + 1;
    Path name = directory.resolve(SegmentFormat.segmentName(ordinal));
    try {
      next.file()
          .write(
              SegmentFormat.encode(
                  new SegmentFormat.Header(
                      ordinal, position, log.logId(), host.wallTimeUs() / 1_000, position)),
              0);
      next.file().force();
      files.rename(next.temporary(), name);
      files.forceDirectory(directory);
      file.close();
    } catch (IOException | RuntimeException e) {
      next.file().close();
      throw e;
    }
    Segment old = segment;
    SegmentIndex oldIndex = index;
    var tails = log.durableTails();
    file = next.file();
    index = new SegmentIndex(position);
    segment = new Segment(ordinal, position, name, next.sizeBytes(), index);
    segmentLimit = position + next.sizeBytes() - SegmentFormat.HEADER_BYTES;
    old.seal(position, tails);
    segments.add(segment);
    publishedPosition = position;
    preparer.request(ordinal + 1, nextSizeBytes());
    preparer.later(() -> Recovery.writeIndex(files, old, log.logId(), tails, oldIndex));
  }

  private long nextSizeBytes() {
    return Math.min(maxSegmentBytes, segment.sizeBytes() * 2);
  }
}
