package io.thalweg.locks;

import com.google.rpc.Code;
import io.thalweg.locks.Rows.ClaimKey;
import io.thalweg.locks.Rows.Owner;
import io.thalweg.locks.Rows.PlaceKey;
import io.thalweg.locks.v1.ClaimRow;
import io.thalweg.locks.v1.ClaimantRow;
import io.thalweg.locks.v1.LockRow;
import io.thalweg.locks.v1.Mode;
import io.thalweg.runtime.Failure;
import io.thalweg.state.Table;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom in a space, made from the rows when a claim is about to wait.
 *
 * <p>An owner that waits for nothing can go on, and will release what it has. One that waits can go
 * on if the one before it in the queue can, and if enough of those who hold the lock can: all of
 * them for a lock, as many as free its permits for a semaphore. What is left when this finds nobody
 * more is a deadlock; it is exact for semaphores too, where a circle alone proves nothing. Only a
 * new wait can close a circle, and only the wait of one who holds something.
 *
 * <p>Costs a read for each owner and lock that is reached. Beyond {@link Bounds#SEARCHED_OWNERS}
 * the search is given up and the claim waits: a deadlock that large ends with a session or a
 * deadline.
 */
final class WaitGraph {
  private final Rows rows;

  /** A wait: for a lock, behind somebody or nobody. */
  private record Wait(String lock, Mode mode, int permits, @Nullable Owner behind) {}

  /** Those who hold a lock, with their permits. */
  private record Held(LockRow lock, Map<Owner, Integer> holders) {}

  WaitGraph(Rows rows) {
    this.rows = rows;
  }

  /**
   * Whether a claim may wait.
   *
   * @throws Failure ABORTED with the circle if it could never be granted
   */
  void check(ClaimKey key, Mode mode, int permits, LockRow lock) {
    if (rows.claims.scanPrefix(Rows.of(key.space(), key.who()), 1).isEmpty()) {
      return;
    }
    Search search = new Search(key.space());
    Owner last = search.queue(key.lock()).isEmpty() ? null : search.queue(key.lock()).getLast();
    if (!search.reach(key.who(), new Wait(key.lock(), mode, permits, last))) {
      return;
    }
    search.reduce();
    if (!search.free.contains(key.who())) {
      throw Failure.of(
          Code.ABORTED, "deadlock: " + search.circle(key.who()) + ". The claim was not made");
    }
  }

  private final class Search {
    private final String space;
    private final Map<Owner, Wait> waits = new LinkedHashMap<>();
    private final Set<Owner> free = new HashSet<>();
    private final Map<String, Held> held = new HashMap<>();
    private final Map<String, List<Owner>> queues = new HashMap<>();

    Search(String space) {
      this.space = space;
    }

    /** All who stand in the way, and in theirs; false if they are too many. */
    boolean reach(Owner from, Wait first) {
      ArrayDeque<Owner> open = new ArrayDeque<>();
      waits.put(from, first);
      open.add(from);
      while (!open.isEmpty()) {
        if (waits.size() + free.size() > Bounds.SEARCHED_OWNERS) {
          return false;
        }
        Owner owner = open.remove();
        Wait wait = waits.get(owner);
        if (wait == null) {
          continue;
        }
        for (Owner next : before(owner, wait)) {
          if (waits.containsKey(next) || free.contains(next)) {
            continue;
          }
          Wait its = waitOf(next);
          if (its == null) {
            free.add(next);
          } else {
            waits.put(next, its);
            open.add(next);
          }
        }
      }
      return true;
    }

    /** Marks those who can go on, until nobody more can. */
    void reduce() {
      boolean more = true;
      while (more) {
        more = false;
        for (Map.Entry<Owner, Wait> entry : waits.entrySet()) {
          if (!free.contains(entry.getKey()) && canGoOn(entry.getKey(), entry.getValue())) {
            free.add(entry.getKey());
            more = true;
          }
        }
      }
    }

    private boolean canGoOn(Owner owner, Wait wait) {
      if (wait.behind() != null && !free.contains(wait.behind())) {
        return false;
      }
      Held lock = held(wait.lock());
      int stuck = 0;
      for (Map.Entry<Owner, Integer> holder : lock.holders().entrySet()) {
        if (!free.contains(holder.getKey()) && !holder.getKey().equals(owner)) {
          stuck += holder.getValue();
        }
      }
      return switch (wait.mode()) {
        case PERMITS -> stuck + wait.permits() <= lock.lock().getLimit();
        case SHARED -> !lock.lock().getExclusive() || stuck == 0;
        default -> stuck == 0;
      };
    }

    private Set<Owner> before(Owner owner, Wait wait) {
      Set<Owner> before = new LinkedHashSet<>();
      Held lock = held(wait.lock());
      if (wait.mode() != Mode.SHARED || lock.lock().getExclusive()) {
        before.addAll(lock.holders().keySet());
      }
      if (wait.behind() != null) {
        before.add(wait.behind());
      }
      before.remove(owner);
      return before;
    }

    private @Nullable Wait waitOf(Owner owner) {
      for (Table.Row<ClaimKey, ClaimRow> row :
          rows.claims.scanPrefix(Rows.of(space, owner), Bounds.CLAIMS_OF_SESSION)) {
        if (row.value().getToken() == 0) {
          List<Owner> queue = queue(row.key().lock());
          int at = queue.indexOf(owner);
          return new Wait(
              row.key().lock(),
              row.value().getMode(),
              row.value().getPermits(),
              at > 0 ? queue.get(at - 1) : null);
        }
      }
      return null;
    }

    List<Owner> queue(String lock) {
      return queues.computeIfAbsent(
          lock,
          name -> {
            List<Owner> queue = new ArrayList<>();
            rows.waiters
                .scanPrefix(Rows.of(space, name), Bounds.WAITERS_OF_LOCK)
                .forEach(row -> queue.add(Owner.of(row.value())));
            return queue;
          });
    }

    private Held held(String lock) {
      return held.computeIfAbsent(
          lock,
          name -> {
            Map<Owner, Integer> holders = new LinkedHashMap<>();
            for (Table.Row<PlaceKey, ClaimantRow> row :
                rows.holders.scanPrefix(Rows.of(space, name), Bounds.SEARCHED_OWNERS + 1)) {
              Owner who = Owner.of(row.value());
              ClaimRow claim =
                  rows.claims.get(new ClaimKey(space, who.session(), who.owner(), name));
              holders.put(who, claim == null ? 1 : claim.getPermits());
            }
            return new Held(rows.lock(space, name), holders);
          });
    }

    /** From the new one back to it, or to where the circle closes, through those who are stuck. */
    String circle(Owner from) {
      StringBuilder text = new StringBuilder();
      Set<Owner> seen = new LinkedHashSet<>();
      Owner at = from;
      while (seen.add(at)) {
        Wait wait = waits.get(at);
        if (wait == null) {
          break;
        }
        Owner next = null;
        for (Owner candidate : before(at, wait)) {
          if (!free.contains(candidate) && (next == null || candidate.equals(from))) {
            next = candidate;
          }
        }
        if (next == null) {
          break;
        }
        boolean holds = held(wait.lock()).holders().containsKey(next);
        text.append(text.isEmpty() ? "" : "; ")
            .append(Failure.quote(at.toString()))
            .append(" waits for '")
            .append(Failure.quote(wait.lock()))
            .append(holds ? "', held by " : "', behind ")
            .append(Failure.quote(next.toString()));
        at = next;
      }
      return text.toString();
    }
  }
}
