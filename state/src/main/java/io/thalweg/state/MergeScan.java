package io.thalweg.state;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the rows of a range as layers over a store show them: of each key the newest state that no
 * newer range delete hides. What a range delete hides is stepped over, not walked. One thread.
 */
final class MergeScan implements AutoCloseable {
  /**
   * A layer's rows and range deletes, as roots of {@link CowTree}s.
   *
   * @param ranges null if there are none
   */
  record Source(CowNode rows, @Nullable CowNode ranges) {
    static Source live(Layer layer) {
      return new Source(layer.rows.root(), layer.ranges.size() == 0 ? null : layer.ranges.root());
    }

    static Source frozen(Layer layer) {
      return new Source(
          layer.rows.snapshot(), layer.ranges.size() == 0 ? null : layer.ranges.snapshot());
    }
  }

  private final List<Source> sources;
  private final TreeCursor[] cursors;
  private final StoreScan store;
  private final byte[] to;
  private byte @Nullable [] storeKey;
  private byte[] key = {};
  private byte @Nullable [] value;
  private boolean fresh = true;

  /**
   * @param sources newest first
   * @param store over the same range; closed with this
   */
  MergeScan(List<Source> sources, StoreScan store, byte[] from, byte[] to) {
    this.sources = sources;
    this.store = store;
    this.to = to;
    this.cursors = new TreeCursor[sources.size()];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = new TreeCursor(sources.get(i).rows());
      cursors[i].seek(from);
    }
    stepStore();
  }

  /** Steps to the next row; false at the end. */
  boolean next() {
    if (!fresh) {
      stepPast(key);
    }
    fresh = false;
    while (true) {
      int newest = leastSource();
      if (newest < 0) {
        return false;
      }
      byte[] least = keyOf(newest);
      if (skipHidden(newest, least)) {
        continue;
      }
      byte[] newestValue = newest < cursors.length ? cursors[newest].value() : null;
      if (newestValue != null && Layer.isDeleted(newestValue)) {
        stepPast(least);
        continue;
      }
      key = least;
      value = newestValue;
      return true;
    }
  }

  /** Makes {@link #next} step to the first row at or after {@code target}; only forward. */
  void seek(byte[] target) {
    for (TreeCursor cursor : cursors) {
      cursor.seek(target);
    }
    store.seek(target);
    stepStore();
    fresh = true;
  }

  /** The present row's key; must not be changed. */
  byte[] key() {
    return key;
  }

  /** The present row's value; must not be changed. */
  byte[] value() {
    byte[] present = value;
    if (present == null) {
      present = store.rowValue();
      value = present;
    }
    return present;
  }

  @Override
  public void close() {
    store.close();
  }

  /** The newest source that is at the least key; -1 at the end. */
  private int leastSource() {
    int best = -1;
    byte[] least = to;
    for (int i = 0; i < cursors.length; i++) {
      if (cursors[i].valid() && Arrays.compareUnsigned(cursors[i].key(), least) < 0) {
        best = i;
        least = cursors[i].key();
      }
    }
    if (storeKey != null && Arrays.compareUnsigned(storeKey, least) < 0) {
      best = cursors.length;
    }
    return best;
  }

  private byte[] keyOf(int source) {
    byte[] stored = storeKey;
    return source < cursors.length || stored == null ? cursors[source].key() : stored;
  }

  /**
   * If a layer newer than {@code source} deleted the range around the key, steps over the range.
   */
  private boolean skipHidden(int source, byte[] least) {
    for (int newer = 0; newer < source; newer++) {
      CowNode ranges = sources.get(newer).ranges();
      byte[] end = ranges == null ? null : CowTree.floorValue(ranges, least);
      if (end != null && Arrays.compareUnsigned(least, end) < 0) {
        for (int older = newer + 1; older < cursors.length; older++) {
          if (cursors[older].valid() && Arrays.compareUnsigned(cursors[older].key(), end) < 0) {
            cursors[older].seek(end);
          }
        }
        if (storeKey != null && Arrays.compareUnsigned(storeKey, end) < 0) {
          store.seek(end);
          stepStore();
        }
        return true;
      }
    }
    return false;
  }

  private void stepPast(byte[] past) {
    for (TreeCursor cursor : cursors) {
      if (cursor.valid() && Arrays.equals(cursor.key(), past)) {
        cursor.next();
      }
    }
    if (storeKey != null && Arrays.equals(storeKey, past)) {
      stepStore();
    }
  }

  private void stepStore() {
    storeKey = store.next() ? store.key() : null;
  }
}
