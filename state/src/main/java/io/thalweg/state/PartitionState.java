package io.thalweg.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one partition: an overlay of changes in memory over the rows in a {@link Store}.
 *
 * <p>Life: declare all tables, {@link #load}, then for each command {@link #enter}, {@link
 * #savepoint}, events between {@link #beginEvent} and {@link #endEvent}, {@link #release} or {@link
 * #undo}; {@link #batchClosed} after each batch and {@link #durable} when it is. Only the
 * partition's thread calls it.
 *
 * <p>Only rows of durable batches are ever written to the store, and always with the cursor of the
 * boundary that they stand at. If writing failed, {@link #batchClosed}, {@link #durable} and {@link
 * #flush} throw {@link StoreException}: then {@link #abandon} and reopen.
 */
public final class PartitionState implements AutoCloseable {
  /** Table numbers from here on are the runtime's. */
  public static final int FIRST_SYSTEM_TABLE = 0xFF00;

  /** The most bytes of a cursor. */
  public static final int MAX_CURSOR_BYTES = RowFormat.MAX_CURSOR_BYTES;

  private final Store store;
  private final PartitionScope scope;
  private final Overlay overlay;
  private final Map<Integer, OverlayTable<?, ?>> tables = new HashMap<>();
  private final Set<String> tableNames = new HashSet<>();
  private final List<OverlayTable<?, ?>> unsettled = new ArrayList<>();

  private int project;
  private int slot = -1;
  private boolean needsLoad;
  private boolean loaded;
  private boolean inEvent;
  private boolean inCommand;
  private boolean changedSinceBoundary;
  private boolean changedBeforeCommand;
  private boolean closed;
  private long boundary;
  private byte[] boundaryCursor;
  private long durableOffset;

  private PartitionState(Store store, PartitionScope scope) {
    this.store = store;
    this.scope = scope;
    if (RowReplacement.isUnfinished(store, scope)) {
      RowReplacement.clear(store, scope);
    }
    byte[] stored = store.get(RowFormat.cursorKey(scope));
    store.budget().partitionOpened();
    this.overlay = new Overlay(store, scope);
    this.needsLoad = stored != null;
    this.boundary = stored == null ? 0 : RowFormat.cursorOffset(stored);
    this.boundaryCursor = stored == null ? new byte[0] : RowFormat.cursorBytes(stored);
    this.durableOffset = boundary;
    overlay.flusher().startAt(boundary);
  }

  /** Opens the rows of a partition; nothing is read yet but its cursor. */
  public static PartitionState open(Store store, PartitionScope scope) {
    return new PartitionState(store, scope);
  }

  /**
   * Declares a table. All tables are declared before {@link #load}.
   *
   * @param id number of the table in row keys, 1..65535, never reused; from {@link
   *     #FIRST_SYSTEM_TABLE} on the runtime's
   * @param name unique in the service
   */
  public <K, V> Table<K, V> table(
      int id,
      String name,
      KeyCodec<K> keys,
      ValueCodec<V> values,
      @Nullable RowListener<K, V> listener) {
    requireOpen();
    if (loaded) {
      throw new IllegalStateException("table '" + name + "' is declared after load");
    }
    if (id < 1 || id > 0xFFFF) {
      throw new IllegalArgumentException(
          "table '" + name + "': id must be within 1..65535; got " + id);
    }
    if (name.isEmpty() || tableNames.contains(name)) {
      throw new IllegalArgumentException("table name '" + name + "' is empty or used twice");
    }
    OverlayTable<?, ?> other = tables.get(id);
    if (other != null) {
      throw new IllegalArgumentException(
          "table id " + id + " is used by '" + other.name() + "' and '" + name + "'");
    }
    OverlayTable<K, V> table = new OverlayTable<>(this, overlay, id, name, keys, values, listener);
    tables.put(id, table);
    tableNames.add(name);
    return table;
  }

  /** The cursor that was stored with the rows, or null if there is none. */
  public byte @Nullable [] storedCursor() {
    requireOpen();
    byte[] stored = store.get(RowFormat.cursorKey(scope));
    return stored == null ? null : RowFormat.cursorBytes(stored);
  }

  /** The boundary that the stored rows stand at; 0 if there is none. Reads nothing. */
  public long storedEndOffset() {
    requireOpen();
    return overlay.flusher().storedEndOffset();
  }

  /**
   * Feeds the listeners with the stored rows, by one scan in key order. Once, before any write; may
   * be left out if there is no stored cursor.
   *
   * @param progress told the rows so far, every {@value RowLoader#PROGRESS_ROWS} and at the end
   */
  public void load(LongConsumer progress) {
    requireOpen();
    if (loaded) {
      throw new IllegalStateException("the partition is loaded already");
    }
    loaded = true;
    needsLoad = false;
    RowLoader.load(store, scope, tables, progress);
    tables.values().forEach(OverlayTable::loaded);
  }

  /** Deletes all rows of the partition and its cursor, to be rebuilt from the log. Before load. */
  public void clear() {
    requireOpen();
    if (loaded) {
      throw new IllegalStateException("a partition is cleared before it is loaded");
    }
    RowReplacement.clear(store, scope);
    needsLoad = false;
    boundary = 0;
    boundaryCursor = new byte[0];
    durableOffset = 0;
    overlay.flusher().startAt(0);
  }

  /**
   * Puts other rows in the place of all rows, as of a boundary that is durable; {@link #load} comes
   * after it. A crash before it returns leaves, at the next open, a partition without rows and
   * without a cursor; never a part of the rows. If {@code rows} throws, {@link #clear} it or
   * replace its rows again.
   *
   * @param rows each once, in any order; their values are not checked
   * @param endOffset the boundary at which they stand
   * @param cursor stored with them; at most {@value #MAX_CURSOR_BYTES} bytes
   * @return the number of rows
   */
  public long replaceRows(Iterator<StoredRow> rows, long endOffset, byte[] cursor) {
    requireOpen();
    if (loaded) {
      throw new IllegalStateException("rows are replaced before a partition is loaded");
    }
    checkCursor(cursor);
    long count = RowReplacement.replace(store, scope, rows, endOffset, cursor);
    needsLoad = true;
    boundary = endOffset;
    boundaryCursor = cursor;
    durableOffset = endOffset;
    overlay.flusher().startAt(endOffset);
    return count;
  }

  /** The declared name of a table, or null if none is declared with this number. */
  public @Nullable String tableName(int id) {
    OverlayTable<?, ?> table = tables.get(id);
    return table == null ? null : table.name();
  }

  /** Enters a project and a slot: all table operations are within them until the next call. */
  public void enter(int project, int slot) {
    if (slot < scope.firstSlot() || slot >= scope.endSlot()) {
      throw new IllegalArgumentException(
          "slot must be within the partition's "
              + scope.firstSlot()
              + ".."
              + (scope.endSlot() - 1)
              + "; got "
              + slot);
    }
    this.project = project;
    this.slot = slot;
  }

  /** Allows writes: an event handler begins. */
  public void beginEvent() {
    requireOpen();
    if (inEvent) {
      throw new IllegalStateException("an event handler has begun already");
    }
    if (needsLoad) {
      throw new IllegalStateException("the partition is not loaded; listeners would miss its rows");
    }
    loaded = true;
    inEvent = true;
  }

  /**
   * Puts a row as it stands in another store. In an event handler; the state has entered the row's
   * place after.
   *
   * @throws IllegalArgumentException if no table of its number is declared, its slot is of another
   *     partition, or it is no row of the table
   */
  public void putRow(StoredRow row) {
    OverlayTable<?, ?> table = tables.get(row.table());
    if (table == null) {
      throw new IllegalArgumentException(
          "table number " + row.table() + " is not known to this build");
    }
    enter(row.project(), row.slot());
    table.putRow(row.key(), row.value());
  }

  /**
   * Forbids writes again. Without a savepoint (at replay) the changes stand and listeners are told.
   */
  public void endEvent() {
    if (!inEvent) {
      throw new IllegalStateException("no event handler has begun");
    }
    inEvent = false;
    if (!inCommand) {
      settle();
    }
  }

  /** Begins a command: changes from here on can be taken back by {@link #undo}. */
  public void savepoint() {
    requireOpen();
    if (inCommand || inEvent) {
      throw new IllegalStateException("a savepoint within a command or an event");
    }
    inCommand = true;
    changedBeforeCommand = changedSinceBoundary;
    overlay.startRecording();
  }

  /**
   * Takes all changes since the savepoint back, the last one first, telling listeners the inverse.
   * Also ends an event handler that threw.
   */
  public void undo() {
    requireCommand();
    inCommand = false;
    inEvent = false;
    overlay.undo();
    changedSinceBoundary = changedBeforeCommand;
    settle();
  }

  /** The changes since the savepoint stand; listeners are told. */
  public void release() {
    requireCommand();
    if (inEvent) {
      throw new IllegalStateException("a command is released within an event");
    }
    inCommand = false;
    overlay.stopRecording();
    settle();
  }

  /**
   * A batch boundary: all changes so far belong to batches that end before {@code endOffset}. May
   * freeze a layer. Not within a command or an event.
   *
   * @param endOffset not below the last one
   * @param cursor to be stored with the rows when this boundary is written; at most {@value
   *     #MAX_CURSOR_BYTES} bytes; kept
   */
  public void batchClosed(long endOffset, byte[] cursor) {
    requireBetweenCommands("a batch is closed");
    if (endOffset < boundary) {
      throw new IllegalArgumentException(
          "endOffset must not be below the last boundary " + boundary + "; got " + endOffset);
    }
    checkCursor(cursor);
    overlay.flusher().check();
    boundary = endOffset;
    boundaryCursor = cursor;
    changedSinceBoundary = false;
    overlay.batchClosed(endOffset, cursor);
    overlay.writeDurable(durableOffset);
  }

  /**
   * Batches that end at or before {@code endOffset} are durable: their rows may be written, which
   * the store's flush thread does.
   */
  public void durable(long endOffset) {
    requireOpen();
    overlay.flusher().check();
    durableOffset = Math.max(durableOffset, endOffset);
    if (store.budget().underPressure() && atBoundary()) {
      overlay.freeze();
    }
    overlay.writeDurable(durableOffset);
  }

  /**
   * Freezes the state at the last batch boundary (there must be no change after it) for readers on
   * other threads. Cheap: shares structure.
   */
  public StateView freeze() {
    requireBetweenCommands("a view is frozen");
    if (changedSinceBoundary) {
      throw new IllegalStateException("a view is frozen after changes of a batch that is open");
    }
    List<MergeScan.Source> sources = overlay.freezeSources();
    return new FrozenView(this, boundary, boundaryCursor, sources, store.snapshot());
  }

  /**
   * Whether the overlays are past their budget, so that commands must be refused until they are
   * written. Hands over what can be written then.
   */
  public boolean overBudget() {
    requireOpen();
    boolean over = overlay.overBudget();
    if (over) {
      flushInBackground();
    }
    return over;
  }

  /** Bytes of memory that the overlay holds, an estimate. */
  public long overlayBytes() {
    return overlay.bytes();
  }

  /** Whether batches were closed that are not in the store. */
  public boolean wantsFlush() {
    return overlay.hasUnwritten();
  }

  /**
   * For an idle partition: freezes the layer at the last boundary, if nothing changed after it, and
   * hands it to the flush thread if that boundary is durable (else it is when it is). Cheap.
   */
  public void flushInBackground() {
    requireOpen();
    if (atBoundary()) {
      overlay.freeze();
    }
    overlay.writeDurable(durableOffset);
  }

  /**
   * Writes all durable rows and the cursor to the store now and waits (tests, close, verify). Rows
   * are written by layers: a layer with a boundary that is not durable waits whole. {@link
   * Store#persist} makes them survive a crash.
   */
  public void flush() {
    flushInBackground();
    overlay.flusher().await();
    // Layers that waited may have kept the active one from freezing.
    flushInBackground();
    overlay.flusher().await();
    overlay.flusher().check();
  }

  /** Flushes what is durable and lets go of the memory. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      flush();
    } finally {
      abandon();
    }
  }

  /** Lets go of the memory without writing anything more. */
  public void abandon() {
    if (closed) {
      return;
    }
    closed = true;
    overlay.flusher().stop();
    overlay.clear();
    store.budget().partitionClosed();
  }

  /** Slots and service of the partition. */
  public PartitionScope scope() {
    return scope;
  }

  StateOptions options() {
    return store.options();
  }

  int project() {
    return project;
  }

  int slot() {
    if (slot < 0) {
      throw new IllegalStateException("no project and slot was entered");
    }
    return slot;
  }

  void requireEvent(OverlayTable<?, ?> table) {
    requireOpen();
    if (!inEvent) {
      throw new IllegalStateException(table + " is written outside of an event handler");
    }
  }

  void changed() {
    changedSinceBoundary = true;
  }

  void unsettled(OverlayTable<?, ?> table) {
    unsettled.add(table);
  }

  private void settle() {
    for (OverlayTable<?, ?> table : unsettled) {
      table.settled();
    }
    unsettled.clear();
  }

  private static void checkCursor(byte[] cursor) {
    if (cursor.length > MAX_CURSOR_BYTES) {
      throw new IllegalArgumentException(
          "cursor: at most " + MAX_CURSOR_BYTES + " bytes; got " + cursor.length);
    }
  }

  private boolean atBoundary() {
    return !changedSinceBoundary && !inEvent && !inCommand;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the partition's state is closed");
    }
  }

  private void requireCommand() {
    requireOpen();
    if (!inCommand) {
      throw new IllegalStateException("no savepoint was made");
    }
  }

  private void requireBetweenCommands(String what) {
    requireOpen();
    if (inCommand || inEvent) {
      throw new IllegalStateException(what + " within a command or an event");
    }
  }
}
