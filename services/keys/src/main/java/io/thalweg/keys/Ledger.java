package io.thalweg.keys;

import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.RangeRow;
import io.thalweg.keys.v1.RangeState;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of each position of a namespace, in ranges. Positions below the high mark are used
 * and those from it on are fresh, but where a row says something else: leased, lost, handed back or
 * released below it, claimed above it. Neighbours of one state (and one lease) are one row, so
 * there are as many rows as the state has changes: a namespace whose keys are given one after the
 * other has none.
 *
 * <p>A row's key ends with the last position of its range, so that the first row from a position on
 * is the one that holds it, or lies behind it. Those to be given again and those of each lease are
 * in a second table by state, to be found without a search. All of it costs one or two rows read
 * for each range.
 */
final class Ledger {
  static final KeyCodec<Pair<Long, Long>> RANGE_KEYS =
      KeyCodecs.pair(KeyCodecs.int64(), KeyCodecs.int64());
  static final KeyCodec<InGroup> GROUP_KEYS =
      KeyCodecs.of(
          (key, out) -> {
            out.int64(key.id());
            out.int32(key.state());
            out.int64(key.epoch());
            out.int64(key.last());
          },
          in -> new InGroup(in.int64(), in.int32(), in.int64(), in.int64()));

  private final Table<Pair<Long, Long>, RangeRow> ranges;
  private final Table<InGroup, Long> groups;

  Ledger(Table<Pair<Long, Long>, RangeRow> ranges, Table<InGroup, Long> groups) {
    this.ranges = ranges;
    this.groups = groups;
  }

  /** Where a range stands among those of its state and lease. */
  record InGroup(long id, int state, long epoch, long last) {}

  /** A row: a range that is not as its side of the high mark is. */
  record Entry(Span span, RangeState state, long epoch) {}

  /** The row that holds a position, or null. */
  @Nullable Entry at(long id, long position) {
    Entry entry = firstFrom(id, position);
    return entry != null && entry.span().first() <= position ? entry : null;
  }

  /** The first row that ends at a position or behind it, or null. */
  @Nullable Entry firstFrom(long id, long position) {
    List<Table.Row<Pair<Long, Long>, RangeRow>> rows =
        ranges.scan(new Pair<>(id, position), new Pair<>(id, Long.MAX_VALUE), 1);
    return rows.isEmpty() ? null : entry(rows.getFirst());
  }

  /** Ranges to be given again, lowest first. */
  List<Span> toGiveAgain(long id, RangeState state, int limit) {
    return group(id, state, 0, limit);
  }

  /** What is of unknown fate of a lease, lowest first. */
  List<Span> leased(long id, long epoch, int limit) {
    return group(id, RangeState.RANGE_LEASED, epoch, limit);
  }

  private List<Span> group(long id, RangeState state, long epoch, int limit) {
    return groups
        .scan(
            new InGroup(id, state.getNumber(), epoch, 0),
            new InGroup(id, state.getNumber(), epoch, Long.MAX_VALUE),
            limit)
        .stream()
        .map(row -> new Span(row.value(), row.key().last()))
        .toList();
  }

  private static Entry entry(Table.Row<Pair<Long, Long>, RangeRow> row) {
    return new Entry(
        new Span(row.value().getFirst(), row.key().second()),
        row.value().getState(),
        row.value().getEpoch());
  }

  /** Raises the high mark: what was claimed below it is used like all else. */
  void raise(long id, CursorRow.Builder cursor, long high) {
    if (high <= cursor.getHigh()) {
      return;
    }
    for (Entry entry = firstFrom(id, cursor.getHigh());
        entry != null && entry.span().last() < high;
        entry = firstFrom(id, cursor.getHigh())) {
      remove(id, cursor, entry);
    }
    cursor.setHigh(high);
  }

