package io.thalweg.locks;

import static io.thalweg.locks.LocksOnNode.SPACE;
import static io.thalweg.locks.LocksOnNode.bytes;
import static io.thalweg.locks.LocksOnNode.claim;
import static io.thalweg.locks.LocksOnNode.permits;
import static io.thalweg.locks.LocksOnNode.shared;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.ClaimState;
import io.thalweg.locks.v1.GetSpaceRequest;
import io.thalweg.locks.v1.ProclaimRequest;
import io.thalweg.locks.v1.SetSpaceLimitsRequest;
import io.thalweg.locks.v1.Space;
import io.thalweg.locks.v1.SpaceLimits;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has a lock, on a real node. */
class ClaimsTest {
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
  void aThousandContendersHoldTheLockOneAfterTheOtherInTheOrderInWhichTheyCame() {
    List<String> sessions = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      sessions.add(locks.session());
    }
    sessions.forEach(session -> locks.acquire(session, "l"));
    assertThat(locks.lock("l").getLock().getWaiters()).isEqualTo(999);
    assertThat(locks.waiters("l")).isEqualTo(sessions.subList(1, 1_000));
    long last = 0;
    for (String session : sessions) {
      Claim claim = locks.get(session, "l");
      assertThat(claim.getState()).isEqualTo(ClaimState.HELD);
      assertThat(claim.getToken()).isGreaterThan(last);
      last = claim.getToken();
      assertThat(locks.lock("l").getLock().getHolders()).isOne();
      locks.release(session, "l");
    }
    assertThat(locks.lock("l").getLock().getHolders()).isZero();
  }

  @Test
  void theSameClaimAgainIsAnsweredAsItStands() {
    String a = locks.session();
    Claim first = locks.acquire(a, "l");
    assertThat(locks.acquire(a, "l")).isEqualTo(first);
    assertThat(locks.code(shared(a, "l").build())).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(locks.release(a, "l")).isTrue();
    assertThat(locks.release(a, "l")).isFalse();
  }

  @Test
  void whoTriesOnlyIsNotPutIntoTheQueue() {
    String a = locks.session();
    String b = locks.session();
    locks.acquire(a, "l");
    Claim tried = locks.acquire(claim(b, "l").setTryOnly(true));
    assertThat(tried.getState()).isEqualTo(ClaimState.NOT_HELD);
    assertThat(locks.waiters("l")).isEmpty();
  }

  @Test
  void readersShareAndAWriterIsNotPassedByLaterReaders() {
    String r1 = locks.session();
    String r2 = locks.session();
    String w = locks.session();
    String r3 = locks.session();
    locks.acquire(shared(r1, "l"));
    assertThat(locks.acquire(shared(r2, "l")).getState()).isEqualTo(ClaimState.HELD);
    assertThat(locks.acquire(w, "l").getState()).isEqualTo(ClaimState.WAITING);
    assertThat(locks.acquire(shared(r3, "l")).getState()).isEqualTo(ClaimState.WAITING);
    locks.release(r1, "l");
    assertThat(locks.get(w, "l").getState()).isEqualTo(ClaimState.WAITING);
    locks.release(r2, "l");
    assertThat(locks.get(w, "l").getState()).isEqualTo(ClaimState.HELD);
    assertThat(locks.get(r3, "l").getState()).isEqualTo(ClaimState.WAITING);
    locks.end(w);
    assertThat(locks.get(r3, "l").getState()).isEqualTo(ClaimState.HELD);
  }

  @Test
  void aWaitingWriterThatLeavesLetsTheReadersBehindItIn() {
    String r1 = locks.session();
    String w = locks.session();
    String r2 = locks.session();
    locks.acquire(shared(r1, "l"));
    locks.acquire(w, "l");
    locks.acquire(shared(r2, "l"));
    locks.release(w, "l");
    assertThat(locks.get(r2, "l").getState()).isEqualTo(ClaimState.HELD);
  }

  @Test
  void aSemaphoreGivesOutItsPermitsAndNoMore() {
    String a = locks.session();
    String b = locks.session();
    String c = locks.session();
    assertThat(locks.acquire(permits(a, "p", 2, 3)).getState()).isEqualTo(ClaimState.HELD);
    assertThat(locks.acquire(permits(b, "p", 2, 3)).getState()).isEqualTo(ClaimState.WAITING);
    // One permit is free, and b is before c.
    assertThat(locks.acquire(permits(c, "p", 1, 3)).getState()).isEqualTo(ClaimState.WAITING);
    assertThat(locks.code(permits(locks.session(), "p", 1, 4).build()))
        .isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(locks.code(permits(a, "q", 4, 3).build())).isEqualTo(Code.INVALID_ARGUMENT);
    locks.release(a, "p");
    assertThat(locks.get(b, "p").getState()).isEqualTo(ClaimState.HELD);
    assertThat(locks.get(c, "p").getState()).isEqualTo(ClaimState.HELD);
    assertThat(locks.lock("p").getLock().getTaken()).isEqualTo(3);
  }

  @Test
  void moreReadersThanOneCommandGrantsAllGetTheLock() throws Exception {
    String w = locks.session();
    locks.acquire(w, "l");
    List<String> readers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      readers.add(locks.session());
      locks.acquire(shared(readers.getLast(), "l"));
    }
    locks.end(w);
    while (locks.lock("l").getLock().getHolders() < 100) {
      Thread.sleep(5);
    }
    assertThat(locks.lock("l").getLock().getWaiters()).isZero();
  }

  @Test
  void aWaitEndsAtItsDeadlineAndTheQueueGoesOn() throws Exception {
    String a = locks.session();
    String b = locks.session();
    String c = locks.session();
    locks.acquire(shared(a, "l"));
    locks.acquire(claim(b, "l").setWaitMs(50));
    locks.acquire(shared(c, "l"));
    while (locks.get(b, "l").getState() == ClaimState.WAITING) {
      Thread.sleep(5);
    }
    assertThat(locks.get(b, "l").getState()).isEqualTo(ClaimState.NOT_HELD);
    assertThat(locks.get(c, "l").getState()).isEqualTo(ClaimState.HELD);
  }

  @Test
  void tokensGrowAcrossReleasesAndRestarts() {
    String a = locks.session();
    long first = locks.acquire(a, "l").getToken();
    locks.release(a, "l");
    locks.restart();
    long second = locks.acquire(a, "l").getToken();
    assertThat(second).isGreaterThan(first);
    locks.release(a, "l");
    assertThat(locks.acquire(a, "other").getToken()).isGreaterThan(second);
  }

  @Test
  void aLeaderShowsAValueAndOnlyItMayChangeIt() {
    String a = locks.session();
    String b = locks.session();
    locks.acquire(claim(a, "boss").setValue(bytes("ana")));
    locks.acquire(claim(b, "boss").setValue(bytes("bo")));
    ProclaimRequest.Builder proclaim = ProclaimRequest.newBuilder().setSpace(SPACE).setLock("boss");
    locks.call(proclaim.setSession(a).setValue(bytes("ana at work")).build(), Claim.class);
    assertThat(locks.lock("boss").getHolders(0).getValue()).isEqualTo(bytes("ana at work"));
    assertThat(locks.code(proclaim.setSession(b).build())).isEqualTo(Code.FAILED_PRECONDITION);
    locks.end(a);
    assertThat(locks.lock("boss").getHolders(0).getValue()).isEqualTo(bytes("bo"));
  }

  @Test
  void aSpaceHoldsWhatItMayAndCountsIt() {
    locks.call(
        SetSpaceLimitsRequest.newBuilder()
            .setSpace(SPACE)
            .setLimits(SpaceLimits.newBuilder().setSessions(2).setClaims(2))
            .build(),
        Space.class);
    String a = locks.session();
    String b = locks.session();
    assertThat(
            locks.code(
                io.thalweg.locks.v1.OpenSessionRequest.newBuilder()
                    .setSpace(SPACE)
                    .setTtlMs(1_000)
                    .build()))
        .isEqualTo(Code.RESOURCE_EXHAUSTED);
    locks.acquire(a, "l");
    locks.acquire(b, "l");
    assertThat(locks.code(claim(a, "m").build())).isEqualTo(Code.RESOURCE_EXHAUSTED);
    Space space = locks.call(GetSpaceRequest.newBuilder().setSpace(SPACE).build(), Space.class);
    assertThat(
            List.of(space.getSessions(), space.getLocks(), space.getHolders(), space.getWaiters()))
        .containsExactly(2, 1, 1, 1);
    locks.end(a);
    locks.end(b);
    space = locks.call(GetSpaceRequest.newBuilder().setSpace(SPACE).build(), Space.class);
    assertThat(
            List.of(space.getSessions(), space.getLocks(), space.getHolders(), space.getWaiters()))
        .containsExactly(0, 0, 0, 0);
    assertThat(space.getGrants()).isEqualTo(2);
  }
}
