package io.thalweg.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WaitersTest {
  private final Host host = Host.machine();
  private final Waiters waiters = new Waiters(host);

  @Test
  void everyWaitingThreadSeesTheConditionHoldOnceItIsWoken() {
    AtomicBoolean open = new AtomicBoolean();
    AtomicInteger passed = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          host.thread(
              "waits-" + i,
              () -> {
                waiters.await(open::get);
                passed.incrementAndGet();
              });
      host.start(thread);
      threads.add(thread);
    }

    open.set(true);
    waiters.wake();

    threads.forEach(host::join);
    assertThat(passed).hasValue(4);
  }

  @Test
  void aBoundedWaitEndsWithoutTheCondition() {
    assertThat(waiters.await(() -> false, 1_000_000)).isFalse();
    assertThat(waiters.await(() -> true, 1_000_000)).isTrue();
  }

  @Test
  void anInterruptEndsAnInterruptibleWaitOnly() throws InterruptedException {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> waiters.awaitInterruptibly(() -> false, Long.MAX_VALUE))
        .isInstanceOf(InterruptedException.class);

    AtomicBoolean open = new AtomicBoolean();
    AtomicBoolean restored = new AtomicBoolean();
    CountDownLatch begun = new CountDownLatch(1);
    Thread thread =
        host.thread(
            "interrupted",
            () -> {
              begun.countDown();
              waiters.await(open::get);
              restored.set(Thread.currentThread().isInterrupted());
            });
    host.start(thread);
    begun.await();
    thread.interrupt();
    open.set(true);
    waiters.wake();
    host.join(thread);
    assertThat(restored).isTrue();
  }

  @Test
  void uuidsAreRandomOnesOfVersion4() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(host.newUuid().version()).isEqualTo(4);
      assertThat(host.newUuid().variant()).isEqualTo(2);
    }
    assertThat(host.newUuid()).isNotEqualTo(host.newUuid());
  }
}
