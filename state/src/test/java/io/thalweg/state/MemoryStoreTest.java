package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryStoreTest extends StoreConformance {
  @Override
  Store open(StateOptions options) {
    return new MemoryStore(options);
  }

  @Test
  void aCopyIsWhatACrashWouldLeave() {
    put("1a");
    MemoryStore copy = ((MemoryStore) store).copy();
    put("1b");
    try (StoreBatch batch = copy.batch()) {
      batch.put(bytes("1c"), bytes("x"));
      batch.write();
    }
    assertThat(copy.get(bytes("1a"))).isNotNull();
    assertThat(copy.get(bytes("1b"))).isNull();
    assertThat(store.get(bytes("1b"))).isNotNull();
    assertThat(store.get(bytes("1c"))).isNull();
    copy.close();
  }
}
