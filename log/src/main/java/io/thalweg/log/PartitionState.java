package io.thalweg.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * One partition of an open log, shared by its leader, the log's threads and readers.
 *
 * <p>The fields about what was appended are guarded by this object's lock; what is durable is
 * published by the forcer.
 */
final class PartitionState {
  private final PartitionId id;
  private final List<Runnable> durableListeners = new CopyOnWriteArrayList<>();
  private volatile @Nullable PartitionTail durable;

  /** 0 until the first barrier. */
  int number;

  List<Lineage> lineages = List.of();
  long epoch;
  int lastCrc;
  long nextOffset;
  long logTimeUs;
  @Nullable Leader leader;

  PartitionState(PartitionId id) {
    this.id = id;
  }

  PartitionState(PartitionTail tail) {
    this(tail.id());
    number = tail.number();
    lineages = tail.lineages();
    epoch = tail.epoch();
    lastCrc = tail.lastCrc();
    nextOffset = tail.nextOffset();
    logTimeUs = tail.logTimeUs();
    durable = tail;
  }

  PartitionId id() {
    return id;
  }

  /** The tail of what is durable; null while the log holds nothing of the partition. */
  @Nullable PartitionTail durable() {
    return durable;
  }

  void durable(PartitionTail tail) {
    durable = tail;
  }

  long durableOffset() {
    PartitionTail tail = durable;
    return tail == null ? 0 : tail.nextOffset();
  }

  /** Run whenever events became durable. */
  List<Runnable> durableListeners() {
    return durableListeners;
  }
}
