package io.thalweg.testkit.linear;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The search for an order of the operations of one key.
 *
 * <p>The events of the history (calls and returns) stand in a list in the order of time. A call
 * that has no return before it in the list may come next in the order; it is then taken out of the
 * list, together with its return. A return at which nothing more can be taken is a dead end: the
 * last operation is put back, and the search goes on behind it. Calls without a return (unknown
 * outcome) stand in a second list and are tried last, so that they take effect only where something
 * shows it.
 *
 * <p>A place in the search is given up if it was reached before with the same answered operations,
 * the same state, and no operation of unknown outcome used up that is not used up now: what can be
 * done from here could have been done from there.
 *
 * <p>An entry is the number of its event, so entries compare by time. Lists are arrays of the
 * neighbours. One use, one thread; memory grows with the steps.
 */
final class KeySearch<S, I, O> {
  /** How a search ended. */
  enum Ending {
    FOUND,
    NONE,
    OUT_OF_STEPS
  }

  private enum Kind {
    HEAD,
    CALL,
    RETURN,
    CALL_OF_UNKNOWN,
    END
  }

  private static final int HEAD = 0;
  private static final int HEAD_OF_UNKNOWN = 1;
  private static final int FIRST = 2;

  private final SequentialModel<S, I, O> model;

  // By entry.
  private final Kind[] kinds;
  private final int[] next;
  private final int[] previous;
  private final int[] ordinals; // Of the operation, among the answered or among the unknown ones.
  private final int[] returns; // Of a call.
  private final int[] indexes; // Of the operation in the history.
  private final List<Operation<I, O>> operations;

  // The order so far, and what it leads to.
  private final List<Integer> order = new ArrayList<>();
  private final List<S> statesBefore = new ArrayList<>();
  private final BitSet answered = new BitSet();
  private final BitSet unknown = new BitSet();
  private final Map<Configuration, List<long[]>> visited = new HashMap<>();
  private S state;
  private int missing;
  private long steps;

  private record Event<I, O>(Operation<I, O> operation, int index, boolean isReturn) {
    long at() {
      return isReturn ? operation.returnedAt() : operation.invokedAt();
    }
  }

  /** A search over the history of one key: at least one operation, in any order. */
  KeySearch(SequentialModel<S, I, O> model, List<Operation<I, O>> history) {
    this.model = model;
    this.state = model.initial(history.getFirst().key());
    List<Event<I, O>> events = events(history);
    int size = FIRST + events.size() + 1;
    kinds = new Kind[size];
    next = new int[size];
    previous = new int[size];
    ordinals = new int[size];
    returns = new int[size];
    indexes = new int[size];
    operations = new ArrayList<>(size);
    link(history.size(), events);
  }

  /** The events by time. At equal times calls stand before returns: equal times are concurrent. */
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

  private void link(int historySize, List<Event<I, O>> events) {
    int end = kinds.length - 1;
    kinds[HEAD] = Kind.HEAD;
    kinds[HEAD_OF_UNKNOWN] = Kind.HEAD;
    kinds[end] = Kind.END;
    int[] calls = new int[historySize];
    int last = HEAD;
    int lastUnknown = HEAD_OF_UNKNOWN;
    int unknowns = 0;
    for (int i = 0; i < events.size(); i++) {
      Event<I, O> event = events.get(i);
      int entry = FIRST + i;
      operations.add(event.operation());
      indexes[entry] = event.index();
      if (event.operation().output().isEmpty()) {
        kinds[entry] = Kind.CALL_OF_UNKNOWN;
        ordinals[entry] = unknowns++;
        lastUnknown = append(lastUnknown, entry);
      } else if (event.isReturn()) {
        kinds[entry] = Kind.RETURN;
        returns[calls[event.index()]] = entry;
        last = append(last, entry);
      } else {
        kinds[entry] = Kind.CALL;
        ordinals[entry] = missing++;
        calls[event.index()] = entry;
        last = append(last, entry);
      }
    }
    append(last, end);
    append(lastUnknown, end);
  }

