package io.thalweg.testkit.linear;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The search for an order of the operations of one key.
 *
 * <p>An operation may come next in the order if it was invoked before any operation that is not in
 * the order returned. Orders are grown from what may come next and what the model allows, the one
 * with most operations first, until all answered operations are in one.
 *
 * <p>Operations of unknown outcome are what makes a search long: they may come next for ever after,
 * or not at all. So each one that took effect counts against an order. A place is given up if the
 * search was there before with the same answered operations, the same state, and no operation of
 * unknown outcome used up that is not used up now: what can be done from here could have been done
 * from there.
 *
 * <p>One use, one thread. Memory grows with the steps.
 */
final class KeySearch<S, I, O> {
  /** How a search ended. */
  enum Ending {
    FOUND,
    NONE,
    OUT_OF_STEPS
  }

  /**
   * What it costs a place that an operation of unknown outcome took effect, in answered operations:
   * so far back the search goes before. Found by trying; it decides how long a search takes and not
   * what it finds.
   */
  private static final int COST_OF_UNKNOWN = 8;

  private final SequentialModel<S, I, O> model;
  private final List<Operation<I, O>> history;

  // Indexes of the history, by invocation.
  private final List<Integer> answered = new ArrayList<>();
  private final List<Integer> unknown = new ArrayList<>();

  // Numbers of events in the order of time, by index of the history.
  private final int[] calls;
  private final int[] returns;

  /** Places to go on from, by their score; in one score the last one comes first. */
  private final NavigableMap<Integer, Deque<Place<S>>> open = new TreeMap<>();

  private final Map<Configuration<S>, List<long[]>> visited = new HashMap<>();
  private @Nullable Place<S> found;
  private long steps;

  /**
   * A place in the search.
   *
   * @param at which answered operations are in the order, and the state
   * @param used bits of the unknown operations in the order
   * @param score answered operations in the order, less the cost of the unknown ones
   * @param index of the last operation, -1 at the start
   * @param before the place that it was reached from
   */
  private record Place<S>(
      Configuration<S> at, long[] used, int score, int index, @Nullable Place<S> before) {}

  private record Event<I, O>(Operation<I, O> operation, int index, boolean isReturn) {
    long at() {
      return isReturn ? operation.returnedAt() : operation.invokedAt();
    }
  }

  /** A search over the history of one key: at least one operation, in any order. */
  KeySearch(SequentialModel<S, I, O> model, List<Operation<I, O>> history) {
    this.model = model;
    this.history = history;
    calls = new int[history.size()];
    returns = new int[history.size()];
    List<Event<I, O>> events = events(history);
    for (int i = 0; i < events.size(); i++) {
      Event<I, O> event = events.get(i);
      if (event.isReturn()) {
        returns[event.index()] = i;
      } else {
        calls[event.index()] = i;
        (event.operation().output().isPresent() ? answered : unknown).add(event.index());
      }
    }
  }

  /** The events by time. At equal times calls come before returns: equal times are concurrent. */
  private static <I, O> List<Event<I, O>> events(List<Operation<I, O>> history) {
    List<Event<I, O>> events = new ArrayList<>(2 * history.size());
    for (int i = 0; i < history.size(); i++) {
      Operation<I, O> operation = history.get(i);
      events.add(new Event<>(operation, i, false));
      if (operation.output().isPresent()) {
        events.add(new Event<>(operation, i, true));
      }
    }
    events.sort(Comparator.<Event<I, O>>comparingLong(Event::at).thenComparing(Event::isReturn));
    return events;
  }

  /** Searches until an order is found, none is left, or the budget is used up. */
  Ending run(long maxSteps) {
    S initial = model.initial(history.getFirst().key());
    push(new Place<>(Configuration.start(initial), new long[0], 0, -1, null));
    while (!open.isEmpty()) {
      Place<S> place = pop();
      if (place.at().prefix() == answered.size()) {
        found = place;
        return Ending.FOUND;
      }
      if (steps >= maxSteps) {
        return Ending.OUT_OF_STEPS;
      }
      steps++;
      if (isNew(place)) {
        growFrom(place);
      }
    }
    return Ending.NONE;
  }

