package io.thalweg.keys;

import io.thalweg.keys.Ledger.InGroup;
import io.thalweg.keys.v1.CursorRow;
import io.thalweg.keys.v1.LeaseRow;
import io.thalweg.keys.v1.NamespaceRow;
import io.thalweg.keys.v1.RangeRow;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.MessageRows;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/**
 * The tables of a partition.
 *
 * <pre>
 *   namespaces  name                      -> NamespaceRow: what never changes
 *   cursors     namespace id              -> CursorRow: how far it is, and all counts
 *   ranges      namespace id, last        -> RangeRow
 *   groups      id, state, epoch, last    -> first: the ranges again, by state and lease
 *   leases      namespace id, epoch       -> LeaseRow
 *   custom      namespace id, key         -> when it was claimed, us
 *   7: the tokens of guards, see {@link Guards}
 * </pre>
 */
record Tables(
    Table<String, NamespaceRow> namespaces,
    Table<Long, CursorRow> cursors,
    Ledger ledger,
    Table<Pair<Long, Long>, LeaseRow> leases,
    Table<Pair<Long, String>, Long> custom,
    NamespaceIndex index) {
  /** Number of the table of guards. */
  static final int GUARDS = 7;

  private static final byte FORMAT = 1;

  static Tables declare(Definition d) {
    NamespaceIndex index = new NamespaceIndex();
    var names = KeyCodecs.pair(KeyCodecs.int64(), KeyCodecs.string());
    var numbers = KeyCodecs.pair(KeyCodecs.int64(), KeyCodecs.int64());
    Table<String, NamespaceRow> namespaces =
        d.table(
            1,
            "namespaces",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, NamespaceRow.getDefaultInstance()),
            index);
    Table<Long, CursorRow> cursors =
        d.table(
            2,
            "cursors",
            KeyCodecs.int64(),
            MessageRows.codec(FORMAT, CursorRow.getDefaultInstance()));
    Table<Pair<Long, Long>, RangeRow> ranges =
        d.table(3, "ranges", numbers, MessageRows.codec(FORMAT, RangeRow.getDefaultInstance()));
    Table<InGroup, Long> groups = d.table(4, "groups", Ledger.GROUP_KEYS, ValueCodecs.int64());
    Table<Pair<Long, Long>, LeaseRow> leases =
        d.table(5, "leases", numbers, MessageRows.codec(FORMAT, LeaseRow.getDefaultInstance()));
    Table<Pair<Long, String>, Long> custom = d.table(6, "custom", names, ValueCodecs.int64());
    return new Tables(namespaces, cursors, new Ledger(ranges, groups), leases, custom, index);
  }

  /** How far a namespace is. */
  CursorRow cursor(Namespace namespace) {
    return cursor(namespace.id());
  }

  CursorRow cursor(long id) {
    CursorRow row = cursors.get(id);
    return row == null ? CursorRow.getDefaultInstance() : row;
  }
}
