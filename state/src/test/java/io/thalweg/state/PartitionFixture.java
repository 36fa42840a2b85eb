package io.thalweg.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A partition with a table "scores" whose listener writes down what it is told. */
abstract class PartitionFixture {
  static final PartitionScope SCOPE = new PartitionScope(PartitionScope.serviceId("test"), 0, 4);
  static final StateOptions OPTIONS =
      StateOptions.defaults().withTotalBytes(4 << 20).withVerifyBefore(true);

  final List<String> heard = new ArrayList<>();
  Store store = new MemoryStore();
  PartitionState state = PartitionState.open(store, SCOPE);
  Table<String, String> table = declare("scores");

  abstract Store open(StateOptions options);

  @BeforeEach
  void openStore() {
    store = open(OPTIONS);
    openState();
  }

  @AfterEach
  void closeStore() {
    state.abandon();
    store.close();
  }

  void event(Runnable handler) {
    state.beginEvent();
    handler.run();
    state.endEvent();
  }

  void boundary(long endOffset) {
    state.batchClosed(endOffset, Long.toString(endOffset).getBytes(UTF_8));
  }

  void openState() {
    state = PartitionState.open(store, SCOPE);
    table = declare("scores");
    state.load(rows -> {});
    state.enter(0, 0);
    if (state.storedCursor() == null) {
      heard.clear();
    }
  }

  Table<String, String> silentTable() {
    state.abandon();
    state = PartitionState.open(store, SCOPE);
    table = declare("scores");
    Table<String, String> silent = declare(state, 2, "silent");
    state.load(rows -> {});
    state.enter(0, 0);
    return silent;
  }

  Table<String, String> declare(String name) {
    RowListener<String, String> listener =
        new RowListener<>() {
          @Override
          public void changed(
              int project, String key, @Nullable String before, @Nullable String after) {
            heard.add(key + ":" + before + ">" + after);
          }

          @Override
          public void settled() {
            heard.add("settled");
          }
        };
    return state.table(1, name, KeyCodecs.string(), ValueCodecs.string(), listener);
  }

  static Table<String, String> declare(PartitionState state, int id, String name) {
    return state.table(id, name, KeyCodecs.string(), ValueCodecs.string(), null);
  }

  static byte[] digest(PartitionState state) {
    try (StateView view = state.freeze()) {
      return view.digest();
    }
  }

  int rowsInStore() {
    int rows = 0;
    try (StoreSnapshot snapshot = store.snapshot();
        StoreScan scan = snapshot.scan(new byte[] {1}, new byte[] {2}, true)) {
      while (scan.next()) {
        rows++;
      }
    }
    return rows;
  }
}