  private void growFrom(Place<S> place) {
    int firstReturn = Integer.MAX_VALUE;
    int end = place.at().prefix();
    while (end < answered.size() && calls[answered.get(end)] < firstReturn) {
      if (!place.at().has(end)) {
        firstReturn = Math.min(firstReturn, returns[answered.get(end)]);
      }
      end++;
    }
    List<Integer> candidates = new ArrayList<>();
    for (int i = place.at().prefix(); i < end; i++) {
      if (!place.at().has(i)) {
        if (tryRead(place, i)) {
          return;
        }
        candidates.add(i);
      }
    }
    for (int i = 0; i < unknown.size() && calls[unknown.get(i)] < firstReturn; i++) {
      if (!has(place.used(), i)) {
        tryUnknown(place, i);
      }
    }
    // The last one that is pushed is tried first: the one that returned first.
    candidates.sort(Comparator.comparingInt(i -> -returns[answered.get(i)]));
    candidates.forEach(i -> tryAnswered(place, i));
  }

  private boolean tryAnswered(Place<S> place, int number) {
    steps++;
    int index = answered.get(number);
    Operation<I, O> operation = history.get(index);
    Optional<Configuration<S>> next =
        model
            .step(place.at().state(), operation.input(), operation.output().orElseThrow())
            .map(reached -> place.at().with(number, reached));
    next.ifPresent(at -> push(new Place<>(at, place.used(), place.score() + 1, index, place)));
    return next.isPresent();
  }

  /**
   * A read that is answered rightly now can as well come now as later: nothing depends on it. So
   * nothing else need be tried.
   */
  private boolean tryRead(Place<S> place, int number) {
    Operation<I, O> operation = history.get(answered.get(number));
    if (!model.isRead(operation.input())) {
      return false;
    }
    return tryAnswered(place, number);
  }

  private void tryUnknown(Place<S> place, int number) {
    steps++;
    int index = unknown.get(number);
    S reached = model.stepUnknown(place.at().state(), history.get(index).input());
    if (reached.equals(place.at().state())) {
      return; // It shows nowhere, and may still show later.
    }
    int word = number / Long.SIZE;
    long[] used = Arrays.copyOf(place.used(), Math.max(place.used().length, word + 1));
    used[word] |= 1L << number;
    push(new Place<>(place.at().in(reached), used, place.score() - COST_OF_UNKNOWN, index, place));
  }

  private void push(Place<S> place) {
    open.computeIfAbsent(place.score(), _ -> new ArrayDeque<>()).push(place);
  }

  private Place<S> pop() {
    Map.Entry<Integer, Deque<Place<S>>> best = open.lastEntry();
    Place<S> place = best.getValue().pop();
    if (best.getValue().isEmpty()) {
      open.remove(best.getKey());
    }
    return place;
  }

  /** Remembers a place, unless the search was there before with as much left to do. */
  private boolean isNew(Place<S> place) {
    List<long[]> before = visited.computeIfAbsent(place.at(), _ -> new ArrayList<>(1));
    steps += before.size();
    for (long[] used : before) {
      if (isPart(used, place.used())) {
        return false;
      }
    }
    before.add(place.used());
    return true;
  }

  private static boolean has(long[] bits, int number) {
    int word = number / Long.SIZE;
    return word < bits.length && (bits[word] >>> number & 1) == 1;
  }

  private static boolean isPart(long[] part, long[] whole) {
    for (int i = 0; i < part.length; i++) {
      long rest = i < whole.length ? part[i] & ~whole[i] : part[i];
      if (rest != 0) {
        return false;
      }
    }
    return true;
  }

  /** What the search has cost: operations tried, and places compared. */
  long steps() {
    return steps;
  }

  /**
   * The order that was found, as indexes of the history. Operations of unknown outcome are in it if
   * they took effect.
   */
  List<Integer> order() {
    List<Integer> order = new ArrayList<>();
    for (Place<S> at = found; at != null && at.index() >= 0; at = at.before()) {
      order.add(at.index());
    }
    Collections.reverse(order);
    return order;
  }
}
