package io.thalweg.client;

import io.thalweg.locks.v1.GetLockRequest;
import io.thalweg.locks.v1.GetRegisterRequest;
import io.thalweg.locks.v1.LockDetails;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.Register;
import io.thalweg.locks.v1.SpaceEvent;
import io.thalweg.locks.v1.WatchSpaceRequest;
import io.thalweg.locks.v1.WriteRegisterRequest;
import java.time.Duration;

/**
 * Locks, elections and registers of a space.
 *
 * <pre>{@code
 * try (LockSession session = client.locks("shop").open(Duration.ofSeconds(10), why -> stopWork());
 *     HeldLock lock = session.lock("orders").join()) {
 *   write(order, lock.guard());      // who is guarded refuses it once a later token was there
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class LocksClient {
  private final ThalwegClient client;
  private final String space;

  LocksClient(ThalwegClient client, String space) {
    this.client = client;
    this.space = space;
  }

  /**
   * Opens a session, and keeps it alive until it is closed or lost. Waits for the answer.
   *
   * @param ttl 1 s to 12 h: how long the server waits for a sign of life. Others wait for so long
   *     if this process dies
   * @param onLost hears once, on a virtual thread, that the session is lost: all its locks are, or
   *     may be. Not called when the session is closed
   * @throws ThalwegException as the server refuses it
   */
  public LockSession open(Duration ttl, LockSession.Lost onLost) {
    OpenSessionRequest request =
        OpenSessionRequest.newBuilder().setSpace(space).setTtlMs(ttl.toMillis()).build();
    return LockSession.of(client, client.call(LocksMethods.OPEN_SESSION, request).await(), onLost);
  }

  /** Who holds a lock or leads an election, and who waits. */
  public PendingReply<LockDetails> getLock(String lock) {
    return client.call(
        LocksMethods.GET_LOCK, GetLockRequest.newBuilder().setSpace(space).setLock(lock).build());
  }

  /** Reads a register. NOT_FOUND if there is none. */
  public PendingReply<Register> getRegister(String register) {
    return client.call(
        LocksMethods.GET_REGISTER,
        GetRegisterRequest.newBuilder().setSpace(space).setRegister(register).build());
  }

  /** Writes a register, under a condition or a guard if the request has them. */
  public PendingReply<Register> writeRegister(WriteRegisterRequest.Builder request) {
    return client.call(LocksMethods.WRITE_REGISTER, request.setSpace(space).build());
  }

  /**
   * What happens to one lock, register or barrier, through cuts and restarts: how observers follow
   * an election.
   */
  public Watch<SpaceEvent> watch(String name, WatchFrom from) {
    return client.watch(
        LocksMethods.WATCH_SPACE,
        WatchSpaceRequest.newBuilder().setSpace(space).setName(name).build(),
        from,
        () -> getLock(name));
  }
}
