package io.thalweg.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.host.Host;
import io.thalweg.host.Waiters;
import io.thalweg.log.AppendListener;
import io.thalweg.log.Batch;
import io.thalweg.log.BatchBuilder;
import io.thalweg.log.CursorMismatchException;
import io.thalweg.log.EventMeta;
import io.thalweg.log.EventView;
import io.thalweg.log.LeadershipLostException;
import io.thalweg.log.Log;
import io.thalweg.log.LogCursor;
import io.thalweg.log.LogException;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The log on a real broker. */
class TopicLogOnKafkaTest {
  private static final long TIME_US = 1_700_000_000_000_000L;

  private static KafkaOptions options() {
    return SharedBroker.cluster(TopicLogOnKafkaTest.class, "test");
  }

  private static PartitionId topicOf(TestInfo test) {
    String name =
        "t" + Integer.toHexString(test.getTestMethod().orElseThrow().getName().hashCode());
    try (KafkaTopics topics = KafkaTopics.connect(options(), Host.machine())) {
      topics.partitionsOf(name, 1);
    }
    return new PartitionId(name, 0);
  }

  private static TopicLog open() {
    return new TopicLog(
        KafkaTopics.connect(options(), Host.machine()), Host.machine(), new UUID(1, 1));
  }

  @Test
  void whatIsDurableIsReadBackAlsoByAnotherNode(TestInfo test) {
    PartitionId id = topicOf(test);
    try (TopicLog log = open();
        TopicLog other = open()) {
      Heard heard = new Heard();
      PartitionLog leader = log.lead(id, 1, TIME_US, heard);
      LogCursor middle = append(leader, "a", "b");
      LogCursor end = append(leader, "c");
      heard.await(() -> heard.durable == 3);

      assertThat(read(log, id)).containsExactly("a", "b", "c");
      other.catchUp(id);
      assertThat(read(other, id)).containsExactly("a", "b", "c");
      assertThat(read(other.read(id, LogCursor.decode(middle.encode())))).containsExactly("c");
      assertThat(read(other.read(id, end))).isEmpty();
      assertThat(other.lineages(id)).isEqualTo(log.lineages(id));
    }
  }

  @Test
  void aSecondLeaderTakesOverAndTheFirstHearsOfIt(TestInfo test) {
    PartitionId id = topicOf(test);
    try (TopicLog first = open();
        TopicLog second = open()) {
      Heard heard = new Heard();
      PartitionLog old = first.lead(id, 1, TIME_US, heard);
      append(old, "a");
      heard.await(() -> heard.durable == 1);

      Heard then = new Heard();
      PartitionLog fresh = second.lead(id, 1, TIME_US, then);
      assertThat(fresh.epoch()).isGreaterThan(old.epoch());
      assertThat(fresh.endOffset()).isEqualTo(1);
      append(fresh, "b");
      then.await(() -> then.durable == 2);

      // It has nothing on its way, and still hears.
      heard.await(() -> heard.failure != null);
      assertThat(heard.failure).isInstanceOf(LeadershipLostException.class);
      assertThatThrownBy(() -> append(old, "late")).isInstanceOf(LogException.class);
      first.catchUp(id);
      assertThat(read(first, id)).containsExactly("a", "b");
    }
  }

  @Test
  void aLateAppendOfADeposedLeaderIsNoPartOfTheLog(TestInfo test) throws Exception {
    PartitionId id = topicOf(test);
    try (TopicLog first = open();
        TopicLog second = open()) {
      Heard heard = new Heard();
      PartitionLog old = first.lead(id, 1, TIME_US, heard);
      append(old, "a");
      heard.await(() -> heard.durable == 1);
      second.lead(id, 1, TIME_US, new Heard());
      // It may not have heard yet; whatever it is told, this is not acknowledged.
      try {
        append(old, "late");
      } catch (LogException e) {
        assertThat(e).hasMessageContaining("has ended");
      }
      heard.await(() -> heard.failure != null);
      assertThat(heard.durable).isEqualTo(1);
      second.catchUp(id);
      assertThat(read(second, id)).containsExactly("a");
    }
  }

  @Test
  void ofTwoBarriersThatReplaceTheSameEpochTheSecondIsNotValid(TestInfo test) throws Exception {
    PartitionId id = topicOf(test);
    int nodes = 4;
    List<TopicLog> logs = new ArrayList<>();
    try {
      List<Heard> heard = new ArrayList<>();
      List<@Nullable PartitionLog> led = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < nodes; i++) {
        TopicLog log = open();
        logs.add(log);
        log.catchUp(id);
        Heard of = new Heard();
        heard.add(of);
        led.add(null);
        int mine = i;
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    PartitionLog leader = log.lead(id, 1, TIME_US, of);
                    append(leader, "by " + mine);
                    synchronized (led) {
                      led.set(mine, leader);
                    }
                  } catch (LogException e) {
                    // Too late.
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      TopicLog fresh = open();
      logs.add(fresh);
      // Each of those that were told is in the log, and nothing else of those that were not.
      for (int i = 0; i < nodes; i++) {
        Heard of = heard.get(i);
        if (led.get(i) != null) {
          of.await(() -> of.durable > 0 || of.failure != null);
        }
      }
      fresh.catchUp(id);
      List<String> log = read(fresh, id);
      for (int i = 0; i < nodes; i++) {
        if (heard.get(i).durable > 0) {
          assertThat(log).contains("by " + i);
        }
      }
      assertThat(log).doesNotHaveDuplicates();
      for (TopicLog each : logs) {
        each.catchUp(id);
        assertThat(read(each, id)).isEqualTo(log);
      }
    } finally {
      logs.forEach(TopicLog::close);
    }
  }

