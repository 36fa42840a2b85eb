package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import io.thalweg.host.Host;
import io.thalweg.jobs.JobQueues;
import io.thalweg.jobs.v1.EnqueueRequest;
import io.thalweg.jobs.v1.EnqueueResponse;
import io.thalweg.jobs.v1.FetchRequest;
import io.thalweg.jobs.v1.FetchResponse;
import io.thalweg.jobs.v1.JobSpec;
import io.thalweg.kafka.KafkaMoveTarget;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.KafkaStorage;
import io.thalweg.kafka.SharedBroker;
import io.thalweg.keys.Keys;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NextKeysRequest;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameRequest;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.locks.Locks;
import io.thalweg.locks.v1.AcquireRequest;
import io.thalweg.locks.v1.Claim;
import io.thalweg.locks.v1.OpenSessionRequest;
import io.thalweg.locks.v1.Session;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.system.MessageReceived;
import io.thalweg.runtime.system.MessageSent;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The data of a node of its own are brought to a cluster over one real broker. */
class MoveToKafkaTest {
  private static final List<ServiceType> SERVICES =
      List.of(Leaderboard.TYPE, JobQueues.TYPE, Keys.TYPE, Locks.TYPE);
  private static final int BOARDS = 12;
  private static final int MEMBERS = 20;
  private static final int ENDED_BOARDS = 7;

  @TempDir Path data;

  // ---------------------------------------------------------------- a node of its own

  private Path source() {
    return data.resolve("source");
  }

  private static Thalweg services(Thalweg thalweg, int partitions) {
    SERVICES.forEach(thalweg::service);
    return thalweg.options(NodeOptions.defaults().withPartitions(partitions));
  }

  private Node embedded(int partitions) {
    return services(Thalweg.at(source()), partitions).open();
  }

  /** What the node has answered, and must answer again. */
  private record Before(long token, String session, List<String> keys) {}

  private Before fill(int partitions) {
    try (Node node = embedded(partitions)) {
      for (int b = 0; b < BOARDS; b++) {
        for (int m = 0; m < MEMBERS; m++) {
          submit(node, "board" + b, "m" + m, b * 100 + m, name(b, m));
        }
        node.call(
            SetDisplayNameRequest.newBuilder()
                .setBoard("board" + b)
                .setMember("m1")
                .setDisplayName("Ana " + b)
                .build(),
            SetDisplayNameResponse.class);
      }
      node.call(CreateNamespaceRequest.newBuilder().setNamespace("short").build(), Namespace.class);
      List<String> keys = keys(node);
      String session =
          node.call(
                  OpenSessionRequest.newBuilder().setSpace("s").setTtlMs(3_600_000).build(),
                  Session.class)
              .getSession();
      long token = acquire(node, session, "held").getToken();
      for (int q = 0; q < 4; q++) {
        enqueue(node, "later" + q, 4_000);
      }
      return new Before(token, session, keys);
    }
  }

  // Every second board is filled by a client that draws its names, and at the end has ended some.
  private static String name(int board, int member) {
    if (!isOfSeries(board)) {
      return "name-" + board + "-" + member;
    }
    int endedBelow = board <= ENDED_BOARDS ? 0 : ENDED_BOARDS * MEMBERS;
    return "~aaaabbbbccccdddd." + (board * MEMBERS + member) + "." + endedBelow;
  }

  private static boolean isOfSeries(int board) {
    return board % 2 == 1;
  }

  private static SubmitScoreResponse submit(
      Node node, String board, String member, double score, String name) {
    return node.call(
        Request.of(
                SubmitScoreRequest.newBuilder()
                    .setBoard(board)
                    .setMember(member)
                    .setScore(score)
                    .build())
            .named(name),
        SubmitScoreResponse.class);
  }

  private static Entry entry(Node node, String board, String member) {
    return node.call(
        GetEntryRequest.newBuilder().setBoard(board).setMember(member).build(), Entry.class);
  }

  private static Claim acquire(Node node, String session, String lock) {
    return node.call(
        AcquireRequest.newBuilder().setSpace("s").setSession(session).setLock(lock).build(),
        Claim.class);
  }

  private static List<String> keys(Node node) {
    return node.call(
            NextKeysRequest.newBuilder().setNamespace("short").setCount(20).build(),
            NextKeysResponse.class)
        .getKeysList();
  }

  private static EnqueueRequest job(String queue, long delayMs) {
    return EnqueueRequest.newBuilder()
        .setQueue(queue)
        .setJob(JobSpec.newBuilder().setType("work").setDelayMs(delayMs))
        .build();
  }

  private static void enqueue(Node node, String queue, long delayMs) {
    node.call(job(queue, delayMs), EnqueueResponse.class);
  }

