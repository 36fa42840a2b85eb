package io.thalweg.gateway;

import io.thalweg.runtime.Position;
import io.thalweg.runtime.WatchStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a client whose watch is conflated: in the order of the log, and of each key the
 * newest item only. What was left out is told with the next item, so the items that a client is
 * given and those that it hears were left out are together all there were.
 *
 * <p>Bounded in bytes: at the bound nothing more is taken from the node until the client takes
 * something. An item costs the number of its keys. Used by one thread at a time.
 */
final class ConflatedItems {
  /** What an item takes beside its message and its keys, roughly. */
  private static final int ITEM_BYTES = 256;

  private final Conflation conflation;
  private final int maxBytes;
  private final TreeMap<Long, Waiting> order = new TreeMap<>();
  private final Map<Conflation.Key, Waiting> newest = new HashMap<>();
  private long bytes;
  private long leftOut;

  private static final class Waiting {
    final WatchStream.Item item;
    final Set<Conflation.Key> keys;
    final int bytes;

    /** Of how many keys it is the newest. */
    int needed;

    /** How many were left out right before it. */
    long leftOut;

    Waiting(WatchStream.Item item, Set<Conflation.Key> keys) {
      this.item = item;
      this.keys = keys;
      this.needed = keys.size();
      int size = ITEM_BYTES + item.message().getSerializedSize();
      for (Conflation.Key key : keys) {
        size += key.bytes();
      }
      this.bytes = size;
    }

    long offset() {
      return item.position().offset();
    }
  }

  /**
   * @param maxBytes it is full from so many bytes on; above that by one item at most
   */
  ConflatedItems(Conflation conflation, int maxBytes) {
    this.conflation = conflation;
    this.maxBytes = maxBytes;
  }

  /** Adds an item, which is later than all before it; older ones may leave. */
  void add(WatchStream.Item item) {
    Waiting added = new Waiting(item, conflation.keys(item.message()));
    order.put(added.offset(), added);
    bytes += added.bytes;
    for (Conflation.Key key : added.keys) {
      Waiting older = newest.put(key, added);
      if (older != null && --older.needed == 0) {
        leaveOut(older);
      }
    }
  }

  private void leaveOut(Waiting older) {
    order.remove(older.offset());
    bytes -= older.bytes;
    leftOut++;
    Map.Entry<Long, Waiting> next = order.higherEntry(older.offset());
    if (next == null) {
      throw new IllegalStateException("nothing waits for which an item could be left out");
    }
    next.getValue().leftOut += older.leftOut + 1;
  }

  /** Takes the oldest that is needed, with what it says of those before it; null if none waits. */
  WatchStream.@Nullable Item poll() {
    Map.Entry<Long, Waiting> first = order.pollFirstEntry();
    if (first == null) {
      return null;
    }
    Waiting taken = first.getValue();
    bytes -= taken.bytes;
    for (Conflation.Key key : taken.keys) {
      newest.remove(key, taken);
    }
    return conflation.saying(taken.item, taken.leftOut);
  }

  boolean isEmpty() {
    return order.isEmpty();
  }

  /** Whether no more may be added for now. */
  boolean isFull() {
    return bytes >= maxBytes;
  }

  /** Bytes that wait, roughly as they are in memory. */
  long bytes() {
    return bytes;
  }

  /** How many items were left out so far. */
  long leftOut() {
    return leftOut;
  }

  /**
   * The position after which all that waits comes.
   *
   * @param end where the node is read on, if nothing waits
   */
  Position before(Position end) {
    Map.Entry<Long, Waiting> oldest = order.firstEntry();
    if (oldest == null) {
      return end;
    }
    Position first = oldest.getValue().item.position();
    return new Position(first.lineage(), first.partition(), first.offset() - 1);
  }
}
