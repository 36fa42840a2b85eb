package io.thalweg.locks;

import io.thalweg.locks.Rows.ClaimKey;
import io.thalweg.locks.Rows.Owner;
import io.thalweg.locks.Rows.PlaceKey;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.ClaimantRow;
import io.thalweg.locks.v1.GetClaimRequest;
import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.GetSessionRequest;
import io.thalweg.locks.v1.GetSpaceRequest;
import io.thalweg.locks.v1.ListLocksRequest;
import io.thalweg.locks.v1.ListLocksResponse;
import io.thalweg.locks.v1.ListSessionsRequest;
import io.thalweg.locks.v1.ListSessionsResponse;
import io.thalweg.locks.v1.ListSpacesRequest;
import io.thalweg.locks.v1.ListSpacesResponse;
import io.thalweg.locks.v1.Lock;
import io.thalweg.locks.v1.LockDetails;
import io.thalweg.locks.v1.LockRow;
import io.thalweg.locks.v1.SessionDetails;
import io.thalweg.locks.v1.SessionRow;
import io.thalweg.locks.v1.Space;
import io.thalweg.locks.v1.SpaceRow;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.QueryContext;
import io.thalweg.runtime.ScanContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/** Answers who holds what, who waits, and how much there is. */
final class Reads {
  private final Rows rows;
  private final Sessions sessions;

  Reads(Rows rows, Sessions sessions) {
    this.rows = rows;
    this.sessions = sessions;
  }

  SessionDetails session(GetSessionRequest request, QueryContext context) {
    String space = request.getSpace();
    SessionRow row = sessions.find(space, request.getSession());
    SessionDetails.Builder details =
        SessionDetails.newBuilder().setSession(sessions.session(space, request.getSession(), row));
    rows.claims
        .scanPrefix(Rows.of(space, request.getSession()), Bounds.CLAIMS_OF_SESSION)
        .forEach(claim -> details.addClaims(Claims.claim(claim.key(), claim.value())));
    return details.build();
  }

  Claim claim(GetClaimRequest request, QueryContext context) {
    ClaimKey key =
        new ClaimKey(
            request.getSpace(), request.getSession(), request.getOwner(), request.getLock());
    return Claims.claim(key, rows.claims.get(key));
  }

  LockDetails lock(GetLockRequest request, QueryContext context) {
    String space = request.getSpace();
    String name = request.getLock();
    int page = Bounds.page(request.getPageSize());
    LockDetails.Builder details =
        LockDetails.newBuilder().setLock(lock(space, name, rows.lock(space, name)));
    claims(rows.holders, space, name, page).forEach(details::addHolders);
    claims(rows.waiters, space, name, page).forEach(details::addWaiters);
    return details.build();
  }

  private List<Claim> claims(
      Table<PlaceKey, ClaimantRow> table, String space, String lock, int most) {
    List<Claim> claims = new ArrayList<>();
    for (Table.Row<PlaceKey, ClaimantRow> row : table.scanPrefix(Rows.of(space, lock), most)) {
      Owner who = Owner.of(row.value());
      ClaimKey key = new ClaimKey(space, who.session(), who.owner(), lock);
      claims.add(Claims.claim(key, rows.claims.get(key)));
    }
    return claims;
  }

  ListLocksResponse locks(ListLocksRequest request, QueryContext context) {
    ListLocksResponse.Builder answer = ListLocksResponse.newBuilder();
    for (Table.Row<Pair<String, String>, LockRow> row :
        page(rows.locks, request.getSpace(), request.getAfterLock(), request.getPageSize())) {
      if (answer.getLocksCount() == Bounds.page(request.getPageSize())) {
        answer.setNextAfter(answer.getLocks(answer.getLocksCount() - 1).getLock());
        break;
      }
      answer.addLocks(lock(request.getSpace(), row.key().second(), row.value()));
    }
    return answer.build();
  }

  ListSessionsResponse sessions(ListSessionsRequest request, QueryContext context) {
    ListSessionsResponse.Builder answer = ListSessionsResponse.newBuilder();
    for (Table.Row<Pair<String, String>, SessionRow> row :
        page(rows.sessions, request.getSpace(), request.getAfterSession(), request.getPageSize())) {
      if (answer.getSessionsCount() == Bounds.page(request.getPageSize())) {
        answer.setNextAfter(answer.getSessions(answer.getSessionsCount() - 1).getSession());
        break;
      }
      answer.addSessions(sessions.session(request.getSpace(), row.key().second(), row.value()));
    }
    return answer.build();
  }

  /** One row more than the page has, which tells whether there is another. */
  private static <V> List<Table.Row<Pair<String, String>, V>> page(
      Table<Pair<String, String>, V> table, String space, String after, int asked) {
    int most = Bounds.page(asked) + 1;
    if (after.isEmpty()) {
      return table.scanPrefix(Rows.of(space), most);
    }
    // No name has a zero byte behind it: this is the first key beyond.
    return table.scan(new Pair<>(space, after + "\0"), null, most).stream()
        .filter(row -> row.key().first().equals(space))
        .toList();
  }

  Space space(GetSpaceRequest request, QueryContext context) {
    SpaceRow row = rows.spaces.get(request.getSpace());
    if (row == null) {
      throw Failure.notFound("space", request.getSpace());
    }
    return space(request.getSpace(), row);
  }

  ListSpacesResponse spaces(ListSpacesRequest request, ScanContext context) {
    int most = Bounds.page(request.getPageSize()) + 1;
    Comparator<Space> byName = Comparator.comparing(Space::getSpace);
    PriorityQueue<Space> first = new PriorityQueue<>(byName.reversed());
    for (Iterator<Table.Row<String, SpaceRow>> all = context.scanAll(rows.spaces);
        all.hasNext(); ) {
      Table.Row<String, SpaceRow> row = all.next();
      if (row.key().compareTo(request.getAfterSpace()) > 0) {
        first.add(space(row.key(), row.value()));
        if (first.size() > most) {
          first.remove();
        }
      }
    }
    return ListSpacesResponse.newBuilder()
        .addAllSpaces(first.stream().sorted(byName).toList())
        .build();
  }

  static ListSpacesResponse merge(ListSpacesRequest request, List<ListSpacesResponse> parts) {
    int most = Bounds.page(request.getPageSize());
    List<Space> all =
        parts.stream()
            .flatMap(part -> part.getSpacesList().stream())
            .sorted(Comparator.comparing(Space::getSpace))
            .toList();
    ListSpacesResponse.Builder answer =
        ListSpacesResponse.newBuilder().addAllSpaces(all.subList(0, Math.min(most, all.size())));
    if (all.size() > most) {
      answer.setNextAfter(all.get(most - 1).getSpace());
    }
    return answer.build();
  }

  static Space space(String name, SpaceRow row) {
    return Space.newBuilder()
        .setSpace(name)
        .setSessions(row.getSessions())
        .setLocks(row.getLocks())
        .setHolders(row.getHolders())
        .setWaiters(row.getWaiters())
        .setRegisters(row.getRegisters())
        .setBarriers(row.getBarriers())
        .setLastToken(row.getLastToken())
        .setLimits(Bounds.limits(row.getLimits()))
        .setGrants(row.getGrants())
        .setExpiredClaims(row.getExpiredClaims())
        .build();
  }

  private static Lock lock(String space, String name, LockRow row) {
    return Lock.newBuilder()
        .setSpace(space)
        .setLock(name)
        .setLimit(row.getLimit())
        .setHolders(row.getHolders())
        .setWaiters(row.getWaiters())
        .setTaken(row.getTaken())
        .setExclusive(row.getExclusive())
        .build();
  }
}
