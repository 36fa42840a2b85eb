package io.thalweg.client;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.ClaimState;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.GetClaimRequest;
import io.thalweg.locks.v1.GetSessionRequest;
import io.thalweg.locks.v1.HeartbeatRequest;
import io.thalweg.locks.v1.ProclaimRequest;
import io.thalweg.locks.v1.ReleaseRequest;
import io.thalweg.locks.v1.ReleaseResponse;
import io.thalweg.locks.v1.Session;
import io.thalweg.locks.v1.SpaceEvent;
import io.thalweg.locks.v1.WatchSpaceRequest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A session, kept alive by a virtual thread that sends a heartbeat every third of its time to live.
 * It is lost when the server says so, or when nothing was heard of the server for the whole time to
 * live since the last heartbeat that it answered was sent: the server has then ended it, or will.
 *
 * <p>Waits for locks are kept by the server; one watch of the session tells of all of them, and
 * goes on through cuts and restarts. Thread-safe.
 */
public final class LockSession implements AutoCloseable {
  private static final int BEATS_OF_TTL = 3;
  private static final Duration LOOK = Duration.ofSeconds(1);

  private enum State {
    OPEN,
    LOST,
    CLOSED
  }

  private record Key(String lock, String owner) {}

  private final ThalwegClient client;
  private final Session session;
  private final Lost onLost;
  private final Watch<SpaceEvent> watch;
  private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
  private final AtomicLong owners = new AtomicLong();
  private final Map<Key, CompletableFuture<HeldLock>> waiting = new ConcurrentHashMap<>();
  private final Thread beating;
  private final Thread watching;

  /** Hears that a session is lost. */
  @FunctionalInterface
  public interface Lost {
    /**
     * All locks of the session are lost, or may be.
     *
     * @param why for a person
     */
    void lost(String why);
  }

  private LockSession(ThalwegClient client, Session session, Lost onLost) {
    this.client = client;
    this.session = session;
    this.onLost = onLost;
    watch =
        client.watch(
            LocksMethods.WATCH_SPACE,
            WatchSpaceRequest.newBuilder()
                .setSpace(session.getSpace())
                .setSession(session.getSession())
                .build(),
            WatchFrom.now(),
            () ->
                client.call(
                    LocksMethods.GET_SESSION,
                    GetSessionRequest.newBuilder()
                        .setSpace(session.getSpace())
                        .setSession(session.getSession())
                        .build()));
    beating = Thread.ofVirtual().name("thalweg-session-beats").unstarted(this::beat);
    watching = Thread.ofVirtual().name("thalweg-session-watch").unstarted(this::follow);
  }

  static LockSession of(ThalwegClient client, Session session, Lost onLost) {
    LockSession opened = new LockSession(client, session, onLost);
    opened.beating.start();
    opened.watching.start();
    return opened;
  }

  /** Its id. */
  public String id() {
    return session.getSession();
  }

  String space() {
    return session.getSpace();
  }

  /** Whether it is neither closed nor known to be lost. */
  public boolean isOpen() {
    return state.get() == State.OPEN;
  }

  /**
   * Waits for a lock in its queue, as an owner of its own: two calls exclude each other.
   *
   * @return fails with {@link ThalwegException}: ABORTED if it would be a deadlock; CANCELLED if
   *     the session ended. Cancelling it leaves the queue
   */
  public CompletableFuture<HeldLock> lock(String name) {
    return acquire(
        AcquireRequest.newBuilder()
            .setLock(name)
            .setOwner(Long.toString(owners.incrementAndGet())));
  }

  /** Stands for election: completes when this one leads, showing a value to others. */
  public CompletableFuture<HeldLock> campaign(String election, ByteString value) {
    return acquire(AcquireRequest.newBuilder().setLock(election).setValue(value));
  }

  /**
   * As {@link #lock}, with mode, permits, owner and the like of the request. A deadlock is found
   * among owners, so what is held together is asked for under one owner.
   *
   * @return fails also with DEADLINE_EXCEEDED if the request's wait ended, and with
   *     FAILED_PRECONDITION if it only tried
   */
  public CompletableFuture<HeldLock> acquire(AcquireRequest.Builder request) {
    AcquireRequest sent = request.setSpace(space()).setSession(id()).build();
    Key key = new Key(sent.getLock(), sent.getOwner());
    CompletableFuture<HeldLock> fresh = new CompletableFuture<>();
    CompletableFuture<HeldLock> present = waiting.putIfAbsent(key, fresh);
    if (present != null) {
      return present;
    }
    if (!isOpen()) {
      end(key, Code.CANCELLED, "the session has ended");
      return fresh;
    }
    var _ =
        fresh.whenComplete((lock, cause) -> {
          if (fresh.isCancelled()) {
            waiting.remove(key, fresh);
            var _ = release(key.lock(), key.owner());
          }
        });
    var _ =
        client
            .call(LocksMethods.ACQUIRE, sent)
            .whenComplete((claim, cause) -> {
              if (cause != null) {
                fail(key, cause);
              } else if (claim.getState() == ClaimState.HELD) {
                granted(key, claim.getToken());
              } else if (claim.getState() == ClaimState.NOT_HELD) {
                end(key, Code.FAILED_PRECONDITION, "'" + key.lock() + "' is held by another");
              } else if (!isOpen()) {
                end(key, Code.CANCELLED, "the session has ended");
              }
            });
    return fresh;
  }

