package io.thalweg.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a partition's tables do over every {@link Store}. */
abstract class PartitionStateConformance extends PartitionFixture {
  @Test
  void writingOutsideOfAnEventIsRefusedByTheTablesName() {
    List<Runnable> writes =
        List.of(
            () -> table.put("a", "1"),
            () -> table.replace("a", null, "1"),
            () -> table.delete("a"),
            () -> table.delete("a", "1"),
            () -> table.deleteRange("a", "b"),
            () -> table.deletePrefix(KeyPrefix.of(out -> out.string("a"))));
    for (Runnable write : writes) {
      assertThatThrownBy(write::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("'scores'")
          .hasMessageContaining("outside of an event");
    }
    assertThat(table.first()).isNull();
  }

  @Test
  void tableNumbersAndNamesAreUniqueAndWithinBounds() {
    PartitionState fresh = PartitionState.open(store, SCOPE);
    fresh.table(1, "one", KeyCodecs.string(), ValueCodecs.string(), null);
    for (int id : new int[] {0, -1, 65_536}) {
      assertThatThrownBy(() -> declare(fresh, id, "other")).hasMessageContaining("1..65535");
    }
    assertThatThrownBy(() -> declare(fresh, 1, "two")).hasMessageContaining("'one' and 'two'");
    assertThatThrownBy(() -> declare(fresh, 2, "one")).hasMessageContaining("used twice");
    fresh.load(rows -> {});
    assertThatThrownBy(() -> declare(fresh, 2, "late")).hasMessageContaining("after load");
    fresh.abandon();
  }

  @Test
  void undoTellsListenersTheInverseInReverseOrder() {
    event(() -> table.put("a", "0"));
    heard.clear();
    state.savepoint();
    event(() -> {
      table.put("a", "1");
      table.put("b", "2");
      table.replace("a", "1", "3");
      table.delete("b");
      table.delete("never");
    });
    state.undo();
    assertThat(heard)
        .containsExactly(
            "a:0>1",
            "b:null>2",
            "a:1>3",
            "b:2>null", // the command
            "b:null>2",
            "a:3>1",
            "b:2>null",
            "a:1>0", // and back
            "settled");
    assertThat(table.get("a")).isEqualTo("0");
    assertThat(table.get("b")).isNull();
  }

  @Test
  void undoEndsAnEventHandlerThatThrewAndRestoresRangeDeletes() {
    event(() -> {
      table.put("a", "1");
      table.put("b", "2");
    });
    boundary(1);
    state.savepoint();
    state.beginEvent();
    table.deleteRange("a", "c");
    table.put("b", "3");
    state.undo();
    assertThatThrownBy(() -> table.put("a", "1")).isInstanceOf(IllegalStateException.class);
    assertThat(table.scan(null, null, 10)).hasSize(2);
    // The batch has no change left, so there is a boundary to freeze at.
    try (StateView view = state.freeze()) {
      assertThat(view.offset()).isEqualTo(1);
    }
  }

  @Test
  void listenersAreToldWhenChangesStand() {
    state.savepoint();
    event(() -> table.put("a", "1"));
    assertThat(heard).containsExactly("a:null>1");
    state.release();
    assertThat(heard).containsExactly("a:null>1", "settled");
    heard.clear();
    event(() -> table.put("a", "2"));
    assertThat(heard).containsExactly("a:1>2", "settled");
  }

  @Test
  void aChangeThatItsListenerRefusedIsUndoneWithoutTellingIt() {
    PartitionState strict = PartitionState.open(store, SCOPE);
    List<String> told = new ArrayList<>();
    Table<String, String> rows =
        strict.table(
            5,
            "strict",
            KeyCodecs.string(),
            ValueCodecs.string(),
            (project, key, before, after) -> {
              if ("bad".equals(after)) {
                throw new IllegalArgumentException("refused");
              }
              told.add(key + ":" + before + ">" + after);
            });
    strict.load(n -> {});
    strict.enter(0, 0);
    strict.savepoint();
    strict.beginEvent();
    rows.put("a", "good");
    assertThatThrownBy(() -> rows.put("a", "bad")).hasMessage("refused");
    strict.undo();
    assertThat(told).containsExactly("a:null>good", "a:good>null");
    assertThat(rows.get("a")).isNull();
    strict.abandon();
  }

  @Test
  void aFalseStatementOfTheValueBeforeIsFoundWhenVerified() {
    event(() -> table.put("a", "1"));
    state.savepoint();
    state.beginEvent();
    assertThatThrownBy(() -> table.replace("a", null, "2")).hasMessageContaining("'scores'");
    assertThatThrownBy(() -> table.replace("a", "0", "2")).hasMessageContaining("stated 0");
    assertThatThrownBy(() -> table.delete("b", "1")).hasMessageContaining("present none");
    state.undo();
    assertThat(table.get("a")).isEqualTo("1");
  }

  @Test
  void loadRebuildsListenersFromTheRowsOfAllProjectsAndSlots() {
    for (int slot = 0; slot < 4; slot++) {
      state.enter(-slot, slot);
      event(() -> IntStream.range(0, 100).forEach(i -> table.put("k" + i, "v" + i)));
    }
    boundary(1);
    state.durable(1);
    state.close();
    heard.clear();
    List<Long> progress = new ArrayList<>();
    state = PartitionState.open(store, SCOPE);
    table = declare("scores");
    state.load(progress::add);
    assertThat(heard).hasSize(401).contains("k99:null>v99").endsWith("settled");
    assertThat(progress).endsWith(400L);
    state.enter(-3, 3);
    assertThat(table.get("k7")).isEqualTo("v7");
  }

  @Test
  void loadStepsOverTablesThatNobodyListensTo() {
    Table<String, String> silent = silentTable();
    event(() -> IntStream.range(0, 500).forEach(i -> silent.put("s" + i, "x")));
    event(() -> table.put("a", "1"));
    boundary(1);
    state.durable(1);
    state.close();
    heard.clear();
    openState();
    assertThat(heard).containsExactly("a:null>1", "settled");
  }

  @Test
  void eventsAreRefusedUntilStoredRowsAreLoaded() {
    event(() -> table.put("a", "1"));
    boundary(1);
    state.durable(1);
    state.close();
    state = PartitionState.open(store, SCOPE);
    declare("scores");
    assertThatThrownBy(() -> state.beginEvent()).hasMessageContaining("not loaded");
  }

  @Test
  void nothingIsWrittenThatIsNotDurable() {
    event(() -> table.put("a", "1"));
    boundary(10);
    state.flush();
    assertThat(state.storedCursor()).isNull();
    state.durable(9);
    state.flush();
    assertThat(state.storedCursor()).isNull();
    assertThat(rowsInStore()).isZero();
    state.durable(10);
    state.flush();
    assertThat(state.storedCursor()).isEqualTo("10".getBytes(UTF_8));
    assertThat(state.storedEndOffset()).isEqualTo(10);
    assertThat(rowsInStore()).isEqualTo(1);
  }

  @Test
  void changesOfAnOpenBatchAreNeverWritten() {
    event(() -> table.put("a", "1"));
    boundary(1);
    state.durable(1);
    event(() -> table.put("b", "2"));
    state.flush();
    assertThat(state.storedCursor()).isNull();
    state.close();
    assertThat(rowsInStore()).isZero();
  }

  @Test
  void abandoningLeavesTheStoreAtItsCursor() {
    event(() -> table.put("a", "1"));
    boundary(1);
    state.durable(1);
    state.flush();
    event(() -> table.put("a", "2"));
    boundary(2);
    state.durable(2);
    state.abandon();
    openState();
    assertThat(state.storedEndOffset()).isEqualTo(1);
    assertThat(table.get("a")).isEqualTo("1");
    assertThat(store.budget().dirtyBytes()).isZero();
  }

  @Test
  void clearingLeavesNeitherRowsNorCursorAndNoOtherPartitionIsTouched() {
    PartitionScope next = new PartitionScope(SCOPE.serviceId(), 4, 8);
    PartitionState other = PartitionState.open(store, next);
    Table<String, String> others = declare(other, 1, "scores");
    other.enter(0, 4);
    other.beginEvent();
    others.put("kept", "1");
    other.endEvent();
    other.batchClosed(1, new byte[0]);
    other.durable(1);
    other.close();
    state.enter(0, 3);
    event(() -> table.put("a", "1"));
    boundary(1);
    state.durable(1);
    state.close();
    state = PartitionState.open(store, SCOPE);
    state.clear();
    assertThat(state.storedCursor()).isNull();
    assertThat(rowsInStore()).isEqualTo(1);
    state.abandon();
    PartitionState reopened = PartitionState.open(store, next);
    assertThat(reopened.storedEndOffset()).isEqualTo(1);
    reopened.abandon();
    openState();
  }

  @Test
  void aViewStaysWhileRowsChangeAndAreWritten() {
    event(() -> IntStream.range(0, 1000).forEach(i -> table.put("k" + i, "old")));
    boundary(1);
    try (StateView view = state.freeze()) {
      byte[] digest = view.digest();
      event(() -> IntStream.range(0, 1000).forEach(i -> table.put("k" + i, "new")));
      boundary(2);
      state.durable(2);
      state.flush();
      event(() -> table.deleteRange("a", "z"));
      boundary(3);
      state.durable(3);
      state.flush();
      store.persist();
      assertThat(view.offset()).isEqualTo(1);
      assertThat(view.digest()).isEqualTo(digest);
      List<String> values = new ArrayList<>();
      view.scan(table, 0, 0, "k0", "k2").forEachRemaining(row -> values.add(row.value()));
      assertThat(values).hasSize(112).containsOnly("old");
    }
    assertThat(table.first()).isNull();
  }

  @Test
  void aViewIsRefusedInTheMiddleOfABatch() {
    event(() -> table.put("a", "1"));
    assertThatThrownBy(() -> state.freeze()).hasMessageContaining("batch that is open");
    state.savepoint();
    assertThatThrownBy(() -> state.freeze()).hasMessageContaining("within a command");
    state.undo();
  }

  @Test
  void digestsAgreeForTheSameRowsHoweverTheyAreStored() {
    event(() -> IntStream.range(0, 50).forEach(i -> table.put("k" + i, "v")));
    boundary(1);
    byte[] inOverlay = digest(state);
    state.durable(1);
    state.flush();
    event(() -> table.put("k1", "v"));
    boundary(2);
    assertThat(digest(state)).isEqualTo(inOverlay);
    PartitionScope renamed = new PartitionScope(99, 0, 4);
    PartitionState other = PartitionState.open(store, renamed);
    Table<String, String> rows = declare(other, 1, "scores");
    other.enter(0, 0);
    other.beginEvent();
    IntStream.range(0, 50).forEach(i -> rows.put("k" + i, "v"));
    other.endEvent();
    other.batchClosed(7, new byte[0]);
    assertThat(digest(other)).isEqualTo(inOverlay);
    try (StateView left = state.freeze();
        StateView right = other.freeze()) {
      assertThat(StateDiff.between(left, right, 10).isEmpty()).isTrue();
    }
    other.beginEvent();
    rows.put("k1", "w");
    rows.delete("k2");
    rows.put("k99", "x");
    other.endEvent();
    other.batchClosed(8, new byte[0]);
    assertThat(digest(other)).isNotEqualTo(inOverlay);
    try (StateView left = state.freeze();
        StateView right = other.freeze()) {
      StateDiff diff = StateDiff.between(left, right, 10);
      assertThat(diff.complete()).isTrue();
      assertThat(diff.rows()).isEqualTo(51);
      assertThat(diff.differences()).hasSize(3);
      StateDiff.Difference first = diff.differences().get(0);
      assertThat(Objects.requireNonNull(first.left()).value()).isEqualTo("v".getBytes(UTF_8));
      assertThat(Objects.requireNonNull(first.right()).value()).isEqualTo("w".getBytes(UTF_8));
      assertThat(diff.differences().get(1).right()).isNull();
      assertThat(diff.differences().get(2).left()).isNull();
      assertThat(StateDiff.between(left, right, 1).complete()).isFalse();
    }
    other.abandon();
  }

  @Test
  void pastItsBudgetAPartitionSaysSoUntilItsRowsAreWritten() {
    String value = "x".repeat(10_000);
    int batch = 0;
    while (!state.overBudget()) {
      int n = batch;
      event(() -> table.put("k" + n, value));
      boundary(++batch);
      assertThat(batch).isLessThan(10_000);
    }
    assertThat(store.budget().dirtyBytes()).isGreaterThan(store.budget().dirtyLimitBytes());
    assertThat(state.storedCursor()).isNull();
    state.durable(batch);
    state.flush();
    assertThat(state.overBudget()).isFalse();
    assertThat(store.budget().dirtyBytes()).isZero();
    assertThat(state.overlayBytes()).isLessThanOrEqualTo(OPTIONS.totalBytes() / 4);
    assertThat(state.wantsFlush()).isFalse();
    assertThat(table.get("k0")).isEqualTo(value);
  }

  @Test
  void rowsInMemoryStayWithinTheirBudget() {
    String value = "x".repeat(1000);
    for (int i = 0; i < 200; i++) {
      int n = i;
      event(() -> IntStream.range(0, 50).forEach(j -> table.put(n + "/" + j, value)));
      boundary(i + 1);
      state.durable(i + 1);
      if (i % 10 == 0) {
        state.flush();
      }
    }
    state.flush();
    for (int i = 0; i < 200; i++) {
      for (int j = 0; j < 50; j++) {
        assertThat(table.get(i + "/" + j)).isEqualTo(value);
      }
    }
    assertThat(state.overlayBytes()).isLessThan(OPTIONS.totalBytes() * 5 / 8);
  }

  @Test
  void bothAKeyAndAValueHaveABoundWhoseErrorNamesTheTable() {
    state.savepoint();
    state.beginEvent();
    assertThatThrownBy(() -> table.put("k".repeat(4095), "v"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table 'scores': key")
        .hasMessageContaining("4096");
    assertThatThrownBy(() -> table.put("k", "v".repeat((1 << 20) + 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table 'scores': value")
        .hasMessageContaining("1048576");
    state.undo();
    assertThatThrownBy(() -> table.scan(null, null, 0)).hasMessageContaining("1..10000");
    assertThatThrownBy(() -> table.scan(null, null, 10_001)).hasMessageContaining("1..10000");
    assertThatThrownBy(() -> state.batchClosed(5, new byte[70_000])).hasMessageContaining("65536");
    assertThatThrownBy(() -> state.enter(0, 4)).hasMessageContaining("0..3");
    assertThat(table.first()).isNull();
  }

  @Test
  void projectsSlotsAndTablesDoNotSeeEachOther() {
    Table<String, String> other = silentTable();
    event(() -> table.put("a", "1"));
    event(() -> other.put("a", "2"));
    state.enter(1, 0);
    assertThat(table.get("a")).isNull();
    event(() -> table.deletePrefix(new KeyPrefix(new byte[0])));
    state.enter(0, 1);
    assertThat(table.scan(null, null, 10)).isEmpty();
    state.enter(0, 0);
    assertThat(table.get("a")).isEqualTo("1");
    assertThat(other.scan(null, null, 10)).hasSize(1);
  }

  @Test
  void aDescendingKeyScansTheGreatestFirst() {
    state.abandon();
    state = PartitionState.open(store, SCOPE);
    Table<Long, String> latest =
        state.table(9, "latest", KeyCodecs.int64Descending(), ValueCodecs.string(), null);
    state.load(rows -> {});
    state.enter(0, 0);
    event(() -> List.of(3L, -1L, 7L).forEach(n -> latest.put(n, "x")));
    assertThat(latest.scan(null, null, 10)).extracting(Table.Row::key).containsExactly(7L, 3L, -1L);
  }

  @Test
  void boundariesDoNotGoBack() {
    boundary(5);
    boundary(5);
    assertThatThrownBy(() -> boundary(4)).hasMessageContaining("5").hasMessageContaining("4");
    state.durable(5);
    state.flush();
    assertThat(state.storedEndOffset()).isEqualTo(5);
    assertThat(state.wantsFlush()).isFalse();
  }

  @Test
  void aClosedPartitionRefusesEveryUse() {
    state.close();
    assertThatThrownBy(() -> state.beginEvent()).hasMessageContaining("closed");
    assertThatThrownBy(() -> state.freeze()).hasMessageContaining("closed");
    assertThatThrownBy(() -> state.flush()).hasMessageContaining("closed");
    state.close();
    state.abandon();
  }
}
