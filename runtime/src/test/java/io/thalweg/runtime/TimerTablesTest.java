package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.runtime.DeadLetterTable.Place;
import io.thalweg.runtime.Timers.Ripe;
import io.thalweg.runtime.system.TimerCleared;
import io.thalweg.runtime.system.TimerFired;
import io.thalweg.runtime.system.TimerSet;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.StateOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The timers' rows and what memory holds of them, against a model. */
class TimerTablesTest {
  private static final int PLACES = 16;

  private final MemoryStore store = new MemoryStore(StateOptions.defaults());
  private PartitionState state = open(store);
  private Timers timers = new Timers(state);
  private long offset;

  private static PartitionState open(MemoryStore store) {
    return PartitionState.open(store, new PartitionScope(1, 0, 65_536));
  }

  private record At(long offset, int project) implements EventContext {
    @Override
    public long logTimeUs() {
      return 0;
    }
  }

  private void set(int project, int slot, String name, long atUs) {
    state.enter(project, slot);
    state.beginEvent();
    timers.apply(
        TimerSet.newBuilder().setName(name).setAtUs(atUs).build(), new At(offset++, project), slot);
    state.endEvent();
  }

  private void fired(Ripe ripe) {
    state.enter(ripe.place().project(), ripe.place().slot());
    state.beginEvent();
    timers.apply(TimerFired.newBuilder().setName(ripe.name()).build());
    state.endEvent();
    offset++;
  }

  private void cleared(int project, int slot, String name) {
    state.enter(project, slot);
    state.beginEvent();
    timers.apply(TimerCleared.newBuilder().setName(name).build());
    state.endEvent();
    offset++;
  }

  private void reopen() {
    state.batchClosed(offset, new byte[] {1});
    state.durable(offset);
    state.close();
    state = open(store);
    timers = new Timers(state);
    state.load(rows -> {});
  }

  @Test
  void memoryHoldsOneEntryForEachPlaceHoweverManyTimersArePending() {
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      set(i % 2, i % PLACES, "t" + i, (i * 7919L) % count);
    }
    assertThat(timers.count()).isEqualTo(count);
    assertThat(timers.places()).isEqualTo(PLACES);
    reopen();
    assertThat(timers.count()).isEqualTo(count);
    assertThat(timers.places()).isEqualTo(PLACES);
    long lastUs = -1;
    for (int i = 0; i < 1000; i++) {
      Ripe ripe = Objects.requireNonNull(timers.firstDue(Long.MAX_VALUE));
      assertThat(ripe.timer().getAtUs()).isGreaterThan(lastUs);
      lastUs = ripe.timer().getAtUs();
      fired(ripe);
      assertThat(timers.places()).isEqualTo(PLACES);
    }
    assertThat(lastUs).isEqualTo(999);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsDueFirstIsWhatAModelSays(long seed) {
    Random random = new Random(seed);
    Map<String, long[]> model = new HashMap<>();
    for (int step = 0; step < 3000; step++) {
      boolean undone = random.nextInt(4) == 0;
      Map<String, long[]> before = new HashMap<>(model);
      state.savepoint();
      for (int i = random.nextInt(5); i >= 0; i--) {
        change(random, model);
      }
      if (undone) {
        state.undo();
        model.clear();
        model.putAll(before);
      } else {
        state.release();
      }
      if (random.nextInt(300) == 0) {
        reopen();
      }
      check(model, random.nextInt(1000), seed);
    }
  }

  private void change(Random random, Map<String, long[]> model) {
    int project = random.nextInt(2);
    int slot = random.nextInt(3);
    String name = "t" + random.nextInt(20);
    String key = project + "/" + slot + "/" + name;
    switch (random.nextInt(4)) {
      case 0, 1 -> {
        long atUs = random.nextInt(1000);
        model.put(key, new long[] {atUs, offset});
        set(project, slot, name, atUs);
      }
      case 2 -> {
        model.remove(key);
        cleared(project, slot, name);
      }
      default -> {
        Ripe ripe = timers.firstDue(random.nextInt(1000));
        if (ripe != null) {
          model.remove(keyOf(ripe));
          fired(ripe);
        }
      }
    }
  }

  private void check(Map<String, long[]> model, long nowUs, long seed) {
    String first = null;
    long[] least = {nowUs + 1, 0};
    for (Map.Entry<String, long[]> each : model.entrySet()) {
      if (isBefore(each.getValue(), least)) {
        first = each.getKey();
        least = each.getValue();
      }
    }
    Ripe ripe = timers.firstDue(nowUs);
    assertThat(ripe == null ? null : keyOf(ripe)).as("seed %d", seed).isEqualTo(first);
    assertThat(timers.count()).isEqualTo(model.size());
    assertThat(timers.places())
        .isEqualTo((int) model.keySet().stream().map(k -> k.substring(0, 3)).distinct().count());
  }

  private static boolean isBefore(long[] left, long[] right) {
    return left[0] != right[0] ? left[0] < right[0] : left[1] < right[1];
  }

  private static String keyOf(Ripe ripe) {
    Place place = ripe.place();
    return place.project() + "/" + place.slot() + "/" + ripe.name();
  }
}
