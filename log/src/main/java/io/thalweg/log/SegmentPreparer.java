package io.thalweg.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
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
        notifyAll();
      }
    }
  }

  /** Waits for the file, which is made at least so large. */
  synchronized Prepared take(long minBytes) throws IOException {
    if (sizeBytes < minBytes) {
      sizeBytes = minBytes;
      ready = false;
    }
    wantedBytes = sizeBytes;
    notifyAll();
    waitUntil(() -> ready || broken || stopped);
    LogFiles.LogFile taken = file;
    if (!ready || taken == null) {
      throw new IOException("the next segment could not be prepared");
    }
    file = null;
    return new Prepared(taken, temporary, filledBytes);
  }

  /** Runs something on this thread. */
  synchronized void later(Runnable task) {
    tasks.add(task);
    notifyAll();
  }

  /** Does what was asked for, then ends the thread. */
  synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  @Override
  public void run() {
    try {
      while (true) {
        Runnable task;
        synchronized (this) {
          waitUntil(() -> stopped || !tasks.isEmpty() || (!ready && filledBytes < wantedBytes));
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
        notifyAll();
      }
    } finally {
      drop();
    }
  }

  private void fill() throws IOException {
    LogFiles.LogFile to;
    long at;
    long size;
    synchronized (this) {
      if (file == null) {
        file = files.create(temporary);
      }
      to = file;
      at = filledBytes;
      size = sizeBytes;
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
      if (filledBytes >= sizeBytes) {
        ready = true;
        notifyAll();
      }
    }
  }

  /** Gives up what is not finished; what stays is deleted by the next open. */
  private synchronized void drop() {
    LogFiles.LogFile unused = file;
    file = null;
    if (unused != null) {
      try {
        unused.close();
        files.deleteIfExists(temporary);
      } catch (IOException e) {
        // The next open deletes it.
      }
    }
  }

  private synchronized void waitUntil(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      try {
        wait();
      } catch (InterruptedException e) {
        // Nobody interrupts the log's threads; the condition is looked at again.
      }
    }
  }
}
