package io.thalweg.runtime;

import io.thalweg.state.Table;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** What a scan reads from: the partition as it was at one offset. Valid during the call only. */
public interface ScanContext extends Unsealing {
  Caller caller();

  /** The offset that the view is pinned at. */
  long offset();

  /** Log time at that offset, microseconds since 1970. */
  long logTimeUs();

  /**
   * Rows of the request's routing key's slot, from inclusive to exclusive (null: open), in key
   * order.
   */
  <K, V> Iterator<Table.Row<K, V>> scan(Table<K, V> table, @Nullable K from, @Nullable K to);

  /** Every row of the caller's project in this partition: by slot, then by key. */
  <K, V> Iterator<Table.Row<K, V>> scanAll(Table<K, V> table);
}
