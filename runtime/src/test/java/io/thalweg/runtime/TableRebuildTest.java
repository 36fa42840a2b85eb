package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StoredRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Making the tables of a service again beside the stored ones. */
class TableRebuildTest {
  @TempDir Path data;

  @Test
  void equalTablesAreFoundEqualAndStayAsTheyAre() {
    fill();
    List<TableRebuild.Result> results = rebuild(r -> r.run(10));
    assertThat(results).hasSize(2).allMatch(TableRebuild.Result::isEqual);
    assertThat(results).allMatch(result -> result.rows() > 0 && result.offset() > 0);
    assertValues(1);
  }

  @Test
  void aPlantedDifferenceIsFoundAndNamedByTableAndKeyAndSwitchedAwayOnlyOnRequest()
      throws Exception {
    fill();
    CheckpointTest.plantDifference(data, Counters.TYPE, 2);
    for (int i = 0; i < 2; i++) {
      List<TableRebuild.Result> results = rebuild(r -> r.run(10));
      assertThat(results.get(0).isEqual()).isFalse();
      assertThat(results.get(0).byTable()).containsOnlyKeys("table 1 (counters)").containsValue(1L);
      assertThat(results.get(0).differences())
          .singleElement()
          .asString()
          .contains("table 1 (counters)", "key 6b", "'k", "has another value in the log");
      assertThat(results.get(1).isEqual()).isTrue();
    }
    rebuild(r -> {
      r.run(10);
      r.switchTables();
      return 0;
    });
    assertThat(data.resolve("rebuild/counter")).doesNotExist();
    List<TableRebuild.Result> after = rebuild(r -> r.run(10));
    assertThat(after).hasSize(2).allMatch(TableRebuild.Result::isEqual);
    assertValues(1);
  }

  @Test
  void aSwitchThatEndsAtAnyStepIsFinishedByTheNextAndNeverServedBefore() throws Exception {
    fill();
    CheckpointTest.plantDifference(data, Counters.TYPE, 2);
    List<String> steps = new ArrayList<>();
    for (int end = 0; ; end++) {
      steps.clear();
      int at = end;
      boolean ended =
          rebuild(r -> {
            if (!r.isSwitching()) {
              r.run(10);
            }
            r.beforeStep(name -> {
              steps.add(name);
              if (steps.size() > at) {
                throw new IllegalStateException("killed before " + name);
              }
            });
            try {
              r.switchTables();
              return true;
            } catch (IllegalStateException e) {
              return false;
            }
          });
      if (ended) {
        break;
      }
      boolean marked = Files.exists(data.resolve("rebuild/counter/switching"));
      assertThat(marked).isEqualTo(!List.of("mark", "discard").contains(steps.getLast()));
      if (marked) {
        assertThatThrownBy(this::open)
            .isInstanceOf(DataDirectoryException.class)
            .hasMessageContaining("thalweg rebuild")
            .hasMessageContaining("--switch");
        rebuild(r -> {
          r.switchTables();
          return 0;
        });
      }
      CheckpointTest.plantDifference(data, Counters.TYPE, 2);
    }
    assertThat(steps)
        .containsExactly("mark", "partition 0", "partition 1", "persist", "unmark", "discard");
    assertValues(1);
  }

  @Test
  void rowsHalfReplacedAreNeverRead() {
    fill();
    try (RocksStore store = RocksStore.open(data.resolve("state"), StateOptions.defaults())) {
      var scope = TableReplay.scope(new ServiceModel(Counters.TYPE), 0, 2);
      var state = PartitionState.open(store, scope);
      List<StoredRow> rows = new ArrayList<>();
      state.load(count -> {});
      try (var view = state.freeze()) {
        view.rows().forEachRemaining(rows::add);
      }
      state.close();
      var again = PartitionState.open(store, scope);
      var torn =
          new Iterator<StoredRow>() {
            private int at;

            @Override
            public boolean hasNext() {
              if (at > 8_192) {
                throw new IllegalStateException("the power went");
              }
              return true;
            }

            @Override
            public StoredRow next() {
              return rows.get(at++ % rows.size());
            }
          };
      assertThatThrownBy(() -> again.replaceRows(torn, 5, new byte[1]))
          .hasMessage("the power went");
      again.abandon();
    }
    try (RocksStore store = RocksStore.open(data.resolve("state"), StateOptions.defaults());
        var state =
            PartitionState.open(store, TableReplay.scope(new ServiceModel(Counters.TYPE), 0, 2))) {
      assertThat(state.storedCursor()).isNull();
      try (var view = state.freeze()) {
        assertThat(view.rows()).isExhausted();
      }
    }
    assertValues(1);
  }

  @Test
  void withoutRoomItIsRefusedBeforeAnythingIsWritten() {
    fill();
    assertThatThrownBy(() -> rebuild(r -> r.run(10), 1 << 20, (events, of, what) -> {}))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("needs about 64 MiB of free disk")
        .hasMessageContaining("there are 1 MiB");
    assertThat(data.resolve("rebuild")).doesNotExist();
  }

  @Test
  void discardTakesTheRoomBack() {
    fill();
    rebuild(r -> r.run(10));
    assertThat(data.resolve("rebuild/counter/tables")).isDirectory();
    try (DataDirectory directory = DataDirectory.lock(data)) {
      TableRebuild.discard(directory, "counter");
    }
    assertThat(data.resolve("rebuild/counter")).doesNotExist();
  }

  private <T> T rebuild(Function<TableRebuild, T> work) {
    return rebuild(work, Long.MAX_VALUE, (events, of, what) -> {});
  }

  private <T> T rebuild(
      Function<TableRebuild, T> work, long freeBytes, TableRebuild.Progress progress) {
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      return work.apply(new TableRebuild(directory, log, Counters.TYPE, () -> freeBytes, progress));
    }
  }

  private void fill() {
    try (Node node = open()) {
      CheckpointTest.add(node, 0, 300);
    }
  }

  private void assertValues(long value) {
    try (Node node = open()) {
      for (int i = 0; i < 300; i++) {
        assertThat(NodeTest.value(node, "k" + i)).as("k%d", i).isEqualTo(value);
      }
    }
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }
}
