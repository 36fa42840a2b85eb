package io.thalweg.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Drives a partition's tables with random commands, boundaries, flushes, crashes and reopenings,
 * and compares all that they say with sorted maps. The tables: "heard" has a listener, "plain" has
 * none and takes range deletes.
 */
final class ModelRun {
  static final PartitionScope SCOPE = new PartitionScope(0xC0FFEE00, 7, 10);

  private static final int HEARD = 3;
  private static final int PLAIN = 4;

  /** Ordered as row keys are. */
  record RowId(int slot, int table, int project, String key) implements Comparable<RowId> {
    @Override
    public int compareTo(RowId other) {
      int order = Integer.compare(slot, other.slot);
      order = order != 0 ? order : Integer.compare(table, other.table);
      order = order != 0 ? order : Integer.compareUnsigned(project, other.project);
      return order != 0 ? order : key.compareTo(other.key);
    }
  }

  private record PinnedView(StateView view, NavigableMap<RowId, String> expected, long offset) {}

  private final Random random;
  private final Supplier<Store> storeNow;
  private final Runnable crashStore;
  private final QueuedExecutor flushes;
  private final int keySpace;

  private NavigableMap<RowId, String> model = new TreeMap<>();
  private final NavigableMap<Long, NavigableMap<RowId, String>> history = new TreeMap<>();
  private final Map<RowId, String> derived = new TreeMap<>();
  private final List<PinnedView> views = new ArrayList<>();
  private PartitionState state;
  private Table<String, String> heard;
  private Table<String, String> plain;
  private long offset;
  private long durable;
  private int project;
  private int slot;

  /**
   * @param storeNow the store, another one after a crash
   * @param crashStore makes the store lose what it has not persisted
   * @param flushes the store's flush executor if the test decides its pace
   */
  ModelRun(long seed, Supplier<Store> storeNow, Runnable crashStore, QueuedExecutor flushes) {
    this.random = new Random(seed);
    this.storeNow = storeNow;
    this.crashStore = crashStore;
    this.flushes = flushes;
    this.keySpace = 8 << random.nextInt(7);
    history.put(0L, new TreeMap<>());
    state = PartitionState.open(storeNow.get(), SCOPE);
    heard = declareHeard();
    plain = declarePlain();
  }

  void run(int steps) {
    openTables();
    for (int i = 0; i < steps; i++) {
      step();
    }
    compareAll();
    views.forEach(ModelRun::checkAndClose);
    flushes.direct(true);
    state.close();
  }

  private void step() {
    int choice = random.nextInt(1000);
    if (choice < 550) {
      command();
    } else if (choice < 700) {
      read();
    } else if (choice < 800) {
      closeBatch();
    } else if (choice < 880) {
      durable += random.nextInt((int) (offset - durable) + 1);
      state.durable(durable);
      assertThat(state.storedEndOffset()).isLessThanOrEqualTo(durable);
    } else if (choice < 920) {
      flushes.runOne();
    } else if (choice < 940) {
      state.flushInBackground();
    } else if (choice < 955) {
      flushes.direct(true);
      state.flush();
      flushes.direct(false);
    } else if (choice < 985) {
      view();
    } else if (choice < 993) {
      reopen(random.nextBoolean(), false);
    } else {
      reopen(false, true);
    }
  }

  private void command() {
    NavigableMap<RowId, String> before = new TreeMap<>(model);
    Map<RowId, String> derivedBefore = new TreeMap<>(derived);
    boolean replay = random.nextInt(5) == 0;
    enterSomewhere();
    if (!replay) {
      state.savepoint();
    }
    boolean thrown = false;
    int events = random.nextInt(4);
    for (int i = 0; i < events; i++) {
      state.beginEvent();
      int changes = random.nextInt(20) == 0 ? 120 : random.nextInt(5);
      for (int j = 0; j < changes; j++) {
        change();
      }
      if (!replay && random.nextInt(12) == 0) {
        thrown = true; // the handler throws here
        break;
      }
      state.endEvent();
    }
    if (replay) {
      return;
    }
    if (thrown || random.nextInt(4) == 0) {
      state.undo();
      model = before;
      assertThat(derived).isEqualTo(derivedBefore);
    } else {
      state.release();
    }
  }

