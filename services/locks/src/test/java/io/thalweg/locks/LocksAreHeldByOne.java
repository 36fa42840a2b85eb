package io.thalweg.locks;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.ClaimState;
import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.GetSpaceRequest;
import io.thalweg.locks.v1.ListSessionsRequest;
import io.thalweg.locks.v1.ListSessionsResponse;
import io.thalweg.locks.v1.LockDetails;
import io.thalweg.locks.v1.Space;
import io.thalweg.runtime.Failure;
import io.thalweg.testkit.Answered;
import io.thalweg.testkit.Invariant;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.QuietNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * No fencing token is given to two claims; each look at a lock shows one holder, or none and nobody
 * who waits, in the order of their places; tokens that were seen of a lock never go back as its
 * holder changes; and when all is quiet, every session has ended and nothing is left of it.
 */
final class LocksAreHeldByOne implements Invariant {
  /** All sessions live for so long. */
  static final long TTL_MS = 2_000;

  private static final long MAX_WAIT_MS = 20 * 60_000;

  private final List<String> spaces;
  private final Map<String, String> tokens = new HashMap<>();

  LocksAreHeldByOne(List<String> spaces) {
    this.spaces = spaces;
  }

  @Override
  public void answered(Answered answered) {
    if (!(answered.outcome() instanceof Outcome.Replied(Message reply))) {
      return;
    }
    switch (reply) {
      case Claim claim when answered.request() instanceof AcquireRequest -> seen(claim);
      case LockDetails details -> look(details);
      default -> {
        // Nothing is held by it.
      }
    }
  }

  private void look(LockDetails details) {
    if (details.getHoldersCount() > 1) {
      throw new AssertionError("a lock with two holders: " + details);
    }
    if (details.getHoldersCount() == 0 && details.getWaitersCount() > 0) {
      throw new AssertionError("a lock that is free and waited for: " + details);
    }
    long last = -1;
    for (Claim waiter : details.getWaitersList()) {
      if (waiter.getState() != ClaimState.WAITING || waiter.getPlace() <= last) {
        throw new AssertionError("a queue out of order: " + details);
      }
      last = waiter.getPlace();
    }
    details.getHoldersList().forEach(this::seen);
  }

  private void seen(Claim claim) {
    if (claim.getToken() == 0) {
      return;
    }
    String who = claim.getLock() + " " + claim.getSession() + " " + claim.getPlace();
    String before = tokens.putIfAbsent(claim.getSpace() + " " + claim.getToken(), who);
    if (before != null && !before.equals(who)) {
      throw new AssertionError(
          "token %d was given to %s and to %s".formatted(claim.getToken(), before, who));
    }
  }

  @Override
  public void quiet(QuietNode node) {
    for (String space : spaces) {
      Space left = space(node, space);
      for (long ms = 0; ms < MAX_WAIT_MS && left.getSessions() > 0; ms += TTL_MS) {
        node.sleep(TTL_MS);
        left = space(node, space);
      }
      if (left.getSessions() + left.getLocks() + left.getHolders() + left.getWaiters() > 0) {
        throw new AssertionError("after all sessions were silent: " + left);
      }
      ListSessionsResponse sessions =
          node.call(
              ListSessionsRequest.newBuilder().setSpace(space).build(), ListSessionsResponse.class);
      if (sessions.getSessionsCount() > 0) {
        throw new AssertionError("sessions that are not counted: " + sessions);
      }
    }
  }

  private static Space space(QuietNode node, String name) {
    try {
      return node.call(GetSpaceRequest.newBuilder().setSpace(name).build(), Space.class);
    } catch (Failure e) {
      if (e.code() != Code.NOT_FOUND) {
        throw e;
      }
      return Space.getDefaultInstance();
    }
  }

  static GetLockRequest look(String space, String lock) {
    return GetLockRequest.newBuilder().setSpace(space).setLock(lock).build();
  }
}
