package io.thalweg.runtime;

import io.thalweg.runtime.DeadLetterTable.Place;
import io.thalweg.runtime.Timers.Deadline;
import io.thalweg.runtime.Timers.Due;
import io.thalweg.state.RowListener;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Of each project and slot that has timers a deadline that none of them is before, in order over
 * all places: what a partition has in memory of its timers.
 *
 * <p>When the first timer of a place goes, which one is next is not known here: its deadline stays
 * as a bound, and whoever finds it at the head looks the next one up in the rows ({@link
 * Timers#firstDue}). Setting a timer costs O(log places), as does firing one.
 */
final class FirstDeadlines implements RowListener<Deadline, Due> {
  private final Map<Place, Known> byPlace = new HashMap<>();
  private final TreeSet<First> order = new TreeSet<>();
  private long count;

  /** What is known of a place: a bound, and how many timers it has. */
  private record Known(Deadline first, long count) {}

  /** A place and a deadline that no timer of it is before. */
  record First(Deadline deadline, Place place) implements Comparable<First> {
    @Override
    public int compareTo(First other) {
      int byDeadline = deadline.compareTo(other.deadline);
      if (byDeadline != 0) {
        return byDeadline;
      }
      int bySlot = Integer.compare(place.slot(), other.place.slot());
      return bySlot != 0 ? bySlot : Integer.compare(place.project(), other.place.project());
    }
  }

  @Override
  public void changed(int project, Deadline key, @Nullable Due before, @Nullable Due after) {
    Due present = after == null ? before : after;
    if (present == null || (before != null && after != null)) {
      return;
    }
    Place place = new Place(project, present.slot());
    Known known = byPlace.get(place);
    if (after != null) {
      count++;
      Deadline first = known == null || key.compareTo(known.first()) < 0 ? key : known.first();
      put(place, known, new Known(first, known == null ? 1 : known.count() + 1));
    } else if (known != null) {
      count--;
      put(place, known, known.count() == 1 ? null : new Known(known.first(), known.count() - 1));
    }
  }

  /** The least of all; a bound: the timer itself may be gone. */
  @Nullable First head() {
    return order.isEmpty() ? null : order.first();
  }

  /** The first timer of a place was looked up. */
  void found(Place place, Deadline first) {
    Known known = byPlace.get(place);
    if (known != null) {
      put(place, known, new Known(first, known.count()));
    }
  }

  private void put(Place place, @Nullable Known before, @Nullable Known after) {
    if (before != null && after != null && before.first().equals(after.first())) {
      byPlace.put(place, after);
      return;
    }
    if (before != null) {
      order.remove(new First(before.first(), place));
    }
    if (after == null) {
      byPlace.remove(place);
    } else {
      byPlace.put(place, after);
      order.add(new First(after.first(), place));
    }
  }

  /** How many timers are pending. */
  long count() {
    return count;
  }

  /** How many places have timers. */
  int places() {
    return byPlace.size();
  }
}
