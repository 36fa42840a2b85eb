package io.thalweg.locks;

import com.google.rpc.Code;
import io.thalweg.locks.Rows.ClaimKey;
import io.thalweg.locks.Rows.Owner;
import io.thalweg.locks.Rows.PlaceKey;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.ClaimEnded;
import io.thalweg.locks.v1.ClaimGranted;
import io.thalweg.locks.v1.ClaimQueued;
import io.thalweg.locks.v1.ClaimRow;
import io.thalweg.locks.v1.ClaimState;
import io.thalweg.locks.v1.ClaimantRow;
import io.thalweg.locks.v1.EndReason;
import io.thalweg.locks.v1.EndWaitRequest;
import io.thalweg.locks.v1.GrantOnRequest;
import io.thalweg.locks.v1.LockRow;
import io.thalweg.locks.v1.Mode;
import io.thalweg.locks.v1.ProclaimRequest;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.ReleaseResponse;
import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.locks.v1.ValueProclaimed;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.state.Table;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides who has a lock. A claim goes to the end of its lock's queue, and the queue is granted
 * from its head for as long as the head fits: strictly in order, so that a writer behind readers is
 * not passed by later readers, nor one who wants many permits by those who want few.
 *
 * <p>A grant gives the next number of the space, which is the fencing token: it grows in the order
 * of the log and never depends on a clock, on where the partition lives, or on a lock that was
 * forgotten in between.
 */
final class Claims {
  private static final long US_PER_MS = 1_000;

  private final Rows rows;
  private final WaitGraph graph;

  Claims(Rows rows) {
    this.rows = rows;
    graph = new WaitGraph(rows);
  }

