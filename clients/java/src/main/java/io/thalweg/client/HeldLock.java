package io.thalweg.client;

import io.thalweg.contract.Guard;

/**
 * A lock that was granted. Whether it is still held is known to the server alone: what must not be
 * done by two at a time is done under {@link #guard}.
 */
public final class HeldLock implements AutoCloseable {
  private final LockSession session;
  private final String lock;
  private final String owner;
  private final long token;

  HeldLock(LockSession session, String lock, String owner, long token) {
    this.session = session;
    this.lock = lock;
    this.owner = owner;
    this.token = token;
  }

  /** Its name. */
  public String name() {
    return lock;
  }

  /** Who of the session has it. */
  public String owner() {
    return owner;
  }

  /** The fencing token: larger than that of every earlier grant in the space. */
  public long token() {
    return token;
  }

  /** What guarded services are given with a request. */
  public Guard guard() {
    return Guard.newBuilder().setLock(session.space() + "/" + lock).setToken(token).build();
  }

  /** False once this client knows that the session is lost or closed. True proves nothing. */
  public boolean isPerhapsHeld() {
    return session.isOpen();
  }

  /** Changes what others see of it: what a leader proclaims. */
  public PendingReply<io.thalweg.locks.v1.Claim> proclaim(com.google.protobuf.ByteString value) {
    return session.proclaim(lock, owner, value);
  }

  /** Gives it back, without waiting for the answer. */
  public PendingReply<io.thalweg.locks.v1.ReleaseResponse> release() {
    return session.release(lock, owner);
  }

  /** Gives it back and waits; a session that is lost has done so already. */
  @Override
  public void close() {
    if (session.isOpen()) {
      release().await();
    }
  }
}
