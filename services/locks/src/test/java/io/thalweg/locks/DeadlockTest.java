package io.thalweg.locks;

import static io.thalweg.locks.LocksOnNode.claim;
import static io.thalweg.locks.LocksOnNode.permits;
import static io.thalweg.locks.LocksOnNode.shared;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.thalweg.locks.v1.ClaimState;
import io.thalweg.runtime.Failure;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A wait that could never end is refused, and no other. */
class DeadlockTest {
  @TempDir Path data;
  private LocksOnNode locks;
  private String a;
  private String b;
  private String c;

  @BeforeEach
  void open() {
    locks = new LocksOnNode(data);
    a = locks.session();
    b = locks.session();
    c = locks.session();
  }

  @AfterEach
  void close() {
    locks.close();
  }

  @Test
  void aCircleOfThreeIsRefusedWithTheCircleInTheError() {
    locks.acquire(a, "x");
    locks.acquire(b, "y");
    locks.acquire(c, "z");
    waits(a, "y");
    waits(b, "z");
    Failure refused = locks.refusal(claim(c, "x").build());
    assertThat(refused.code()).isEqualTo(Code.ABORTED);
    assertThat(refused)
        .hasMessageContaining(c + " waits for 'x', held by " + a)
        .hasMessageContaining(a + " waits for 'y', held by " + b)
        .hasMessageContaining(b + " waits for 'z', held by " + c);
    // The one that was refused can release what it has, and the others go on.
    assertThat(locks.get(c, "x").getState()).isEqualTo(ClaimState.NOT_HELD);
    locks.release(c, "z");
    assertThat(locks.get(b, "z").getState()).isEqualTo(ClaimState.HELD);
  }

  @Test
  void aChainIsNoCircle() {
    locks.acquire(a, "x");
    locks.acquire(b, "y");
    waits(b, "x");
    waits(c, "y");
  }

  @Test
  void oneBehindAWriterInTheQueueIsPartOfTheCircle() {
    locks.acquire(shared(a, "x"));
    locks.acquire(b, "y");
    waits(c, "x");
    waits(a, "y");
    // b could share x with a, but c is before it and waits for a.
    Failure refused = locks.refusal(shared(b, "x").build());
    assertThat(refused.code()).isEqualTo(Code.ABORTED);
    assertThat(refused).hasMessageContaining("behind " + c);
  }

  @Test
  void aSemaphoreOfWhichSomebodyElseHasAPermitIsNoDeadlock() {
    locks.acquire(permits(a, "p", 1, 2));
    locks.acquire(permits(c, "p", 1, 2));
    locks.acquire(b, "y");
    waits(a, "y");
    // a never gives its permit back before b goes on, but c may.
    assertThat(locks.acquire(permits(b, "p", 1, 2)).getState()).isEqualTo(ClaimState.WAITING);
    // Once c waits for b as well, nobody could.
    assertThat(locks.code(claim(c, "y").build())).isEqualTo(Code.ABORTED);
  }

  @Test
  void anOwnerWaitsForOneLockAtATimeAndOwnersOfASessionAreApart() {
    locks.acquire(a, "x");
    locks.acquire(b, "y");
    waits(c, "x");
    assertThat(locks.code(claim(c, "y").build())).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(locks.acquire(claim(c, "y").setOwner("thread-2")).getState())
        .isEqualTo(ClaimState.WAITING);
  }

  private void waits(String session, String lock) {
    assertThat(locks.acquire(session, lock).getState()).isEqualTo(ClaimState.WAITING);
  }
}
