package io.thalweg.runtime;

import io.thalweg.runtime.StoredReplies.Expiry;
import io.thalweg.runtime.StoredReplies.Name;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The stored replies of a partition whose names are of a {@linkplain SeriesName series}, in the
 * order of their numbers: the oldest are those that are over first, and the newest says which are.
 * About 200 bytes of memory each. Used by the partition's thread.
 */
final class ReplySeries {
  /** What a series belongs to: nobody ends the requests of somebody else. */
  private record Key(int project, String principal, String series) {}

  /** Where a reply stands in its series; a client may use a number for two methods. */
  private record Place(long number, Expiry expiry) {}

  /**
   * A stored reply.
   *
   * @param expiry the key of its expiry
   * @param slot that it is in
   * @param endedBelow as its name says
   */
  record Stored(Expiry expiry, int slot, long endedBelow) {}

  private static final Comparator<Place> ORDER =
      Comparator.comparingLong(Place::number).thenComparing(Place::expiry, Expiry.ORDER);

  private final Map<Key, TreeMap<Place, Stored>> all = new HashMap<>();

  private static Key key(int project, Name name, SeriesName parts) {
    return new Key(project, name.principal(), parts.series());
  }

  /** A reply is stored; nothing happens if its name is of no series. */
  void add(int project, Name name, Expiry expiry, int slot) {
    SeriesName parts = SeriesName.of(name.name());
    if (parts != null) {
      all.computeIfAbsent(key(project, name, parts), k -> new TreeMap<>(ORDER))
          .put(new Place(parts.number(), expiry), new Stored(expiry, slot, parts.endedBelow()));
    }
  }

  /** It is stored no longer. */
  void remove(int project, Name name, Expiry expiry) {
    SeriesName parts = SeriesName.of(name.name());
    if (parts == null) {
      return;
    }
    Key key = key(project, name, parts);
    TreeMap<Place, Stored> stored = all.get(key);
    if (stored == null) {
      return;
    }
    stored.remove(new Place(parts.number(), expiry));
    if (stored.isEmpty()) {
      all.remove(key);
    }
  }

  /** Whether a name is of a request that its client has ended, as far as is known here. */
  boolean isEnded(int project, Name name) {
    SeriesName parts = SeriesName.of(name.name());
    if (parts == null) {
      return false;
    }
    TreeMap<Place, Stored> stored = all.get(key(project, name, parts));
    return stored != null && parts.number() < stored.lastEntry().getValue().endedBelow();
  }

  /** The oldest reply of a name's series, if its number is below a bound; or null. */
  @Nullable Stored firstBelow(int project, Name name, long bound) {
    SeriesName parts = SeriesName.of(name.name());
    TreeMap<Place, Stored> stored = parts == null ? null : all.get(key(project, name, parts));
    return stored == null || stored.firstKey().number() >= bound
        ? null
        : stored.firstEntry().getValue();
  }
}
