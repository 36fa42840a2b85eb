package io.thalweg.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A map that lives in memory only: presence, typing, cursors. Entries vanish after their time to
 * live; nothing of it is logged, and all of it is gone when the partition opens again.
 *
 * <p>All operations are within the project and slot of the request that is being executed, as those
 * of a table. Only the handler of a signal may write; what it has written stays when it throws.
 * Used by the partition's thread: not by scans and watches.
 *
 * @param <K> has {@code equals} and {@code hashCode}; is not changed
 */
public interface Ephemeral<K, V> {
  /** The longest time to live: a day, in microseconds. */
  long MAX_TTL_US = 86_400_000_000L;

  /** The most entries that one {@link #list} gives. */
  int MAX_LIST = 10_000;

  /** The value of a key; null if there is none, or its time is over. */
  @Nullable V get(K key);

  /**
   * Puts an entry, or replaces it, for {@code ttlUs} of log time.
   *
   * @param ttlUs microseconds, 1 to {@link #MAX_TTL_US}
   * @throws Failure RESOURCE_EXHAUSTED, to be tried again, if it is new and the partition has as
   *     many as it may
   * @throws IllegalStateException outside of a signal's handler
   */
  void put(K key, V value, long ttlUs);

  /**
   * Removes an entry; false if there is none.
   *
   * @throws IllegalStateException outside of a signal's handler
   */
  boolean remove(K key);

  /**
   * Some entries, that which was put longest ago first.
   *
   * @param limit 1 to {@link #MAX_LIST}
   */
  List<Entry<K, V>> list(int limit);

  /**
   * Log time since which it holds what was put: when this partition took up service here, which is
   * its first request after it was opened. What was put before is gone, so who takes a missing
   * entry for silence must wait from this time on. Used within a request.
   */
  long sinceUs();

  /**
   * A key and its value.
   *
   * @param expiresUs log time at which it vanishes
   */
  record Entry<K, V>(K key, V value, long expiresUs) {}
}
