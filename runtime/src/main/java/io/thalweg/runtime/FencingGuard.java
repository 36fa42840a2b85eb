package io.thalweg.runtime;

import com.google.rpc.Code;
import io.thalweg.contract.Guard;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
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
 * <p>One row for each lock and resource, for ever: what would be forgotten could be passed. So the
 * resource is what the service has few of, or keeps anyway. Used by the partition's thread; rows
 * are of the caller's project and slot.
 */
public final class FencingGuard {
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
   *     has no lock or no token
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
  }

  /** The highest token that was seen; 0: none. */
  public long highest(String lock, String resource) {
    Long token = tokens.get(new Pair<>(lock, resource));
    return token == null ? 0 : token;
  }

  /**
   * Keeps a token. In the handler of the event that carries it; an absent guard changes nothing.
   */
  public void seen(Guard guard, String resource) {
    if (guard.getToken() > 0 && guard.getToken() > highest(guard.getLock(), resource)) {
      tokens.put(new Pair<>(guard.getLock(), resource), guard.getToken());
    }
  }
}
