package io.thalweg.jobs;

import io.thalweg.jobs.JobTables.ReadyKey;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the jobs of a key begin: a place that none is before. A queue is emptied from its front,
 * and what was deleted there would be passed over by every read from the very beginning. Nothing
 * depends on it but the time that a read takes; only what was used last is kept.
 *
 * <p>Used by the partition's thread.
 */
final class ReadyHints {
  private static final int MAX_KEYS = 10_000;

  private final Map<Place, ReadyKey> firsts =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, ReadyKey> eldest) {
          return size() > MAX_KEYS;
        }
      };

  private record Place(int project, String queue, String key) {}

  /** A read from the beginning, or from the last hint, has found this job first. */
  void found(int project, ReadyKey first) {
    firsts.put(new Place(project, first.queue(), first.key()), first);
  }

  /** A job was added. */
  void added(int project, ReadyKey added) {
    if (firsts.isEmpty()) {
      return;
    }
    Place place = new Place(project, added.queue(), added.key());
    ReadyKey first = firsts.get(place);
    if (first != null && isBefore(added, first)) {
      firsts.put(place, added);
    }
  }

  private static boolean isBefore(ReadyKey one, ReadyKey other) {
    return one.priority() != other.priority()
        ? one.priority() > other.priority()
        : one.job() < other.job();
  }

  /** Where to read from, or null: from the beginning. */
  @Nullable ReadyKey of(int project, String queue, String key) {
    return firsts.get(new Place(project, queue, key));
  }
}