  private void granted(Key key, long token) {
    CompletableFuture<HeldLock> waits = waiting.remove(key);
    if (waits != null) {
      waits.complete(new HeldLock(this, key.lock(), key.owner(), token));
    }
  }

  private void end(Key key, Code code, String why) {
    fail(key, new ThalwegException(Refusal.of(code, why), "Acquire", null, 1, false));
  }

  private void fail(Key key, Throwable cause) {
    CompletableFuture<HeldLock> waits = waiting.remove(key);
    if (waits != null) {
      waits.completeExceptionally(cause);
    }
  }

  PendingReply<Claim> proclaim(String lock, String owner, ByteString value) {
    return client.call(
        LocksMethods.PROCLAIM,
        ProclaimRequest.newBuilder()
            .setSpace(space())
            .setLock(lock)
            .setSession(id())
            .setOwner(owner)
            .setValue(value)
            .build());
  }

  PendingReply<ReleaseResponse> release(String lock, String owner) {
    return client.call(
        LocksMethods.RELEASE,
        ReleaseRequest.newBuilder()
            .setSpace(space())
            .setLock(lock)
            .setSession(id())
            .setOwner(owner)
            .build());
  }

  private void beat() {
    long ttlNs = TimeUnit.MILLISECONDS.toNanos(session.getTtlMs());
    HeartbeatRequest request =
        HeartbeatRequest.newBuilder().setSpace(space()).setSession(id()).build();
    long heardNs = System.nanoTime();
    try {
      while (isOpen()) {
        TimeUnit.NANOSECONDS.sleep(ttlNs / BEATS_OF_TTL);
        long sentNs = System.nanoTime();
        try {
          client
              .call(
                  LocksMethods.HEARTBEAT,
                  request,
                  CallSettings.none().withTimeout(Duration.ofNanos(ttlNs / BEATS_OF_TTL)))
              .await();
          heardNs = sentNs;
        } catch (ThalwegException e) {
          if (e.code() == Code.NOT_FOUND) {
            lost(e.reason());
          } else if (System.nanoTime() - heardNs > ttlNs) {
            lost("nothing was heard of the server for the session's time to live: " + e.reason());
          }
        }
      }
    } catch (InterruptedException e) {
      // The session was closed.
    }
  }

  private void lost(String why) {
    if (state.compareAndSet(State.OPEN, State.LOST)) {
      watch.close();
      endAll("the session is lost: " + why);
      onLost.lost(why);
    }
  }

  private void endAll(String why) {
    waiting.keySet().forEach(key -> end(key, Code.CANCELLED, why));
  }

  private void follow() {
    try {
      while (isOpen()) {
        WatchEvent<SpaceEvent> next = watch.next(LOOK).orElse(null);
        switch (next) {
          case null -> {}
          case WatchEvent.Happened<SpaceEvent> happened -> heard(happened.event());
          case WatchEvent.Resync<SpaceEvent> _ -> waiting.keySet().forEach(this::look);
        }
      }
    } catch (InterruptedException e) {
      // The session was closed.
    } catch (ThalwegException e) {
      lost(e.reason());
    }
  }

  private void heard(SpaceEvent event) {
    switch (event.getEventCase()) {
      case CLAIM_GRANTED ->
          granted(
              new Key(event.getClaimGranted().getLock(), event.getClaimGranted().getOwner()),
              event.getClaimGranted().getToken());
      case CLAIM_ENDED -> {
        if (event.getClaimEnded().getToken() == 0) {
          end(
              new Key(event.getClaimEnded().getLock(), event.getClaimEnded().getOwner()),
              Code.DEADLINE_EXCEEDED,
              "the wait ended: " + event.getClaimEnded().getReason());
        }
      }
      case SESSION_ENDED -> lost("the server ended it: " + event.getSessionEnded().getReason());
      default -> {
        // Of no concern.
      }
    }
  }

  /** Events may be missing: what became of a claim is asked. */
  private void look(Key key) {
    var _ =
        client
            .call(
                LocksMethods.GET_CLAIM,
                GetClaimRequest.newBuilder()
                    .setSpace(space())
                    .setLock(key.lock())
                    .setSession(id())
                    .setOwner(key.owner())
                    .build())
            .whenComplete((claim, cause) -> {
              if (cause == null && claim.getState() == ClaimState.HELD) {
                granted(key, claim.getToken());
              }
            });
  }

  /** Ends the session: all its locks are free at once. Waits for the answer. */
  @Override
  public void close() {
    if (!state.compareAndSet(State.OPEN, State.CLOSED)) {
      return;
    }
    beating.interrupt();
    watch.close();
    endAll("the session was closed");
    client
        .call(
            LocksMethods.CLOSE_SESSION,
            CloseSessionRequest.newBuilder().setSpace(space()).setSession(id()).build())
        .await();
  }
}
