package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Putting other rows in the place of all rows of a partition. */
final class RowReplacementTest {
  private static final PartitionScope SCOPE = new PartitionScope(7, 100, 200);
  private static final PartitionScope NEXT = new PartitionScope(7, 200, 300);
  private static final int ROWS = 20_000;

  private static StoredRow row(int i) {
    byte[] key = {(byte) (i >> 16), (byte) (i >> 8), (byte) i};
    return new StoredRow(100 + i % 100, 1 + i % 3, i % 2, key, new byte[] {(byte) i, 1});
  }

  private static Iterator<StoredRow> rows() {
    return IntStream.range(0, ROWS).mapToObj(RowReplacementTest::row).iterator();
  }

  private static List<StoredRow> read(Store store, PartitionScope scope) {
    List<StoredRow> all = new ArrayList<>();
    PartitionState state = PartitionState.open(store, scope);
    if (state.storedCursor() != null) {
      state.load(count -> {});
    }
    try (StateView view = state.freeze()) {
      view.rows().forEachRemaining(all::add);
    }
    state.abandon();
    return all;
  }

  @Test
  void aCrashAtAnyMomentLeavesAllOfTheNewRowsOrNoneAndNothingOfTheOld() {
    MemoryStore store = new MemoryStore();
    StoredRow neighbour = new StoredRow(200, 1, 0, new byte[] {1}, new byte[] {1});
    PartitionState.open(store, NEXT).replaceRows(List.of(neighbour).iterator(), 1, new byte[1]);
    PartitionState.open(store, SCOPE).replaceRows(List.of(row(ROWS)).iterator(), 3, new byte[] {9});
    List<MemoryStore> crashes = new ArrayList<>();
    Iterator<StoredRow> rows = rows();
    Iterator<StoredRow> watched =
        new Iterator<>() {
          private int at;

          @Override
          public boolean hasNext() {
            return rows.hasNext();
          }

          @Override
          public StoredRow next() {
            if (at++ % 997 == 0) {
              crashes.add(store.copy());
            }
            return rows.next();
          }
        };
    assertThat(PartitionState.open(store, SCOPE).replaceRows(watched, 5, new byte[] {4}))
        .isEqualTo(ROWS);

    assertThat(crashes).hasSizeGreaterThan(20);
    for (MemoryStore crash : crashes) {
      assertThat(PartitionState.open(crash, SCOPE).storedCursor()).isNull();
      assertThat(read(crash, SCOPE)).isEmpty();
      assertThat(read(crash, NEXT)).hasSize(1);
    }
    MemoryStore after = store.copy();
    PartitionState state = PartitionState.open(after, SCOPE);
    assertThat(state.storedCursor()).containsExactly(4);
    assertThat(state.storedEndOffset()).isEqualTo(5);
    assertThat(read(after, SCOPE)).hasSize(ROWS);
    assertThat(read(after, NEXT)).hasSize(1);
  }

  @Test
  void rowsOfOtherSlotsAreRefusedAndNothingIsLeft() {
    MemoryStore store = new MemoryStore();
    StoredRow foreign = new StoredRow(200, 1, 0, new byte[] {1}, new byte[] {1});
    assertThatThrownBy(() ->
            PartitionState.open(store, SCOPE)
                .replaceRows(List.of(row(1), foreign).iterator(), 1, new byte[1]))
        .hasMessageContaining("a row of slot 200 does not belong to slots 100..199");
    assertThat(read(store, SCOPE)).isEmpty();
  }
}
