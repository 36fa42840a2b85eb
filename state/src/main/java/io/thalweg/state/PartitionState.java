package io.thalweg.state;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The tables of one partition (to be filled in). */
public final class PartitionState implements AutoCloseable {

  /** Opens the rows of a partition; nothing is read yet. */
  public static PartitionState open(Store store, PartitionScope scope) {
    throw new UnsupportedOperationException();
  }

  /**
   * Declares a table. All tables are declared before {@link #load}.
   *
   * @param id number of the table in row keys, 1..65535, never reused; from {@link
   *     #FIRST_SYSTEM_TABLE} on the runtime's
   * @param name unique in the service
   */
  public <K, V> Table<K, V> table(
      int id, String name, KeyCodec<K> keys, ValueCodec<V> values, @Nullable RowListener<K, V> listener) {
    throw new UnsupportedOperationException();
  }

  /** The cursor that was stored with the rows, or null if there is none. */
  public byte @Nullable [] storedCursor() {
    throw new UnsupportedOperationException();
  }

  /** Feeds the listeners with the stored rows. Tells {@code progress} the rows so far. */
  public void load(LongConsumer progress) {
    throw new UnsupportedOperationException();
  }

  /** Deletes all rows of the partition and its cursor, to be rebuilt from the log. */
  public void clear() {
    throw new UnsupportedOperationException();
  }

  /** Enters a project and a slot: all table operations are within them until the next call. */
  public void enter(int project, int slot) {
    throw new UnsupportedOperationException();
  }

  /** Allows writes: an event handler begins. */
  public void beginEvent() {
    throw new UnsupportedOperationException();
  }

  /** Forbids writes again. */
  public void endEvent() {
    throw new UnsupportedOperationException();
  }

  /** Begins a command: changes from here on can be taken back by {@link #undo}. */
  public void savepoint() {
    throw new UnsupportedOperationException();
  }

  /** Takes all changes since the savepoint back, telling listeners the inverse. */
  public void undo() {
    throw new UnsupportedOperationException();
  }

  /** The changes since the savepoint stand; listeners are told. */
  public void release() {
    throw new UnsupportedOperationException();
  }

  /**
   * A batch boundary: all changes so far belong to batches that end before {@code endOffset}.
   *
   * @param cursor to be stored with the rows when this boundary is written
   */
  public void batchClosed(long endOffset, byte[] cursor) {
    throw new UnsupportedOperationException();
  }

  /** Batches that end at or before {@code endOffset} are durable: their rows may be written. */
  public void durable(long endOffset) {
    throw new UnsupportedOperationException();
  }

  /**
   * Freezes the state at the last batch boundary (there must be no change after it) for readers on
   * other threads. Cheap: shares structure.
   */
  public StateView freeze() {
    throw new UnsupportedOperationException();
  }

  /** Whether the overlay is past its budget, so that commands must be refused until it is written. */
  public boolean overBudget() {
    throw new UnsupportedOperationException();
  }

  /** Bytes of memory that the overlay holds. */
  public long overlayBytes() {
    throw new UnsupportedOperationException();
  }

  /** Writes all durable rows and the cursor to the store now and waits (tests, close, verify). */
  public void flush() {
    throw new UnsupportedOperationException();
  }

  /** Flushes what is durable and lets go of the memory. */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }

  /** Lets go of the memory without writing anything. */
  public void abandon() {
    throw new UnsupportedOperationException();
  }

  /** Table numbers from here on are the runtime's. */
  public static final int FIRST_SYSTEM_TABLE = 0xFF00;
}
