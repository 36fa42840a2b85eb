package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.runtime.DeadLetterTable.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one partition, by place and key, and all of them in the order of their end, so
 * that what is over is removed by whoever puts the next. Used by the partition's thread.
 */
final class EphemeralMap<K, V> implements Ephemeral<K, V> {
  static final int MAX_ENTRIES = 1_000_000;

  private final String name;
  private final int maxEntries;
  private final EphemeralScope scope;
  private final Map<Place, LinkedHashMap<K, Held<K, V>>> byPlace = new HashMap<>();
  private final TreeSet<Held<K, V>> byEnd = new TreeSet<>();
  private long puts;

  /** An entry; the number of its put makes it unique. */
  private record Held<K, V>(Place place, Entry<K, V> entry, long number)
      implements Comparable<Held<K, V>> {
    @Override
    public int compareTo(Held<K, V> other) {
      int byTime = Long.compare(entry.expiresUs(), other.entry.expiresUs());
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  EphemeralMap(String name, int maxEntries, EphemeralScope scope) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an ephemeral map needs a name");
    }
    if (maxEntries < 1 || maxEntries > MAX_ENTRIES) {
      throw new IllegalArgumentException(
          "maxEntries of '%s' must be from 1 to %d; got %d"
              .formatted(name, MAX_ENTRIES, maxEntries));
    }
    this.name = name;
    this.maxEntries = maxEntries;
    this.scope = scope;
  }

  /** How many entries memory holds, those included whose time is over. */
  int size() {
    return byEnd.size();
  }

  @Override
  public @Nullable V get(K key) {
    Map<K, Held<K, V>> here = byPlace.get(scope.place());
    Held<K, V> held = here == null ? null : here.get(key);
    return held == null || isOver(held) ? null : held.entry().value();
  }

  @Override
  public void put(K key, V value, long ttlUs) {
    requireWritable();
    if (ttlUs < 1 || ttlUs > MAX_TTL_US) {
      throw Failure.invalid(
          "ttl_us", "must be from 1 to %d microseconds; got %d".formatted(MAX_TTL_US, ttlUs));
    }
    while (!byEnd.isEmpty() && isOver(byEnd.first())) {
      drop(byEnd.first());
    }
    Place place = scope.place();
    LinkedHashMap<K, Held<K, V>> here = byPlace.get(place);
    Held<K, V> before = here == null ? null : here.get(key);
    if (before != null) {
      drop(before);
    } else if (byEnd.size() >= maxEntries) {
      throw Failure.retryable(
          Code.RESOURCE_EXHAUSTED,
          "'%s' has %d entries in this partition, the most that it may; try again later"
              .formatted(name, maxEntries),
          Math.clamp((byEnd.first().entry().expiresUs() - scope.nowUs()) / 1000, 10, 60_000));
    }
    Held<K, V> held = new Held<>(place, new Entry<>(key, value, scope.nowUs() + ttlUs), puts++);
    byPlace.computeIfAbsent(place, p -> new LinkedHashMap<>()).put(key, held);
    byEnd.add(held);
  }

  @Override
  public boolean remove(K key) {
    requireWritable();
    Map<K, Held<K, V>> here = byPlace.get(scope.place());
    Held<K, V> held = here == null ? null : here.get(key);
    if (held == null) {
      return false;
    }
    drop(held);
    return !isOver(held);
  }

  @Override
  public List<Entry<K, V>> list(int limit) {
    if (limit < 1 || limit > MAX_LIST) {
      throw new IllegalArgumentException(
          "limit must be from 1 to %d; got %d".formatted(MAX_LIST, limit));
    }
    List<Entry<K, V>> entries = new ArrayList<>();
    Map<K, Held<K, V>> here = byPlace.get(scope.place());
    if (here != null) {
      for (Held<K, V> held : here.values()) {
        if (entries.size() == limit) {
          break;
        }
        if (!isOver(held)) {
          entries.add(held.entry());
        }
      }
    }
    return entries;
  }

  @Override
  public long sinceUs() {
    return scope.sinceUs();
  }

  private boolean isOver(Held<K, V> held) {
    return held.entry().expiresUs() <= scope.nowUs();
  }

  private void drop(Held<K, V> held) {
    byEnd.remove(held);
    Map<K, Held<K, V>> there = byPlace.get(held.place());
    if (there != null) {
      there.remove(held.entry().key());
      if (there.isEmpty()) {
        byPlace.remove(held.place());
      }
    }
  }

  private void requireWritable() {
    if (!scope.isWritable()) {
      throw new IllegalStateException("'" + name + "' is written outside of a signal's handler");
    }
  }
}
