package io.thalweg.state;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A partition's rows as they were at one batch boundary. Used by one reader thread; must be closed,
 * or it pins memory.
 */
public interface StateView extends AutoCloseable {
  /** The offset that it is pinned at: all events below it are in it, none from it on. */
  long offset();

  /** Rows of a table in one project and slot, from inclusive to exclusive, in key order. */
  <K, V> Iterator<Table.Row<K, V>> scan(Table<K, V> table, int project, int slot, @Nullable K from, @Nullable K to);

  /** Every row of a table in this partition: by slot, then project, then key. */
  <K, V> Iterator<Table.Row<K, V>> scanAll(Table<K, V> table);

  /** A digest over all rows of all tables, order-independent of how they are stored. */
  byte[] digest();

  @Override
  void close();
}
