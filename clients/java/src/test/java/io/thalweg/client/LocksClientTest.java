package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.CloseSessionRequest;
import io.thalweg.locks.v1.SpaceEvent;
import io.thalweg.locks.v1.WriteRegisterRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Locks through the client, against a real node behind a real gateway. */
class LocksClientTest {
  private static final Duration TTL = Duration.ofSeconds(60);
  private static final long WAIT_S = 120;

  private LiveServer server;
  private ThalwegClient client;
  private LocksClient locks;

  @BeforeEach
  void open() {
    server = new LiveServer();
    client = ThalwegClient.at(server.url()).open();
    locks = client.locks("space");
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void whoWaitsGetsTheLockWhenItIsGivenBackAlsoAcrossARestartOfTheServer() throws Exception {
    try (LockSession a = session();
        LockSession b = session()) {
      HeldLock first = get(a.lock("l"));
      CompletableFuture<HeldLock> waits = b.lock("l");
      while (locks.getLock("l").await().getWaitersCount() == 0) {
        Thread.sleep(5);
      }
      server.restart();
      assertThat(waits).isNotDone();
      first.close();
      HeldLock second = get(waits);
      assertThat(second.token()).isGreaterThan(first.token());
      assertThat(second.guard().getLock()).isEqualTo("space/l");
    }
  }

  @Test
  void twoThreadsOfASessionExcludeEachOther() throws Exception {
    try (LockSession a = session()) {
      HeldLock first = get(a.lock("l"));
      CompletableFuture<HeldLock> second = a.lock("l");
      while (locks.getLock("l").await().getWaitersCount() == 0) {
        Thread.sleep(5);
      }
      first.close();
      get(second).close();
    }
  }

  @Test
  void observersHearWhoLeadsAndWhatIsProclaimed() throws Exception {
    try (LockSession a = session();
        Watch<SpaceEvent> watch = locks.watch("boss", WatchFrom.beginning())) {
      HeldLock leads = get(a.campaign("boss", ByteString.copyFromUtf8("ana")));
      leads.proclaim(ByteString.copyFromUtf8("at work")).await();
      assertThat(happened(watch).getClaimQueued().getSession()).isEqualTo(a.id());
      assertThat(happened(watch).getClaimGranted().getValue().toStringUtf8()).isEqualTo("ana");
      assertThat(happened(watch).getValueProclaimed().getValue().toStringUtf8())
          .isEqualTo("at work");
    }
  }

  private static SpaceEvent happened(Watch<SpaceEvent> watch) throws InterruptedException {
    WatchEvent<SpaceEvent> next = watch.next(Duration.ofSeconds(WAIT_S)).orElseThrow();
    assertThat(next).isInstanceOf(WatchEvent.Happened.class);
    return ((WatchEvent.Happened<SpaceEvent>) next).event();
  }

  @Test
  void aLostSessionIsHeardOfAndItsLateWriteIsRefused() throws Exception {
    CompletableFuture<String> lost = new CompletableFuture<>();
    LockSession a = locks.open(TTL, lost::complete);
    HeldLock old = get(a.lock("l"));
    locks.writeRegister(write("mine", old)).await();
    CompletableFuture<HeldLock> waits = a.lock("l");
    // Another ends it: an operator, or the server for want of heartbeats.
    client
        .call(
            LocksMethods.CLOSE_SESSION,
            CloseSessionRequest.newBuilder().setSpace("space").setSession(a.id()).build())
        .await();
    assertThat(lost.get(WAIT_S, TimeUnit.SECONDS)).isNotEmpty();
    assertThat(old.isPerhapsHeld()).isFalse();
    assertThatThrownBy(() -> get(waits)).hasRootCauseInstanceOf(ThalwegException.class);
    try (LockSession b = session()) {
      locks.writeRegister(write("theirs", get(b.lock("l")))).await();
      assertThatThrownBy(() -> locks.writeRegister(write("late", old)).await())
          .isInstanceOfSatisfying(
              ThalwegException.class,
              e -> assertThat(e.code()).isEqualTo(Code.FAILED_PRECONDITION));
    }
    a.close();
  }

  @Test
  void aDeadlockIsRefusedInTheFuture() throws Exception {
    try (LockSession a = session()) {
      get(a.acquire(AcquireRequest.newBuilder().setLock("x")));
      CompletableFuture<HeldLock> waits;
      try (LockSession b = session()) {
        get(b.acquire(AcquireRequest.newBuilder().setLock("y")));
        waits = a.acquire(AcquireRequest.newBuilder().setLock("y"));
        while (locks.getLock("y").await().getWaitersCount() == 0) {
          Thread.sleep(5);
        }
        assertThatThrownBy(() -> get(b.acquire(AcquireRequest.newBuilder().setLock("x"))))
            .hasMessageContaining("deadlock");
      }
      get(waits);
    }
  }

  private static WriteRegisterRequest.Builder write(String value, HeldLock lock) {
    return WriteRegisterRequest.newBuilder()
        .setRegister("r")
        .setValue(ByteString.copyFromUtf8(value))
        .setGuard(lock.guard());
  }

  private LockSession session() {
    return locks.open(TTL, why -> {});
  }

  private static HeldLock get(CompletableFuture<HeldLock> waits) throws Exception {
    return waits.get(WAIT_S, TimeUnit.SECONDS);
  }
}
