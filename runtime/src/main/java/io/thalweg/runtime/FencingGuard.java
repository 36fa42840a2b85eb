package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.contract.Guard;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;

/**
 * Refuses the requests of those who have lost a lock. A service that is guarded keeps, of each lock
 * and resource, the highest fencing token that it has seen, and refuses one that is lower.
 *
 * <pre>{@code
 * guard = FencingGuard.of(d, 11);                                     // in the constructor
 *
 * if (request.hasGuard()) {                                           // in a command
 *   guard.check(request.getGuard(), "register " + name);
 * }
 * context.emit(written.setGuard(request.getGuard()));                 // the event carries it
 *
 * guard.seen(event.getGuard(), "register " + event.getRegister());    // in the event's handler
 * }</pre>
 *
 * <p>Safety rests on nothing but the order of this log and of the tokens: no clock, no session, and
 * no word from the service that gave the lock. A client that was stopped for longer than its lease
 * is refused once its successor was here; until then nothing has happened that it could harm.
 *
 * <p>One row for each lock and resource, until the resource is gone: what would be forgotten could
 * be passed. A resource knows {@value #MAX_LOCKS} locks at the most, and refuses others; a service
 * that deletes a resource says so by {@link #forget}. So the resource is what the service has few
 * of, or keeps anyway. Used by the partition's thread; rows are of the caller's project and slot.
 */
public final class FencingGuard {
  /** The most locks whose tokens are kept of one resource. */
  public static final int MAX_LOCKS = 1_000;

  // A lock's name is never empty: this row of a resource has the number of its others.
  private static final String COUNT = "";

  // By resource and lock.
  private final Table<Pair<String, String>, Long> tokens;

  private FencingGuard(Table<Pair<String, String>, Long> tokens) {
    this.tokens = tokens;
  }

  /**
   * Declares the table of a guard.
   *
   * @param table its number, part of the row format like those of the service's other tables
   */
  public static FencingGuard of(Definition definition, int table) {
    return new FencingGuard(
        definition.table(
            table,
            "fencing_tokens",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string()),
            ValueCodecs.int64()));
  }

  /**
   * Whether a request may go on. The same token may come any number of times.
   *
   * @param resource what the lock guards: a name within the service, the same for all requests that
   *     must not meet
   * @throws Failure FAILED_PRECONDITION if a higher token was seen; INVALID_ARGUMENT if the guard
   *     has no lock or no token; RESOURCE_EXHAUSTED if the resource has seen {@value #MAX_LOCKS}
   *     other locks
   */
  public void check(Guard guard, String resource) {
    if (guard.getLock().isEmpty()) {
      throw Failure.invalid("guard.lock", "must not be empty");
    }
    if (guard.getToken() < 1) {
      throw Failure.invalid("guard.token", "must be at least 1; got " + guard.getToken());
    }
    long highest = highest(guard.getLock(), resource);
    if (guard.getToken() < highest) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "guard.token: %d of lock '%s' is older than %d, which was here before: the lock is lost"
              .formatted(guard.getToken(), Failure.quote(guard.getLock()), highest));
    }
    if (highest == 0 && count(resource) >= MAX_LOCKS) {
      throw Failure.of(
          Code.RESOURCE_EXHAUSTED,
          "guard.lock: '%s' would be one too many: what it guards keeps the tokens of %d locks; use one of those"
              .formatted(Failure.quote(guard.getLock()), MAX_LOCKS));
    }
  }

  /** The highest token that was seen; 0: none. */
  public long highest(String lock, String resource) {
    Long token = tokens.get(new Pair<>(resource, lock));
    return token == null ? 0 : token;
  }

  private long count(String resource) {
    Long count = tokens.get(new Pair<>(resource, COUNT));
    return count == null ? 0 : count;
  }

  /**
   * Keeps a token. In the handler of the event that carries it; an absent guard changes nothing.
   */
  public void seen(Guard guard, String resource) {
    if (guard.getToken() <= 0) {
      return;
    }
    long highest = highest(guard.getLock(), resource);
    if (highest == 0) {
      tokens.put(new Pair<>(resource, COUNT), count(resource) + 1);
    }
    if (guard.getToken() > highest) {
      tokens.put(new Pair<>(resource, guard.getLock()), guard.getToken());
    }
  }

  /**
   * Forgets all tokens of a resource that is gone. In the handler of the event that says so. One
   * that is made again under the same name begins anew.
   */
  public void forget(String resource) {
    tokens.deletePrefix(KeyPrefix.of(out -> out.string(resource)));
  }
}