  /** How many jobs a queue gives out; waits until there were so many, and looks once more. */
  private static int fetched(Node node, String queue, int wanted) {
    int jobs = 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
    while (jobs < wanted) {
      assertThat(System.nanoTime()).as("jobs of " + queue + " in time").isLessThan(end);
      jobs += fetch(node, queue, 1_000);
    }
    return jobs + fetch(node, queue, 0);
  }

  private static int fetch(Node node, String queue, long waitMs) {
    return node.call(
            FetchRequest.newBuilder()
                .setQueue(queue)
                .setWorker("w")
                .setMax(10)
                .setLeaseMs(600_000)
                .setWaitMs(waitMs)
                .build(),
            FetchResponse.class)
        .getJobsCount();
  }

  /**
   * Puts messages on their way from leaderboard/0 to a queue, as if the node had been stopped at
   * that moment: the first one was received and not acknowledged, the others not received.
   */
  private void leaveMessagesOnTheirWay(String queue, int partitions, int count) throws Exception {
    ServiceModel.Method enqueue =
        Objects.requireNonNull(new ServiceModel(JobQueues.TYPE).methodOf(job(queue, 0).getClass()));
    int slot = Slots.slotOf(enqueue.keyOf(job(queue, 0)));
    int target = Slots.partitionOf(slot, partitions);
    PartitionId sender = new PartitionId("leaderboard", 0);
    List<Message> sent = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      sent.add(
          MessageSent.newBuilder()
              .setTargetService("jobs")
              .setTargetPartition(target)
              .setSequence(i)
              .setTargetSlot(slot)
              .setRequestType(EnqueueRequest.getDescriptor().getFullName())
              .setPayload(job(queue, 0).toByteString())
              .build());
    }
    ClosedLog.append(source(), sender, 0, sent);
    ClosedLog.append(
        source(),
        new PartitionId("jobs", target),
        slot,
        MessageReceived.newBuilder()
            .setSourceService("leaderboard")
            .setSourcePartition(0)
            .setSequence(1)
            .build());
  }

  // ---------------------------------------------------------------- the move, and a cluster

  private static KafkaOptions options(String cluster) {
    return SharedBroker.cluster(MoveToKafkaTest.class, cluster);
  }

  private List<DataMove.Moved> move(String cluster, int partitions) {
    try (DataMove move = new DataMove(source(), SERVICES, Host.machine(), (done, of, what) -> {});
        KafkaMoveTarget target = KafkaMoveTarget.connect(options(cluster), Host.machine())) {
      return move.run(target, partitions);
    }
  }

  private Thalweg member(String cluster, String name) {
    Path folder = data.resolve(name);
    return services(Thalweg.on(KafkaStorage.open(folder, options(cluster), Leadership.ALWAYS)), 1);
  }

  private static void assertHasAll(Node node, Before before) {
    for (int b = 0; b < BOARDS; b++) {
      for (int m = 0; m < MEMBERS; m++) {
        Entry entry = entry(node, "board" + b, "m" + m);
        assertThat(entry.getScore()).isEqualTo(b * 100 + m);
        assertThat(entry.getDisplayName()).isEqualTo(m == 1 ? "Ana " + b : "");
      }
      if (isOfSeries(b) && b < ENDED_BOARDS) {
        continue;
      }
      // The name was used: the answer is that of then, and the score does not change.
      String board = "board" + b;
      String name = name(b, 2);
      assertThat(submit(node, board, "m2", b * 100 + 2, name).getScore()).isEqualTo(b * 100 + 2);
      assertThatThrownBy(() -> submit(node, board, "m2", 9999, name))
          .hasMessageContaining("was used for a different request");
    }
    assertThat(acquire(node, before.session(), "held").getToken()).isEqualTo(before.token());
    assertThat(acquire(node, before.session(), "new").getToken()).isGreaterThan(before.token());
    assertThat(keys(node)).isNotEmpty().doesNotContainAnyElementsOf(before.keys());
  }

  /** The rows of services, as they are stored. */
  private static Set<String> rows(Path folder, List<ServiceType> types) {
    Set<String> all = new TreeSet<>();
    try (DataDirectory directory = DataDirectory.lock(folder);
        Store store = RocksStore.open(directory.state(), StateOptions.defaults())) {
      for (ServiceType type : types) {
        ServiceModel model = new ServiceModel(type);
        int count = directory.partitionsOf(model.name());
        for (int i = 0; i < count; i++) {
          try (PartitionState state =
                  PartitionState.open(store, TableReplay.scope(model, i, count));
              StateView view = state.freeze()) {
            view.rows()
                .forEachRemaining(row -> {
                  if (row.table() < PartitionState.FIRST_SYSTEM_TABLE) {
                    all.add(
                        "%s %d %d %d %s %s"
                            .formatted(
                                model.name(),
                                row.slot(),
                                row.table(),
                                row.project(),
                                HexFormat.of().formatHex(row.key()),
                                HexFormat.of().formatHex(row.value())));
                  }
                });
          }
        }
      }
    }
    return all;
  }

  @Test
  void aNodeOfFourPartitionsIsMovedToAClusterOfThree() throws Exception {
    everythingIsThereWith("four-three", 4, 3);
  }

  private void everythingIsThereWith(String cluster, int from, int to) throws Exception {
    Before before = fill(from);
    leaveMessagesOnTheirWay("messages", from, 3);
    List<DataMove.Moved> moved = move(cluster, to);
    assertThat(moved).hasSize(SERVICES.size()).allMatch(each -> each.toPartitions() == to);

    // Rows of services that do nothing by themselves, by the bytes.
    List<ServiceType> still = List.of(Leaderboard.TYPE, Keys.TYPE, Locks.TYPE);
    Set<String> here = rows(source(), still);
    member(cluster, "first").open().close();
    assertThat(rows(data.resolve("first"), still)).isEqualTo(here).hasSizeGreaterThan(250);

    try (Node node = member(cluster, "second").open()) {
      assertHasAll(node, before);
      // Of three messages the first had arrived before.
      assertThat(fetched(node, "messages", 2)).isEqualTo(2);
      for (int q = 0; q < 4; q++) {
        assertThat(fetched(node, "later" + q, 1)).isEqualTo(1);
      }
      Request watch = Request.of(WatchBoardRequest.newBuilder().setBoard("board1").build());
      assertThatThrownBy(() -> node.watch(watch, "1-0-5")).hasMessageContaining("resync");
      try (WatchStream stream = node.watch(watch, null)) {
        submit(node, "board1", "m0", 5_000, "new");
        assertThat(stream.next(Duration.ofSeconds(60))).isNotNull();
      }
      assertThat(node.status().partitions()).allMatch(each -> each.outboxMessages() == 0);
    }
    // Of a third one, what the others wrote behind it is there too.
    try (Node node = member(cluster, "third").open()) {
      assertThat(entry(node, "board1", "m0").getScore()).isEqualTo(5_000);
      assertThat(fetch(node, "messages", 0)).isZero();
    }
  }

  @Test
  void killedAfterEveryFewAppendsItGoesOnAndNothingIsThereTwice() throws Exception {
    Before before = fill(2);
    leaveMessagesOnTheirWay("messages", 2, 3);
    int kills = 0;
    while (true) {
      try (DataMove move =
              new DataMove(source(), SERVICES, Host.machine(), (done, of, what) -> {});
          KafkaMoveTarget target = KafkaMoveTarget.connect(options("killed"), Host.machine())) {
        move.batchBytes(4 << 10);
        move.run(new Cut(target, 5), 3);
        break;
      } catch (LogException e) {
        assertThat(e).hasMessage("killed");
        kills++;
      }
      assertThatThrownBy(() -> embedded(2))
          .hasMessageContaining("run the same 'thalweg move' again");
      if (kills == 3) {
        // A node that starts too early does not lead.
        try (Node early = member("killed", "early").start()) {
          assertThatThrownBy(early::awaitReady).hasMessageContaining("has not ended");
        }
      }
    }
    assertThat(kills).isGreaterThan(5);
    try (Node node = member("killed", "node").open()) {
      assertHasAll(node, before);
      assertThat(fetched(node, "messages", 2)).isEqualTo(2);
    }
    // Once more it finds that all is there, whatever was written since.
    assertThat(move("killed", 3)).hasSize(SERVICES.size());
    assertThatThrownBy(() -> embedded(2)).hasMessageContaining("were moved to the cluster killed");
    assertThatThrownBy(() -> move("other", 3))
        .hasMessageContaining("were moved to the cluster killed");
  }

  @Test
  void whatMustNotBeMovedIsRefusedAndNothingIsWritten() {
    fill(1);
    try (Node node = member("taken", "taken").open()) {
      submit(node, "goals", "ana", 1, "first");
    }
    assertThatThrownBy(() -> move("taken", 1))
        .hasMessageContaining("of the cluster taken-")
        .hasMessageContaining("is not empty");
    KafkaOptions strict = KafkaOptions.of(SharedBroker.bootstrap(), "strict");
    assertThatThrownBy(() -> KafkaMoveTarget.connect(strict, Host.machine()))
        .hasMessageContaining("replica");
    try (Node node = embedded(1)) {
      assertThat(entry(node, "board1", "m1").getScore()).isEqualTo(101);
      assertThatThrownBy(() -> move("running", 1)).hasMessageContaining("is in use by");
    }
    List<ServiceType> few = List.of(Leaderboard.TYPE);
    assertThatThrownBy(() -> new DataMove(source(), few, Host.machine(), (done, of, what) -> {}))
        .hasMessageContaining("data of the service 'jobs', which this build does not know");
  }
}
