package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.log.Batch;
import io.thalweg.log.EventView;
import io.thalweg.log.LogReader;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessagesAcknowledged;
import io.thalweg.runtime.test.Account;
import io.thalweg.runtime.test.FireRequest;
import io.thalweg.runtime.test.GetHookRequest;
import io.thalweg.runtime.test.Hook;
import io.thalweg.runtime.test.RemindRequest;
import io.thalweg.runtime.test.RemindResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was under way when a backup was made goes on in the restored node, and happens once. */
class RestoredMessagesTest {
  private static final int PARTITIONS = 4;
  private static final int ACCOUNTS = 24;
  private static final long BALANCE = 1_000;

  /** Numbers of events, in the contract of the accounts. */
  private static final int DEBITED = 2;

  private static final int CREDITED = 3;

  @TempDir Path folder;

  private Path path(String name) {
    return folder.resolve(name);
  }

  private Node bank(String data) {
    return Thalweg.at(path(data))
        .service(Accounts.TYPE)
        .options(NodeOptions.defaults().withPartitions(PARTITIONS))
        .open();
  }

  private void restore(String to, long toTimeUs) throws Exception {
    DataRestore.restore(path("backup"), null, toTimeUs, path(to), true, bytes -> {});
  }

  private static List<CompletableFuture<Account>> transfers(Node node, Random random, int count) {
    List<CompletableFuture<Account>> replies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String from = "a" + random.nextInt(ACCOUNTS);
      String to = "a" + random.nextInt(ACCOUNTS);
      replies.add(node.submit(Bank.transfer(from, to, 1 + random.nextInt(9)), Account.class));
    }
    return replies;
  }

  /** Log times of all batches with transfers in them. */
  private List<Long> times(String data) throws Exception {
    TreeSet<Long> times = new TreeSet<>();
    each(data, (id, batch, event) -> times.add(batch.logTimeUs()));
    return new ArrayList<>(times);
  }

  /** How many events of a type a log holds. */
  private int count(String data, int type) throws Exception {
    int[] count = {0};
    each(data, (id, batch, event) -> count[0] += event.type() == type ? 1 : 0);
    return count[0];
  }

  /** Looks at an event. */
  private interface Look {
    void at(PartitionId id, Batch batch, EventView event) throws Exception;
  }

  private void each(String data, Look look) throws Exception {
    try (SegmentLog log = SegmentLog.open(path(data).resolve("log"), SegmentLogOptions.DEFAULTS)) {
      for (PartitionId id : log.partitions()) {
        try (LogReader reader = log.read(id, 0)) {
          for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
            for (EventView event : batch) {
              look.at(id, batch, event);
            }
          }
        }
      }
    }
  }

  @Test
  void messagesBetweenPartitionsAreNeitherLostNorDoubledByARestore() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    long openedUs;
    List<BackupManifest> made = new ArrayList<>();
    try (Node node = bank("data")) {
      for (int i = 0; i < ACCOUNTS; i++) {
        node.call(Bank.open("a" + i, BALANCE), Account.class);
      }
      openedUs = node.backup(path("backup")).cut().timeUs();
      for (int round = 0; round < 5; round++) {
        List<CompletableFuture<Account>> replies = transfers(node, random, 200);
        made.add(node.backup(path("backup")));
        replies.forEach(CompletableFuture::join);
      }
      Bank.awaitMessages(node);
      made.add(node.backup(path("backup")));
    }
    List<Long> times = new ArrayList<>(times("data"));
    times.removeIf(timeUs -> timeUs < openedUs || timeUs > made.getLast().cut().timeUs());
    int inFlight = 0;
    for (int trial = 0; trial < 12; trial++) {
      // Between a send and its receipt, or the backup as it was made, or all of it.
      boolean toATime = trial < 8;
      String name = "restored" + trial;
      if (toATime) {
        restore(name, times.get(random.nextInt(times.size())));
      } else {
        long number = made.get(random.nextInt(made.size())).number();
        DataRestore.restore(
            path("backup"), number, LogRestore.TO_THE_END, path(name), true, bytes -> {});
      }
      inFlight += count(name, DEBITED) > count(name, CREDITED) ? 1 : 0;
      try (Node node = bank(name)) {
        Bank.awaitMessages(node);
        assertThat(Bank.total(node))
            .as("seed %d, trial %d: the sum", seed, trial)
            .isEqualTo(ACCOUNTS * BALANCE);
        // And it goes on.
        transfers(node, random, 20).forEach(CompletableFuture::join);
        Bank.awaitMessages(node);
        assertThat(Bank.total(node)).as("seed %d", seed).isEqualTo(ACCOUNTS * BALANCE);
      }
    }
    assertThat(inFlight).as("restores with messages in flight, seed " + seed).isPositive();
  }

  @Test
  void aReceiptIsNeverLaterThanWhatAcknowledgesIt() throws Exception {
    Random random = new Random(1);
    try (Node node = bank("data")) {
      for (int i = 0; i < ACCOUNTS; i++) {
        node.call(Bank.open("a" + i, BALANCE), Account.class);
      }
      // One after the other beside many at once: batches stay open while answers come.
      for (int round = 0; round < 60; round++) {
        transfers(node, random, 100).forEach(CompletableFuture::join);
      }
      Bank.awaitMessages(node);
    }
    Map<Receipt, Long> received = new HashMap<>();
    Map<Receipt, Long> acknowledged = new HashMap<>();
    int receiptType = Replay.systemType(MessageReceived.getDefaultInstance());
    int acknowledgementType = Replay.systemType(MessagesAcknowledged.getDefaultInstance());
    each(
        "data",
        (id, batch, event) -> {
          if (event.type() == receiptType) {
            MessageReceived receipt = MessageReceived.parseFrom(event.payload());
            received.put(
                new Receipt(receipt.getSourcePartition(), id.index(), receipt.getSequence()),
                batch.logTimeUs());
          } else if (event.type() == acknowledgementType) {
            MessagesAcknowledged record = MessagesAcknowledged.parseFrom(event.payload());
            acknowledged.put(
                new Receipt(id.index(), record.getTargetPartition(), record.getUpToSequence()),
                batch.logTimeUs());
          }
        });
    assertThat(acknowledged).isNotEmpty();
    acknowledged.forEach((receipt, timeUs) ->
        assertThat(timeUs)
            .as("log time of what acknowledges %s", receipt)
            .isGreaterThanOrEqualTo(received.get(receipt)));
  }

  /** The last that a source knows to be received. */
  private record Receipt(int source, int target, long sequence) {}

  @Test
  void aTimerThatWasSetBeforeABackupFiresOnceInTheRestoredNode() throws Exception {
    long firedUs;
    try (Node node = bank("data")) {
      node.call(Bank.open("a1", BALANCE), Account.class);
      RemindRequest.Builder remind = RemindRequest.newBuilder().setAccount("a1");
      remind.addSetBuilder().setName("soon").setAfterUs(TimeUnit.MILLISECONDS.toMicros(200));
      remind.addSetBuilder().setName("late").setAfterUs(TimeUnit.DAYS.toMicros(30));
      node.call(remind.build(), RemindResponse.class);
      // Before it fires, and then after.
      node.backup(path("backup"));
      Bank.await("the timer", () -> Bank.get(node, "a1").getTicksCount() == 1);
      firedUs = node.backup(path("backup")).cut().timeUs();
    }
    DataRestore.restore(
        path("backup"), 1L, LogRestore.TO_THE_END, path("before"), true, bytes -> {});
    restore("after", firedUs);
    for (String name : List.of("before", "after")) {
      try (Node node = bank(name)) {
        Bank.await("the timer", () -> Bank.get(node, "a1").getTicksCount() >= 1);
        // One that comes later shows that it does not fire again before that.
        RemindRequest.Builder remind = RemindRequest.newBuilder().setAccount("a1");
        remind.addSetBuilder().setName("next").setAfterUs(1);
        node.call(remind.build(), RemindResponse.class);
        Bank.await("the next", () -> Bank.get(node, "a1").getTicksList().contains("next"));
        assertThat(Bank.get(node, "a1").getTicksList()).as(name).containsExactly("soon", "next");
      }
    }
  }

  @Test
  void aPendingEffectIsCalledAgainByTheRestoredNodeAndOneThatEndedIsNot() throws Exception {
    Outside outside = Outside.silent();
    String ended;
    String pending;
    try (Node node = hooks("data", outside)) {
      ended = node.call(FireRequest.newBuilder().setKey("a").build(), Hook.class).getIds(0);
      Bank.await("the call", () -> outside.calls().size() == 1);
      outside.calls().getFirst().done().accept(Outside.OK);
      Bank.await("its result", () -> heard(node, "a") == 1);
      pending = node.call(FireRequest.newBuilder().setKey("b").build(), Hook.class).getIds(0);
      Bank.await("the second call", () -> outside.calls().size() == 2);
      node.backup(path("backup"));
      // The original hears of it behind the cut.
      outside.calls().getLast().done().accept(Outside.OK);
      Bank.await("its result", () -> heard(node, "b") == 1);
    }
    restore("restored", LogRestore.TO_THE_END);
    Outside again = Outside.always(Outside.OK);
    try (Node node = hooks("restored", again)) {
      Bank.await("the result", () -> heard(node, "b") == 1);
      assertThat(heard(node, "a")).isEqualTo(1);
      // Under the same identity, so that a receiver can tell.
      assertThat(again.ids()).containsExactly(pending).doesNotContain(ended);
    }
  }

  private Node hooks(String data, Outside outside) {
    return Thalweg.at(path(data))
        .service(Hooks.TYPE)
        .options(NodeOptions.defaults().withPartitions(1))
        .effects(outside, new EffectRetryPolicy(1, 4, 0, 1000), Duration.ofDays(1))
        .open();
  }

  private static int heard(Node node, String key) {
    return node.call(GetHookRequest.newBuilder().setKey(key).build(), Hook.class).getHeardCount();
  }
}
