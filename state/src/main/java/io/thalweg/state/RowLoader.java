package io.thalweg.state;

import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Reads a partition's rows in key order and tells those that a listener derives from. */
final class RowLoader {
  static final int PROGRESS_ROWS = 10_000;

  /** Rows of a table without a listener are stepped over one by one so often, then by a seek. */
  private static final int STEPS_BEFORE_SEEK = 32;

  private RowLoader() {}

  static void load(
      Store store,
      PartitionScope scope,
      Map<Integer, OverlayTable<?, ?>> tables,
      LongConsumer progress) {
    if (tables.values().stream().noneMatch(OverlayTable::listens)) {
      progress.accept(0);
      return;
    }
    byte[] from = RowFormat.slotStart(scope.serviceId(), scope.firstSlot());
    byte[] to = RowFormat.slotStart(scope.serviceId(), scope.endSlot());
    try (StoreSnapshot snapshot = store.snapshot();
        StoreScan scan = snapshot.scan(from, to, true)) {
      long rows = 0;
      int skipped = 0;
      int presentId = -1;
      OverlayTable<?, ?> present = null;
      while (scan.next()) {
        byte[] key = scan.key();
        int id = RowFormat.table(key);
        if (id != presentId) {
          presentId = id;
          present = listening(tables, id);
          skipped = 0;
        }
        if (present != null) {
          present.load(key, scan.rowValue());
          if (++rows % PROGRESS_ROWS == 0) {
            progress.accept(rows);
          }
        } else if (++skipped > STEPS_BEFORE_SEEK) {
          scan.seek(RowFormat.tableStart(scope.serviceId(), RowFormat.slot(key), id + 1));
          skipped = 0;
        }
      }
      progress.accept(rows);
    }
  }

  private static @Nullable OverlayTable<?, ?> listening(
      Map<Integer, OverlayTable<?, ?>> tables, int id) {
    OverlayTable<?, ?> table = tables.get(id);
    return table != null && table.listens() ? table : null;
  }
}
