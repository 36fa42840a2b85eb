package io.thalweg.kafka;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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
    pin(point);
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

  /** As {@link #add}, however near the next one is. */
  void pin(ChainPoint point) {
    points.put(point.nextOffset(), point);
  }

  /** A place at or before an event offset; null if none is known. */
  @Nullable ChainPoint before(long offset) {
    Map.Entry<Long, ChainPoint> entry = points.floorEntry(offset);
    return entry == null ? null : entry.getValue();
  }

  /** The first place that is known; null if none is. */
  @Nullable ChainPoint first() {
    return points.isEmpty() ? null : points.firstEntry().getValue();
  }

  /** Records before a Kafka offset are gone: what follows those places cannot be read. */
  void removeBefore(long position) {
    points.values().removeIf(point -> point.position() < position);
  }

  void clear() {
    points.clear();
  }
}
