package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchFormat;
import io.thalweg.log.EventView;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.GetAccountRequest;
import io.thalweg.runtime.test.RemindRequest;
import io.thalweg.runtime.test.RemindResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What may happen while a batch of a partition is open: it is held open by a handler that waits, or
 * by forces that do.
 */
class HeldBatchTest {
  private static final int PARTITIONS = 4;
  private static final int SENT = 3;
  private static final int RECEIVED = 4;
  private static final String FROM = Bank.inPartition("from", 0, PARTITIONS);
  private static final String OTHER = Bank.inPartition("other", 2, PARTITIONS);
  private static final String TO = Bank.inPartition("to", 1, PARTITIONS);
  private static final String GATE = Bank.inPartition("gate", 1, PARTITIONS);

  private final FaultyFiles files = new FaultyFiles(1);

  @TempDir Path data;

  @BeforeEach
  void reset() {
    Accounts.GATE.drainPermits();
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Accounts.TYPE)
        .options(
            NodeOptions.defaults()
                .withPartitions(PARTITIONS)
                .withLog(SegmentLogOptions.DEFAULTS.withFiles(files)))
        .open();
  }

  // Closed before the node, which waits for those at the gate.
  private interface Gate extends AutoCloseable {
    @Override
    void close();
  }

  private static Gate gate() {
    return () -> Accounts.GATE.release(1_000_000);
  }

  private static double ofPartition(Node node, String name, int partition) {
    return node.meters()
        .get(name)
        .tag("partition", "accounts/" + partition)
        .meters()
        .iterator()
        .next()
        .measure()
        .iterator()
        .next()
        .getValue();
  }

  private static void awaitQueued(Node node, int partition, int count) {
    Bank.await(
        count + " in the queue",
        () -> node.status().partitions().get(partition).queueDepth() == count);
  }

  private static void awaitWaiting(int count) {
    Bank.await("a handler at the gate", () -> Accounts.GATE.getQueueLength() == count);
  }

  /**
   * A message that comes while a batch of an earlier time is open begins another batch, and is
   * handled at a log time that is not before it was sent.
   */
  @Test
  void aMessageIsNotHandledAtALogTimeBeforeItWasSent() throws Exception {
    try (Node node = open();
        Gate _ = gate()) {
      node.call(Bank.transfer(FROM, GATE, 1), Account.class);
      awaitWaiting(1);
      // Its time is that of the batch that the handler at the gate is about to begin, or later.
      node.call(Bank.transfer(OTHER, TO, 2), Account.class);
      awaitQueued(node, 1, 1);
      Accounts.GATE.release();
      Bank.await("both credits", () -> ofPartition(node, "thalweg.messages.received", 1) == 2);
      Bank.awaitMessages(node);
      Map<String, Long> sentUs = new HashMap<>();
      for (int from : new int[] {0, 2}) {
        forEach(
            node,
            from,
            SENT,
            (batch, in) -> {
              MessageSent sent = MessageSent.parseFrom(in);
              sentUs.put(from + "#" + sent.getSequence(), batch.logTimeUs());
            });
      }
      assertThat(sentUs).hasSize(2);
      forEach(
          node,
          1,
          RECEIVED,
          (batch, in) -> {
            MessageReceived received = MessageReceived.parseFrom(in);
            assertThat(batch.logTimeUs())
                .isGreaterThanOrEqualTo(
                    sentUs.remove(received.getSourcePartition() + "#" + received.getSequence()));
          });
      assertThat(sentUs).isEmpty();
    }
  }

  /**
   * Receiving a message closes the batch of the one before, whose answer may leave before this one
   * is handled. Both are acknowledged.
   */
  @Test
  void theReceiptOfAMessageThatClosedABatchReachesItsSender() {
    try (Node node = open();
        Gate _ = gate()) {
      node.call(Bank.transfer(FROM, GATE, 1), Account.class);
      awaitWaiting(1);
      node.call(Bank.transfer(OTHER, GATE, 2), Account.class);
      awaitQueued(node, 1, 1);
      Accounts.GATE.release();
      // The first is acknowledged while the second is being handled.
      Bank.await("an empty outbox", () -> ofPartition(node, "thalweg.outbox.messages", 0) == 0);
      awaitWaiting(1);
      Accounts.GATE.release();
      Bank.await("an empty outbox", () -> ofPartition(node, "thalweg.outbox.messages", 2) == 0);
      assertThat(Bank.get(node, GATE).getReceived()).isEqualTo(2);
      assertThat(Bank.metric(node, "thalweg.messages.duplicates")).isZero();
    }
  }

  /** A message in a batch that is open, or on its way to the disk, stays where it is. */
  @Test
  void aMessageDoesNotLeaveBeforeItIsDurable() {
    CountDownLatch letForce = new CountDownLatch(1);
    try (Node node = open();
        Gate _ = letForce::countDown) {
      files.beforeForce(() -> {
        try {
          letForce.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      });
      // Two batches on their way hold a third one open.
      for (int i = 1; i <= 4; i++) {
        int executed = i;
        var _ = node.submit(Bank.transfer(FROM, TO, 1), Account.class);
        Bank.await(
            "messages in the outbox",
            () -> ofPartition(node, "thalweg.outbox.messages", 0) == executed);
      }
      // The partition had a turn for what it has sent, and the other one for what has come to it.
      double before = ofPartition(node, "thalweg.commands", 1);
      var _ = node.submit(Bank.open(TO, 0), Account.class);
      Bank.await("a turn", () -> ofPartition(node, "thalweg.commands", 1) == before + 1);
      assertThat(ofPartition(node, "thalweg.messages.received", 1)).isZero();
      letForce.countDown();
      Bank.awaitMessages(node);
      assertThat(Bank.get(node, TO).getReceived()).isEqualTo(4);
    }
  }

  /** What a timer did has no reply that waits for it, but a read that saw it does. */
  @Test
  void aReadWaitsUntilTheTimerThatItSawIsDurable() {
    Semaphore letForce = new Semaphore(0);
    try (Node node = open();
        Gate _ = () -> letForce.release(1_000_000)) {
      String name = "t" + setTimerThatFiresWhileForcesWait(node, letForce);
      Bank.await("the timer", () -> ofPartition(node, "thalweg.timers", 0) == 0);
      List<CompletableFuture<Account>> reads = new ArrayList<>();
      for (int i = 1; i <= 3; i++) {
        double executed = ofPartition(node, "thalweg.queries", 0) + 1;
        reads.add(
            node.submit(GetAccountRequest.newBuilder().setAccount(FROM).build(), Account.class));
        Bank.await("a read", () -> ofPartition(node, "thalweg.queries", 0) == executed);
      }
      // Nothing is on its way there: its answer leaves behind all that were released until now.
      Bank.get(node, OTHER);
      assertThat(reads).noneMatch(CompletableFuture::isDone);
      letForce.release(1_000_000);
      for (CompletableFuture<Account> read : reads) {
        assertThat(read.join().getTicksList()).contains(name);
      }
    }
  }

  /** The number of the timer: one that fires before forces wait is followed by a later one. */
  private int setTimerThatFiresWhileForcesWait(Node node, Semaphore letForce) {
    for (int i = 0; ; i++) {
      RemindRequest.Timer timer =
          RemindRequest.Timer.newBuilder().setName("t" + i).setAfterUs(50_000L << i).build();
      node.call(
          RemindRequest.newBuilder().setAccount(FROM).addSet(timer).build(), RemindResponse.class);
      letForce.drainPermits();
      files.beforeForce(letForce::acquireUninterruptibly);
      if (ofPartition(node, "thalweg.timers", 0) == 1) {
        return i;
      }
      files.beforeForce(null);
      letForce.release();
    }
  }

  private interface OnRecord {
    void accept(Batch batch, CodedInputStream in) throws Exception;
  }

  private static void forEach(Node node, int partition, int type, OnRecord action)
      throws Exception {
    try (LogReader reader = node.readLog(new PartitionId("accounts", partition))) {
      for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
        for (EventView event : batch) {
          if (event.type() == BatchFormat.FIRST_SYSTEM_TYPE + type) {
            action.accept(batch, CodedInputStream.newInstance(event.payload()));
          }
        }
      }
    }
  }
}
