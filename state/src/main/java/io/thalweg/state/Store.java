package io.thalweg.state;

import io.thalweg.host.Host;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * An ordered map of bytes in which the rows of a node's partitions are kept: {@link RocksStore}, or
 * {@link MemoryStore} with the same behaviour. Keys are in unsigned lexicographic order.
 *
 * <p>A batch is written whole or not at all. After a crash the store holds a prefix of the batches
 * that were written, in the order in which they were written. Thread-safe. After {@link #close}
 * every call throws {@link StoreException}.
 */
public interface Store extends AutoCloseable {
  StateOptions options();

  /** What threads over this store wait through. */
  Host host();

  /** The memory of all overlays over this store. */
  MemoryBudget budget();

  /** Where partitions write their layers; may run a task before it returns. */
  Executor flushExecutor();

  /** The value of a key, or null. The array is the caller's. */
  byte @Nullable [] get(byte[] key);

  /** A batch to be filled, written and closed by one thread. */
  StoreBatch batch();

  /** The store as it is now. */
  StoreSnapshot snapshot();

  /** Makes all that is written survive a crash. */
  void persist();

  /**
   * Persists and closes.
   *
   * @throws StoreException if snapshots are still open after {@value #CLOSE_WAIT_MS} ms
   */
  @Override
  void close();

  /** How long a close waits for snapshots and batches to be closed. */
  long CLOSE_WAIT_MS = 10_000;
}
