package io.thalweg.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How two views of a partition differ.
 *
 * @param differences the first ones, in key order
 * @param rows rows that were compared (a row that both have counts once)
 * @param complete whether all rows were compared; false if it stopped at the limit
 * @param byTable how many rows differ, by number of the table
 */
public record StateDiff(
    List<Difference> differences, long rows, boolean complete, SortedMap<Integer, Long> byTable) {

  /**
   * A row that is not the same in both.
   *
   * @param left null if the left view has no such row
   * @param right null if the right view has no such row
   */
  public record Difference(@Nullable StoredRow left, @Nullable StoredRow right) {}

  private static final Comparator<StoredRow> BY_KEY =
      Comparator.comparingInt(StoredRow::slot)
          .thenComparingInt(StoredRow::table)
          .thenComparing(StoredRow::project, Integer::compareUnsigned)
          .thenComparing(StoredRow::key, Arrays::compareUnsigned);

  public boolean isEmpty() {
    return differences.isEmpty();
  }

  /**
   * Compares all rows of two views.
   *
   * @param limit stop after so many differences, at least 1
   */
  public static StateDiff between(StateView left, StateView right, int limit) {
    return compare(left, right, limit, true);
  }

  /**
   * Compares all rows of two views to their end.
   *
   * @param keep so many differences, at least 1; the others are only counted
   */
  public static StateDiff counting(StateView left, StateView right, int keep) {
    return compare(left, right, keep, false);
  }

  private static StateDiff compare(
      StateView left, StateView right, int limit, boolean stopAtLimit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1; got " + limit);
    }
    List<Difference> differences = new ArrayList<>();
    Iterator<StoredRow> lefts = left.rows();
    Iterator<StoredRow> rights = right.rows();
    StoredRow l = nextOf(lefts);
    StoredRow r = nextOf(rights);
    long rows = 0;
    SortedMap<Integer, Long> byTable = new TreeMap<>();
    while ((l != null || r != null) && (!stopAtLimit || differences.size() < limit)) {
      rows++;
      int order = l == null ? 1 : r == null ? -1 : BY_KEY.compare(l, r);
      if (order != 0 || !sameValue(l, r)) {
        StoredRow leftRow = order <= 0 ? l : null;
        StoredRow rightRow = order >= 0 ? r : null;
        if (differences.size() < limit) {
          differences.add(new Difference(leftRow, rightRow));
        }
        StoredRow either = leftRow != null ? leftRow : rightRow;
        if (either != null) {
          byTable.merge(either.table(), 1L, Long::sum);
        }
      }
      l = order <= 0 ? nextOf(lefts) : l;
      r = order >= 0 ? nextOf(rights) : r;
    }
    return new StateDiff(
        List.copyOf(differences),
        rows,
        l == null && r == null,
        Collections.unmodifiableSortedMap(byTable));
  }

  private static boolean sameValue(@Nullable StoredRow l, @Nullable StoredRow r) {
    return l != null && r != null && Arrays.equals(l.value(), r.value());
  }

  private static @Nullable StoredRow nextOf(Iterator<StoredRow> rows) {
    return rows.hasNext() ? rows.next() : null;
  }
}