  private int append(int last, int entry) {
    next[last] = entry;
    previous[entry] = last;
    return entry;
  }

  /** Searches until an order is found, none is left, or the budget is used up. */
  Ending run(long maxSteps) {
    int entry = next[HEAD];
    int deadEnd = HEAD; // The return that was met last.
    while (missing > 0) {
      if (steps >= maxSteps) {
        return Ending.OUT_OF_STEPS;
      }
      steps++;
      Kind kind = kinds[entry];
      if (kind == Kind.CALL || (kind == Kind.CALL_OF_UNKNOWN && entry < deadEnd)) {
        entry = take(entry) ? next[HEAD] : next[entry];
      } else if (kind == Kind.RETURN) {
        deadEnd = entry;
        entry = next[HEAD_OF_UNKNOWN];
      } else {
        if (order.isEmpty()) {
          return Ending.NONE;
        }
        int last = putBack();
        if (kinds[last] == Kind.CALL_OF_UNKNOWN) {
          deadEnd = firstReturn();
        }
        entry = next[last];
      }
    }
    return Ending.FOUND;
  }

  /** Takes an operation as the next of the order, if the model allows it and it leads anywhere. */
  private boolean take(int entry) {
    Optional<S> after = after(entry);
    if (after.isEmpty()) {
      return false;
    }
    S reached = after.get();
    boolean isUnknown = kinds[entry] == Kind.CALL_OF_UNKNOWN;
    if (isUnknown && reached.equals(state)) {
      return false; // It shows nowhere, and may still show later.
    }
    BitSet taken = isUnknown ? unknown : answered;
    taken.set(ordinals[entry]);
    if (!isNew(reached)) {
      taken.clear(ordinals[entry]);
      return false;
    }
    order.add(entry);
    statesBefore.add(state);
    state = reached;
    unlink(entry);
    if (!isUnknown) {
      unlink(returns[entry]);
      missing--;
    }
    return true;
  }

  /** Remembers where the search is, unless it was there before with as much left to do. */
  private boolean isNew(S reached) {
    long[] used = unknown.toLongArray();
    List<long[]> before =
        visited.computeIfAbsent(new Configuration(answered, reached), _ -> new ArrayList<>(1));
    steps += before.size();
    for (long[] other : before) {
      if (isPart(other, used)) {
        return false;
      }
    }
    before.add(used);
    return true;
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

  private Optional<S> after(int entry) {
    Operation<I, O> operation = operation(entry);
    return operation.output().isPresent()
        ? model.step(state, operation.input(), operation.output().get())
        : Optional.of(model.stepUnknown(state, operation.input()));
  }

  /** Puts the last operation of the order back into the list. */
  private int putBack() {
    int entry = order.removeLast();
    state = statesBefore.removeLast();
    if (kinds[entry] == Kind.CALL_OF_UNKNOWN) {
      unknown.clear(ordinals[entry]);
    } else {
      answered.clear(ordinals[entry]);
      missing++;
      relink(returns[entry]);
    }
    relink(entry);
    return entry;
  }

  private void unlink(int entry) {
    next[previous[entry]] = next[entry];
    previous[next[entry]] = previous[entry];
  }

  private void relink(int entry) {
    next[previous[entry]] = entry;
    previous[next[entry]] = entry;
  }

  private int firstReturn() {
    int entry = next[HEAD];
    while (kinds[entry] != Kind.RETURN) {
      entry = next[entry];
    }
    return entry;
  }

  private Operation<I, O> operation(int entry) {
    return operations.get(entry - FIRST);
  }

  /** What the search has cost: entries looked at, and places compared. */
  long steps() {
    return steps;
  }

  /**
   * The order that was found, as indexes of the history. Operations of unknown outcome are in it if
   * they took effect.
   */
  List<Integer> order() {
    return order.stream().map(entry -> indexes[entry]).toList();
  }
}
