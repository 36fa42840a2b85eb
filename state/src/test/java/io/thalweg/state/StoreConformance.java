package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Store} does. */
abstract class StoreConformance {
  Store store = new MemoryStore();

  abstract Store open(StateOptions options);

  @BeforeEach
  void openStore() {
    store = open(StateOptions.defaults());
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void aBatchIsSeenOnceItIsWritten() {
    try (StoreBatch batch = store.batch()) {
      batch.put(bytes("1a"), bytes("x"));
      assertThat(store.get(bytes("1a"))).isNull();
      batch.write();
    }
    assertThat(store.get(bytes("1a"))).isEqualTo(bytes("x"));
    assertThat(store.get(bytes("1"))).isNull();
  }

  @Test
  void aBatchThatIsNotWrittenChangesNothing() {
    try (StoreBatch batch = store.batch()) {
      batch.put(bytes("1a"), bytes("x"));
    }
    assertThat(store.get(bytes("1a"))).isNull();
  }

  @Test
  void changesOfABatchTakeEffectInTheirOrder() {
    put("1a", "1b", "1c", "1d");
    try (StoreBatch batch = store.batch()) {
      batch.put(bytes("1b2"), bytes("lost"));
      batch.deleteRange(bytes("1b"), bytes("1d"));
      batch.put(bytes("1c"), bytes("new"));
      batch.delete(bytes("1d"));
      batch.delete(bytes("1zz"));
      batch.write();
    }
    assertThat(scan("1", "2")).containsExactly("1a=1a", "1c=new");
  }

  @Test
  void aScanIsFromInclusiveToExclusiveAndInOrder() {
    put("1c", "1a", "1b", "1b\0", "1d", "1ÿ");
    assertThat(scan("1a", "1d")).containsExactly("1a=1a", "1b=1b", "1b\0=1b\0", "1c=1c");
    assertThat(scan("1bb", "1bc")).isEmpty();
    assertThat(scan("1d", "2")).containsExactly("1d=1d", "1ÿ=1ÿ");
  }

  @Test
  void aScanSeeksForwardAndStaysAtItsEnd() {
    put("1a", "1b", "1c", "1d");
    try (StoreSnapshot snapshot = store.snapshot();
        StoreScan scan = snapshot.scan(bytes("1"), bytes("1d"), false)) {
      assertThat(scan.next()).isTrue();
      scan.seek(bytes("1bb"));
      assertThat(scan.next()).isTrue();
      assertThat(scan.key()).isEqualTo(bytes("1c"));
      assertThat(scan.next()).isFalse();
      assertThat(scan.next()).isFalse();
      scan.seek(bytes("1e"));
      assertThat(scan.next()).isFalse();
    }
  }

  @Test
  void aSnapshotDoesNotChange() {
    put("1a", "1b");
    try (StoreSnapshot snapshot = store.snapshot()) {
      try (StoreBatch batch = store.batch()) {
        batch.deleteRange(bytes("1"), bytes("2"));
        batch.put(bytes("1c"), bytes("new"));
        batch.write();
      }
      store.persist();
      assertThat(scan(snapshot, "1", "2")).containsExactly("1a=1a", "1b=1b");
    }
    assertThat(scan("1", "2")).containsExactly("1c=new");
  }

  @Test
  void longKeysAndValuesComeBack() {
    byte[] key = ("1" + "k".repeat(4000)).getBytes(StandardCharsets.UTF_8);
    byte[] value = RowFormat.storedValue(new byte[1 << 20]);
    try (StoreBatch batch = store.batch()) {
      batch.put(key, value);
      batch.write();
    }
    assertThat(store.get(key)).isEqualTo(value);
    try (StoreSnapshot snapshot = store.snapshot();
        StoreScan scan = snapshot.scan(bytes("1"), bytes("2"), true)) {
      assertThat(scan.next()).isTrue();
      assertThat(scan.key()).isEqualTo(key);
      assertThat(scan.rowValue()).hasSize(1 << 20);
      assertThat(scan.value()).isEqualTo(value);
    }
  }

  @Test
  void arraysThatAreHandedOutAreTheCallers() {
    put("1a");
    byte[] value = Objects.requireNonNull(store.get(bytes("1a")));
    value[0] = 'Z';
    assertThat(store.get(bytes("1a"))).isEqualTo(bytes("1a"));
  }

  @Test
  void aClosedStoreRefusesEveryUse() {
    store.close();
    assertThatThrownBy(() -> store.get(bytes("1a"))).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.batch()).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.snapshot()).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.persist()).isInstanceOf(StoreException.class);
    store.close();
  }

  void put(String... keys) {
    try (StoreBatch batch = store.batch()) {
      for (String key : keys) {
        batch.put(bytes(key), bytes(key));
      }
      batch.write();
    }
  }

  List<String> scan(String from, String to) {
    try (StoreSnapshot snapshot = store.snapshot()) {
      return scan(snapshot, from, to);
    }
  }

  static List<String> scan(StoreSnapshot snapshot, String from, String to) {
    List<String> rows = new ArrayList<>();
    try (StoreScan scan = snapshot.scan(bytes(from), bytes(to), true)) {
      while (scan.next()) {
        rows.add(text(scan.key()) + "=" + text(scan.value()));
      }
    }
    return rows;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
