package io.thalweg.docs.yjs;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/** Which units are deleted: ranges of clocks for each client. Not thread-safe. */
final class DeleteSet {
  /** Ranges of one client, each as clock and end; sorted and apart once they are tidy. */
  static final class Ranges {
    private long[] ranges = new long[2];
    private int count;
    private boolean tidy = true;

    void add(int clock, int length) {
      if (length == 0) {
        return;
      }
      int end = clock + length;
      if (count > 0) {
        int lastClock = clock(count - 1);
        int lastEnd = end(count - 1);
        if (clock >= lastClock && clock <= lastEnd) {
          set(count - 1, lastClock, Math.max(end, lastEnd));
          return;
        }
        tidy &= clock > lastEnd;
      }
      if (count == ranges.length) {
        ranges = Arrays.copyOf(ranges, count * 2);
      }
      set(count++, clock, end);
    }

    private void set(int i, int clock, int end) {
      ranges[i] = (long) clock << 32 | end;
    }

    int count() {
      return count;
    }

    int clock(int i) {
      return (int) (ranges[i] >>> 32);
    }

    int end(int i) {
      return (int) ranges[i];
    }

    void tidy() {
      if (tidy) {
        return;
      }
      long[] sorted = Arrays.copyOf(ranges, count);
      Arrays.sort(sorted);
      count = 0;
      tidy = true;
      for (long range : sorted) {
        int clock = (int) (range >>> 32);
        add(clock, (int) range - clock);
      }
    }
  }

  private final Map<Long, Ranges> clients = new HashMap<>();

  boolean isEmpty() {
    return clients.isEmpty();
  }

  void add(long client, int clock, int length) {
    if (length > 0) {
      clients.computeIfAbsent(client, _ -> new Ranges()).add(clock, length);
    }
  }

  void addAll(DeleteSet other) {
    other.clients.forEach((client, ranges) -> {
      for (int i = 0; i < ranges.count(); i++) {
        add(client, ranges.clock(i), ranges.end(i) - ranges.clock(i));
      }
    });
  }

  /** The ranges of each client, sorted and apart. */
  Map<Long, Ranges> clients() {
    clients.values().forEach(Ranges::tidy);
    return clients;
  }

  static DeleteSet merged(Collection<DeleteSet> sets) {
    DeleteSet all = new DeleteSet();
    sets.forEach(all::addAll);
    return all;
  }

  static DeleteSet read(StructReader reader) {
    DeleteSet read = new DeleteSet();
    int count = reader.rest().readCount(2);
    for (int i = 0; i < count; i++) {
      reader.beginRanges();
      long client = reader.rest().readVarUint();
      int ranges = reader.rest().readCount(1);
      for (int k = 0; k < ranges; k++) {
        int clock = reader.rangeClock();
        int length = reader.rangeLength();
        if (clock > Integer.MAX_VALUE - length) {
          throw reader.rest().malformed("a deleted range that ends above 2147483647");
        }
        read.add(client, clock, length);
      }
    }
    return read;
  }

  /** Writes it; the greatest client first. */
  void write(StructWriter writer) {
    Map<Long, Ranges> tidied = clients();
    writer.rest().writeVarUint(tidied.size());
    tidied.entrySet().stream()
        .sorted(Map.Entry.<Long, Ranges>comparingByKey(Comparator.reverseOrder()))
        .forEach(entry -> {
          Ranges ranges = entry.getValue();
          writer.beginRanges();
          writer.rest().writeVarUint(entry.getKey());
          writer.rest().writeVarUint(ranges.count());
          for (int i = 0; i < ranges.count(); i++) {
            writer.rangeClock(ranges.clock(i));
            writer.rangeLength(ranges.end(i) - ranges.clock(i));
          }
        });
  }
}
