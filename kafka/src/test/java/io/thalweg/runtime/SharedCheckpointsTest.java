package io.thalweg.runtime;

import static io.thalweg.kafka.Goals.score;
import static io.thalweg.kafka.Goals.submit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.blob.BlobStore;
import io.thalweg.blob.DirectoryBlobs;
import io.thalweg.kafka.KafkaOptions;
import io.thalweg.kafka.KafkaStorage;
import io.thalweg.kafka.SharedBroker;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.log.LogReader;
import io.thalweg.log.PartitionId;
import io.thalweg.runtime.checkpoint.BlobCheckpoints;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.system.PeerRequest;
import io.thalweg.s3.S3Blobs;
import io.thalweg.s3.S3Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Nodes over one real broker that share checkpoints, and a log whose old records are removed. */
class SharedCheckpointsTest {
  private static final PartitionId ID = new PartitionId("leaderboard", 0);

  @TempDir Path data;
  private String cluster = "";
  private @Nullable BlobStore store;

  @BeforeEach
  void openStore(TestInfo test) throws IOException {
    store = DirectoryBlobs.open(data.resolve("blobs"));
    cluster = "c" + Integer.toHexString(test.getDisplayName().hashCode());
  }

  @AfterEach
  void closeStore() {
    blobs().close();
  }

  private BlobStore blobs() {
    return Objects.requireNonNull(store);
  }

  private Thalweg bare(String name) {
    KafkaOptions options = SharedBroker.cluster(SharedCheckpointsTest.class, cluster);
    return Thalweg.on(KafkaStorage.open(data.resolve(name), options, Leadership.ALWAYS))
        .service(Leaderboard.TYPE)
        .options(NodeOptions.defaults().withPartitions(1));
  }

  private Thalweg node(String name) {
    return bare(name)
        .blobs(blobs(), cluster)
        .shareCheckpoints(Duration.ofDays(1))
        .keepLog(LogRetention.of(Duration.ofMinutes(1), 0));
  }

  /** Shares a checkpoint, and removes what may go whatever its age is; why no more. */
  private static String look(Node node) {
    return Objects.requireNonNull(
        Objects.requireNonNull(node.sharing()).look(Long.MAX_VALUE).get(ID));
  }

  /** Writes three times, and shares a checkpoint each time: the log before the second goes. */
  private static void writeAndShorten(Node node) {
    for (int round = 0; round < 3; round++) {
      write(node, round);
      look(node);
    }
    write(node, 3);
    assertThat(node.startOffset(ID)).isPositive();
  }

  private static void write(Node node, int round) {
    for (int i = 0; i < 10; i++) {
      submit(node, "r" + round + "m" + i, 10 * round + i, "name-" + round + "-" + i);
    }
  }

