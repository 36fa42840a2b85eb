package io.thalweg.log;

import io.thalweg.host.Host;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forces groups that were written, one after the other, and tells everyone. While one is forced the
 * writer can write the next one, not more: what comes in meanwhile makes one group.
 */
final class LogForcer implements Runnable {
  private static final Logger LOGGER = LoggerFactory.getLogger(LogForcer.class);
  private static final long MAX_FORCE_US = TimeUnit.MINUTES.toMicros(10);

  private final SegmentLog log;
  private final Host host;
  private final Thread thread;
  private final Recorder forceUs = new Recorder(MAX_FORCE_US, 2);
  private final Histogram totalForceUs = new Histogram(MAX_FORCE_US, 2);
  private volatile @Nullable Group next;
  private volatile boolean finished;
  private volatile long durablePosition;
  private volatile @Nullable Thread waitingWriter;

  LogForcer(SegmentLog log, long durablePosition) {
    this.log = log;
    this.host = log.host();
    this.durablePosition = durablePosition;
    this.thread = host.thread("log-forcer", this);
  }

  Thread thread() {
    return thread;
  }

  long durablePosition() {
    return durablePosition;
  }

  /** Only the writer: waits until the next group can be handed over. */
  void awaitFree() {
    await(true, 0);
  }

  /** Only the writer: waits until all that was handed over is durable and known as such. */
  void awaitDurable(long position) {
    await(false, position);
  }

  private void await(boolean free, long position) {
    if (free ? next == null : durablePosition >= position) {
      return;
    }
    waitingWriter = Thread.currentThread();
    try {
      while (free ? next != null : durablePosition < position) {
        log.checkNotFailed();
        host.park(this);
      }
    } finally {
      waitingWriter = null;
    }
  }

  /** Only the writer, after {@link #awaitFree}: hands a written group over. */
  void force(Group group) {
    next = group;
    host.unpark(thread);
  }

  /** Only the writer: no group follows. */
  void finish() {
    finished = true;
    host.unpark(thread);
  }

  @Override
  public void run() {
    try {
      while (true) {
        Group group = next;
        if (log.hasFailed()) {
          break;
        }
        if (group == null) {
          if (finished) {
            break;
          }
          host.park(this);
          continue;
        }
        next = null;
        wakeWriter();
        force(group.file, group);
      }
    } catch (IOException | RuntimeException | Error e) {
      log.fail("cannot force the log", e);
    }
    if (log.hasFailed()) {
      log.announceFailure();
    }
  }

  private void force(LogFiles.@Nullable LogFile file, Group group) throws IOException {
    if (file == null) {
      throw new IllegalStateException("a group without a file");
    }
    long start = host.nanoTime();
    file.force();
    forceUs.recordValue(Math.min(MAX_FORCE_US, (host.nanoTime() - start) / 1_000));
    for (int i = 0; i < group.entryCount; i++) {
      group.leaders[i].state().durable(group.tails[i]);
    }
    durablePosition = group.end;
    wakeWriter();
    for (int i = 0; i < group.entryCount; i++) {
      announce(group, i);
    }
  }

  private void wakeWriter() {
    Thread writer = waitingWriter;
    if (writer != null) {
      host.unpark(writer);
    }
  }

  private static void announce(Group group, int entry) {
    Leader leader = group.leaders[entry];
    try {
      if (group.barriers[entry]) {
        leader.barrierDone();
      }
      if (group.appends[entry]) {
        leader.listener().durable(group.tails[entry].nextOffset());
      }
    } catch (RuntimeException e) {
      LOGGER.error("The append listener of {} failed", leader.id(), e);
    }
    if (group.events[entry]) {
      for (Runnable listener : leader.state().durableListeners()) {
        try {
          listener.run();
        } catch (RuntimeException e) {
          LOGGER.error("A listener on {} failed", leader.id(), e);
        }
      }
    }
  }

  /** Times of all forces since open, microseconds. */
  Histogram forceTimes() {
    synchronized (totalForceUs) {
      totalForceUs.add(forceUs.getIntervalHistogram());
      return totalForceUs.copy();
    }
  }
}
