package io.thalweg.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tails of all partitions at one position of the log, and the rules by which a batch continues
 * its partition.
 *
 * <p>A group is taken whole or not at all: {@link #check} collects, {@link #accept} applies.
 */
final class Chain {
  private final List<PartitionTail> tails;
  private final Map<Integer, PartitionTail> pending = new HashMap<>();

  Chain(List<PartitionTail> tails) {
    this.tails = new ArrayList<>(tails);
  }

  /** By number, from 1. */
  List<PartitionTail> tails() {
    return List.copyOf(tails);
  }

  /** The tail of a partition after all that was checked or accepted, null if it is unknown. */
  @Nullable PartitionTail tail(int number) {
    PartitionTail changed = pending.get(number);
    if (changed != null) {
      return changed;
    }
    return number >= 1 && number <= tails.size() ? tails.get(number - 1) : null;
  }

  /**
   * Checks that a batch continues its partition.
   *
   * @param positionAfter position in the log after the batch
   * @throws LogCorruptException if it does not
   */
  void check(Batch batch, long positionAfter) {
    int number = batch.partition();
    PartitionTail tail = tail(number);
    if (batch.kind() == BatchFormat.KIND_BARRIER) {
      Barrier barrier = Barrier.decode(batch.body());
      if (tail == null) {
        begin(batch, barrier, positionAfter);
        return;
      }
      if (!barrier.id().equals(tail.id()) || batch.epoch() <= tail.epoch()) {
        throw new LogCorruptException(
            "a barrier of "
                + barrier.id()
                + " in epoch "
                + batch.epoch()
                + " where "
                + tail.id()
                + " is in epoch "
                + tail.epoch());
      }
      continues(batch, tail);
      put(tail, batch, positionAfter, barrier.lineages());
      return;
    }
    if (tail == null) {
      throw new LogCorruptException("a batch of partition " + number + ", which has no barrier");
    }
    if (batch.epoch() != tail.epoch() || batch.lineage() != tail.lineage().ordinal()) {
      throw new LogCorruptException(
          "a batch of epoch %d, lineage %d where %s is in epoch %d, lineage %d"
              .formatted(
                  batch.epoch(),
                  batch.lineage(),
                  tail.id(),
                  tail.epoch(),
                  tail.lineage().ordinal()));
    }
    continues(batch, tail);
    put(tail, batch, positionAfter, tail.lineages());
  }

  /** Takes over what was checked. */
  void accept() {
    pending.values().stream()
        .sorted((a, b) -> Integer.compare(a.number(), b.number()))
        .forEach(tail -> {
          if (tail.number() > tails.size()) {
            tails.add(tail);
          } else {
            tails.set(tail.number() - 1, tail);
          }
        });
    pending.clear();
  }

  /** Forgets what was checked. */
  void reject() {
    pending.clear();
  }

  private void begin(Batch batch, Barrier barrier, long positionAfter) {
    int number = batch.partition();
    int known = tails.size();
    while (pending.containsKey(known + 1)) {
      known++;
    }
    if (number != known + 1) {
      throw new LogCorruptException(
          "a first barrier of partition " + number + " where " + (known + 1) + " is next");
    }
    for (int other = 1; other < number; other++) {
      PartitionTail tail = tail(other);
      if (tail != null && tail.id().equals(barrier.id())) {
        throw new LogCorruptException(
            "a first barrier of " + barrier.id() + ", which is partition " + other);
      }
    }
    if (batch.previousCrc() != 0 || batch.firstOffset() != 0 || batch.epoch() < 1) {
      throw new LogCorruptException("a first barrier of " + barrier.id() + " that begins nothing");
    }
    pending.put(
        number,
        new PartitionTail(
            barrier.id(),
            number,
            batch.epoch(),
            batch.crc(),
            0,
            batch.logTimeUs(),
            positionAfter,
            barrier.lineages()));
  }

  private static void continues(Batch batch, PartitionTail tail) {
    if (batch.previousCrc() != tail.lastCrc()) {
      throw new LogCorruptException(
          "a batch of %s after one of CRC %08x, where the last is %08x"
              .formatted(tail.id(), batch.previousCrc(), tail.lastCrc()));
    }
    if (batch.firstOffset() != tail.nextOffset()) {
      throw new LogCorruptException(
          "a batch of %s at offset %d where %d is next"
              .formatted(tail.id(), batch.firstOffset(), tail.nextOffset()));
    }
  }

  private void put(PartitionTail tail, Batch batch, long positionAfter, List<Lineage> lineages) {
    pending.put(
        tail.number(),
        new PartitionTail(
            tail.id(),
            tail.number(),
            batch.epoch(),
            batch.crc(),
            batch.nextOffset(),
            batch.logTimeUs(),
            positionAfter,
            lineages));
  }
}