  private void change() {
    String key = key();
    boolean toHeard = random.nextBoolean();
    Table<String, String> table = toHeard ? heard : plain;
    RowId row = id(table, key);
    String before = model.get(row);
    String value = "v" + random.nextInt(1000);
    switch (random.nextInt(toHeard ? 10 : 14)) {
      case 0, 1, 2, 3 -> {
        table.put(key, value);
        model.put(row, value);
      }
      case 4, 5, 6 -> {
        table.replace(key, before, value);
        model.put(row, value);
      }
      case 7, 8 -> {
        table.delete(key);
        model.remove(row);
      }
      case 9 -> {
        if (before != null) {
          table.delete(key, before);
          model.remove(row);
        }
      }
      case 10, 11, 12 -> {
        String to = key();
        plain.deleteRange(key, to);
        if (key.compareTo(to) < 0) {
          model.subMap(row, id(plain, to)).clear();
        }
      }
      default -> {
        String prefix = key.substring(0, Math.min(1, key.length()));
        plain.deletePrefix(new KeyPrefix(prefix.getBytes(StandardCharsets.UTF_8)));
        rowsOf(plain).entrySet().removeIf(e -> e.getKey().key().startsWith(prefix));
      }
    }
  }

  private void read() {
    enterSomewhere();
    Table<String, String> table = random.nextBoolean() ? heard : plain;
    String key = key();
    NavigableMap<RowId, String> rows = rowsOf(table);
    int limit = 1 + random.nextInt(30);
    switch (random.nextInt(5)) {
      case 0 -> {
        assertThat(table.get(key)).isEqualTo(model.get(id(table, key)));
        assertThat(table.contains(key)).isEqualTo(model.containsKey(id(table, key)));
      }
      case 1 -> assertThat(table.scan(null, null, limit)).isEqualTo(expected(rows, limit));
      case 2 -> {
        String to = key();
        assertThat(table.scan(key, to, limit))
            .isEqualTo(
                key.compareTo(to) > 0
                    ? List.of()
                    : expected(rows.subMap(id(table, key), true, id(table, to), false), limit));
      }
      case 3 -> {
        String prefix = key.substring(0, Math.min(1, key.length()));
        NavigableMap<RowId, String> begin = new TreeMap<>(rows);
        begin.keySet().removeIf(r -> !r.key().startsWith(prefix));
        assertThat(table.scanPrefix(new KeyPrefix(prefix.getBytes(StandardCharsets.UTF_8)), limit))
            .isEqualTo(expected(begin, limit));
      }
      default -> {
        List<Table.Row<String, String>> first = expected(rows, 1);
        assertThat(table.first()).isEqualTo(first.isEmpty() ? null : first.get(0));
      }
    }
  }

  private void closeBatch() {
    offset += 1 + random.nextInt(3);
    history.put(offset, new TreeMap<>(model));
    state.batchClosed(offset, Long.toString(offset).getBytes(StandardCharsets.UTF_8));
  }

  private void view() {
    if (views.size() < 3) {
      closeBatch();
      StateView view = state.freeze();
      assertThat(view.offset()).isEqualTo(offset);
      views.add(new PinnedView(view, new TreeMap<>(model), offset));
    } else {
      checkAndClose(views.remove(random.nextInt(views.size())));
    }
  }

  private static void checkAndClose(PinnedView pinned) {
    try (StateView view = pinned.view()) {
      compare(view, pinned.expected());
      assertThat(view.offset()).isEqualTo(pinned.offset());
    }
  }

  /** Stops, with a flush or without, or crashes; then the rows are those of the stored boundary. */
  private void reopen(boolean flush, boolean crash) {
    views.forEach(ModelRun::checkAndClose);
    views.clear();
    long storedBefore = state.storedEndOffset();
    if (flush) {
      flushes.direct(true);
      state.close();
      flushes.direct(false);
    } else {
      flushes.runAll();
      state.abandon();
    }
    if (crash) {
      crashStore.run();
    }
    derived.clear();
    openTables();
    long stored = state.storedEndOffset();
    assertThat(stored).isLessThanOrEqualTo(durable);
    if (!crash) {
      assertThat(stored).isGreaterThanOrEqualTo(storedBefore);
    }
    byte[] cursor = state.storedCursor();
    assertThat(cursor == null ? "0" : new String(cursor, StandardCharsets.UTF_8))
        .isEqualTo(Long.toString(stored));
    // The rows are exactly those of the boundary that the cursor names; the rest would be replayed.
    model = new TreeMap<>(Objects.requireNonNull(history.get(stored)));
    history.tailMap(stored, false).clear();
    offset = stored;
    durable = stored;
    compareAll();
  }

