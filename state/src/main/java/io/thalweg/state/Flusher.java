package io.thalweg.state;

import io.thalweg.host.Waiters;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a partition's layers on the store's flush thread, in the order in which they are handed
 * in. After a failure nothing more is written, so that the store never skips a layer. Thread-safe.
 */
final class Flusher {
  private final Store store;
  private final Waiters waiters;
  private final byte[] cursorKey;
  private volatile long storedEndOffset;
  private int pending;
  private boolean stopped;
  private @Nullable Throwable failure;

  Flusher(Store store, byte[] cursorKey) {
    this.store = store;
    this.waiters = new Waiters(store.host());
    this.cursorKey = cursorKey;
  }

  /** The store's rows stand at this boundary now. */
  void startAt(long endOffset) {
    storedEndOffset = endOffset;
  }

  /** The boundary that the store's rows stand at. */
  long storedEndOffset() {
    return storedEndOffset;
  }

  /** Hands a frozen layer in, unless it was before. Partition's thread. */
  void submit(Layer layer) {
    synchronized (this) {
      if (layer.submitted || failure != null || stopped) {
        return;
      }
      layer.submitted = true;
      pending++;
    }
    try {
      store.flushExecutor().execute(() -> write(layer));
    } catch (RejectedExecutionException e) {
      done(new StoreException("the store is closed; a layer was not written", e));
    }
  }

  /**
   * Waits until all that was handed in is written.
   *
   * @throws StoreException if it could not be
   */
  void await() {
    waiters.await(this::isIdle);
  }

  private synchronized boolean isIdle() {
    return pending == 0;
  }

  /** Writes nothing more; what is being written is finished first. */
  void stop() {
    synchronized (this) {
      stopped = true;
    }
    await();
  }

  /** Throws what went wrong on the flush thread, if something did. */
  synchronized void check() {
    Throwable cause = failure;
    if (cause instanceof StoreCorruptException) {
      throw new StoreCorruptException("a layer could not be written: " + cause.getMessage(), cause);
    }
    if (cause != null) {
      throw new StoreException("a layer could not be written: " + cause.getMessage(), cause);
    }
  }

  private void write(Layer layer) {
    Throwable failed = null;
    try {
      if (mayWrite()) {
        layer.writeTo(store, cursorKey);
        storedEndOffset = layer.endOffset;
        store.budget().addDirty(-layer.bytes);
      }
    } catch (RuntimeException | Error e) {
      failed = e;
    } finally {
      done(failed);
    }
  }

  private synchronized boolean mayWrite() {
    return !stopped && failure == null;
  }

  private void done(@Nullable Throwable failed) {
    synchronized (this) {
      if (failed != null && failure == null) {
        failure = failed;
      }
      pending--;
    }
    waiters.wake();
  }
}
