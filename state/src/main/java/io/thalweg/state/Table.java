package io.thalweg.state;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An ordered map of one partition, durable through the log. Keys are ordered by their encoded
 * bytes, which for every {@link KeyCodec} is the order of the keys.
 *
 * <p>All operations are within the project and slot that the partition has entered ({@link
 * PartitionState#enter}). Used by the partition's thread only. Writing outside of an event handler
 * throws {@link IllegalStateException}.
 *
 * <p>A read looks at the overlay first; a row that is not there costs a RocksDB read (about 3.5
 * microseconds).
 */
public interface Table<K, V> {
  /** Name of the table, unique in its service. */
  String name();

  @Nullable V get(K key);

  boolean contains(K key);

  void put(K key, V value);

  /**
   * Puts a row whose present value the caller knows, which saves the read that a listener needs
   * otherwise.
   *
   * @param before the present value; null if there is no row
   */
  void replace(K key, @Nullable V before, V after);

  /** Deletes a row; nothing happens if there is none. */
  void delete(K key);

  /** Deletes a row whose present value the caller knows. */
  void delete(K key, V before);

  /**
   * Deletes all rows from {@code from} (inclusive) to {@code to} (exclusive). Costs one tombstone,
   * however many rows there are. A {@link RowListener} is <em>not</em> told row by row: a service
   * that listens to this table must learn it from a row of another table.
   */
  void deleteRange(K from, K to);

  /** Deletes all rows whose encoded key begins with the encoded {@code prefix}; as above. */
  void deletePrefix(KeyPrefix prefix);

  /**
   * Rows from {@code from} (inclusive; null: the first) to {@code to} (exclusive; null: the end),
   * at most {@code limit} of them.
   *
   * @param limit 1 to {@link #MAX_SCAN_ROWS}
   */
  List<Row<K, V>> scan(@Nullable K from, @Nullable K to, int limit);

  /** Rows whose encoded key begins with {@code prefix}, in order, at most {@code limit}. */
  List<Row<K, V>> scanPrefix(KeyPrefix prefix, int limit);

  /** The first row, or null. */
  @Nullable Row<K, V> first();

  /** The most rows that one scan on the partition's thread gives. */
  int MAX_SCAN_ROWS = 10_000;

  /** A key and its value. */
  record Row<K, V>(K key, V value) {}
}
