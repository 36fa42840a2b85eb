package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.runtime.system.DeadLetterResolved;
import io.thalweg.runtime.system.DeadLettered;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The messages and timers that were refused for good, by the offset of their record, each in its
 * own project and slot. In memory there is where each of them stands.
 *
 * <p>Used by the partition's thread.
 */
final class DeadLetterTable {
  static final int TABLE = PartitionState.FIRST_SYSTEM_TABLE + 7;

  /** The most that a partition keeps; at the bound messages wait at their sender. */
  static final int MAX_LETTERS = 10_000;

  private final PartitionState state;
  private final Table<Long, DeadLettered> letters;
  private final Places places = new Places();

  /** Where a row stands. */
  record Place(int project, int slot) {}

  DeadLetterTable(PartitionState state) {
    this.state = state;
    letters =
        state.table(
            TABLE,
            "dead_letters",
            KeyCodecs.int64(),
            ValueCodecs.of(DeadLettered::toByteArray, DeadLetterTable::parse),
            places);
  }

  /** How many there are. */
  int size() {
    return places.byOffset.size();
  }

  boolean isFull() {
    return size() >= MAX_LETTERS;
  }

  /** Where they stand, by offset. Changes with the tables. */
  NavigableMap<Long, Place> places() {
    return places.byOffset;
  }

  /** A dead letter; the state has entered its place after. */
  @Nullable DeadLettered find(long offset) {
    Place place = places.byOffset.get(offset);
    if (place == null) {
      return null;
    }
    state.enter(place.project(), place.slot());
    return letters.get(offset);
  }

  /** Applies the event. The state has entered its place. */
  void apply(DeadLettered event, EventContext context) {
    letters.put(context.offset(), event);
  }

  /** Applies the event. The state has entered its place. */
  void apply(DeadLetterResolved event) {
    letters.delete(event.getOffset());
  }

  private static DeadLettered parse(byte[] bytes) {
    try {
      return DeadLettered.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored dead letter cannot be read", e);
    }
  }

  private static final class Places implements RowListener<Long, DeadLettered> {
    private final TreeMap<Long, Place> byOffset = new TreeMap<>();

    @Override
    public void changed(
        int project, Long key, @Nullable DeadLettered before, @Nullable DeadLettered after) {
      if (after == null) {
        byOffset.remove(key);
      } else {
        byOffset.put(key, new Place(project, after.getSlot()));
      }
    }
  }
}
