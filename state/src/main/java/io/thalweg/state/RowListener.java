package io.thalweg.state;

import org.jspecify.annotations.Nullable;

/**
 * A structure that is derived from the rows of a table: a rank index, a counter tree. It lives in
 * memory, changes with each row and is rebuilt from the rows when the partition is opened.
 *
 * <p>Undoing a command is the inverse change: the listener is told (key, after, before). Called on
 * the partition's thread.
 */
public interface RowListener<K, V> {
  /**
   * A row changed; when a partition is opened, once for each row, with {@code before} null.
   *
   * @param before null if there was no row
   * @param after null if there is none any more
   */
  void changed(int project, K key, @Nullable V before, @Nullable V after);

  /** The changes since the last call stand: their command can no longer be undone. */
  default void settled() {}
}
