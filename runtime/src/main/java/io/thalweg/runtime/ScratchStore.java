package io.thalweg.runtime;

import io.thalweg.state.Store;

/**
 * A store for rows that are made again to be compared, and then thrown away.
 *
 * @param store empty at first
 * @param drop deletes what is left of it once it is closed
 */
public record ScratchStore(Store store, Runnable drop) implements AutoCloseable {
  @Override
  public void close() {
    try {
      store.close();
    } finally {
      drop.run();
    }
  }
}
