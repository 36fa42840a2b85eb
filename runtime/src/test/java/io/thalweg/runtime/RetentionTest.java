package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.LogCursor;
import io.thalweg.log.LogReader;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.test.AddRequest;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.CounterEvent;
import io.thalweg.runtime.test.WatchCounterRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old segments go only when nothing needs them, and a node lives on without them. */
class RetentionTest {
  private static final SegmentLogOptions SMALL =
      SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10).withMaxSegmentBytes(128 << 10);
  private static final LogRetention MIB =
      LogRetention.of(null, 1 << 20).withEvery(Duration.ofMillis(100));

  @TempDir Path data;
  @TempDir Path scratch;

  @Test
  void withoutARuleNothingIsRemoved() {
    try (Node node = node(null)) {
      write(node, 0, 4 << 20);
      node.checkpoint(CheckpointOptions.DEFAULTS.withReplay(true));
      assertThat(start(node)).isZero();
    }
    assertThat(data.resolve("log/log.start")).doesNotExist();
    assertThat(data.resolve("log/0000000001.segment")).exists();
  }

  @Test
  void oldSegmentsGoBehindAReplayedCheckpointAndTheNodeStartsFromIt() throws Exception {
    long start;
    try (Node node = node(MIB)) {
      write(node, 0, 4 << 20);
      await(() -> start(node) > 0);
      write(node, 1, 2 << 20);
      assertThat(node.status().log().sizeBytes()).isGreaterThanOrEqualTo(1 << 20);
      Checkpoint newest = node.checkpoints().getFirst();
      assertThat(newest.proof()).isEqualTo(Checkpoint.Proof.REPLAYED);
      assertThat(newest.parts().getFirst().offset()).isGreaterThanOrEqualTo(start(node));
      assertThat(node.checkpoints()).hasSizeLessThanOrEqualTo(Retention.KEEP_CHECKPOINTS);
      start = start(node);
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    try (Node node = node(null)) {
      assertThat(start(node)).isGreaterThanOrEqualTo(start);
      assertThat(NodeTest.value(node, "k0")).isEqualTo(1);
      assertThat(NodeTest.value(node, "k1")).isEqualTo(1);
    }
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SMALL)) {
      assertThat(
              TableVerifier.verify(
                  directory,
                  log,
                  List.of(Counters.TYPE),
                  Files.createDirectory(scratch.resolve("verify")),
                  step -> {}))
          .allMatch(TableVerifier.Result::isEqual)
          .allMatch(result -> result.rows() > 0);
    }
  }

  @Test
  void withoutTablesAndCheckpointsAShortenedLogStopsThePartitionAndSaysWhatIsMissing()
      throws Exception {
    try (Node node = node(MIB)) {
      write(node, 0, 4 << 20);
      await(() -> start(node) > 0);
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    LogFailureTest.deleteTree(data.resolve("checkpoints"));
    Node node = Thalweg.at(data).service(Counters.TYPE).options(options()).start();
    try {
      assertThatThrownBy(node::awaitReady)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the log holds its events from offset")
          .hasMessageContaining("no checkpoint fits");
    } finally {
      node.close();
    }
  }

  @Test
  void nothingGoesThatARegisteredReaderNeedsAlsoAfterARestart() {
    try (Node node = node(null)) {
      node.logReaders().register("archive");
      write(node, 0, 4 << 20);
    }
    LogCursor end;
    try (Node node = node(MIB)) {
      assertThat(node.logReaders().names()).containsExactly("archive");
      write(node, 1, 1 << 20);
      Retention retention = retention(node);
      assertThat(retention.look().held())
          .contains("reader 'archive' needs counter/0 from offset 0 on");
      assertThat(start(node)).isZero();
      // No checkpoint is taken for nothing.
      assertThat(node.checkpoints()).isEmpty();
      end = end(node);
      node.logReaders().advance("archive", CheckpointTest.id(0), end);
      await(() -> start(node) > 0);
      assertThat(start(node)).isLessThanOrEqualTo(end.nextOffset());
      write(node, 2, 4 << 20);
      assertThat(start(node)).isLessThanOrEqualTo(end.nextOffset());
    }
    try (Node node = node(MIB)) {
      assertThat(start(node)).isLessThanOrEqualTo(end.nextOffset());
      node.logReaders().unregister("archive");
      await(() -> start(node) > end.nextOffset());
    }
  }

  @Test
  void aDamagedPlaceOfAReaderHoldsEverything() throws Exception {
    try (Node node = node(null)) {
      node.logReaders().register("archive");
      node.logReaders().advance("archive", CheckpointTest.id(0), end(node));
    }
    CheckpointTest.flip(data.resolve("readers/archive.reader"), 30);
    try (Node node = node(MIB)) {
      write(node, 0, 4 << 20);
      assertThat(retention(node).look().held()).contains("reader 'archive'");
      assertThat(start(node)).isZero();
    }
  }

  @Test
  void rowsThatAreNotWhatTheLogSaysKeepTheWholeLog() throws Exception {
    try (Node node = node(null)) {
      write(node, 0, 4 << 20);
    }
    CheckpointTest.plantDifference(data, Counters.TYPE, 1);
    try (Node node = node(LogRetention.of(null, 1 << 20).withEvery(Duration.ofDays(1)))) {
      assertThatThrownBy(() -> retention(node).look())
          .hasMessageContaining("are not what the log says");
      assertThat(start(node)).isZero();
      assertThat(node.checkpoints()).isEmpty();
    }
    assertThat(data.resolve("log/0000000001.segment")).exists();
  }

  @Test
  void aDamagedCheckpointLetsNothingGo() throws Exception {
    try (Node node = node(LogRetention.of(null, 1 << 20).withEvery(Duration.ofDays(1)))) {
      write(node, 0, 4 << 20);
      node.checkpoint(CheckpointOptions.DEFAULTS.withReplay(true));
      CheckpointTest.flip(data.resolve("checkpoints/0000000001/counter-0.rows"), 100);
      assertThatThrownBy(() -> retention(node).look())
          .hasMessageContaining("counter-0.rows is damaged");
      assertThat(start(node)).isZero();
    }
  }

  @Test
  void aWatcherFromARemovedPositionIsToldToResyncAndOneAtTheEndGoesOn() throws Exception {
    try (Node node = node(MIB)) {
      node.call(NodeTest.add("w", 1), Counter.class);
      WatchCounterRequest request = WatchCounterRequest.newBuilder().setName("w").build();
      String early;
      try (WatchStream watch = node.watch(Request.of(request), "0")) {
        early = next(watch).position().toString();
      }
      try (WatchStream live = node.watch(Request.of(request), early)) {
        write(node, 0, 4 << 20);
        // It reads on when it is asked, and lets go of what it has read.
        await(() -> {
          try {
            assertThat(live.next(Duration.ofMillis(1))).isNull();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return start(node) > 1;
        });
        for (String after : List.of("0", early)) {
          assertThatThrownBy(() -> node.watch(Request.of(request), after))
              .isInstanceOf(Failure.class)
              .hasMessageContaining("resync");
        }
        node.call(NodeTest.add("w", 5), Counter.class);
        CounterEvent event = (CounterEvent) next(live).message();
        assertThat(event.getAdded().getAmount()).isEqualTo(5);
      }
    }
  }

  @Test
  void boundsOfARuleAreNamed() {
    assertThatThrownBy(() -> LogRetention.of(null, 0)).hasMessageContaining("keepAge, keepBytes");
    assertThatThrownBy(() -> LogRetention.of(Duration.ofSeconds(1), 0))
        .hasMessageContaining("keepAge must be from 1 minute");
    assertThatThrownBy(() -> LogRetention.of(null, 5))
        .hasMessageContaining("keepBytes must be within");
    assertThatThrownBy(() -> MIB.withEvery(Duration.ZERO)).hasMessageContaining("every must be");
  }

  private static Retention retention(Node node) {
    return Objects.requireNonNull(node.retention());
  }

  private static WatchStream.Item next(WatchStream watch) throws InterruptedException {
    return Objects.requireNonNull(watch.next(Duration.ofSeconds(100)));
  }

  private static NodeOptions options() {
    return NodeOptions.defaults().withPartitions(1).withLog(SMALL);
  }

  private Node node(@Nullable LogRetention rule) {
    Thalweg thalweg = Thalweg.at(data).service(Counters.TYPE).options(options());
    return (rule == null ? thalweg : thalweg.keepLog(rule)).open();
  }

  private static long start(Node node) {
    return node.startOffset(CheckpointTest.id(0));
  }

  private static LogCursor end(Node node) {
    try (LogReader reader = node.readLog(CheckpointTest.id(0))) {
      while (reader.next() != null) {
        // To the end.
      }
      return reader.cursor();
    }
  }

  /** So many bytes of events, and one counter of this round. */
  private static void write(Node node, int round, int bytes) {
    int padding = 16 << 10;
    List<CompletableFuture<Counter>> replies = new ArrayList<>();
    for (int i = 0; i * padding < bytes; i++) {
      AddRequest add = NodeTest.add("p" + i, 1).toBuilder().setPaddingBytes(padding).build();
      replies.add(node.submit(add, Counter.class));
      if (replies.size() == 16) {
        replies.forEach(CompletableFuture::join);
        replies.clear();
      }
    }
    replies.forEach(CompletableFuture::join);
    node.call(NodeTest.add("k" + round, 1), Counter.class);
  }

  private static void await(BooleanSupplier condition) {
    long endNs = System.nanoTime() + Duration.ofSeconds(100).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(endNs);
      Thread.onSpinWait();
    }
  }
}