  private void openTables() {
    state.abandon();
    state = PartitionState.open(storeNow.get(), SCOPE);
    heard = declareHeard();
    plain = declarePlain();
    long[] rows = new long[1];
    state.load(n -> rows[0] = n);
    assertThat(rows[0]).isEqualTo(derived.size());
  }

  private Table<String, String> declareHeard() {
    RowListener<String, String> listener =
        (inProject, key, before, after) -> {
          // A listener does not learn the slot; here each project is told apart by it.
          RowId row = new RowId(slotOf(inProject), HEARD, inProject, key);
          String known = after == null ? derived.remove(row) : derived.put(row, after);
          assertThat(known).isEqualTo(before);
        };
    return state.table(HEARD, "heard", KEYS, ValueCodecs.string(), listener);
  }

  private Table<String, String> declarePlain() {
    return state.table(PLAIN, "plain", KEYS, ValueCodecs.string(), null);
  }

  /** Raw strings, so that prefixes of keys are prefixes of their bytes. */
  private static final KeyCodec<String> KEYS =
      KeyCodecs.of(
          (key, out) -> out.rest(key.getBytes(StandardCharsets.UTF_8)),
          in -> new String(in.rest(), StandardCharsets.UTF_8));

  private void compareAll() {
    NavigableMap<RowId, String> heardRows = new TreeMap<>(model);
    heardRows.keySet().removeIf(r -> r.table() != HEARD);
    assertThat(derived).isEqualTo(heardRows);
    closeBatch();
    try (StateView view = state.freeze()) {
      compare(view, model);
      checkScans(view);
    }
  }

  private void checkScans(StateView view) {
    for (Table<String, String> table : List.of(heard, plain)) {
      List<String> all = new ArrayList<>();
      view.scanAll(table).forEachRemaining(row -> all.add(row.key() + "=" + row.value()));
      List<String> expected = new ArrayList<>();
      model.forEach((row, value) -> {
        if (row.table() == tableId(table)) {
          expected.add(row.key() + "=" + value);
        }
      });
      assertThat(all).isEqualTo(expected);
    }
    enterSomewhere();
    List<Table.Row<String, String>> rows = new ArrayList<>();
    view.scan(plain, project, slot, null, null).forEachRemaining(rows::add);
    assertThat(rows).isEqualTo(expected(rowsOf(plain), Integer.MAX_VALUE));
  }

  private static void compare(StateView view, NavigableMap<RowId, String> expected) {
    Iterator<StoredRow> rows = view.rows();
    for (Map.Entry<RowId, String> each : expected.entrySet()) {
      assertThat(rows.hasNext()).isTrue();
      StoredRow row = rows.next();
      String key = new String(row.key(), StandardCharsets.UTF_8);
      assertThat(new RowId(row.slot(), row.table(), row.project(), key)).isEqualTo(each.getKey());
      assertThat(new String(row.value(), StandardCharsets.UTF_8)).isEqualTo(each.getValue());
    }
    assertThat(rows.hasNext()).isFalse();
  }

  private void enterSomewhere() {
    slot = SCOPE.firstSlot() + random.nextInt(3);
    project = (random.nextBoolean() ? 0 : 0x8000_0000) + slot;
    state.enter(project, slot);
  }

  private static int slotOf(int project) {
    return project & 0xFF;
  }

  private static int tableId(Table<String, String> table) {
    return table.name().equals("heard") ? HEARD : PLAIN;
  }

  private RowId id(Table<String, String> table, String key) {
    return new RowId(slot, tableId(table), project, key);
  }

  private NavigableMap<RowId, String> rowsOf(Table<String, String> table) {
    return model.subMap(id(table, ""), true, id(table, "\uffff"), true);
  }

  private static List<Table.Row<String, String>> expected(
      NavigableMap<RowId, String> rows, int limit) {
    return rows.entrySet().stream()
        .limit(limit)
        .map(e -> new Table.Row<>(e.getKey().key(), e.getValue()))
        .toList();
  }

  private String key() {
    int n = random.nextInt(keySpace);
    return n == 0 ? "" : Integer.toString(n, 4);
  }
}
