package io.thalweg.locks;

import io.thalweg.locks.Rows.ArrivalKey;
import io.thalweg.locks.Rows.ClaimKey;
import io.thalweg.locks.Rows.PlaceKey;
import io.thalweg.locks.v1.BarrierJoined;
import io.thalweg.locks.v1.BarrierLeft;
import io.thalweg.locks.v1.BarrierOpened;
import io.thalweg.locks.v1.BarrierRow;
import io.thalweg.locks.v1.ClaimEnded;
import io.thalweg.locks.v1.ClaimGranted;
import io.thalweg.locks.v1.ClaimQueued;
import io.thalweg.locks.v1.ClaimRow;
import io.thalweg.locks.v1.ClaimantRow;
import io.thalweg.locks.v1.EndReason;
import io.thalweg.locks.v1.LockRow;
import io.thalweg.locks.v1.Mode;
import io.thalweg.locks.v1.RegisterDeleted;
import io.thalweg.locks.v1.RegisterRow;
import io.thalweg.locks.v1.RegisterWritten;
import io.thalweg.locks.v1.SessionEnded;
import io.thalweg.locks.v1.SessionOpened;
import io.thalweg.locks.v1.SessionRow;
import io.thalweg.locks.v1.SpaceLimitsSet;
import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.locks.v1.ValueProclaimed;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Writes events to the tables. */
final class AppliedEvents {
  /** The most that a barrier waits for. */
  private static final int MAX_PARTIES = 1_000;

  private final Rows rows;
  private final Registers registers;

  AppliedEvents(Rows rows, Registers registers) {
    this.rows = rows;
    this.registers = registers;
  }

  void define(Definition d) {
    d.event(SessionOpened.class, this::sessionOpened);
    d.event(SessionEnded.class, this::sessionEnded);
    d.event(ClaimQueued.class, this::claimQueued);
    d.event(ClaimGranted.class, this::claimGranted);
    d.event(ClaimEnded.class, this::claimEnded);
    d.event(ValueProclaimed.class, this::valueProclaimed);
    d.event(RegisterWritten.class, this::registerWritten);
    d.event(RegisterDeleted.class, this::registerDeleted);
    d.event(BarrierJoined.class, this::barrierJoined);
    d.event(BarrierLeft.class, this::barrierLeft);
    d.event(BarrierOpened.class, this::barrierOpened);
    d.event(
        SpaceLimitsSet.class,
        (event, at) -> space(event.getSpace(), row -> row.setLimits(event.getLimits())));
  }

  private void sessionOpened(SessionOpened event, EventContext at) {
    rows.sessions.replace(
        new Pair<>(event.getSpace(), event.getSession()),
        null,
        SessionRow.newBuilder()
            .setTtlMs(event.getTtlMs())
            .setLabel(event.getLabel())
            .setPrincipal(event.getPrincipal())
            .setOpenUs(at.logTimeUs())
            .build());
    space(event.getSpace(), row -> row.setSessions(row.getSessions() + 1));
  }

  private void sessionEnded(SessionEnded event, EventContext at) {
    rows.sessions.delete(new Pair<>(event.getSpace(), event.getSession()));
    space(event.getSpace(), row -> row.setSessions(row.getSessions() - 1));
  }

  private void claimQueued(ClaimQueued event, EventContext at) {
    ClaimKey key =
        new ClaimKey(event.getSpace(), event.getSession(), event.getOwner(), event.getLock());
    rows.claims.replace(
        key,
        null,
        ClaimRow.newBuilder()
            .setMode(event.getMode())
            .setPermits(event.getPermits())
            .setValue(event.getValue())
            .setPlace(at.offset())
            .setSinceUs(at.logTimeUs())
            .setTimed(event.getTimed())
            .build());
    rows.waiters.replace(
        new PlaceKey(event.getSpace(), event.getLock(), at.offset()), null, claimant(key));
    Pair<String, String> name = new Pair<>(event.getSpace(), event.getLock());
    LockRow before = rows.locks.get(name);
    LockRow lock = before == null ? LockRow.getDefaultInstance() : before;
    rows.locks.replace(
        name,
        before,
        lock.toBuilder().setLimit(event.getLimit()).setWaiters(lock.getWaiters() + 1).build());
    space(
        event.getSpace(),
        row -> {
          row.setWaiters(row.getWaiters() + 1);
          if (before == null) {
            row.setLocks(row.getLocks() + 1);
          }
        });
    session(event.getSpace(), event.getSession(), row -> row.setClaims(row.getClaims() + 1));
  }

