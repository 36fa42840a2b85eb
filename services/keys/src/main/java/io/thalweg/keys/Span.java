package io.thalweg.keys;

import io.thalweg.keys.v1.Range;
import java.util.List;

/**
 * Consecutive positions.
 *
 * @param first inclusive
 * @param last inclusive
 */
record Span(long first, long last) {
  static Span of(Range range) {
    return new Span(range.getFirst(), range.getLast());
  }

  static List<Span> all(List<Range> ranges) {
    return ranges.stream().map(Span::of).toList();
  }

  static long count(List<Span> spans) {
    return spans.stream().mapToLong(Span::count).sum();
  }

  long count() {
    return last - first + 1;
  }

  Range range() {
    return Range.newBuilder().setFirst(first).setLast(last).build();
  }
}
