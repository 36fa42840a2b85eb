package io.thalweg.locks;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.CloseSessionResponse;
import io.thalweg.locks.v1.GetClaimRequest;
import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.LockDetails;
import io.thalweg.locks.v1.Mode;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.ReleaseResponse;
import io.thalweg.locks.v1.Session;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.util.List;

/** The service on a real node, asked in few words. */
final class LocksOnNode implements AutoCloseable {
  static final String SPACE = "s";
  private static final long TTL_MS = 3_600_000;

  private final Path data;
  private Node node;

  LocksOnNode(Path data) {
    this.data = data;
    node = TestEngine.open(data, Locks.TYPE);
  }

  Node node() {
    return node;
  }

  void restart() {
    node.close();
    node = TestEngine.open(data, Locks.TYPE);
  }

  <R extends Message> R call(Message request, Class<R> reply) {
    return node.call(request, reply);
  }

  String session() {
    return session(TTL_MS);
  }

  String session(long ttlMs) {
    return call(
            OpenSessionRequest.newBuilder().setSpace(SPACE).setTtlMs(ttlMs).build(), Session.class)
        .getSession();
  }

  static AcquireRequest.Builder claim(String session, String lock) {
    return AcquireRequest.newBuilder().setSpace(SPACE).setSession(session).setLock(lock);
  }

  static AcquireRequest.Builder shared(String session, String lock) {
    return claim(session, lock).setMode(Mode.SHARED);
  }

  static AcquireRequest.Builder permits(String session, String lock, int permits, int limit) {
    return claim(session, lock).setMode(Mode.PERMITS).setPermits(permits).setLimit(limit);
  }

  Claim acquire(AcquireRequest.Builder request) {
    return call(request.build(), Claim.class);
  }

  Claim acquire(String session, String lock) {
    return acquire(claim(session, lock));
  }

  boolean release(String session, String lock) {
    return call(
            ReleaseRequest.newBuilder().setSpace(SPACE).setSession(session).setLock(lock).build(),
            ReleaseResponse.class)
        .getReleased();
  }

  Claim get(String session, String lock) {
    return call(
        GetClaimRequest.newBuilder().setSpace(SPACE).setSession(session).setLock(lock).build(),
        Claim.class);
  }

  LockDetails lock(String lock) {
    return call(
        GetLockRequest.newBuilder().setSpace(SPACE).setLock(lock).setPageSize(1_000).build(),
        LockDetails.class);
  }

  List<String> waiters(String lock) {
    return lock(lock).getWaitersList().stream().map(Claim::getSession).toList();
  }

  boolean end(String session) {
    return call(
            CloseSessionRequest.newBuilder().setSpace(SPACE).setSession(session).build(),
            CloseSessionResponse.class)
        .getClosed();
  }

  /** How a request is refused. */
  Failure refusal(Message request) {
    try {
      Message reply = node.call(request, Message.class);
      throw new AssertionError("not refused: " + reply);
    } catch (Failure e) {
      return e;
    }
  }

  Code code(Message request) {
    return refusal(request).code();
  }

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Override
  public void close() {
    node.close();
  }
}