  private static ClaimantRow claimant(ClaimKey key) {
    return ClaimantRow.newBuilder().setSession(key.session()).setOwner(key.owner()).build();
  }

  private void claimGranted(ClaimGranted event, EventContext at) {
    ClaimKey key =
        new ClaimKey(event.getSpace(), event.getSession(), event.getOwner(), event.getLock());
    ClaimRow claim = claim(key);
    PlaceKey place = new PlaceKey(event.getSpace(), event.getLock(), claim.getPlace());
    rows.waiters.delete(place);
    rows.holders.replace(place, null, claimant(key));
    rows.claims.replace(
        key,
        claim,
        claim.toBuilder().setToken(event.getToken()).setSinceUs(at.logTimeUs()).build());
    lock(
        event.getSpace(),
        event.getLock(),
        lock ->
            lock.setWaiters(lock.getWaiters() - 1)
                .setHolders(lock.getHolders() + 1)
                .setTaken(lock.getTaken() + claim.getPermits())
                .setExclusive(claim.getMode() == Mode.EXCLUSIVE));
    space(
        event.getSpace(),
        row ->
            row.setWaiters(row.getWaiters() - 1)
                .setHolders(row.getHolders() + 1)
                .setGrants(row.getGrants() + 1)
                .setLastToken(event.getToken()));
  }

  private void claimEnded(ClaimEnded event, EventContext at) {
    ClaimKey key =
        new ClaimKey(event.getSpace(), event.getSession(), event.getOwner(), event.getLock());
    ClaimRow claim = claim(key);
    PlaceKey place = new PlaceKey(event.getSpace(), event.getLock(), claim.getPlace());
    boolean held = claim.getToken() != 0;
    (held ? rows.holders : rows.waiters).delete(place);
    rows.claims.delete(key, claim);
    LockRow left =
        lock(
            event.getSpace(),
            event.getLock(),
            lock -> {
              if (held) {
                lock.setHolders(lock.getHolders() - 1)
                    .setTaken(lock.getTaken() - claim.getPermits())
                    .setExclusive(false);
              } else {
                lock.setWaiters(lock.getWaiters() - 1);
              }
            });
    space(
        event.getSpace(),
        row -> {
          if (held) {
            row.setHolders(row.getHolders() - 1);
          } else {
            row.setWaiters(row.getWaiters() - 1);
          }
          if (left.getHolders() + left.getWaiters() == 0) {
            row.setLocks(row.getLocks() - 1);
          }
          if (event.getReason() == EndReason.SESSION_EXPIRED) {
            row.setExpiredClaims(row.getExpiredClaims() + 1);
          }
        });
    session(event.getSpace(), event.getSession(), row -> row.setClaims(row.getClaims() - 1));
  }

  private ClaimRow claim(ClaimKey key) {
    ClaimRow claim = rows.claims.get(key);
    if (claim == null) {
      throw new IllegalStateException("an event of a claim that there is not");
    }
    return claim;
  }

  private void valueProclaimed(ValueProclaimed event, EventContext at) {
    ClaimKey key =
        new ClaimKey(event.getSpace(), event.getSession(), event.getOwner(), event.getLock());
    ClaimRow claim = claim(key);
    rows.claims.replace(key, claim, claim.toBuilder().setValue(event.getValue()).build());
  }

  private void registerWritten(RegisterWritten event, EventContext at) {
    Pair<String, String> key = new Pair<>(event.getSpace(), event.getRegister());
    RegisterRow before = rows.registers.get(key);
    rows.registers.replace(
        key,
        before,
        RegisterRow.newBuilder()
            .setValue(event.getValue())
            .setVersion(event.getVersion())
            .setWriteUs(at.logTimeUs())
            .build());
    registers.seen(event.getGuard(), event.getRegister());
    space(
        event.getSpace(),
        row -> {
          row.setLastToken(event.getVersion());
          if (before == null) {
            row.setRegisters(row.getRegisters() + 1);
          }
        });
  }