  @Test
  void aLargeBatchIsKept(TestInfo test) {
    PartitionId id = topicOf(test);
    try (TopicLog log = open();
        TopicLog other = open()) {
      Heard heard = new Heard();
      PartitionLog leader = log.lead(id, 1, TIME_US, heard);
      BatchBuilder batch = leader.begin(TIME_US);
      byte[] random = new byte[1 << 19];
      for (int i = 0; i < 15; i++) {
        new java.util.SplittableRandom(i).nextBytes(random);
        batch.beginEvent(1, 0, 0, EventMeta.NONE, random.length).put(random);
      }
      leader.append(batch);
      heard.await(() -> heard.durable == 15 || heard.failure != null);
      assertThat(heard.failure).isNull();
      other.catchUp(id);
      assertThat(read(other, id)).hasSize(15);
    }
  }

  @Test
  void aTopicThatIsNotSafeIsNotLedAndSaysWhy(TestInfo test) throws Exception {
    PartitionId id = topicOf(test);
    ConfigResource topic =
        new ConfigResource(ConfigResource.Type.TOPIC, options().topic(id.service()));
    try (Admin admin = Admin.create(ClientConfigs.admin(options()))) {
      admin
          .incrementalAlterConfigs(
              Map.of(
                  topic,
                  List.of(
                      new AlterConfigOp(
                          new ConfigEntry("retention.ms", "3600000"), AlterConfigOp.OpType.SET),
                      new AlterConfigOp(
                          new ConfigEntry("message.timestamp.type", "CreateTime"),
                          AlterConfigOp.OpType.SET))))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
    try (TopicLog log = open()) {
      await(() -> {
        try {
          log.lead(id, 1, TIME_US, new Heard());
          return false;
        } catch (TopicException e) {
          return String.valueOf(e.getMessage()).contains("retention.ms is 3600000 and must be -1")
              && String.valueOf(e.getMessage())
                  .contains("message.timestamp.type is CreateTime and must be LogAppendTime");
        }
      });
    }
    KafkaOptions strict = KafkaOptions.of(options().bootstrapServers(), "test");
    try (KafkaTopics topics = KafkaTopics.connect(strict, Host.machine())) {
      assertThatThrownBy(() -> topics.open(id))
          .hasMessageContaining("replication factor is 1 and must be at least 3")
          .hasMessageContaining("min.insync.replicas is 1 and must be at least 2");
    }
  }

  @Test
  void aTopicThatWasMadeAgainDoesNotContinueACursor(TestInfo test) throws Exception {
    PartitionId id = topicOf(test);
    LogCursor cursor;
    try (TopicLog log = open()) {
      Heard heard = new Heard();
      cursor = append(log.lead(id, 1, TIME_US, heard), "a");
      heard.await(() -> heard.durable == 1);
    }
    try (TopicLog log = open()) {
      LogCursor beyond =
          new LogCursor(
              cursor.logId(),
              cursor.position() + 5,
              cursor.nextOffset() + 5,
              cursor.epoch(),
              cursor.lineage(),
              77,
              cursor.logTimeUs());
      assertThatThrownBy(() -> log.read(id, beyond)).isInstanceOf(CursorMismatchException.class);
      LogCursor otherTopic =
          new LogCursor(
              new UUID(7, 7),
              cursor.position(),
              cursor.nextOffset(),
              cursor.epoch(),
              1,
              cursor.lastCrc(),
              0);
      assertThatThrownBy(() -> log.read(id, otherTopic))
          .isInstanceOf(CursorMismatchException.class);
    }
  }

  private static LogCursor append(PartitionLog leader, String... events) {
    BatchBuilder batch = leader.begin(TIME_US);
    for (String event : events) {
      byte[] bytes = event.getBytes(java.nio.charset.StandardCharsets.UTF_8);
      batch.beginEvent(1, 0, 0, EventMeta.NONE, bytes.length).put(bytes);
    }
    return leader.append(batch);
  }

  private static List<String> read(Log log, PartitionId id) {
    return read(log.read(id, 0));
  }

  private static List<String> read(LogReader from) {
    List<String> events = new ArrayList<>();
    try (LogReader reader = from) {
      for (Batch batch = reader.next(); batch != null; batch = reader.next()) {
        for (EventView event : batch) {
          events.add(java.nio.charset.StandardCharsets.UTF_8.decode(event.payload()).toString());
        }
      }
    }
    return events;
  }

  private static void await(BooleanSupplier condition) {
    Waiters waiters = new Waiters(Host.machine());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      waiters.await(() -> false, TimeUnit.MILLISECONDS.toNanos(50));
    }
  }

  /** What a leader hears. */
  private static final class Heard implements AppendListener {
    private final Waiters waiters = new Waiters(Host.machine());
    volatile long durable;
    volatile @Nullable LogException failure;

    void await(BooleanSupplier condition) {
      assertThat(waiters.await(condition, TimeUnit.SECONDS.toNanos(100))).as("in time").isTrue();
    }

    @Override
    public void durable(long endOffset) {
      durable = endOffset;
      waiters.wake();
    }

    @Override
    public void failed(LogException cause) {
      failure = cause;
      waiters.wake();
    }
  }
}
