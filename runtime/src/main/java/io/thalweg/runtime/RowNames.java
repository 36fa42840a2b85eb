package io.thalweg.runtime;

import io.thalweg.state.PartitionState;
import io.thalweg.state.StateDiff;
import io.thalweg.state.StoredRow;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Names rows that differ, for a person. */
final class RowNames {
  private static final int MAX_KEY_BYTES = 64;

  private RowNames() {}

  /**
   * A row of the stored tables (left) that is not the same in those made from the log (right).
   *
   * @param declared knows the names of the tables
   */
  static String describe(StateDiff.Difference difference, PartitionState declared) {
    StoredRow left = difference.left();
    StoredRow right = difference.right();
    if (left == null) {
      return right == null ? "" : row(right, declared) + ": is missing in the stored tables";
    }
    return row(left, declared)
        + (right == null ? ": is in the stored tables only" : ": has another value in the log");
  }

  /** For example {@code table 1 (counters)}. */
  static String table(int id, PartitionState declared) {
    String name = declared.tableName(id);
    return "table " + id + (name == null ? " (not known to this build)" : " (" + name + ")");
  }

  private static String row(StoredRow row, PartitionState declared) {
    byte[] key = row.key();
    byte[] cut = key.length > MAX_KEY_BYTES ? Arrays.copyOf(key, MAX_KEY_BYTES) : key;
    String text = text(cut);
    return "%s, slot %d, project %d, key %s%s%s"
        .formatted(
            table(row.table(), declared),
            row.slot(),
            row.project(),
            HexFormat.of().formatHex(cut),
            key.length > MAX_KEY_BYTES ? "..." : "",
            text == null ? "" : " '" + text + "'");
  }

  /** The key as text, if it is a string or begins with one. */
  private static @Nullable String text(byte[] key) {
    int end = 0;
    while (end < key.length && key[end] >= ' ' && key[end] < 0x7F) {
      end++;
    }
    return end == 0 ? null : new String(key, 0, end, StandardCharsets.US_ASCII);
  }
}
