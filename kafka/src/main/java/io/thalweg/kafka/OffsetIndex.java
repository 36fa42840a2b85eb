package io.thalweg.kafka;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Where to begin to read for an event offset: a place for every so many events, as far as this
 * process has read the topic. At most {@value #MAX_POINTS} places; when there are more every second
 * one goes, and from then on they lie twice as far apart. Guarded by its owner.
 */
final class OffsetIndex {
  static final int MAX_POINTS = 2048;

  private final NavigableMap<Long, ChainPoint> points = new TreeMap<>();
  private long stride = 1024;

  /** The place is right after a valid record. */
  void add(ChainPoint point) {
    Map.Entry<Long, ChainPoint> before = points.floorEntry(point.nextOffset());
    if (before != null && point.nextOffset() - before.getKey() < stride) {
      return;
    }
    points.put(point.nextOffset(), point);
    if (points.size() > MAX_POINTS) {
      stride *= 2;
      long[] last = {Long.MIN_VALUE};
      points
          .keySet()
          .removeIf(offset -> {
            boolean near = last[0] != Long.MIN_VALUE && offset - last[0] < stride;
            last[0] = near ? last[0] : offset;
            return near;
          });
    }
  }

  /** A place at or before an event offset. */
  ChainPoint before(long offset) {
    Map.Entry<Long, ChainPoint> entry = points.floorEntry(offset);
    return entry == null ? ChainPoint.BEGINNING : entry.getValue();
  }

  void clear() {
    points.clear();
  }
}
