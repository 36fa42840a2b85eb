package io.thalweg.access;

import io.thalweg.access.v1.AuditRecord;
import io.thalweg.state.RowListener;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which audit records each project has. Their numbers are dense: they are given one after the
 * other, and go from the oldest on. Their keys are negative, so that the newest comes first.
 */
final class AuditRange implements RowListener<Long, AuditRecord> {
  private final Map<Integer, Range> ranges = new HashMap<>();

  /** The numbers from {@code first} to before {@code next}. */
  record Range(long first, long next) {
    static final Range NONE = new Range(1, 1);
  }

  static long keyOf(long number) {
    return -number;
  }

  Range of(int project) {
    return ranges.getOrDefault(project, Range.NONE);
  }

  @Override
  public void changed(
      int project, Long key, @Nullable AuditRecord before, @Nullable AuditRecord after) {
    long number = -key;
    Range range = ranges.get(project);
    if (after == null) {
      // An undone addition goes from the newest end, a removal from the oldest.
      if (range != null && number == range.next() - 1) {
        put(project, new Range(range.first(), number));
      } else if (range != null && number == range.first()) {
        put(project, new Range(number + 1, range.next()));
      }
    } else if (range == null) {
      put(project, new Range(number, number + 1));
    } else {
      put(project, new Range(Math.min(range.first(), number), Math.max(range.next(), number + 1)));
    }
  }

  // An empty range keeps its place: the numbers go on.
  private void put(int project, Range range) {
    ranges.put(project, range);
  }
}
