package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.CounterEvent;
import io.thalweg.runtime.test.WatchCounterRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watching misses and repeats nothing. */
class WatchTest {
  private static final Duration LONG = Duration.ofSeconds(100);
  private static final Duration NOT_AT_ALL = Duration.ZERO;

  @TempDir Path data;

  private static Request watch(String name) {
    return Request.of(WatchCounterRequest.newBuilder().setName(name).build());
  }

  private static long amount(WatchStream.Item item) {
    return ((CounterEvent) item.message()).getAdded().getAmount();
  }

  private static WatchStream.Item next(WatchStream stream) throws InterruptedException {
    WatchStream.Item item = stream.next(LONG);
    if (item == null) {
      throw new AssertionError("no event came in time");
    }
    return item;
  }

  @Test
  void everyEventOfTheKeyComesOnceInOrderFromTheBeginning() throws Exception {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      FewAtOnce<Counter> replies = new FewAtOnce<>();
      for (int i = 0; i < 200; i++) {
        replies.add(node.submit(NodeTest.add("a", i), Counter.class));
        replies.add(node.submit(NodeTest.add("b", 1000 + i), Counter.class));
      }
      try (WatchStream stream = node.watch(watch("a"), "0")) {
        for (int i = 0; i < 200; i++) {
          assertThat(amount(next(stream))).isEqualTo(i);
        }
        assertThat(stream.next(NOT_AT_ALL)).isNull();
        node.call(NodeTest.add("a", 777), Counter.class);
        assertThat(amount(next(stream))).isEqualTo(777);
      }
    }
  }

  @Test
  void aWatcherThatComesBackAfterARestartMissesAndRepeatsNothing() throws Exception {
    List<Long> seen = new ArrayList<>();
    String place = "0";
    int next = 0;
    for (int round = 0; round < 4; round++) {
      try (Node node = Thalweg.open(data, Counters.TYPE);
          WatchStream stream = node.watch(watch("a"), place)) {
        for (int i = 0; i < 30; i++) {
          node.call(NodeTest.add("a", next++), Counter.class);
        }
        // Fewer than were written: the rest must come after the restart.
        for (int i = 0; i < 20; i++) {
          WatchStream.Item item = next(stream);
          seen.add(amount(item));
          place = item.position().toString();
        }
      }
    }
    for (int i = 0; i < seen.size(); i++) {
      assertThat(seen.get(i)).isEqualTo(i);
    }
  }

  @Test
  void withoutAPlaceOnlyWhatHappensFromNowOnComes() throws Exception {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      node.call(NodeTest.add("a", 1), Counter.class);
      try (WatchStream stream = node.watch(watch("a"), "")) {
        node.call(NodeTest.add("a", 2), Counter.class);
        assertThat(amount(next(stream))).isEqualTo(2);
      }
    }
  }

  @Test
  void aPositionBeyondTheLogIsAnsweredWithResync() {
    try (Node node =
        Thalweg.at(data)
            .service(Counters.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      for (String position : List.of("1-0-9999", "9-0-1", "1-3-1")) {
        assertThatThrownBy(() -> node.watch(watch("a"), position))
            .isInstanceOf(Failure.class)
            .hasMessageContaining("resync")
            .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.OUT_OF_RANGE));
      }
      assertThatThrownBy(() -> node.watch(watch("a"), "nonsense"))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("after must be a position from an earlier answer");
    }
  }

  @Test
  void theNumberOfWatchersIsBounded() {
    NodeOptions few = NodeOptions.defaults().withMaxWatchers(2);
    try (Node node = Thalweg.at(data).service(Counters.TYPE).options(few).open()) {
      WatchStream first = node.watch(watch("a"), "");
      try (WatchStream second = node.watch(watch("a"), "")) {
        assertThatThrownBy(() -> node.watch(watch("a"), ""))
            .isInstanceOf(Failure.class)
            .hasMessageContaining("there are 2 watchers already");
        first.close();
        node.watch(watch("a"), "").close();
        assertThat(second).isNotNull();
      }
    }
  }

  @Test
  void aWaitingWatcherIsToldThatTheNodeCloses() throws Exception {
    Node node = Thalweg.open(data, Counters.TYPE);
    WatchStream stream = node.watch(watch("a"), "");
    Thread closer = Thread.ofPlatform().start(node::close);
    assertThatThrownBy(() -> stream.next(LONG))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("this node is closing");
    closer.join();
  }

  @Test
  void aLongStretchWithoutAnItemDoesNotOutlastTheTimeout() throws Exception {
    try (Node node =
        Thalweg.at(data)
            .service(Counters.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      for (int i = 0; i < 300; i++) {
        node.call(NodeTest.add("other", i), Counter.class);
      }
      try (WatchStream stream = node.watch(watch("a"), "0")) {
        int calls = 1;
        while (stream.next(NOT_AT_ALL) != null) {
          calls++;
        }
        assertThat(calls).isEqualTo(1);
        node.call(NodeTest.add("a", 7), Counter.class);
        assertThat(amount(next(stream))).isEqualTo(7);
      }
    }
  }

  @Test
  void aListenerHearsOfNewsSoThatNobodyNeedsToWait() throws Exception {
    try (Node node = Thalweg.open(data, Counters.TYPE);
        WatchStream stream = node.watch(watch("a"), "")) {
      Semaphore heard = new Semaphore(0);
      while (stream.next(NOT_AT_ALL) != null) {
        // Nothing is expected; what counts is that it was asked.
      }
      stream.onNews(heard::release);

      node.call(NodeTest.add("a", 5), Counter.class);

      WatchStream.Item item = null;
      while (item == null) {
        assertThat(heard.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        item = stream.next(NOT_AT_ALL);
      }
      assertThat(amount(item)).isEqualTo(5);
    }
  }

  @Test
  void aListenerHearsThatTheWatchHasEnded() throws Exception {
    Semaphore heard = new Semaphore(0);
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      WatchStream stream = node.watch(watch("a"), "");
      assertThat(stream.next(NOT_AT_ALL)).isNull();
      stream.onNews(heard::release);
      heard.drainPermits();
      stream.close();
      assertThat(heard.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aWatcherGoesOnAfterThePlaceWhereItBeganAlsoIfNothingCame() throws Exception {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      node.call(NodeTest.add("a", 1), Counter.class);
      String place;
      try (WatchStream stream = node.watch(watch("a"), "")) {
        place = stream.position().toString();
      }
      node.call(NodeTest.add("a", 2), Counter.class);
      try (WatchStream stream = node.watch(watch("a"), place)) {
        assertThat(amount(next(stream))).isEqualTo(2);
      }
    }
  }

  @Test
  void aSlowWatcherBesideAFastOneReadsFromTheLogWhatTheTailHasLetGo() throws Exception {
    // Each event costs the tail 256 bytes at least: these are more than it keeps.
    int count = WatchTail.MAX_BYTES / 256 + 5_000;
    try (Node node =
        Thalweg.at(data)
            .service(Counters.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      try (WatchStream fast = node.watch(watch("a"), "");
          WatchStream slow = node.watch(watch("a"), "")) {
        node.call(NodeTest.add("a", 0), Counter.class);
        assertThat(amount(next(slow))).isZero();
        // Few at once: none is refused because the queue is full.
        List<CompletableFuture<Counter>> under = new ArrayList<>();
        for (int i = 1; i < count; i++) {
          under.add(node.submit(NodeTest.add("a", i), Counter.class));
          if (under.size() == 50) {
            under.forEach(CompletableFuture::join);
            under.clear();
          }
        }
        under.forEach(CompletableFuture::join);
        for (int i = 0; i < count; i++) {
          assertThat(amount(next(fast))).isEqualTo(i);
        }
        for (int i = 1; i < count; i++) {
          assertThat(amount(next(slow))).isEqualTo(i);
        }
        node.call(NodeTest.add("a", -7), Counter.class);
        assertThat(amount(next(slow))).isEqualTo(-7);
        assertThat(amount(next(fast))).isEqualTo(-7);
      }
    }
  }

  @Test
  void watchersThatComeAndGoWhileEventsHappenMissAndRepeatNothing() throws Exception {
    int count = 3_000;
    try (Node node =
        Thalweg.at(data)
            .service(Counters.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open()) {
      Thread writer =
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < count; i++) {
                  node.call(NodeTest.add(i % 3 == 0 ? "a" : "other", i), Counter.class);
                }
              });
      List<Long> seen = new ArrayList<>();
      String place = "0";
      for (int visit = 1; seen.size() < count / 3; visit++) {
        try (WatchStream stream = node.watch(watch("a"), place)) {
          for (int i = 0; i < visit % 7 + 1 && seen.size() < count / 3; i++) {
            WatchStream.Item item = next(stream);
            seen.add(amount(item));
            place = item.position().toString();
          }
        }
      }
      writer.join();
      for (int i = 0; i < seen.size(); i++) {
        assertThat(seen.get(i)).isEqualTo(3L * i);
      }
    }
  }
}
