package io.thalweg.crashtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A watcher that always comes back after its last id sees all that happened, in its order. */
final class WatchersSeeEachEventOnceInOrder implements Invariant {
  @Override
  public List<String> violations(Evidence evidence) {
    List<String> found = new ArrayList<>();
    for (BoardWatcher watcher : evidence.watchers()) {
      found.addAll(watcher.gaps());
      Map<String, Integer> stored = evidence.stored().getOrDefault(watcher.board(), Map.of());
      if (!watcher.seen().equals(stored)) {
        found.add(
            "%s: the watcher saw %s, stored is %s"
                .formatted(watcher.board(), watcher.seen(), stored));
      }
    }
    return found;
  }
}
