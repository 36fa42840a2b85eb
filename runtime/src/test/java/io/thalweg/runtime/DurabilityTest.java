package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.AddRequest;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.ListCountersRequest;
import io.thalweg.runtime.test.ListCountersResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A reply means durable, whatever the disk does. */
class DurabilityTest {
  @TempDir Path data;
  private final FaultyFiles files = new FaultyFiles(1);

  private Node open() {
    return open(1);
  }

  private Node open(int partitions) {
    Node node = start(partitions);
    node.awaitReady();
    return node;
  }

  private Node start(int partitions) {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(
            NodeOptions.defaults()
                .withPartitions(partitions)
                .withLog(
                    SegmentLogOptions.DEFAULTS
                        .withFiles(files)
                        .withFirstSegmentBytes(256 << 10)
                        .withMaxSegmentBytes(1 << 20)))
        .start();
  }

  @Test
  void noReplyLeavesBeforeItsBatchIsForcedNotEvenThatOfARead() throws Exception {
    try (Node node = open()) {
      CountDownLatch forcing = new CountDownLatch(1);
      CountDownLatch letForce = new CountDownLatch(1);
      files.beforeForce(() -> {
        forcing.countDown();
        awaitQuietly(letForce);
      });
      CompletableFuture<Counter> write = node.submit(NodeTest.add("a", 1), Counter.class);
      forcing.await();
      CompletableFuture<Counter> read = node.submit(NodeTest.get("a"), Counter.class);
      while (node.status().partitions().getFirst().queueDepth() > 0) {
        Thread.onSpinWait();
      }
      assertThat(write).isNotDone();
      assertThat(read).isNotDone();
      files.beforeForce(null);
      letForce.countDown();
      assertThat(write.get().getValue()).isEqualTo(1);
      assertThat(read.get().getValue()).isEqualTo(1);
    }
  }

  /**
   * Several batches are on their way, and one force after the other is let through: with each only
   * the replies leave whose batch is durable by then.
   */
  @Test
  void noReplyLeavesWithAnEarlierBatchThanItsOwn() throws Exception {
    Semaphore letForce = new Semaphore(0);
    List<String> tooEarly = new CopyOnWriteArrayList<>();
    try (Node node = open(2);
        Gate _ = () -> letForce.release(1_000_000)) {
      String busy = Bank.inPartition("busy", 0, 2);
      String idle = Bank.inPartition("idle", 1, 2);
      node.call(NodeTest.add(idle, 1), Counter.class);
      AtomicInteger begun = new AtomicInteger();
      files.beforeForce(() -> {
        begun.incrementAndGet();
        letForce.acquireUninterruptibly();
      });
      int writes = 6;
      CountDownLatch answered = new CountDownLatch(writes);
      for (int i = 1; i <= writes; i++) {
        double executed = executed(node) + 1;
        node.submit(
            Request.of(NodeTest.add(busy, 1)),
            new ReplyHandler() {
              @Override
              public void reply(Message reply, Position position) {
                long durable = node.status().partitions().getFirst().durableOffset();
                if (position.offset() >= durable) {
                  tooEarly.add(position + " at " + durable);
                }
                answered.countDown();
              }

              @Override
              public void failure(Failure failure) {
                tooEarly.add(failure.toString());
                answered.countDown();
              }
            });
        Bank.await("it is executed", () -> executed(node) == executed);
      }
      while (answered.getCount() > 0) {
        int before = begun.get();
        letForce.release();
        Bank.await(
            "the next force, or all replies",
            () -> answered.getCount() == 0 || begun.get() > before);
        // An answer of the other partition leaves after all that was released by this force.
        assertThat(node.call(NodeTest.get(idle), Counter.class).getValue()).isEqualTo(1);
      }
      assertThat(tooEarly).isEmpty();
    }
  }

  @Test
  void aWriteWhoseForceFailedIsNotToldAsDoneAndMayBeLost() throws Exception {
    try (Node node = open()) {
      node.call(NodeTest.add("a", 1), Counter.class);
      CountDownLatch forcing = new CountDownLatch(1);
      CountDownLatch letForce = new CountDownLatch(1);
      files.beforeForce(() -> {
        forcing.countDown();
        awaitQuietly(letForce);
      });
      CompletableFuture<Counter> write = node.submit(NodeTest.add("a", 1), Counter.class);
      forcing.await();
      files.failAtStep(files.steps());
      files.beforeForce(null);
      letForce.countDown();
      assertThatThrownBy(write::join)
          .hasCauseInstanceOf(Failure.class)
          .hasMessageContaining("the outcome is unknown");
      files.failAtStep(Integer.MAX_VALUE);
      assertThat(NodeTest.valueWhenOpen(node, "a")).isBetween(1L, 2L);
    }
  }