  /**
   * Changes the state of a range, all of which has the same one now.
   *
   * @param state null: as its side of the high mark is
   */
  void set(long id, CursorRow.Builder cursor, Span span, @Nullable RangeState state, long epoch) {
    Entry present = firstFrom(id, span.first());
    if (present != null && present.span().first() <= span.last()) {
      Span whole = present.span();
      if (whole.first() > span.first() || whole.last() < span.last()) {
        throw new IllegalStateException(span + " is of more than one state: " + present);
      }
      remove(id, cursor, present);
      if (whole.first() < span.first()) {
        add(
            id,
            cursor,
            new Span(whole.first(), span.first() - 1),
            present.state(),
            present.epoch());
      }
      if (whole.last() > span.last()) {
        add(id, cursor, new Span(span.last() + 1, whole.last()), present.state(), present.epoch());
      }
    }
    if (state != null) {
      join(id, cursor, span, state, epoch);
    }
  }

  private void join(long id, CursorRow.Builder cursor, Span span, RangeState state, long epoch) {
    long first = span.first();
    long last = span.last();
    Entry before = first == 0 ? null : at(id, first - 1);
    if (before != null && before.state() == state && before.epoch() == epoch) {
      remove(id, cursor, before);
      first = before.span().first();
    }
    Entry after = at(id, last + 1);
    if (after != null && after.state() == state && after.epoch() == epoch) {
      remove(id, cursor, after);
      last = after.span().last();
    }
    add(id, cursor, new Span(first, last), state, epoch);
  }

  /** Lowers the high mark over a range that was handed back: it is fresh again. */
  void lower(long id, CursorRow.Builder cursor) {
    Entry top = cursor.getHigh() == 0 ? null : at(id, cursor.getHigh() - 1);
    if (top != null && top.state() == RangeState.RANGE_HANDED_BACK) {
      remove(id, cursor, top);
      cursor.setHigh(top.span().first());
    }
  }

  private void add(long id, CursorRow.Builder cursor, Span span, RangeState state, long epoch) {
    ranges.replace(
        new Pair<>(id, span.last()),
        null,
        RangeRow.newBuilder().setFirst(span.first()).setState(state).setEpoch(epoch).build());
    if (isInGroup(state)) {
      groups.replace(new InGroup(id, state.getNumber(), epoch, span.last()), null, span.first());
    }
    count(cursor, state, span.count());
    cursor.setRanges(cursor.getRanges() + 1);
  }

  private void remove(long id, CursorRow.Builder cursor, Entry entry) {
    ranges.delete(new Pair<>(id, entry.span().last()));
    if (isInGroup(entry.state())) {
      groups.delete(new InGroup(id, entry.state().getNumber(), entry.epoch(), entry.span().last()));
    }
    count(cursor, entry.state(), -entry.span().count());
    cursor.setRanges(cursor.getRanges() - 1);
  }

  private static boolean isInGroup(RangeState state) {
    return state == RangeState.RANGE_LEASED
        || state == RangeState.RANGE_HANDED_BACK
        || state == RangeState.RANGE_RELEASED;
  }

  private static void count(CursorRow.Builder cursor, RangeState state, long more) {
    switch (state) {
      case RANGE_LEASED -> cursor.setLeased(cursor.getLeased() + more);
      case RANGE_LOST -> cursor.setLost(cursor.getLost() + more);
      case RANGE_HANDED_BACK -> cursor.setHandedBack(cursor.getHandedBack() + more);
      case RANGE_RELEASED -> cursor.setReleased(cursor.getReleased() + more);
      case RANGE_CLAIMED -> cursor.setClaimedAhead(cursor.getClaimedAhead() + more);
      case RANGE_STATE_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalStateException("a range without a state");
    }
  }

  /** Forgets all of a namespace. */
  void clear(long id) {
    ranges.deleteRange(new Pair<>(id, 0L), new Pair<>(id, Long.MAX_VALUE));
    groups.deleteRange(
        new InGroup(id, 0, 0, 0),
        new InGroup(id, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE));
  }
}
