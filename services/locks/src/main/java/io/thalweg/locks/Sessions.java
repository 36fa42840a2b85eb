package io.thalweg.locks;

import com.google.rpc.Code;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.CloseSessionResponse;
import io.thalweg.locks.v1.EndReason;
import io.thalweg.locks.v1.ExpireSessionRequest;
import io.thalweg.locks.v1.HeartbeatRequest;
import io.thalweg.locks.v1.HeartbeatResponse;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.Session;
import io.thalweg.locks.v1.SessionEnded;
import io.thalweg.locks.v1.SessionOpened;
import io.thalweg.locks.v1.SessionRow;
import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Ephemeral;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.KeyCodecs.Pair;

/**
 * Sessions: leases on log time.
 *
 * <p>A heartbeat is a signal and is kept in memory only. The expiry is a timer, in the log: when it
 * fires it asks what was heard, and is set again for as long as that lasts. So a session that lives
 * writes one record for each time to live, however often its client is heard. Memory is lost when
 * the partition is opened elsewhere or again: no session ends before its whole time to live has
 * passed since then, for its client may have been heard a moment before.
 */
final class Sessions {
  private static final long US_PER_MS = 1_000;

  private final Rows rows;
  private final Ephemeral<Heard, Long> heard;
  private final Claims claims;
  private final Barriers barriers;

  /** Whose heartbeat it was. */
  record Heard(String space, String session) {}

  /**
   * @param heard until when each session lives by its last heartbeat, microseconds of log time
   */
  Sessions(Rows rows, Ephemeral<Heard, Long> heard, Claims claims, Barriers barriers) {
    this.rows = rows;
    this.heard = heard;
    this.claims = claims;
    this.barriers = barriers;
  }

  Session open(OpenSessionRequest request, CommandContext context) {
    String space = request.getSpace();
    if (!request.getSession().isEmpty()) {
      SessionRow there = rows.session(space, request.getSession());
      if (there != null) {
        return session(space, request.getSession(), there);
      }
    }
    SpaceRow present = rows.space(space);
    rows.quotas.room(
        context.caller().project(), !rows.spaces.contains(space), rows.quotas.sessions);
    Bounds.room(
        "space " + Failure.quote(space),
        "sessions",
        present.getSessions(),
        Bounds.limits(present.getLimits()).getSessions());
    String id =
        request.getSession().isEmpty()
            ? "%016x%016x".formatted(context.random().nextLong(), context.random().nextLong())
            : request.getSession();
    context.emit(
        SessionOpened.newBuilder()
            .setSpace(space)
            .setSession(id)
            .setTtlMs(request.getTtlMs())
            .setLabel(request.getLabel())
            .setPrincipal(context.caller().principal())
            .build());
    watch(space, id, context.logTimeUs() + request.getTtlMs() * US_PER_MS, context);
    return session(space, id, find(space, id));
  }

  HeartbeatResponse heartbeat(HeartbeatRequest request, QueryContext context) {
    SessionRow row = find(request.getSpace(), request.getSession());
    long ttlUs = row.getTtlMs() * US_PER_MS;
    heard.put(
        new Heard(request.getSpace(), request.getSession()), context.logTimeUs() + ttlUs, ttlUs);
    return HeartbeatResponse.newBuilder().setTtlMs(row.getTtlMs()).build();
  }

  CloseSessionResponse close(CloseSessionRequest request, CommandContext context) {
    context.cancelTimer(timer(request.getSpace(), request.getSession()));
    return end(request.getSpace(), request.getSession(), EndReason.SESSION_CLOSED, context);
  }

  /** The timer: asks what was heard. */
  CloseSessionResponse expire(ExpireSessionRequest request, CommandContext context) {
    SessionRow row = rows.session(request.getSpace(), request.getSession());
    if (row == null) {
      return CloseSessionResponse.getDefaultInstance();
    }
    long untilUs = livesUntilUs(request.getSpace(), request.getSession(), row);
    if (untilUs > context.logTimeUs()) {
      watch(request.getSpace(), request.getSession(), untilUs, context);
      return CloseSessionResponse.getDefaultInstance();
    }
    return end(request.getSpace(), request.getSession(), EndReason.SESSION_EXPIRED, context);
  }

  private CloseSessionResponse end(
      String space, String id, EndReason reason, CommandContext context) {
    if (rows.session(space, id) == null) {
      return CloseSessionResponse.getDefaultInstance();
    }
    claims.endAll(space, id, reason, context);
    barriers.leaveAll(space, id, context);
    context.emit(
        SessionEnded.newBuilder().setSpace(space).setSession(id).setReason(reason).build());
    return CloseSessionResponse.newBuilder().setClosed(true).build();
  }

  private static void watch(String space, String id, long atUs, CommandContext context) {
    context.schedule(
        timer(space, id),
        atUs,
        ExpireSessionRequest.newBuilder().setSpace(space).setSession(id).build());
  }

  // A space and a session have at most 60 bytes each, so that it fits into a timer's 128. No zero
  // byte: a name may have a slash.
  private static String timer(String space, String session) {
    return "s/" + space.length() + "/" + space + session;
  }

  private long livesUntilUs(String space, String id, SessionRow row) {
    long ttlUs = row.getTtlMs() * US_PER_MS;
    Long renewed = heard.get(new Heard(space, id));
    return Math.max(
        Math.max(row.getOpenUs(), heard.sinceUs()) + ttlUs, renewed == null ? 0 : renewed);
  }

  /** A session's row. @throws Failure NOT_FOUND if there is none */
  SessionRow find(String space, String id) {
    SessionRow row = rows.sessions.get(new Pair<>(space, id));
    if (row == null) {
      throw gone(id);
    }
    return row;
  }

  static Failure gone(String id) {
    return Failure.of(
        Code.NOT_FOUND,
        "there is no session '" + Failure.quote(id) + "' (any more): what it held is lost");
  }

  Session session(String space, String id, SessionRow row) {
    return Session.newBuilder()
        .setSpace(space)
        .setSession(id)
        .setTtlMs(row.getTtlMs())
        .setLabel(row.getLabel())
        .setPrincipal(row.getPrincipal())
        .setOpenTimeMs(row.getOpenUs() / US_PER_MS)
        .setExpireTimeMs(livesUntilUs(space, id, row) / US_PER_MS)
        .build();
  }
}