  @Test
  void aFullDiskLosesNothingAcknowledgedAndTheNodeGoesOnWhenThereIsRoom() throws Exception {
    long acknowledged = 0;
    long unknown = 0;
    try (Node node = open()) {
      files.freeBytes(300 << 10);
      List<CompletableFuture<Counter>> replies = new ArrayList<>();
      AddRequest large = NodeTest.add("a", 1).toBuilder().setPaddingBytes(64 << 10).build();
      for (int i = 0; i < 200; i++) {
        replies.add(node.submit(large, Counter.class));
      }
      for (CompletableFuture<Counter> reply : replies) {
        try {
          reply.join();
          acknowledged++;
        } catch (CompletionException e) {
          assertThat(codeOf(e)).isEqualTo(Code.UNAVAILABLE);
          unknown++;
        }
      }
      assertThat(unknown).isPositive();
      files.freeBytes(Long.MAX_VALUE);
      long value = NodeTest.valueWhenOpen(node, "a");
      assertThat(value).isBetween(acknowledged, acknowledged + unknown);
      assertThat(node.call(NodeTest.add("a", 1), Counter.class).getValue()).isEqualTo(value + 1);
    }
  }

  @Test
  void afterAPowerFailureEveryAcknowledgedCommandIsThere() throws Exception {
    long acknowledged = 0;
    for (int round = 0; round < 5; round++) {
      Node node = open();
      assertThat(NodeTest.value(node, "a")).isGreaterThanOrEqualTo(acknowledged);
      files.powerOffAtStep(files.steps() + 20 + round * 7);
      FewAtOnce<Counter> replies = new FewAtOnce<>();
      for (int i = 0; i < 2000; i++) {
        replies.add(node.submit(NodeTest.add("a", 1), Counter.class));
        if (i % 100 == 0) {
          acknowledged = Math.max(acknowledged, highest(replies.all().get(i)));
        }
      }
      for (CompletableFuture<Counter> reply : replies.all()) {
        acknowledged = Math.max(acknowledged, highest(reply));
      }
      node.close();
      files.powerOff();
      files.restart(FaultyFiles.Tear.RANDOM);
    }
    try (Node node = open()) {
      assertThat(NodeTest.value(node, "a")).isGreaterThanOrEqualTo(acknowledged);
    }
  }

  @Test
  void closingInTheMiddleOfAReplayLosesNothing() throws Exception {
    int events = 60_000;
    try (Node node = open()) {
      FewAtOnce<Counter> replies = new FewAtOnce<>();
      for (int i = 0; i < events; i++) {
        replies.add(node.submit(NodeTest.add("a", 1), Counter.class));
      }
      replies.join();
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    for (int round = 0; round < 5; round++) {
      start(1).close();
    }
    try (Node node = open()) {
      assertThat(NodeTest.value(node, "a")).isEqualTo(events);
    }
  }

  @Test
  void scansThatWaitWhenTheLogFailsAreAnsweredAndHoldNothing() throws Exception {
    try (Node node = open()) {
      node.call(NodeTest.add("a", 1), Counter.class);
      CountDownLatch forcing = new CountDownLatch(1);
      CountDownLatch letForce = new CountDownLatch(1);
      files.beforeForce(() -> {
        forcing.countDown();
        awaitQuietly(letForce);
      });
      CompletableFuture<Counter> write = node.submit(NodeTest.add("a", 1), Counter.class);
      forcing.await();
      CompletableFuture<ListCountersResponse> scan =
          node.submit(ListCountersRequest.getDefaultInstance(), ListCountersResponse.class);
      while (node.status().partitions().getFirst().queueDepth() > 0) {
        Thread.onSpinWait();
      }
      files.failAtStep(files.steps());
      files.beforeForce(null);
      letForce.countDown();
      assertThat(write.handle((reply, failure) -> failure != null).get()).isTrue();
      assertThat(scan.handle((reply, failure) -> failure != null).get()).isTrue();
      files.failAtStep(Integer.MAX_VALUE);
      assertThat(NodeTest.valueWhenOpen(node, "a")).isBetween(1L, 2L);
    }
  }

  // Closed before the node, which waits for what is held.
  private interface Gate extends AutoCloseable {
    @Override
    void close();
  }

  private static double executed(Node node) {
    return node.meters()
        .get("thalweg.commands")
        .tag("partition", "counter/0")
        .functionCounter()
        .count();
  }

  private static long highest(CompletableFuture<Counter> reply) {
    try {
      return reply.join().getValue();
    } catch (CompletionException e) {
      assertThat(codeOf(e)).isEqualTo(Code.UNAVAILABLE);
      return 0;
    }
  }

  private static Code codeOf(CompletionException e) {
    if (e.getCause() instanceof Failure failure) {
      return failure.code();
    }
    throw e;
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
