package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.AddRequest;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.ListCountersRequest;
import io.thalweg.runtime.test.ListCountersResponse;
import io.thalweg.runtime.test.Mischief;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads that are the same are executed once, and each answer is linearizable all the same. */
class SharedReadsTest {
  private static final ListCountersRequest LIST = ListCountersRequest.getDefaultInstance();

  @TempDir Path data;

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private Node open(int partitions) {
    NodeOptions options = NodeOptions.defaults().withPartitions(partitions);
    return Thalweg.at(data).service(Counters.TYPE).options(options).meters(meters).open();
  }

  private double joined() {
    return meters.get("thalweg.reads.joined").functionCounter().count();
  }

  private double queries() {
    return meters.get("thalweg.queries").functionCounters().stream()
        .mapToDouble(io.micrometer.core.instrument.FunctionCounter::count)
        .sum();
  }

  private double expired() {
    return meters.get("thalweg.expired").functionCounters().stream()
        .mapToDouble(io.micrometer.core.instrument.FunctionCounter::count)
        .sum();
  }

  /** Keeps the one partition from executing anything until {@link Counters#GATE} is opened. */
  private static CompletableFuture<Counter> hold(Node node) {
    AddRequest waiting = NodeTest.add("held", 1).toBuilder().setMischief(Mischief.WAIT).build();
    CompletableFuture<Counter> held = node.submit(waiting, Counter.class);
    while (node.status().partitions().getFirst().queueDepth() > 0) {
      Thread.onSpinWait();
    }
    return held;
  }

  private static Request list(Caller caller, long deadlineNs) {
    return new Request(LIST, caller, null, deadlineNs);
  }

