package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartitionStateInRocksTest extends PartitionStateConformance {
  @TempDir Path directory = Path.of("");

  @Override
  Store open(StateOptions options) {
    return RocksStore.open(directory, options);
  }

  @Test
  void readersOnOtherThreadsSeeOneBoundaryWhileRowsAreWrittenAndFlushed() {
    List<CompletableFuture<Void>> readers = new ArrayList<>();
    for (int batch = 1; batch <= 60; batch++) {
      String value = Integer.toString(batch);
      event(() -> IntStream.range(0, 300).forEach(i -> table.put("k" + i, value)));
      boundary(batch);
      StateView view = state.freeze();
      readers.add(CompletableFuture.runAsync(() -> checkAndClose(view, value)));
      if (batch % 20 == 0) {
        event(() -> table.deleteRange("k1", "k2"));
        boundary(batch);
      }
      state.durable(batch);
      state.flushInBackground();
    }
    readers.forEach(CompletableFuture::join);
    state.flush();
    assertThat(state.storedEndOffset()).isEqualTo(60);
  }

  private void checkAndClose(StateView view, String value) {
    try (view) {
      List<String> values = new ArrayList<>();
      view.scanAll(table).forEachRemaining(row -> values.add(row.value()));
      assertThat(values).hasSize(300).containsOnly(value);
    }
  }
}
