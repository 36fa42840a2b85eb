package io.thalweg.state;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table over the partition's {@link Overlay}. Partition's thread. */
final class OverlayTable<K, V> implements Table<K, V> {
  private final PartitionState state;
  private final Overlay overlay;
  private final int id;
  private final String name;
  private final KeyCodec<K> keys;
  private final ValueCodec<V> values;
  private final @Nullable RowListener<K, V> listener;
  private final boolean verifyBefore;
  private final KeyWriter writer;

  /** The listener was told changes since it was last told that they stand. */
  private boolean unsettled;

  OverlayTable(
      PartitionState state,
      Overlay overlay,
      int id,
      String name,
      KeyCodec<K> keys,
      ValueCodec<V> values,
      @Nullable RowListener<K, V> listener) {
    this.state = state;
    this.overlay = overlay;
    this.id = id;
    this.name = name;
    this.keys = keys;
    this.values = values;
    this.listener = listener;
    this.verifyBefore = state.options().verifyBefore();
    this.writer = newKeyWriter();
  }

  @Override
  public String name() {
    return name;
  }

  int id() {
    return id;
  }

  boolean listens() {
    return listener != null;
  }

  boolean belongsTo(PartitionState other) {
    return state == other;
  }

  @Override
  public @Nullable V get(K key) {
    return read(rowKey(key));
  }

  @Override
  public boolean contains(K key) {
    return overlay.get(rowKey(key)) != null;
  }

  @Override
  public void put(K key, V value) {
    state.requireEvent(this);
    byte[] row = rowKey(key);
    byte[] encoded = encode(value);
    V before = listener == null ? null : read(row);
    write(row, encoded);
    tell(key, before, value);
  }

  /** Puts a row whose key and value are encoded. */
  void putRow(byte[] key, byte[] value) {
    state.requireEvent(this);
    byte[] row = rowPrefix(new KeyPrefix(key));
    Row<K, V> decoded = decode(row, value);
    V before = listener == null ? null : read(row);
    write(row, value);
    tell(decoded.key(), before, decoded.value());
  }

  @Override
  public void replace(K key, @Nullable V before, V after) {
    state.requireEvent(this);
    byte[] row = rowKey(key);
    byte[] encoded = encode(after);
    if (verifyBefore) {
      verify(key, row, before);
    }
    write(row, encoded);
    tell(key, before, after);
  }

  @Override
  public void delete(K key) {
    state.requireEvent(this);
    byte[] row = rowKey(key);
    if (listener == null) {
      state.changed();
      overlay.delete(row);
      return;
    }
    V before = read(row);
    if (before != null) {
      state.changed();
      overlay.delete(row);
      tell(key, before, null);
    }
  }

  @Override
  public void delete(K key, V before) {
    state.requireEvent(this);
    byte[] row = rowKey(key);
    if (verifyBefore) {
      verify(key, row, before);
    }
    state.changed();
    overlay.delete(row);
    tell(key, before, null);
  }

  @Override
  public void deleteRange(K from, K to) {
    state.requireEvent(this);
    state.changed();
    overlay.deleteRange(rowKey(from), rowKey(to));
  }

  @Override
  public void deletePrefix(KeyPrefix prefix) {
    state.requireEvent(this);
    state.changed();
    byte[] from = rowPrefix(prefix);
    overlay.deleteRange(from, RowFormat.successor(from));
  }

  @Override
  public List<Row<K, V>> scan(@Nullable K from, @Nullable K to, int limit) {
    byte[] start = start();
    return rows(
        from == null ? start : rowKey(from),
        to == null ? RowFormat.successor(start) : rowKey(to),
        limit);
  }

  @Override
  public List<Row<K, V>> scanPrefix(KeyPrefix prefix, int limit) {
    byte[] from = rowPrefix(prefix);
    return rows(from, RowFormat.successor(from), limit);
  }

  @Override
  public @Nullable Row<K, V> first() {
    List<Row<K, V>> rows = scan(null, null, 1);
    return rows.isEmpty() ? null : rows.get(0);
  }

  /** A row as its table reads it. Any thread. */
  Row<K, V> decode(byte[] rowKey, byte[] value) {
    return new Row<>(keys.decode(new KeyReader(rowKey, RowFormat.KEY_AT)), values.decode(value));
  }