  @Test
  void identicalReadsThatWaitAreExecutedOnceAndAnsweredAll() {
    try (Node node = open(1)) {
      CompletableFuture<Counter> held = hold(node);
      List<CompletableFuture<ListCountersResponse>> reads = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        reads.add(node.submit(LIST, ListCountersResponse.class));
      }
      assertThat(joined()).isEqualTo(9);
      Counters.GATE.release();
      held.join();
      for (CompletableFuture<ListCountersResponse> read : reads) {
        assertThat(read.join()).isEqualTo(reads.getFirst().join());
        assertThat(read.join().getCounters(0).getValue()).isEqualTo(1);
      }
      assertThat(queries()).isEqualTo(1);
    }
  }

  @Test
  void aReadThatHasBegunIsNotJoined() throws Exception {
    FaultyFiles files = new FaultyFiles(1);
    CountDownLatch forcing = new CountDownLatch(1);
    CountDownLatch letForce = new CountDownLatch(1);
    SegmentLogOptions log = SegmentLogOptions.DEFAULTS.withFiles(files);
    NodeOptions options = NodeOptions.defaults().withPartitions(1).withLog(log);
    try (Node node =
        Thalweg.at(data).service(Counters.TYPE).options(options).meters(meters).open()) {
      files.beforeForce(() -> {
        forcing.countDown();
        try {
          letForce.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
      CompletableFuture<Counter> before = node.submit(NodeTest.add("a", 1), Counter.class);
      forcing.await();
      // The first scan has its view, and waits for the disk; a write comes, then the second scan.
      CompletableFuture<ListCountersResponse> first = node.submit(LIST, ListCountersResponse.class);
      while (queries() < 1) {
        Thread.onSpinWait();
      }
      CompletableFuture<Counter> between = node.submit(NodeTest.add("a", 1), Counter.class);
      CompletableFuture<ListCountersResponse> second =
          node.submit(LIST, ListCountersResponse.class);
      assertThat(joined()).isZero();
      files.beforeForce(null);
      letForce.countDown();
      before.join();
      between.join();
      assertThat(first.join().getCounters(0).getValue()).isEqualTo(1);
      assertThat(second.join().getCounters(0).getValue()).isEqualTo(2);
    }
  }

  @Test
  void readersBesideWritersAlwaysSeeWhatWasAcknowledgedBeforeTheyAsked() throws Exception {
    try (Node node = open(2)) {
      List<CompletableFuture<Void>> clients = new ArrayList<>();
      for (int c = 0; c < 8; c++) {
        String own = "c" + c;
        clients.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 1; i <= 100; i++) {
                    long acknowledged = node.call(NodeTest.add(own, 1), Counter.class).getValue();
                    ListCountersResponse seen = node.call(LIST, ListCountersResponse.class);
                    long value =
                        seen.getCountersList().stream()
                            .filter(counter -> counter.getName().equals(own))
                            .findFirst()
                            .orElseThrow()
                            .getValue();
                    assertThat(value).isEqualTo(acknowledged);
                  }
                },
                task -> Thread.ofPlatform().start(task)));
      }
      for (CompletableFuture<Void> client : clients) {
        client.get(120, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void readsOfDifferentCallersOrRequestsAreNotJoined() {
    try (Node node = open(1)) {
      CompletableFuture<Counter> held = hold(node);
      List<CompletableFuture<ListCountersResponse>> reads = new ArrayList<>();
      for (Caller caller : List.of(new Caller(0, "a"), new Caller(0, "b"), new Caller(1, "a"))) {
        reads.add(node.submit(list(caller, Long.MAX_VALUE), ListCountersResponse.class));
      }
      CompletableFuture<Counter> point = node.submit(NodeTest.get("a"), Counter.class);
      CompletableFuture<Counter> same = node.submit(NodeTest.get("a"), Counter.class);
      assertThat(joined()).isZero();
      Counters.GATE.release();
      held.join();
      reads.forEach(CompletableFuture::join);
      assertThat(point.join()).isEqualTo(same.join());
      assertThat(reads.get(2).join().getCountersList()).isEmpty();
    }
  }

  @Test
  void aSharedReadIsExecutedAsLongAsOneOfItsCallersWaits() {
    try (Node node = open(1)) {
      CompletableFuture<Counter> held = hold(node);
      long past = System.nanoTime() - 1;
      CompletableFuture<ListCountersResponse> late =
          node.submit(list(Caller.ANONYMOUS, past), ListCountersResponse.class);
      CompletableFuture<ListCountersResponse> patient =
          node.submit(list(Caller.ANONYMOUS, Long.MAX_VALUE), ListCountersResponse.class);
      Counters.GATE.release();
      held.join();
      assertThat(patient.join().getCountersCount()).isEqualTo(1);
      assertThat(late.join()).isEqualTo(patient.join());
    }
  }

  @Test
  void aSharedReadThatNobodyWaitsForIsDropped() {
    try (Node node = open(1)) {
      CompletableFuture<Counter> held = hold(node);
      long past = System.nanoTime() - 1;
      List<CompletableFuture<ListCountersResponse>> late = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        late.add(node.submit(list(Caller.ANONYMOUS, past), ListCountersResponse.class));
      }
      Counters.GATE.release();
      held.join();
      for (CompletableFuture<ListCountersResponse> each : late) {
        assertThatThrownBy(each::join)
            .cause()
            .isInstanceOfSatisfying(
                Failure.class, f -> assertThat(f.code()).isEqualTo(Code.DEADLINE_EXCEEDED));
      }
      assertThat(expired()).isEqualTo(1);
      assertThat(queries()).isZero();
      // Nothing is left that a later one could join.
      assertThat(node.call(LIST, ListCountersResponse.class).getCountersCount()).isEqualTo(1);
    }
  }

  @Test
  void aReadIsForABoundedNumberOfCallers() {
    try (Node node = open(1)) {
      CompletableFuture<Counter> held = hold(node);
      List<CompletableFuture<ListCountersResponse>> reads = new ArrayList<>();
      for (int i = 0; i < 2 * SharedRead.MAX_CALLERS + 1; i++) {
        reads.add(node.submit(LIST, ListCountersResponse.class));
      }
      Counters.GATE.release();
      held.join();
      reads.forEach(CompletableFuture::join);
      assertThat(queries()).isEqualTo(3);
    }
  }

  @Test
  void howLongTheLastInLineWaitsIsTold() {
    NodeOptions small = NodeOptions.defaults().withPartitions(1).withQueue(16, 1 << 20);
    try (Node node = Thalweg.at(data).service(Counters.TYPE).options(small).open()) {
      assertThat(node.queuedMs()).isZero();
      CompletableFuture<Counter> held = hold(node);
      List<CompletableFuture<Counter>> waiting = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        waiting.add(node.submit(NodeTest.add("a", 1), Counter.class));
      }
      assertThat(node.queuedMs()).isEqualTo(250);
      Counters.GATE.release();
      held.join();
      waiting.forEach(CompletableFuture::join);
    }
  }
}
