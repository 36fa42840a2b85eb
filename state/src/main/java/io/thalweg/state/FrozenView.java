package io.thalweg.state;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Frozen layers over a snapshot of the store. */
final class FrozenView implements StateView {
  private final PartitionState state;
  private final int serviceId;
  private final PartitionScope scope;
  private final long offset;
  private final byte[] cursor;
  private final List<MergeScan.Source> sources;
  private final StoreSnapshot snapshot;
  private final List<MergeScan> open = new ArrayList<>();
  private boolean closed;

  FrozenView(
      PartitionState state,
      long offset,
      byte[] cursor,
      List<MergeScan.Source> sources,
      StoreSnapshot snapshot) {
    this.state = state;
    this.scope = state.scope();
    this.serviceId = scope.serviceId();
    this.offset = offset;
    this.cursor = cursor;
    this.sources = sources;
    this.snapshot = snapshot;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public byte[] cursor() {
    return cursor.clone();
  }

  @Override
  public <K, V> Iterator<Table.Row<K, V>> scan(
      Table<K, V> table, int project, int slot, @Nullable K from, @Nullable K to) {
    if (slot < scope.firstSlot() || slot >= scope.endSlot()) {
      throw new IllegalArgumentException(
          "slot must be within the partition's "
              + scope.firstSlot()
              + ".."
              + (scope.endSlot() - 1)
              + "; got "
              + slot);
    }
    OverlayTable<K, V> rows = own(table);
    KeyWriter writer = rows.newKeyWriter();
    byte[] start = rows.rowKey(writer, project, slot, from);
    byte[] end =
        to == null
            ? RowFormat.successor(rows.rowKey(writer, project, slot, null))
            : rows.rowKey(writer, project, slot, to);
    MergeScan scan = scan(start, end);
    return new Rows<>(scan, scan::next, s -> rows.decode(s.key(), s.value()));
  }

  @Override
  public <K, V> Iterator<Table.Row<K, V>> scanAll(Table<K, V> table) {
    OverlayTable<K, V> rows = own(table);
    MergeScan scan = scanPartition();
    return new Rows<>(
        scan, () -> nextOfTable(scan, rows.id()), s -> rows.decode(s.key(), s.value()));
  }

  @Override
  public <K, V> Iterator<Table.Row<K, V>> scanAll(Table<K, V> table, int project) {
    OverlayTable<K, V> rows = own(table);
    MergeScan scan = scanPartition();
    return new Rows<>(
        scan, () -> nextOfProject(scan, rows.id(), project), s -> rows.decode(s.key(), s.value()));
  }

  @Override
  public Iterator<StoredRow> rows() {
    MergeScan scan = scanPartition();
    return new Rows<>(scan, scan::next, FrozenView::storedRow);
  }

  @Override
  public byte[] digest() {
    MessageDigest digest = sha256();
    ByteBuffer lengths = ByteBuffer.allocate(2 * Integer.BYTES);
    try (MergeScan scan = scanPartition()) {
      while (scan.next()) {
        byte[] key = scan.key();
        byte[] value = scan.value();
        // Slot, table and project are of fixed size, so the two lengths leave no doubt.
        int place = RowFormat.SLOT_AT;
        digest.update(lengths.clear().putInt(key.length - place).putInt(value.length).array());
        digest.update(key, place, key.length - place);
        digest.update(value);
      }
      open.remove(scan);
    }
    return digest.digest();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      open.forEach(MergeScan::close);
      open.clear();
      snapshot.close();
    }
  }

  private <K, V> OverlayTable<K, V> own(Table<K, V> table) {
    if (table instanceof OverlayTable<K, V> own && own.belongsTo(state)) {
      return own;
    }
    throw new IllegalArgumentException(
        "table '" + table.name() + "' is of another partition than the view");
  }

  private MergeScan scanPartition() {
    return scan(
        RowFormat.slotStart(serviceId, scope.firstSlot()),
        RowFormat.slotStart(serviceId, scope.endSlot()));
  }

  private MergeScan scan(byte[] from, byte[] to) {
    if (closed) {
      throw new IllegalStateException("the view is closed");
    }
    // An empty range must not reach the store as one that is turned around.
    byte[] end = Arrays.compareUnsigned(from, to) < 0 ? to : from;
    MergeScan scan = new MergeScan(sources, snapshot.scan(from, end, true), from, end);
    open.add(scan);
    return scan;
  }

  /** Steps to the next row of a table, over the rows of others by seeks. */
  private boolean nextOfTable(MergeScan scan, int table) {
    while (scan.next()) {
      int slot = RowFormat.slot(scan.key());
      int present = RowFormat.table(scan.key());
      if (present == table) {
        return true;
      }
      scan.seek(RowFormat.tableStart(serviceId, present < table ? slot : slot + 1, table));
    }
    return false;
  }

  private boolean nextOfProject(MergeScan scan, int table, int project) {
    while (nextOfTable(scan, table)) {
      if (RowFormat.project(scan.key()) == project) {
        return true;
      }
    }
    return false;
  }

  private static StoredRow storedRow(MergeScan scan) {
    byte[] key = scan.key();
    return new StoredRow(
        RowFormat.slot(key),
        RowFormat.table(key),
        RowFormat.project(key),
        Arrays.copyOfRange(key, RowFormat.KEY_AT, key.length),
        scan.value().clone());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  private interface Step {
    boolean next();
  }

  /** Closes its scan at the end. */
  private final class Rows<R> implements Iterator<R> {
    private final MergeScan scan;
    private final Step step;
    private final Function<MergeScan, R> read;
    private @Nullable R next;

    Rows(MergeScan scan, Step step, Function<MergeScan, R> read) {
      this.scan = scan;
      this.step = step;
      this.read = read;
      advance();
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public R next() {
      R row = next;
      if (row == null) {
        throw new NoSuchElementException();
      }
      if (closed) {
        throw new IllegalStateException("the view is closed");
      }
      advance();
      return row;
    }

    private void advance() {
      if (step.next()) {
        next = read.apply(scan);
      } else {
        next = null;
        scan.close();
        open.remove(scan);
      }
    }
  }
}
