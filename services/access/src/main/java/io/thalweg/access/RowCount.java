package io.thalweg.access;

import io.thalweg.state.RowListener;

/** How many rows a table of a partition has, over all projects. */
final class RowCount {
  private int count;

  int count() {
    return count;
  }

  <K, V> RowListener<K, V> listener() {
    return (project, key, before, after) ->
        count += (after == null ? 0 : 1) - (before == null ? 0 : 1);
  }
}
