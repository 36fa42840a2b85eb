package io.thalweg.log;

/**
 * The writing end of one partition, held by its leader.
 *
 * <p>Used by one thread, the partition's. Only {@link #durableOffset()} may be read from any
 * thread.
 */
public interface PartitionLog {
  PartitionId id();

  /** The epoch of this leadership; greater than that of every earlier one. */
  long epoch();

  /** The lineage that is being written. */
  Lineage lineage();

  /** The offset that the next event gets. */
  long endOffset();

  /** The offset after the last durable event. */
  long durableOffset();

  /**
   * Whether another process may take this partition over without this one hearing of it at once.
   * Then an answer that appended nothing may be out of date, and is to wait until an append that
   * was made after it is durable; the listener is told by {@link AppendListener#confirmed}.
   */
  default boolean isShared() {
    return false;
  }

  /**
   * Begins a batch whose first event gets {@link #endOffset()}. At most one batch is open at a
   * time.
   *
   * @param logTimeUs not before that of the last batch
   */
  BatchBuilder begin(long logTimeUs);

  /**
   * Appends an open batch and returns at once; the listener hears when it is durable. The builder
   * must not be used afterwards. Several appended batches may be on their way to the disk.
   *
   * @return where the log stands after this batch, to be stored with what is derived from it
   * @throws LogException if the log has failed or is closed; the batch was not written
   */
  LogCursor append(BatchBuilder batch);

  /** Gives up an open batch; its events never existed. */
  void abandon(BatchBuilder batch);

  /** Ends the leadership. Waits for nothing. */
  void resign();
}