  private static void assertHasAll(Node node) {
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 10; i++) {
        assertThat(score(node, "r" + round + "m" + i)).isEqualTo(10 * round + i);
      }
    }
    // The reply of a request that was removed from the log is in the checkpoint.
    assertThat(submit(node, "r0m3", 3, "name-0-3").getScore()).isEqualTo(3);
  }

  @Test
  void aNodeWithoutTablesBeginsFromTheSharedCheckpointAndTheRestOfTheLog() {
    try (Node node = node("one").open()) {
      writeAndShorten(node);
      assertHasAll(node);
    }
    try (Node node = node("two").open()) {
      assertHasAll(node);
      write(node, 4);
      look(node);
      assertThat(score(node, "r4m9")).isEqualTo(49);
    }
  }

  @Test
  void anyStoreOfTheProtocolOfS3WillDo() throws Exception {
    try (S3Server server = new S3Server();
        S3Blobs bucket = S3Blobs.open(S3Server.options(server.port()))) {
      closeStore();
      store = bucket;
      try (Node node = node("one").open()) {
        writeAndShorten(node);
      }
      try (Node node = node("two").open()) {
        assertHasAll(node);
      }
      store = DirectoryBlobs.open(data.resolve("blobs"));
    }
  }

  @Test
  void aNodeThatWasAwayWhileWhatItNeedsWasRemovedBeginsFromTheCheckpoint() {
    try (Node node = node("one").open()) {
      submit(node, "ana", 7, "before");
    }
    try (Node node = node("two").open()) {
      writeAndShorten(node);
    }
    try (Node node = node("one").open()) {
      assertHasAll(node);
      assertThat(score(node, "ana")).isEqualTo(7);
    }
  }

  @Test
  void withoutACheckpointThatFitsAPartitionStopsAndSaysWhyAndLosesNothing() {
    try (Node node = node("one").open()) {
      writeAndShorten(node);
    }
    try (Node node = bare("two").start()) {
      assertThatThrownBy(node::awaitReady)
          .hasMessageContaining("the log holds its events from offset")
          .hasMessageContaining("no checkpoint fits");
    }
    try (Node node = node("three").open()) {
      assertHasAll(node);
    }
  }

  @Test
  void withTheNewestCheckpointGoneTheOneBeforeHasAllThatItNeeds() throws Exception {
    try (Node node = node("one").open()) {
      writeAndShorten(node);
    }
    Checkpoint newest = published().getFirst();
    String rows = newest.parts().getFirst().file();
    Files.delete(data.resolve("blobs/blobs").resolve(rows.substring(0, 2)).resolve(rows));
    try (Node node = node("two").open()) {
      assertHasAll(node);
    }
  }

  private List<Checkpoint> published() {
    return new BlobCheckpoints(blobs(), cluster).of(ID);
  }

  @Test
  void nothingIsRemovedBeforeTwoCheckpointsThatWereReplayedCoverIt() {
    try (Node node = node("one").open()) {
      write(node, 0);
      assertThat(look(node)).isEqualTo("there are not two checkpoints of it yet");
      assertThat(look(node)).as("nothing new").isEqualTo("there are not two checkpoints of it yet");
      assertThat(published()).hasSize(1);
      assertThat(node.startOffset(ID)).isZero();
      write(node, 1);
      assertThat(look(node)).contains("needs what follows offset");
      assertThat(node.startOffset(ID)).isPositive();
      assertThat(published())
          .allSatisfy(each -> assertThat(each.proof()).isEqualTo(Checkpoint.Proof.REPLAYED));
      assertThat(published().getLast().parts().getFirst().offset())
          .isGreaterThanOrEqualTo(node.startOffset(ID));
    }
  }

  @Test
  void whatIsYoungStays() {
    try (Node node = node("one").open()) {
      for (int round = 0; round < 3; round++) {
        write(node, round);
        Objects.requireNonNull(node.sharing())
            .look(1_000_000L * (System.currentTimeMillis() / 1000 - 60));
      }
      assertThat(node.startOffset(ID)).isZero();
    }
  }

  @Test
  void anOpenReaderAndAFollowerThatIsHeardKeepWhatTheyHaveNotRead() {
    Following behind = new Following();
    try (Node node = node("one").peers(behind).open()) {
      write(node, 0);
      look(node);
      try (LogReader reader = node.readLog(ID)) {
        write(node, 1);
        assertThat(look(node)).isEqualTo("a reader of leaderboard/0 is open");
        assertThat(node.startOffset(ID)).isZero();
        for (Object batch = reader.next(); batch != null; batch = reader.next()) {
          // It reads on.
        }
        behind.position = node.durableOffset(ID);
        behind.lag = node.durableOffset(ID);
        assertThat(look(node)).startsWith("follower slow needs");
        assertThat(node.startOffset(ID)).isZero();
        behind.lag = 0;
        assertThat(look(node)).startsWith("checkpoint");
        assertThat(node.startOffset(ID)).isPositive();
      }
    }
  }

  @Test
  void aWatcherWhoseEventsWereRemovedIsToldToResync() throws Exception {
    try (Node node = node("one").open()) {
      writeAndShorten(node);
      Request request =
          new Request(
              WatchBoardRequest.newBuilder().setBoard("goals").build(),
              Caller.ANONYMOUS,
              null,
              Long.MAX_VALUE);
      assertThatThrownBy(() -> node.watch(request, "0"))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("resync");
      try (WatchStream watch = node.watch(request, null)) {
        submit(node, "new", 1, null);
        assertThat(watch.next(Duration.ofSeconds(60))).isNotNull();
      }
    }
  }

  @Test
  void aNodeThatSharesNoCheckpointsMustNotRemoveAnything() {
    assertThatThrownBy(() -> bare("one").keepLog(LogRetention.of(Duration.ofMinutes(1), 0)).start())
        .hasMessageContaining("give them a blob store");
  }

  /** A cluster whose other node follows, and is behind. */
  private static final class Following implements Peers {
    private volatile long position = Long.MAX_VALUE;
    private volatile long lag;

    @Override
    public Route routeOf(PartitionId id) {
      return new Route.Here();
    }

    @Override
    public void send(String nodeId, PeerRequest request, long timeoutMs, Outcome outcome) {
      outcome.unsent("there is nobody");
    }

    @Override
    public Leadership.Registration onRoutes(Runnable listener) {
      return () -> {};
    }

    @Override
    public ClusterView view() {
      return new ClusterView(
          "self",
          List.of(),
          List.of(
              new ClusterView.PartitionView(
                  ID.toString(),
                  "self",
                  1,
                  position,
                  List.of(new ClusterView.CopyView("slow", "following", lag)))));
    }
  }
}
