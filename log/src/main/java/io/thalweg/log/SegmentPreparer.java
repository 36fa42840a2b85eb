package io.thalweg.log;

import io.thalweg.host.Waiters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Fills the next segment's file with zeros before it is needed, on a thread of its own, and writes
 * the indexes of sealed segments.
 *
 * <p>Zeros are really written: a force on blocks that are allocated and written needs no journal
 * commit. They are written in pieces, and only as fast as the current segment fills up, so that an
 * idle log costs nothing and a busy one is not kept from the disk.
 */
final class SegmentPreparer implements Runnable {
  private static final int CHUNK_BYTES = 256 << 10;
  private static final int FORCE_EVERY_BYTES = 8 << 20;

  /** The next file is filled so many times as fast as the current one. */
  private static final int PACE = 2;

  /** A file of zeros under a temporary name. */
  record Prepared(LogFiles.LogFile file, Path temporary, long sizeBytes) {}

  private final LogFiles files;
  private final Path directory;
  private final SegmentLog log;
  private final ByteBuffer zeros = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final Waiters waiters;

  // All guarded by this.
  private long sizeBytes;
  private long wantedBytes;
  private long filledBytes;
  private boolean ready;
  private boolean stopped;
  private boolean broken;
  private Path temporary;
  private LogFiles.@Nullable LogFile file;

  // The writer's only.
  private long pacedSizeBytes;
  private long pacedBytes;

  SegmentPreparer(LogFiles files, Path directory, SegmentLog log) {
    this.files = files;
    this.directory = directory;
    this.log = log;
    this.temporary = directory;
    this.waiters = new Waiters(log.host());
  }

  /** Begins with the file of a segment, once the pace asks for it. */
  synchronized void request(long ordinal, long newSizeBytes) {
    temporary = directory.resolve(SegmentFormat.segmentName(ordinal) + ".tmp");
    sizeBytes = newSizeBytes;
    wantedBytes = 0;
    filledBytes = 0;
    pacedBytes = 0;
    pacedSizeBytes = newSizeBytes;
    ready = false;
    file = null;
  }

  /** The writer says how far the current segment is filled. */
  void pace(long usedBytes, long ofBytes) {
    long wanted = (long) ((double) usedBytes / ofBytes * PACE * pacedSizeBytes);
    if (wanted - pacedBytes >= CHUNK_BYTES) {
      pacedBytes = wanted;
      synchronized (this) {
        wantedBytes = Math.min(sizeBytes, Math.max(wantedBytes, wanted));
      }
      waiters.wake();
    }
  }

  /** Waits for the file, which is made at least so large. */
  Prepared take(long minBytes) throws IOException {
    synchronized (this) {
      if (sizeBytes < minBytes) {
        sizeBytes = minBytes;
        ready = false;
      }
      wantedBytes = sizeBytes;
    }
    waiters.wake();
    waiters.await(this::isAnswered);
    synchronized (this) {
      LogFiles.LogFile taken = file;
      if (!ready || taken == null) {
        throw new IOException("the next segment could not be prepared");
      }
      file = null;
      return new Prepared(taken, temporary, filledBytes);
    }
  }

  private synchronized boolean isAnswered() {
    return ready || broken || stopped;
  }

  private synchronized boolean hasWork() {
    return stopped || !tasks.isEmpty() || (!ready && filledBytes < wantedBytes);
  }

  /** Runs something on this thread. */
  void later(Runnable task) {
    synchronized (this) {
      tasks.add(task);
    }
    waiters.wake();
  }

  /** Does what was asked for, then ends the thread. */
  void stop() {
    synchronized (this) {
      stopped = true;
    }
    waiters.wake();
  }

  @Override
  public void run() {
    try {
      while (true) {
        waiters.await(this::hasWork);
        Runnable task;
        synchronized (this) {
          task = tasks.poll();
          if (task == null && stopped) {
            return;
          }
        }
        log.checkNotFailed();
        if (task == null) {
          fill();
        } else {
          task.run();
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      // In this order: the writer must find the cause when it stops waiting.
      log.fail("cannot prepare " + temporary.getFileName(), e);
      synchronized (this) {
        broken = true;
      }
      waiters.wake();
    } finally {
      drop();
    }
  }

  private void fill() throws IOException {
    LogFiles.@Nullable LogFile to;
    Path name;
    long at;
    long size;
    synchronized (this) {
      to = file;
      name = temporary;
      at = filledBytes;
      size = sizeBytes;
    }
    if (to == null) {
      to = files.create(name);
      synchronized (this) {
        file = to;
      }
    }
    int length = (int) Math.min(CHUNK_BYTES, size - at);
    zeros.clear().limit(length);
    to.write(zeros, at);
    boolean full = at + length >= size;
    if (full || (at + length) % FORCE_EVERY_BYTES == 0) {
      to.force();
    }
    synchronized (this) {
      filledBytes = at + length;
      ready = filledBytes >= sizeBytes;
    }
    waiters.wake();
  }

  /** Gives up what is not finished; what stays is deleted by the next open. */
  private void drop() {
    LogFiles.LogFile unused;
    synchronized (this) {
      unused = file;
      file = null;
    }
    if (unused != null) {
      try {
        unused.close();
        files.deleteIfExists(temporary);
      } catch (IOException e) {
        // The next open deletes it.
      }
    }
  }
}
