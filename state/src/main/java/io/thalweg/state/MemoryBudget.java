package io.thalweg.state;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the overlays of all partitions of a store hold, against one bound. Thread-safe. */
public final class MemoryBudget {
  private static final long LEAST_LAYER_BYTES = 16L << 10;

  private final StateOptions options;
  private final AtomicLong dirtyBytes = new AtomicLong();
  private final AtomicInteger partitions = new AtomicInteger();

  MemoryBudget(StateOptions options) {
    this.options = options;
  }

  /** Bytes of rows in all overlays that are not yet written. */
  public long dirtyBytes() {
    return dirtyBytes.get();
  }

  /** The bound on {@link #dirtyBytes}. */
  public long dirtyLimitBytes() {
    return options.dirtyBytes();
  }

  void addDirty(long bytes) {
    dirtyBytes.addAndGet(bytes);
  }

  void partitionOpened() {
    partitions.incrementAndGet();
  }

  void partitionClosed() {
    partitions.decrementAndGet();
  }

  /** Half of the bound is in use: layers should be frozen and written now. */
  boolean underPressure() {
    return dirtyBytes.get() > options.dirtyBytes() / 2;
  }

  boolean exceeded() {
    return dirtyBytes.get() > options.dirtyBytes();
  }

  /** When a layer freezes: together the active layers keep within half of the bound. */
  long layerBytes() {
    long share = options.dirtyBytes() / 2 / Math.max(1, partitions.get());
    return Math.max(LEAST_LAYER_BYTES, Math.min(options.layerBytes(), share));
  }

  /** A partition's part of the memory for written rows. */
  long cleanBytesOfPartition() {
    return options.cleanBytes() / Math.max(1, partitions.get());
  }
}
