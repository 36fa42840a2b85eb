package io.thalweg.runtime;

import io.thalweg.host.Host;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.Pace;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits so that no more than so many bytes a second are moved; ends the work when told to. */
final class DiskPace implements Pace {
  /** What it may be ahead of the pace: waiting for less is not worth it. */
  private static final long SLACK_NS = TimeUnit.MILLISECONDS.toNanos(10);

  private static final long MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final Host host;
  private final long bytesPerSecond;
  private final BooleanSupplier cancelled;
  private long dueNs;

  DiskPace(Host host, long bytesPerSecond, BooleanSupplier cancelled) {
    this.host = host;
    this.bytesPerSecond = bytesPerSecond;
    this.cancelled = cancelled;
    this.dueNs = host.nanoTime();
  }

  @Override
  public void moved(long bytes) {
    long nowNs = host.nanoTime();
    // An idle time is not saved up.
    dueNs = Math.max(dueNs, nowNs - SLACK_NS);
    dueNs += (long) (bytes * 1e9 / bytesPerSecond);
    check();
    while (dueNs - host.nanoTime() > SLACK_NS) {
      host.parkNanos(this, Math.min(dueNs - host.nanoTime(), MAX_PARK_NS));
      check();
    }
  }

  /** Throws if the work is to end. */
  void check() {
    if (cancelled.getAsBoolean()) {
      throw new CheckpointException(
          "the node is closing, or opens its log again; this was given up");
    }
  }
}