  /** Tells the listener a stored row. */
  void load(byte[] rowKey, byte[] value) {
    if (listener != null) {
      K key = keys.decode(new KeyReader(rowKey, RowFormat.KEY_AT));
      listener.changed(RowFormat.project(rowKey), key, null, values.decode(value));
    }
  }

  /** All stored rows were told. */
  void loaded() {
    if (listener != null) {
      listener.settled();
    }
  }

  /** A writer of this table's row keys, without the place. Any thread. */
  KeyWriter newKeyWriter() {
    KeyWriter out = new KeyWriter("table '" + name + "': key", RowFormat.KEY_AT);
    RowFormat.putService(out.header(), state.scope().serviceId());
    return out;
  }

  /** The row key of {@code key} in a place, by a writer of {@link #newKeyWriter}. Any thread. */
  byte[] rowKey(KeyWriter out, int project, int slot, @Nullable K key) {
    RowFormat.putPlace(out.header(), slot, id, project);
    out.reset();
    if (key != null) {
      keys.encode(key, out);
    }
    return out.toBytes();
  }

  void settled() {
    if (unsettled && listener != null) {
      unsettled = false;
      listener.settled();
    }
  }

  static <K, V> void tellInverse(Undo.Told<K, V> told) {
    RowListener<K, V> listener = told.table().listener;
    if (listener != null) {
      listener.changed(told.project(), told.key(), told.after(), told.before());
    }
  }

  @Override
  public String toString() {
    return "table '" + name + "'";
  }

  private byte[] rowKey(K key) {
    return rowKey(writer, state.project(), state.slot(), key);
  }

  private byte[] start() {
    return rowKey(writer, state.project(), state.slot(), null);
  }

  private byte[] rowPrefix(KeyPrefix prefix) {
    byte[] start = start();
    byte[] row = Arrays.copyOf(start, start.length + prefix.bytes().length);
    System.arraycopy(prefix.bytes(), 0, row, start.length, prefix.bytes().length);
    return row;
  }

  private @Nullable V read(byte[] row) {
    byte[] value = overlay.get(row);
    return value == null ? null : values.decode(value);
  }

  private byte[] encode(V value) {
    byte[] encoded = values.encode(value);
    if (encoded.length > ValueCodecs.MAX_VALUE_BYTES) {
      throw new IllegalArgumentException(
          this
              + ": value: at most "
              + ValueCodecs.MAX_VALUE_BYTES
              + " bytes encoded; got "
              + encoded.length);
    }
    return encoded;
  }

  private void write(byte[] row, byte[] encoded) {
    state.changed();
    overlay.put(row, encoded);
  }

  private void tell(K key, @Nullable V before, @Nullable V after) {
    if (listener != null) {
      if (!unsettled) {
        unsettled = true;
        state.unsettled(this);
      }
      listener.changed(state.project(), key, before, after);
      overlay.told(new Undo.Told<>(this, state.project(), key, before, after));
    }
  }

  private void verify(K key, byte[] row, @Nullable V before) {
    byte[] present = overlay.get(row);
    byte[] stated = before == null ? null : values.encode(before);
    if (!Arrays.equals(present, stated)) {
      throw new IllegalStateException(
          this
              + ": the stated value before is not the present one; project "
              + Integer.toUnsignedString(state.project())
              + ", key "
              + key
              + ", present "
              + (present == null ? "none" : present.length + " bytes")
              + ", stated "
              + before);
    }
  }

  private List<Row<K, V>> rows(byte[] from, byte[] to, int limit) {
    if (limit < 1 || limit > MAX_SCAN_ROWS) {
      throw new IllegalArgumentException(
          this + ": limit must be within 1.." + MAX_SCAN_ROWS + "; got " + limit);
    }
    List<Row<K, V>> rows = new ArrayList<>(Math.min(limit, 64));
    if (Arrays.compareUnsigned(from, to) < 0) {
      try (MergeScan scan = overlay.scan(from, to)) {
        while (rows.size() < limit && scan.next()) {
          rows.add(decode(scan.key(), scan.value()));
        }
      }
    }
    return rows;
  }
}
