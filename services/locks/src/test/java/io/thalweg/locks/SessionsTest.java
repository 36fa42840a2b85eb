package io.thalweg.locks;

import static io.thalweg.locks.LocksOnNode.SPACE;
import static io.thalweg.locks.LocksOnNode.claim;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.thalweg.locks.v1.ArriveRequest;
import io.thalweg.locks.v1.Barrier;
import io.thalweg.locks.v1.ClaimState;
import io.thalweg.locks.v1.GetSessionRequest;
import io.thalweg.locks.v1.HeartbeatRequest;
import io.thalweg.locks.v1.HeartbeatResponse;
import io.thalweg.locks.v1.Session;
import io.thalweg.locks.v1.SessionDetails;
import io.thalweg.locks.v1.SpaceEvent;
import io.thalweg.locks.v1.WatchSpaceRequest;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leases on log time, on a real node. */
class SessionsTest {
  private static final long SHORT_MS = 1_000;

  @TempDir Path data;
  private LocksOnNode locks;

  @BeforeEach
  void open() {
    locks = new LocksOnNode(data);
  }

  @AfterEach
  void close() {
    locks.close();
  }

  @Test
  void aSilentSessionEndsAndItsLockGoesToTheNext() throws Exception {
    String silent = locks.session(SHORT_MS);
    String next = locks.session();
    long token = locks.acquire(silent, "l").getToken();
    locks.acquire(next, "l");
    while (locks.get(next, "l").getState() != ClaimState.HELD) {
      Thread.sleep(5);
    }
    assertThat(locks.get(next, "l").getToken()).isGreaterThan(token);
    assertThat(locks.code(heartbeat(silent))).isEqualTo(Code.NOT_FOUND);
    assertThat(locks.code(claim(silent, "m").build())).isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void aHeartbeatRenewsAndWritesNothing() {
    String a = locks.session();
    long before = session(a).getExpireTimeMs();
    long events = offset();
    for (int i = 0; i < 100 || session(a).getExpireTimeMs() <= before; i++) {
      assertThat(locks.call(heartbeat(a), HeartbeatResponse.class).getTtlMs()).isPositive();
    }
    assertThat(offset()).isEqualTo(events);
  }

  @Test
  void aSessionHasItsWholeTimeToLiveAgainWhenThePartitionIsOpened() throws Exception {
    String a = locks.session(SHORT_MS);
    locks.acquire(a, "l");
    locks.close();
    // Its time runs out while nobody can hear its heartbeats.
    Thread.sleep(2 * SHORT_MS);
    locks = new LocksOnNode(data);
    Session alive = session(a);
    assertThat(alive.getExpireTimeMs())
        .isGreaterThanOrEqualTo(alive.getOpenTimeMs() + 3 * SHORT_MS);
    // Silent since then as well: now it ends.
    while (locks.get(a, "l").getState() == ClaimState.HELD) {
      Thread.sleep(5);
    }
  }

  @Test
  void aWatcherOfASessionHearsOfItsClaims() throws Exception {
    String a = locks.session();
    String b = locks.session();
    try (WatchStream watch =
        locks
            .node()
            .watch(
                Request.of(WatchSpaceRequest.newBuilder().setSpace(SPACE).setSession(b).build()),
                null)) {
      locks.acquire(a, "l");
      locks.acquire(b, "l");
      locks.end(a);
      assertThat(next(watch).getClaimQueued().getLock()).isEqualTo("l");
      assertThat(next(watch).getClaimGranted().getToken()).isEqualTo(locks.get(b, "l").getToken());
      locks.release(b, "l");
      assertThat(next(watch).getClaimEnded().getSession()).isEqualTo(b);
    }
  }

  @Test
  void aBarrierOpensWhenAllHaveArrivedAndNotForOneWhoseSessionEnded() {
    String a = locks.session();
    String b = locks.session();
    String c = locks.session();
    assertThat(arrive(a).getArrived()).isOne();
    assertThat(arrive(a).getArrived()).isOne();
    locks.end(a);
    assertThat(arrive(b).getArrived()).isOne();
    Barrier opened = arrive(c);
    assertThat(opened.getGeneration()).isOne();
    assertThat(opened.getArrivedIn()).isZero();
    assertThat(arrive(b).getArrivedIn()).isOne();
  }

  private Barrier arrive(String session) {
    return locks.call(
        ArriveRequest.newBuilder()
            .setSpace(SPACE)
            .setBarrier("b")
            .setSession(session)
            .setParties(2)
            .build(),
        Barrier.class);
  }

  private static SpaceEvent next(WatchStream watch) throws InterruptedException {
    WatchStream.Item item = watch.next(Duration.ofMinutes(2));
    return (SpaceEvent) Objects.requireNonNull(item, "nothing came").message();
  }

  private static HeartbeatRequest heartbeat(String session) {
    return HeartbeatRequest.newBuilder().setSpace(SPACE).setSession(session).build();
  }

  private Session session(String id) {
    return locks
        .call(
            GetSessionRequest.newBuilder().setSpace(SPACE).setSession(id).build(),
            SessionDetails.class)
        .getSession();
  }

  private long offset() {
    return locks.node().status().partitions().stream().mapToLong(p -> p.endOffset()).sum();
  }
}
