package io.thalweg.locks;

import com.google.rpc.Code;
import io.thalweg.locks.Rows.ArrivalKey;
import io.thalweg.locks.v1.ArriveRequest;
import io.thalweg.locks.v1.Barrier;
import io.thalweg.locks.v1.BarrierJoined;
import io.thalweg.locks.v1.BarrierLeft;
import io.thalweg.locks.v1.BarrierOpened;
import io.thalweg.locks.v1.BarrierRow;
import io.thalweg.locks.v1.GetBarrierRequest;
import io.thalweg.locks.v1.LeaveBarrierRequest;
import io.thalweg.locks.v1.SessionRow;
import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;

/**
 * Barriers: they open when all have arrived, and begin anew. A barrier stays once it was used, so
 * that its generations never come again.
 */
final class Barriers {
  private final Rows rows;

  Barriers(Rows rows) {
    this.rows = rows;
  }

  Barrier arrive(ArriveRequest request, CommandContext context) {
    String space = request.getSpace();
    String name = request.getBarrier();
    SessionRow session = rows.session(space, request.getSession());
    if (session == null) {
      throw Sessions.gone(request.getSession());
    }
    BarrierRow row = rows.barrier(space, name);
    ArrivalKey key = new ArrivalKey(space, name, request.getSession(), request.getOwner());
    if (rows.arrivals.contains(key)) {
      return answer(space, name).toBuilder().setArrivedIn(row.getGeneration()).build();
    }
    if (row.getArrived() > 0 && row.getParties() != request.getParties()) {
      throw Failure.of(
          Code.FAILED_PRECONDITION,
          "parties: those who wait at '%s' need %d; got %d"
              .formatted(Failure.quote(name), row.getParties(), request.getParties()));
    }
    if (row.getParties() == 0) {
      SpaceRow present = rows.space(space);
      Bounds.room(
          "space " + Failure.quote(space),
          "barriers",
          present.getBarriers(),
          Bounds.limits(present.getLimits()).getBarriers());
    }
    Bounds.room("the session", "arrivals", session.getArrivals(), Bounds.ARRIVALS_OF_SESSION);
    context.emit(
        BarrierJoined.newBuilder()
            .setSpace(space)
            .setBarrier(name)
            .setSession(request.getSession())
            .setOwner(request.getOwner())
            .setParties(request.getParties())
            .build());
    if (rows.barrier(space, name).getArrived() >= request.getParties()) {
      context.emit(
          BarrierOpened.newBuilder()
              .setSpace(space)
              .setBarrier(name)
              .setGeneration(row.getGeneration() + 1)
              .build());
    }
    return answer(space, name).toBuilder().setArrivedIn(row.getGeneration()).build();
  }

  Barrier leave(LeaveBarrierRequest request, CommandContext context) {
    ArrivalKey key =
        new ArrivalKey(
            request.getSpace(), request.getBarrier(), request.getSession(), request.getOwner());
    if (rows.arrivals.contains(key)) {
      left(key, context);
    }
    return answer(request.getSpace(), request.getBarrier());
  }

  /** A session ends. */
  void leaveAll(String space, String session, CommandContext context) {
    for (Table.Row<ArrivalKey, Long> row :
        rows.arrivalsOfSession.scanPrefix(Rows.of(space, session), Bounds.ARRIVALS_OF_SESSION)) {
      ArrivalKey of = row.key();
      left(new ArrivalKey(space, of.second(), session, of.owner()), context);
    }
  }

  private static void left(ArrivalKey key, CommandContext context) {
    context.emit(
        BarrierLeft.newBuilder()
            .setSpace(key.space())
            .setBarrier(key.first())
            .setSession(key.second())
            .setOwner(key.owner())
            .build());
  }

  Barrier get(GetBarrierRequest request, QueryContext context) {
    return answer(request.getSpace(), request.getBarrier());
  }

  private Barrier answer(String space, String name) {
    BarrierRow row = rows.barrier(space, name);
    return Barrier.newBuilder()
        .setSpace(space)
        .setBarrier(name)
        .setParties(row.getParties())
        .setArrived(row.getArrived())
        .setGeneration(row.getGeneration())
        .build();
  }
}
