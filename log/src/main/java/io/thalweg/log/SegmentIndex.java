package io.thalweg.log;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where in one segment a partition's batches are: for each region of {@link #REGION_BYTES} in which
 * one of its batches begins, the first such batch. Derived from the segment.
 *
 * <p>Thread-safe: the writer adds while readers look up.
 */
final class SegmentIndex {
  static final int REGION_SHIFT = 16;

  /** Regions are counted from the segment's base. */
  static final int REGION_BYTES = 1 << REGION_SHIFT;

  private final long base;
  private final Map<Integer, Entries> partitions = new TreeMap<>();

  SegmentIndex(long base) {
    this.base = base;
  }

  /** Adds a batch; only the first one of its partition in its region is kept. */
  synchronized void add(int number, long position, long firstOffset, long logTimeUs) {
    Entries entries = partitions.computeIfAbsent(number, _ -> new Entries());
    int last = entries.count - 1;
    if (last < 0 || region(entries.positions[last]) != region(position)) {
      entries.add(position, firstOffset, logTimeUs);
    }
  }

  /** Adds an entry as it was stored. */
  synchronized void addStored(int number, long position, long firstOffset, long logTimeUs) {
    partitions.computeIfAbsent(number, _ -> new Entries()).add(position, firstOffset, logTimeUs);
  }

  /** The end of the region that a position lies in. */
  long regionEnd(long position) {
    return base + ((region(position) + 1) << REGION_SHIFT);
  }

  private long region(long position) {
    return (position - base) >> REGION_SHIFT;
  }

  /** The number of entries of a partition. */
  synchronized int count(int number) {
    Entries entries = partitions.get(number);
    return entries == null ? 0 : entries.count;
  }

  /** One field of an entry, 0 position, 1 first offset, 2 log time. */
  synchronized long field(int number, int entry, int field) {
    Entries entries = partitions.get(number);
    if (entries == null || entry >= entries.count) {
      throw new IndexOutOfBoundsException(entry);
    }
    return entries.field(field)[entry];
  }

  /** The position of the first entry; -1 if there is none. */
  synchronized long first(int number) {
    Entries entries = partitions.get(number);
    return entries == null ? -1 : entries.positions[0];
  }

  /** The position of the first entry at or after a position; -1 if there is none. */
  synchronized long firstAtOrAfter(int number, long position) {
    Entries entries = partitions.get(number);
    if (entries == null) {
      return -1;
    }
    int at = entries.countBelow(entries.positions, position);
    return at == entries.count ? -1 : entries.positions[at];
  }

  /** The position of the last entry whose batch begins below an offset; -1 if there is none. */
  synchronized long lastBelowOffset(int number, long offset) {
    Entries entries = partitions.get(number);
    int at = entries == null ? 0 : entries.countBelow(entries.offsets, offset);
    return entries == null || at == 0 ? -1 : entries.positions[at - 1];
  }

  /** The position of the last entry whose batch is older than a log time; -1 if there is none. */
  synchronized long lastBelowTime(int number, long logTimeUs) {
    Entries entries = partitions.get(number);
    int at = entries == null ? 0 : entries.countBelow(entries.times, logTimeUs);
    return entries == null || at == 0 ? -1 : entries.positions[at - 1];
  }

  @Override
  public synchronized boolean equals(@Nullable Object other) {
    return other instanceof SegmentIndex index
        && index.base == base
        && index.partitions.equals(partitions);
  }

  @Override
  public synchronized int hashCode() {
    return Long.hashCode(base) + partitions.hashCode();
  }

  /** The entries of one partition, by position, and so by offset and by time. */
  private static final class Entries {
    private long[] positions = new long[4];
    private long[] offsets = new long[4];
    private long[] times = new long[4];
    private int count;

    void add(long position, long offset, long time) {
      if (count == positions.length) {
        positions = Arrays.copyOf(positions, count * 2);
        offsets = Arrays.copyOf(offsets, count * 2);
        times = Arrays.copyOf(times, count * 2);
      }
      positions[count] = position;
      offsets[count] = offset;
      times[count] = time;
      count++;
    }

    long[] field(int field) {
      return switch (field) {
        case 0 -> positions;
        case 1 -> offsets;
        default -> times;
      };
    }

    /** How many values are below a bound. */
    int countBelow(long[] values, long bound) {
      int low = 0;
      int high = count;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (values[middle] < bound) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Entries entries
          && Arrays.equals(positions, 0, count, entries.positions, 0, entries.count)
          && Arrays.equals(offsets, 0, count, entries.offsets, 0, entries.count)
          && Arrays.equals(times, 0, count, entries.times, 0, entries.count);
    }

    @Override
    public int hashCode() {
      return count;
    }
  }
}
