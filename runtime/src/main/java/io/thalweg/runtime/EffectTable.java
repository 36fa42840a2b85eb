package io.thalweg.runtime;

import com.google.protobuf.InvalidProtocolBufferException;
import io.thalweg.runtime.DeadLetterTable.Place;
import io.thalweg.runtime.system.EffectDone;
import io.thalweg.runtime.system.EffectIntended;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RowListener;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The effects that have no result yet, by the offset of their record, each in its own project and
 * slot. In memory there is where each of them stands.
 *
 * <p>Used by the partition's thread.
 */
final class EffectTable {
  static final int TABLE = PartitionState.FIRST_SYSTEM_TABLE + 12;

  /** The most that a partition keeps; who would ask for more is refused. */
  static final int MAX_EFFECTS = 100_000;

  private final PartitionState state;
  private final Table<Long, EffectIntended> effects;
  private final Places places = new Places();

  EffectTable(PartitionState state) {
    this.state = state;
    effects =
        state.table(
            TABLE,
            "effects",
            KeyCodecs.int64(),
            ValueCodecs.of(EffectIntended::toByteArray, EffectTable::parse),
            places);
  }

  /** How many there are. */
  int size() {
    return places.byOffset.size();
  }

  /** Offset of the first effect after {@code offset}; {@link Long#MAX_VALUE} if there is none. */
  long nextAfter(long offset) {
    Map.Entry<Long, Place> next = places.byOffset.higherEntry(offset);
    return next == null ? Long.MAX_VALUE : next.getKey();
  }

  /** Where an effect stands that has no result yet. */
  Place placeOf(long offset) {
    Place place = places.byOffset.get(offset);
    if (place == null) {
      throw new IllegalStateException("there is no effect at offset " + offset);
    }
    return place;
  }

  /** An effect that has no result yet; the state has entered its place after. */
  EffectIntended get(long offset) {
    Place place = placeOf(offset);
    state.enter(place.project(), place.slot());
    EffectIntended effect = effects.get(offset);
    if (effect == null) {
      throw new IllegalStateException("the effect at offset " + offset + " has no row");
    }
    return effect;
  }

  /** Applies the event. The state has entered its place. */
  void apply(EffectIntended event, EventContext context) {
    effects.put(context.offset(), event);
  }

  /** Applies the event. The state has entered its place. */
  void apply(EffectDone event) {
    effects.delete(event.getOffset());
  }

  private static EffectIntended parse(byte[] bytes) {
    try {
      return EffectIntended.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored effect cannot be read", e);
    }
  }

  private static final class Places implements RowListener<Long, EffectIntended> {
    private final TreeMap<Long, Place> byOffset = new TreeMap<>();

    @Override
    public void changed(
        int project, Long key, @Nullable EffectIntended before, @Nullable EffectIntended after) {
      if (after == null) {
        byOffset.remove(key);
      } else {
        byOffset.put(key, new Place(project, after.getSlot()));
      }
    }
  }
}
