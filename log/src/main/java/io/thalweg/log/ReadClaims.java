package io.thalweg.log;

import java.util.HashSet;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where an open log begins, and what its readers still need of it. Both change under one lock, so
 * that no reader takes a place that is being removed. Thread-safe; nobody waits while holding it.
 */
final class ReadClaims {
  /** A reader's place: it needs all events from here on. */
  static final class Claim {
    private final PartitionState state;
    private volatile long nextOffset;

    private Claim(PartitionState state, long nextOffset) {
      this.state = state;
      this.nextOffset = nextOffset;
    }

    /** The reader has taken all events before this offset. Its own thread. */
    void moveTo(long newNextOffset) {
      nextOffset = newNextOffset;
    }
  }

  private final Set<Claim> claims = new HashSet<>();
  private volatile @Nullable LogStart start;

  ReadClaims(@Nullable LogStart start) {
    this.start = start;
  }

  /** Where the log begins; null at position 0. */
  @Nullable LogStart start() {
    return start;
  }

  /** The first offset of a partition that can be read. */
  long startOffset(PartitionState state) {
    PartitionTail tail = startTail(state);
    return tail == null ? 0 : tail.nextOffset();
  }

  /** How a partition stands where the log begins; null if it begins itself later, or never did. */
  @Nullable PartitionTail startTail(PartitionState state) {
    LogStart now = start;
    PartitionTail tail = state.durable();
    return now == null || tail == null ? null : now.tail(tail.number());
  }

  /**
   * Takes a place, to be given back.
   *
   * @param epoch of the batch before it; {@link Long#MAX_VALUE} if only events matter
   * @throws OffsetOutOfRangeException if what it needs was removed
   */
  synchronized Claim claim(PartitionState state, long nextOffset, long epoch) {
    PartitionTail tail = startTail(state);
    if (tail != null && !SegmentTrim.isPast(nextOffset, epoch, tail)) {
      throw new OffsetOutOfRangeException(
          "the log of %s holds its events from offset %d on; those from %d on were removed"
              .formatted(state.id(), tail.nextOffset(), nextOffset));
    }
    Claim claim = new Claim(state, nextOffset);
    claims.add(claim);
    return claim;
  }

  synchronized void giveBack(Claim claim) {
    claims.remove(claim);
  }

  /**
   * A reader that needs events below certain offsets; null if there is none.
   *
   * @param ends the offset for each partition, by its number
   */
  synchronized @Nullable String readerBelow(IntToLongFunction ends) {
    for (Claim claim : claims) {
      PartitionTail tail = claim.state.durable();
      if (tail != null && claim.nextOffset < ends.applyAsLong(tail.number())) {
        return SegmentTrim.holds("an open reader", claim.state.id(), claim.nextOffset);
      }
    }
    return null;
  }

  /**
   * Lets the log begin later.
   *
   * @param holder what needs something before it, or null
   * @return what needs something before it: then nothing was changed
   */
  synchronized @Nullable String moveStart(LogStart later, Supplier<@Nullable String> holder) {
    String held = holder.get();
    if (held == null) {
      start = later;
    }
    return held;
  }

  /** Takes {@link #moveStart} back: nothing was removed. */
  synchronized void restoreStart(@Nullable LogStart before) {
    start = before;
  }
}
