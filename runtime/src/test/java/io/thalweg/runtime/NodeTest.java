package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.micrometer.core.instrument.Gauge;
import io.thalweg.runtime.test.AddRequest;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.GetCounterRequest;
import io.thalweg.runtime.test.ListCountersRequest;
import io.thalweg.runtime.test.ListCountersResponse;
import io.thalweg.runtime.test.Mischief;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Commands, queries and scans through a node. */
class NodeTest {
  @TempDir Path data;

  static AddRequest add(String name, long amount) {
    return AddRequest.newBuilder().setName(name).setAmount(amount).build();
  }

  static GetCounterRequest get(String name) {
    return GetCounterRequest.newBuilder().setName(name).build();
  }

  static long value(Node node, String name) {
    return node.call(get(name), Counter.class).getValue();
  }

  /** As {@link #value}; while the partition opens again it asks again. */
  static long valueWhenOpen(Node node, String name) {
    while (true) {
      try {
        return value(node, name);
      } catch (Failure notYet) {
        assertThat(notYet.code()).isEqualTo(Code.UNAVAILABLE);
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void aReplySeesItsOwnCommandAndAllBeforeIt() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      FewAtOnce<Counter> replies = new FewAtOnce<>();
      for (int i = 1; i <= 2000; i++) {
        replies.add(node.submit(add("a", 1), Counter.class));
      }
      for (int i = 1; i <= 2000; i++) {
        assertThat(replies.all().get(i - 1).join().getValue()).isEqualTo(i);
      }
      assertThat(value(node, "a")).isEqualTo(2000);
    }
  }

  @Test
  void howFullTheMemoryForRowsIsIsShown() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      Gauge full = node.meters().get("thalweg.saturation").tag("bound", "table-memory").gauge();
      for (int i = 0; full.value() == 0; i++) {
        node.call(add("k" + i, i), Counter.class);
      }
      assertThat(full.value()).isBetween(0.0, 1.0);
    }
  }

  @Test
  void stateIsThereAfterReopening() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      for (int i = 0; i < 100; i++) {
        node.call(add("k" + i, i), Counter.class);
      }
    }
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      for (int i = 0; i < 100; i++) {
        assertThat(value(node, "k" + i)).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Mischief.class,
      names = {"THROW_FIRST", "THROW_LAST", "THROW_IN_EVENT", "WRITE_OUTSIDE", "HIDE_THROW"})
  void aPoisonCommandAmongGoodOnesIsRefusedAlone(Mischief mischief) {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      List<CompletableFuture<Counter>> good = new ArrayList<>();
      List<CompletableFuture<Counter>> bad = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        good.add(node.submit(add("a", 1), Counter.class));
        bad.add(
            node.submit(add("a", 1000).toBuilder().setMischief(mischief).build(), Counter.class));
      }
      good.forEach(CompletableFuture::join);
      for (CompletableFuture<Counter> each : bad) {
        assertThatThrownBy(each::join)
            .cause()
            .asInstanceOf(InstanceOfAssertFactories.type(Failure.class))
            .satisfies(f -> assertThat(f.code()).isEqualTo(Code.INTERNAL))
            .satisfies(f -> assertThat(f.getMessage()).doesNotContain("secret"));
      }
      assertThat(value(node, "a")).isEqualTo(50);
    }
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      assertThat(value(node, "a")).isEqualTo(50);
    }
  }

  @Test
  void aRefusalUndoesWhatWasEmitted() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      AddRequest refused = add("a", 5).toBuilder().setMischief(Mischief.REFUSE_LAST).build();
      assertThatThrownBy(() -> node.call(refused, Counter.class))
          .isInstanceOf(Failure.class)
          .hasMessage("refused");
      assertThat(value(node, "a")).isZero();
      assertThat(node.call(add("a", 1), Counter.class).getVersion()).isEqualTo(1);
    }
  }

  @Test
  void fieldsOutOfBoundsAreNamed() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      AddRequest bad = AddRequest.newBuilder().setAmount(2_000_000).setMischiefValue(77).build();
      assertThatThrownBy(() -> node.call(bad, Counter.class))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("name must have 1 to 64 bytes of UTF-8; got 0")
          .hasMessageContaining("amount must be from -1000000 to 1000000; got 2000000")
          .hasMessageContaining("mischief must be one of NONE")
          .hasMessageContaining("got number 77");
    }
  }

  @Test
  void anEventOverTheBoundIsRefused() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      AddRequest large = add("a", 1).toBuilder().setPaddingBytes(1 << 20).build();
      assertThatThrownBy(() -> node.call(large, Counter.class))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("at most 1048576 are allowed");
      assertThat(value(node, "a")).isZero();
    }
  }

  @Test
  void aScanSeesEveryPartitionAtAConsistentPlace() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      FewAtOnce<Counter> replies = new FewAtOnce<>();
      for (int i = 0; i < 500; i++) {
        replies.add(node.submit(add("k" + i, i), Counter.class));
      }
      replies.join();
      ListCountersResponse all =
          node.call(ListCountersRequest.getDefaultInstance(), ListCountersResponse.class);
      assertThat(all.getCountersCount()).isEqualTo(500);
    }
  }

  @Test
  void projectsDoNotSeeEachOther() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      Caller other = new Caller(7, "ana");
      node.call(new Request(add("a", 5), other, null, Long.MAX_VALUE), Counter.class);
      assertThat(value(node, "a")).isZero();
      ListCountersResponse mine =
          node.call(ListCountersRequest.getDefaultInstance(), ListCountersResponse.class);
      assertThat(mine.getCountersList()).isEmpty();
      Counter theirs = node.call(new Request(get("a"), other, null, Long.MAX_VALUE), Counter.class);
      assertThat(theirs.getValue()).isEqualTo(5);
    }
  }

  @Test
  void twoNodesOnOneDirectoryAreRefusedNamingTheHolder() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      node.describe("listening on http://127.0.0.1:1234");
      assertThatThrownBy(() -> Thalweg.open(data, Counters.TYPE))
          .isInstanceOf(DataDirectoryException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining("listening on http://127.0.0.1:1234");
    }
  }

  @Test
  void aRequestPastItsDeadlineIsNotExecuted() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      Request late = new Request(add("a", 1), Caller.ANONYMOUS, null, System.nanoTime() - 1);
      assertThatThrownBy(() -> node.call(late, Counter.class))
          .isInstanceOf(Failure.class)
          .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.DEADLINE_EXCEEDED));
      assertThat(value(node, "a")).isZero();
    }
  }

  @Test
  void afterCloseRequestsAreRefused() {
    Node node = Thalweg.open(data, Counters.TYPE);
    node.close();
    assertThatThrownBy(() -> node.call(add("a", 1), Counter.class))
        .isInstanceOf(Failure.class)
        .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.UNAVAILABLE));
  }

  @Test
  void aHandlerThatThrowsHarmsNobodyElse() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      ReplyHandler throwing =
          new ReplyHandler() {
            @Override
            public void reply(com.google.protobuf.Message reply, Position position) {
              throw new IllegalStateException("a caller's mistake");
            }

            @Override
            public void failure(Failure failure) {
              throw new IllegalStateException("a caller's mistake");
            }
          };
      node.submit(Request.of(add("a", 1)), throwing);
      node.submit(Request.of(add("", 1)), throwing);
      assertThat(node.call(add("a", 1), Counter.class).getValue()).isEqualTo(2);
    }
  }

  @Test
  void waitingInAReplyHandlerIsRefused() {
    try (Node node = Thalweg.open(data, Counters.TYPE)) {
      CompletableFuture<Throwable> refused = new CompletableFuture<>();
      node.submit(
          Request.of(add("a", 1)),
          new ReplyHandler() {
            @Override
            public void reply(com.google.protobuf.Message reply, Position position) {
              try {
                node.call(get("a"), Counter.class);
              } catch (IllegalStateException e) {
                refused.complete(e);
              }
            }

            @Override
            public void failure(Failure failure) {
              refused.completeExceptionally(failure);
            }
          });
      assertThat(refused.join()).hasMessageContaining("a reply handler must not");
    }
  }

  @Test
  void aFullQueueRefusesWithARetryDelayAndLosesNothingThatItTook() {
    NodeOptions small = NodeOptions.defaults().withPartitions(1).withQueue(16, 1 << 20);
    try (Node node = Thalweg.at(data).service(Counters.TYPE).options(small).open()) {
      List<CompletableFuture<Counter>> taken = new ArrayList<>();
      taken.add(
          node.submit(add("a", 1).toBuilder().setMischief(Mischief.WAIT).build(), Counter.class));
      Failure refusal = null;
      while (refusal == null) {
        CompletableFuture<Counter> next = node.submit(add("a", 1), Counter.class);
        if (next.isCompletedExceptionally()) {
          refusal = (Failure) next.exceptionNow();
        } else {
          taken.add(next);
        }
      }
      assertThat(refusal.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(refusal.getMessage()).contains("the queue of partition counter/0 is full");
      assertThat(refusal.status().getDetailsList()).hasSize(1);
      assertThat(taken).hasSizeBetween(16, 18);
      Counters.GATE.release();
      taken.forEach(CompletableFuture::join);
      assertThat(value(node, "a")).isEqualTo(taken.size());
    }
  }
}
