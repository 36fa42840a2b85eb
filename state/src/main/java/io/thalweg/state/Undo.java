package io.thalweg.state;

import org.jspecify.annotations.Nullable;

/** What takes one change back. */
sealed interface Undo {
  /**
   * An entry of the active layer.
   *
   * @param before its value before; null if there was no entry
   */
  record Entry(CowTree tree, byte[] key, byte @Nullable [] before) implements Undo {}

  /** A change that a table's listener was told. */
  record Told<K, V>(
      OverlayTable<K, V> table, int project, K key, @Nullable V before, @Nullable V after)
      implements Undo {}
}