  Claim acquire(AcquireRequest request, CommandContext context) {
    String space = request.getSpace();
    var session = rows.session(space, request.getSession());
    if (session == null) {
      throw Sessions.gone(request.getSession());
    }
    ClaimKey key = new ClaimKey(space, request.getSession(), request.getOwner(), request.getLock());
    Mode mode = mode(request);
    int permits = Math.max(1, request.getPermits());
    LockRow lock = rows.lock(space, key.lock());
    ClaimRow present = rows.claims.get(key);
    if (present != null) {
      checkSame(key, present, mode, permits, lock.getLimit(), request.getLimit());
      return claim(key, present);
    }
    boolean used = lock.getHolders() + lock.getWaiters() > 0;
    if (used && lock.getLimit() != request.getLimit()) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "limit: '%s' is used as %s; got %s"
              .formatted(
                  Failure.quote(key.lock()), kind(lock.getLimit()), kind(request.getLimit())));
    }
    boolean now = lock.getWaiters() == 0 && fits(lock, mode, permits, request.getLimit());
    if (!now && request.getTryOnly()) {
      return claim(key, null);
    }
    room(key, lock, session.getClaims(), context.caller().project());
    if (!now) {
      checkWait(key);
      graph.check(key, mode, permits, lock);
    }
    queue(request, key, mode, permits, !now, context);
    if (now) {
      grant(key, context);
    }
    return claim(key, rows.claims.get(key));
  }

  private static Mode mode(AcquireRequest request) {
    Mode mode = request.getMode() == Mode.MODE_UNSPECIFIED ? Mode.EXCLUSIVE : request.getMode();
    if (mode == Mode.UNRECOGNIZED) {
      throw Failure.invalid("mode", "must be EXCLUSIVE, SHARED or PERMITS");
    }
    boolean semaphore = mode == Mode.PERMITS;
    if (semaphore && request.getLimit() < 1) {
      throw Failure.invalid("limit", "must be at least 1 for a semaphore; got 0");
    }
    if (!semaphore && request.getLimit() > 0) {
      throw Failure.invalid("limit", "is for mode PERMITS only; got " + request.getLimit());
    }
    if (!semaphore && request.getPermits() > 1) {
      throw Failure.invalid("permits", "is for mode PERMITS only; got " + request.getPermits());
    }
    if (semaphore && request.getPermits() > request.getLimit()) {
      throw Failure.invalid(
          "permits",
          "must be at most the limit, %d; got %d"
              .formatted(request.getLimit(), request.getPermits()));
    }
    return mode;
  }

  private static String kind(int limit) {
    return limit == 0 ? "a lock" : "a semaphore of " + limit;
  }

  private static void checkSame(
      ClaimKey key, ClaimRow row, Mode mode, int permits, int limit, int askedLimit) {
    if (row.getMode() != mode || row.getPermits() != permits || limit != askedLimit) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "'%s' is claimed by %s already, %s with %d permits of %d: release it first"
              .formatted(
                  Failure.quote(key.lock()),
                  Failure.quote(key.who().toString()),
                  row.getMode(),
                  row.getPermits(),
                  limit));
    }
  }

  private void room(ClaimKey key, LockRow lock, int ofSession, int project) {
    rows.quotas.claims.room(project, 1);
    Bounds.room("the session", "claims", ofSession, Bounds.CLAIMS_OF_SESSION);
    Bounds.room(
        "'" + Failure.quote(key.lock()) + "'",
        "waiters",
        lock.getWaiters(),
        Bounds.WAITERS_OF_LOCK);
    SpaceRow space = rows.space(key.space());
    Bounds.room(
        "space " + Failure.quote(key.space()),
        "claims",
        space.getHolders() + space.getWaiters(),
        Bounds.limits(space.getLimits()).getClaims());
  }

  /** One who waits for two locks at a time would be two in the graph. */
  private void checkWait(ClaimKey key) {
    for (Table.Row<ClaimKey, ClaimRow> other :
        rows.claims.scanPrefix(Rows.of(key.space(), key.who()), Bounds.CLAIMS_OF_SESSION)) {
      if (other.value().getToken() == 0) {
        throw Failure.of(
            Code.FAILED_PRECONDITION,
            "%s waits for '%s' already: an owner waits for one lock at a time"
                .formatted(Failure.quote(key.who().toString()), Failure.quote(other.key().lock())));
      }
    }
  }

  private void queue(
      AcquireRequest request,
      ClaimKey key,
      Mode mode,
      int permits,
      boolean waits,
      CommandContext context) {
    boolean timed = waits && request.getWaitMs() > 0;
    long place = context.nextOffset();
    context.emit(
        ClaimQueued.newBuilder()
            .setSpace(key.space())
            .setLock(key.lock())
            .setSession(key.session())
            .setOwner(key.owner())
            .setMode(mode)
            .setPermits(permits)
            .setLimit(request.getLimit())
            .setValue(request.getValue())
            .setTimed(timed)
            .build());
    if (timed) {
      context.schedule(
          timer(place),
          context.logTimeUs() + request.getWaitMs() * US_PER_MS,
          EndWaitRequest.newBuilder()
              .setSpace(key.space())
              .setLock(key.lock())
              .setSession(key.session())
              .setOwner(key.owner())
              .setPlace(place)
              .build());
    }
  }

  private static String timer(long place) {
    return "wait/" + place;
  }

  /** Whether a claim can be had beside those who hold the lock. */
  static boolean fits(LockRow lock, Mode mode, int permits, int limit) {
    return switch (mode) {
      case PERMITS -> lock.getTaken() + permits <= limit;
      case SHARED -> !lock.getExclusive();
      default -> lock.getHolders() == 0;
    };
  }

  private void grant(ClaimKey key, CommandContext context) {
    ClaimRow row = rows.claims.get(key);
    if (row == null) {
      throw new IllegalStateException("a claim without a row: " + key);
    }
    if (row.getTimed()) {
      context.cancelTimer(timer(row.getPlace()));
    }
    context.emit(
        ClaimGranted.newBuilder()
            .setSpace(key.space())
            .setLock(key.lock())
            .setSession(key.session())
            .setOwner(key.owner())
            .setToken(rows.space(key.space()).getLastToken() + 1)
            .setValue(row.getValue())
            .build());
  }

  ReleaseResponse release(ReleaseRequest request, CommandContext context) {
    return end(
        new ClaimKey(
            request.getSpace(), request.getSession(), request.getOwner(), request.getLock()),
        EndReason.RELEASED,
        context);
  }

  ReleaseResponse endWait(EndWaitRequest request, CommandContext context) {
    ClaimKey key =
        new ClaimKey(
            request.getSpace(), request.getSession(), request.getOwner(), request.getLock());
    ClaimRow row = rows.claims.get(key);
    if (row == null || row.getToken() != 0 || row.getPlace() != request.getPlace()) {
      return ReleaseResponse.getDefaultInstance();
    }
    return end(key, EndReason.WAIT_TIMED_OUT, context);
  }

  private ReleaseResponse end(ClaimKey key, EndReason reason, CommandContext context) {
    ClaimRow row = rows.claims.get(key);
    if (row == null) {
      return ReleaseResponse.getDefaultInstance();
    }
    ended(key, row, reason, context);
    grantWaiting(key.space(), key.lock(), Bounds.GRANTS_OF_RELEASE, context);
    return ReleaseResponse.newBuilder().setReleased(true).build();
  }

  private static void ended(ClaimKey key, ClaimRow row, EndReason reason, CommandContext context) {
    if (row.getTimed() && row.getToken() == 0) {
      context.cancelTimer(timer(row.getPlace()));
    }
    context.emit(
        ClaimEnded.newBuilder()
            .setSpace(key.space())
            .setLock(key.lock())
            .setSession(key.session())
            .setOwner(key.owner())
            .setReason(reason)
            .setToken(row.getToken())
            .build());
  }

  /** A session ends: all its claims first, so that none of them is granted to itself. */
  void endAll(String space, String session, EndReason reason, CommandContext context) {
    List<Table.Row<ClaimKey, ClaimRow>> all =
        rows.claims.scanPrefix(Rows.of(space, session), Bounds.CLAIMS_OF_SESSION);
    for (Table.Row<ClaimKey, ClaimRow> row : all) {
      ended(row.key(), row.value(), reason, context);
    }
    all.stream()
        .map(row -> row.key().lock())
        .distinct()
        .forEach(lock -> grantWaiting(space, lock, Bounds.GRANTS_OF_SESSION_END, context));
  }

  ReleaseResponse grantOn(GrantOnRequest request, CommandContext context) {
    grantWaiting(request.getSpace(), request.getLock(), Bounds.GRANTS_OF_RELEASE, context);
    return ReleaseResponse.getDefaultInstance();
  }

  /** Grants from the head of the queue on, as long as the head fits. */
  private void grantWaiting(String space, String lock, int most, CommandContext context) {
    if (rows.lock(space, lock).getWaiters() == 0) {
      return;
    }
    int granted = 0;
    for (Table.Row<PlaceKey, ClaimantRow> waiter :
        rows.waiters.scanPrefix(Rows.of(space, lock), most + 1)) {
      Owner who = Owner.of(waiter.value());
      ClaimKey key = new ClaimKey(space, who.session(), who.owner(), lock);
      ClaimRow row = rows.claims.get(key);
      LockRow state = rows.lock(space, lock);
      if (row == null || !fits(state, row.getMode(), row.getPermits(), state.getLimit())) {
        return;
      }
      if (granted == most) {
        context.send(GrantOnRequest.newBuilder().setSpace(space).setLock(lock).build());
        return;
      }
      grant(key, context);
      granted++;
    }
  }

  Claim proclaim(ProclaimRequest request, CommandContext context) {
    ClaimKey key =
        new ClaimKey(
            request.getSpace(), request.getSession(), request.getOwner(), request.getLock());
    ClaimRow row = rows.claims.get(key);
    if (row == null || row.getToken() == 0) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "'%s' is not held by %s"
              .formatted(Failure.quote(key.lock()), Failure.quote(key.who().toString())));
    }
    context.emit(
        ValueProclaimed.newBuilder()
            .setSpace(key.space())
            .setLock(key.lock())
            .setSession(key.session())
            .setOwner(key.owner())
            .setValue(request.getValue())
            .build());
    return claim(key, rows.claims.get(key));
  }

  /** As clients see it; null: there is none. */
  static Claim claim(ClaimKey key, @Nullable ClaimRow row) {
    Claim.Builder claim =
        Claim.newBuilder()
            .setSpace(key.space())
            .setLock(key.lock())
            .setSession(key.session())
            .setOwner(key.owner());
    if (row == null) {
      return claim.setState(ClaimState.NOT_HELD).build();
    }
    return claim
        .setState(row.getToken() == 0 ? ClaimState.WAITING : ClaimState.HELD)
        .setMode(row.getMode())
        .setPermits(row.getPermits())
        .setToken(row.getToken())
        .setValue(row.getValue())
        .setPlace(row.getPlace())
        .setSinceMs(row.getSinceUs() / US_PER_MS)
        .build();
  }
}
