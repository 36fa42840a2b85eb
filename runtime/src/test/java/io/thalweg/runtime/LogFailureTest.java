package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.log.EventMeta;
import io.thalweg.log.FaultyFiles;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.test.Counter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a partition does when its log or its tables are not as they should be. */
class LogFailureTest {
  @TempDir Path data;

  @Test
  void anUnknownEventTypeStopsThePartitionAndSaysWhich() throws Exception {
    try (Node node = one()) {
      node.call(NodeTest.add("a", 1), Counter.class);
    }
    appendEventOfType(4711);
    Node node = Thalweg.at(data).service(Counters.TYPE).options(options()).start();
    try {
      assertThatThrownBy(node::awaitReady)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("event type 4711")
          .hasMessageContaining("not known to this build");
      assertThat(node.status().ready()).isFalse();
      assertThat(node.status().reasons().getFirst()).contains("event type 4711");
      assertThatThrownBy(() -> node.call(NodeTest.add("a", 1), Counter.class))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("event type 4711")
          .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.UNAVAILABLE));
    } finally {
      node.close();
    }
  }

  @Test
  void deletedTablesAreRebuiltFromTheLog() throws Exception {
    try (Node node = one()) {
      for (int i = 0; i < 50; i++) {
        node.call(NodeTest.add("k" + i, i), Counter.class);
      }
    }
    deleteTree(data.resolve("state"));
    try (Node node = one()) {
      for (int i = 0; i < 50; i++) {
        assertThat(NodeTest.value(node, "k" + i)).isEqualTo(i);
      }
    }
  }

  @Test
  void damagedTablesAreRebuiltFromTheLog() throws Exception {
    try (Node node = one()) {
      for (int i = 0; i < 50; i++) {
        node.call(NodeTest.add("k" + i, i), Counter.class);
      }
    }
    try (var files = Files.list(data.resolve("state"))) {
      for (Path file : files.filter(f -> f.toString().contains("MANIFEST")).toList()) {
        Files.write(file, new byte[] {1, 2, 3});
      }
    }
    try (Node node = one()) {
      for (int i = 0; i < 50; i++) {
        assertThat(NodeTest.value(node, "k" + i)).isEqualTo(i);
      }
    }
  }

  @Test
  void aFlippedByteInATableFileCostsARebuildAndNoData() throws Exception {
    try (Node node = one()) {
      for (int i = 0; i < 200; i++) {
        node.call(NodeTest.add("k" + i, i), Counter.class);
      }
    }
    List<Path> tables;
    try (var files = Files.list(data.resolve("state"))) {
      tables = files.filter(f -> f.toString().endsWith(".sst")).toList();
    }
    assertThat(tables).isNotEmpty();
    for (Path file : tables) {
      byte[] bytes = Files.readAllBytes(file);
      for (int at = 16; at < bytes.length / 2; at += 64) {
        bytes[at] ^= 0x20;
      }
      Files.write(file, bytes);
    }
    try (Node node = one()) {
      for (int i = 0; i < 200; i++) {
        assertThat(NodeTest.value(node, "k" + i)).isEqualTo(i);
      }
    }
  }

  @Test
  void aFolderOfSomebodyElseIsNotTakenOver() throws Exception {
    Files.writeString(data.resolve("thesis.txt"), "mine");
    assertThatThrownBy(this::one)
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("is no data directory: it holds thesis.txt");
    Path file = data.resolve("thesis.txt");
    assertThatThrownBy(() -> Thalweg.open(file, Counters.TYPE))
        .isInstanceOf(DataDirectoryException.class)
        .hasMessageContaining("is a file");
  }

  @Test
  void aStoppedPartitionDoesNotKeepOthersFromOpeningAgain(@TempDir Path shared) throws Exception {
    FaultyFiles files = new FaultyFiles(1);
    NodeOptions two =
        NodeOptions.defaults()
            .withPartitions(2)
            .withLog(SegmentLogOptions.DEFAULTS.withFiles(files));
    try (Node node = Thalweg.at(shared).service(Counters.TYPE).options(two).open()) {
      node.call(NodeTest.add("a", 1), Counter.class);
    }
    int stopped = 1 - Slots.partitionOf(Slots.slotOf("a"), 2);
    appendEventOfType(
        4711,
        shared,
        new PartitionId("counter", stopped),
        SegmentLogOptions.DEFAULTS.withFiles(files));
    Node node = Thalweg.at(shared).service(Counters.TYPE).options(two).start();
    try {
      assertThatThrownBy(node::awaitReady).isInstanceOf(IllegalStateException.class);
      awaitValue(node, 1);
      files.failAtStep(files.steps());
      assertThatThrownBy(() -> node.call(NodeTest.add("a", 1), Counter.class))
          .isInstanceOf(Failure.class);
      files.failAtStep(Integer.MAX_VALUE);
      awaitValue(node, 1);
    } finally {
      node.close();
    }
  }

  private static void awaitValue(Node node, long value) {
    assertThat(NodeTest.valueWhenOpen(node, "a")).isGreaterThanOrEqualTo(value);
  }

  @Test
  void tablesOfAnotherLogAreDroppedAndRebuilt(@TempDir Path other) throws Exception {
    try (Node node = one()) {
      node.call(NodeTest.add("a", 1), Counter.class);
    }
    try (Node node = Thalweg.at(other).service(Counters.TYPE).options(options()).open()) {
      node.call(NodeTest.add("a", 100), Counter.class);
      node.call(NodeTest.add("b", 100), Counter.class);
    }
    deleteTree(data.resolve("state"));
    try (var files = Files.list(other.resolve("state"))) {
      Files.createDirectories(data.resolve("state"));
      for (Path file : files.toList()) {
        Files.copy(file, data.resolve("state").resolve(file.getFileName()));
      }
    }
    try (Node node = one()) {
      assertThat(NodeTest.value(node, "a")).isEqualTo(1);
      assertThat(NodeTest.value(node, "b")).isZero();
    }
  }

  private Node one() {
    return Thalweg.at(data).service(Counters.TYPE).options(options()).open();
  }

  private static NodeOptions options() {
    return NodeOptions.defaults().withPartitions(1);
  }

  private void appendEventOfType(int type) throws Exception {
    appendEventOfType(type, data, new PartitionId("counter", 0), SegmentLogOptions.DEFAULTS);
  }

  private static void appendEventOfType(
      int type, Path directory, PartitionId id, SegmentLogOptions options) throws Exception {
    ClosedLog.append(
        directory, id, options, batch -> batch.beginEvent(type, 0, 0, EventMeta.NONE, 0));
  }

  static void deleteTree(Path path) throws Exception {
    try (var all = Files.walk(path)) {
      for (Path each : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(each);
      }
    }
  }
}