  private void registerDeleted(RegisterDeleted event, EventContext at) {
    rows.registers.delete(new Pair<>(event.getSpace(), event.getRegister()));
    registers.seen(event.getGuard(), event.getRegister());
    space(event.getSpace(), row -> row.setRegisters(row.getRegisters() - 1));
  }

  private void barrierJoined(BarrierJoined event, EventContext at) {
    Pair<String, String> key = new Pair<>(event.getSpace(), event.getBarrier());
    BarrierRow before = rows.barriers.get(key);
    BarrierRow row = before == null ? BarrierRow.getDefaultInstance() : before;
    rows.barriers.replace(
        key,
        before,
        row.toBuilder().setParties(event.getParties()).setArrived(row.getArrived() + 1).build());
    rows.arrivals.put(
        new ArrivalKey(event.getSpace(), event.getBarrier(), event.getSession(), event.getOwner()),
        row.getGeneration());
    rows.arrivalsOfSession.put(
        new ArrivalKey(event.getSpace(), event.getSession(), event.getBarrier(), event.getOwner()),
        row.getGeneration());
    if (before == null) {
      space(event.getSpace(), space -> space.setBarriers(space.getBarriers() + 1));
    }
    session(event.getSpace(), event.getSession(), s -> s.setArrivals(s.getArrivals() + 1));
  }

  private void barrierLeft(BarrierLeft event, EventContext at) {
    gone(
        new ArrivalKey(event.getSpace(), event.getBarrier(), event.getSession(), event.getOwner()));
    BarrierRow row = rows.barrier(event.getSpace(), event.getBarrier());
    rows.barriers.put(
        new Pair<>(event.getSpace(), event.getBarrier()),
        row.toBuilder().setArrived(row.getArrived() - 1).build());
  }

  private void barrierOpened(BarrierOpened event, EventContext at) {
    for (Table.Row<ArrivalKey, Long> arrival :
        rows.arrivals.scanPrefix(Rows.of(event.getSpace(), event.getBarrier()), MAX_PARTIES)) {
      gone(arrival.key());
    }
    BarrierRow row = rows.barrier(event.getSpace(), event.getBarrier());
    rows.barriers.put(
        new Pair<>(event.getSpace(), event.getBarrier()),
        row.toBuilder().setArrived(0).setGeneration(event.getGeneration()).build());
  }

  private void gone(ArrivalKey arrival) {
    rows.arrivals.delete(arrival);
    rows.arrivalsOfSession.delete(arrival.turned());
    session(arrival.space(), arrival.second(), row -> row.setArrivals(row.getArrivals() - 1));
  }

  private void space(String name, Consumer<SpaceRow.Builder> change) {
    SpaceRow before = rows.spaces.get(name);
    SpaceRow.Builder after = before == null ? SpaceRow.newBuilder() : before.toBuilder();
    change.accept(after);
    rows.spaces.replace(name, before, after.build());
  }

  private void session(String space, String id, Consumer<SessionRow.Builder> change) {
    Pair<String, String> key = new Pair<>(space, id);
    SessionRow before = rows.sessions.get(key);
    if (before != null) {
      SessionRow.Builder after = before.toBuilder();
      change.accept(after);
      rows.sessions.replace(key, before, after.build());
    }
  }

  /** A lock that nobody claims any more has no row. */
  private LockRow lock(String space, String name, Consumer<LockRow.Builder> change) {
    Pair<String, String> key = new Pair<>(space, name);
    @Nullable LockRow before = rows.locks.get(key);
    if (before == null) {
      throw new IllegalStateException("an event of a lock that there is not");
    }
    LockRow.Builder changed = before.toBuilder();
    change.accept(changed);
    LockRow after = changed.build();
    if (after.getHolders() + after.getWaiters() == 0) {
      rows.locks.delete(key, before);
    } else {
      rows.locks.replace(key, before, after);
    }
    return after;
  }
}
