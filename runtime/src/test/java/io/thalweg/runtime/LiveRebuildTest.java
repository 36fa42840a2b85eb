package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.test.Counter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Making the tables of a service again beside those of a node that serves. */
class LiveRebuildTest {
  @TempDir Path data;

  private Node open() {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }

  private static void add(Node node, int commands) {
    FewAtOnce<Counter> replies = new FewAtOnce<>();
    for (int i = 0; i < commands; i++) {
      replies.add(node.submit(NodeTest.add("k" + i % 100, 1), Counter.class));
    }
    replies.join();
  }

  private static List<TableRebuild.Result> rebuild(Node node) {
    return node.rebuild("counter", 10, (at, of, what) -> {});
  }

  @Test
  void theTablesOfANodeUnderLoadAreComparedAtOneOffsetOfEachPartition() throws Exception {
    try (Node node = open()) {
      add(node, 500);
      AtomicBoolean stop = new AtomicBoolean();
      Thread load =
          Thread.ofPlatform()
              .start(() -> {
                while (!stop.get()) {
                  add(node, 100);
                }
              });
      long before = 0;
      for (int i = 0; i < 3; i++) {
        List<TableRebuild.Result> results = rebuild(node);
        assertThat(results).hasSize(2).allMatch(TableRebuild.Result::isEqual);
        assertThat(results).allMatch(result -> result.rows() > 0);
        // The next one goes on from there.
        assertThat(results.getFirst().offset()).isGreaterThan(before);
        before = results.getFirst().offset();
      }
      stop.set(true);
      load.join();
      node.discardRebuild("counter");
      assertThat(data.resolve("rebuild/counter")).doesNotExist();
    }
  }

  @Test
  void aDifferenceIsNamedWhileTheNodeServesAndSwitchedAwayByTheStoppedNode() throws Exception {
    try (Node node = open()) {
      add(node, 300);
    }
    CheckpointTest.plantDifference(data, Counters.TYPE, 2);
    try (Node node = open()) {
      List<TableRebuild.Result> results = rebuild(node);
      assertThat(results.get(0).byTable()).containsOnlyKeys("table 1 (counters)");
      assertThat(results.get(0).lines().toString()).contains("DIFFERENT", "key 6b");
      assertThat(results.get(1).isEqual()).isTrue();
      add(node, 100);
    }
    List<Long> progress = new ArrayList<>();
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      TableRebuild stopped =
          new TableRebuild(
              directory,
              log,
              Counters.TYPE,
              () -> 1L << 40,
              (at, of, what) -> {
                if (what.startsWith("rebuilding")) {
                  progress.add(at);
                }
              });
      assertThat(stopped.run(10)).anyMatch(result -> !result.isEqual());
      stopped.switchTables();
    }
    // It went on from what the running node had made.
    assertThat(progress.getFirst()).isGreaterThan(100);
    try (Node node = open()) {
      assertThat(rebuild(node)).allMatch(TableRebuild.Result::isEqual);
      assertThat(NodeTest.value(node, "k1")).isEqualTo(4);
    }
  }

  @Test
  void oneRebuildRunsAtATimeAndAClosingNodeEndsIt() throws Exception {
    CompletableFuture<Object> ended = new CompletableFuture<>();
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletableFuture<Void> goOn = new CompletableFuture<>();
    try (Node node = open()) {
      add(node, 100);
      Thread.ofPlatform()
          .start(() -> {
            try {
              ended.complete(
                  node.rebuild(
                      "counter",
                      1,
                      (at, of, what) -> {
                        begun.complete(null);
                        goOn.join();
                      }));
            } catch (RuntimeException e) {
              ended.complete(e);
            }
          });
      begun.join();
      assertThatThrownBy(() -> rebuild(node))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("another rebuild is under way");
      assertThatThrownBy(() -> node.discardRebuild("counter"))
          .isInstanceOf(CheckpointException.class);
      assertThatThrownBy(() -> node.discardRebuild("nothing")).isInstanceOf(Failure.class);
      Thread.ofPlatform().start(() -> goOn.complete(null));
    }
    assertThat(ended.join()).isNotNull();
  }
}
