package io.thalweg.state;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A partition's rows as they were at one batch boundary. Used by one reader thread at a time; must
 * be closed, or it pins memory and keeps the store from closing.
 */
public interface StateView extends AutoCloseable {
  /** The offset that it is pinned at: all events below it are in it, none from it on. */
  long offset();

  /** The cursor of that boundary; empty if nothing was applied yet. */
  byte[] cursor();

  /**
   * Rows of a table in one project and slot, from inclusive to exclusive, in key order. An iterator
   * that is not read to its end is closed with the view.
   */
  <K, V> Iterator<Table.Row<K, V>> scan(
      Table<K, V> table, int project, int slot, @Nullable K from, @Nullable K to);

  /** Every row of a table in this partition: by slot, then project, then key. */
  <K, V> Iterator<Table.Row<K, V>> scanAll(Table<K, V> table);

  /** Every row of a table and a project in this partition: by slot, then key. */
  <K, V> Iterator<Table.Row<K, V>> scanAll(Table<K, V> table, int project);

  /**
   * Every row of every table, also of tables that are not declared: by slot, table, project, key.
   */
  Iterator<StoredRow> rows();

  /**
   * SHA-256 over slot, table, project, key and value of all rows in key order, with lengths; the
   * same for the same rows, whatever the service is called and however they are stored.
   */
  byte[] digest();

  @Override
  void close();
}
