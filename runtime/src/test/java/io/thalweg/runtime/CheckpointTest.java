package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.LogFiles;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.checkpoint.Pace;
import io.thalweg.runtime.test.Counter;
import io.thalweg.state.MemoryStore;
import io.thalweg.state.PartitionScope;
import io.thalweg.state.PartitionState;
import io.thalweg.state.RocksStore;
import io.thalweg.state.StateOptions;
import io.thalweg.state.StateView;
import io.thalweg.state.StoredRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of a running node, and starting from them. */
class CheckpointTest {
  private static final CheckpointOptions REPLAYED = CheckpointOptions.DEFAULTS.withReplay(true);

  @TempDir Path data;
  @TempDir Path scratch;

  @Test
  void aCheckpointTakenUnderLoadEqualsAReplayToItsCursor() throws Exception {
    Checkpoint first;
    Checkpoint second;
    try (Node node = open()) {
      AtomicBoolean done = new AtomicBoolean();
      Thread writer = Thread.startVirtualThread(() -> writeUntil(node, done));
      awaitEvents(node, 500);
      first = node.checkpoint(CheckpointOptions.DEFAULTS);
      awaitEvents(node, node.durableOffset(id(0)) + 500);
      second = node.checkpoint(REPLAYED);
      done.set(true);
      writer.join();
    }
    assertThat(first.proof()).isEqualTo(Checkpoint.Proof.READ_BACK);
    assertThat(second.proof()).isEqualTo(Checkpoint.Proof.REPLAYED);
    assertThat(second.parts().get(0).offset()).isGreaterThan(first.parts().get(0).offset());
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
      for (Checkpoint checkpoint : List.of(first, second)) {
        for (Checkpoint.Part part : checkpoint.parts()) {
          Path place = scratch.resolve(checkpoint.id() + "-" + part.id().index());
          assertThat(TableVerifier.digest(log, Counters.TYPE, part.id(), 2, part.offset(), place))
              .isEqualTo(part.digest());
        }
      }
    }
  }

  @Test
  void aNodeWithoutTablesStartsFromTheNewestCheckpointAndTheRestOfTheLog() throws Exception {
    try (Node node = open()) {
      add(node, 0, 300);
      node.checkpoint(REPLAYED);
      add(node, 100, 300);
      node.checkpoint(REPLAYED);
      add(node, 200, 300);
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    // With the newest one damaged the one before is used; its rows differ from what the log gives
    // from its beginning only if it is not used.
    flip(data.resolve("checkpoints/0000000002/counter-0.rows"), 200);
    try (Node node = open()) {
      assertValues(node);
    }
    verifyTables();
  }

  @Test
  void theRowsOfACheckpointAreTakenAndNotMadeFromTheLog() throws Exception {
    try (Node node = open()) {
      add(node, 0, 300);
      node.checkpoint(CheckpointOptions.DEFAULTS);
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    Checkpoint checkpoint =
        new Checkpoints(LogFiles.disk(), data.resolve("checkpoints")).list().getFirst();
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS);
        MemoryStore store = new MemoryStore();
        PartitionState state =
            PartitionState.open(store, TableReplay.scope(new ServiceModel(Counters.TYPE), 0, 2))) {
      StartingPoint start = StartingPoint.of(log, id(0), state, directory.checkpoints());
      start.reader().close();
      assertThat(start.checkpoint()).isEqualTo(checkpoint);
      state.load(rows -> {});
      try (StateView view = state.freeze()) {
        assertThat(HexFormat.of().formatHex(view.digest()))
            .isEqualTo(checkpoint.parts().get(0).digest());
        assertThat(view.offset()).isEqualTo(checkpoint.parts().get(0).offset());
      }
    }
  }

  @Test
  void aFlippedBitAnywhereInACheckpointIsFoundAndTheFileIsNamed() throws Exception {
    Checkpoint checkpoint;
    try (Node node = open()) {
      add(node, 0, 60);
      checkpoint = node.checkpoint(CheckpointOptions.DEFAULTS);
    }
    Checkpoints checkpoints = new Checkpoints(LogFiles.disk(), data.resolve("checkpoints"));
    checkpoints.verify(checkpoint, Pace.FULL);
    Path file = data.resolve("checkpoints/0000000001/counter-1.rows");
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= (byte) (1 << (at % 8));
      Files.write(file, bad);
      assertThatThrownBy(() -> checkpoints.verify(checkpoint, Pace.FULL))
          .as("byte %d", at)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("counter-1.rows");
    }
    for (int length = 0; length < good.length; length += 7) {
      Files.write(file, Arrays.copyOf(good, length));
      assertThatThrownBy(() -> checkpoints.verify(checkpoint, Pace.FULL))
          .as("length %d", length)
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("counter-1.rows");
    }
    Path manifest = data.resolve("checkpoints/0000000001/manifest");
    byte[] text = Files.readAllBytes(manifest);
    for (int at = 0; at < text.length; at++) {
      byte[] bad = text.clone();
      bad[at] ^= 1;
      Files.write(manifest, bad);
      assertThat(checkpoints.list()).as("byte %d", at).isEmpty();
    }
  }

  @Test
  void rowsThatTheLogDoesNotGiveAreNoVerifiedCheckpoint() throws Exception {
    try (Node node = open()) {
      add(node, 0, 50);
    }
    plantDifference(data, Counters.TYPE, 2);
    try (Node node = open()) {
      assertThatThrownBy(() -> node.checkpoint(REPLAYED))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("counter/0")
          .hasMessageContaining("are not what the log says");
      assertThat(node.checkpoints()).isEmpty();
    }
    assertThat(data.resolve("checkpoints")).isEmptyDirectory();
  }

  @Test
  void aClosingNodeGivesUpACheckpointAndLeavesNothingOfIt() throws Exception {
    Node node = open();
    add(node, 0, 2_000);
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    Thread taking =
        Thread.startVirtualThread(() -> {
          try {
            node.checkpoint(CheckpointOptions.DEFAULTS.withBytesPerSecond(64 << 10));
            failure.complete(new AssertionError("it was taken"));
          } catch (CheckpointException e) {
            failure.complete(e);
          }
        });
    while (!Files.exists(data.resolve("checkpoints/0000000001"))) {
      Thread.onSpinWait();
    }
    node.close();
    taking.join();
    assertThat(failure.join()).isInstanceOf(CheckpointException.class);
    assertThat(data.resolve("checkpoints")).isEmptyDirectory();
  }

  /** Changes a row of partition 0 in the stored tables, behind the log's back. */
  static void plantDifference(Path data, ServiceType type, int partitions) {
    try (RocksStore store = RocksStore.open(data.resolve("state"), StateOptions.defaults())) {
      PartitionScope scope = TableReplay.scope(new ServiceModel(type), 0, partitions);
      List<StoredRow> rows = new ArrayList<>();
      PartitionState state = PartitionState.open(store, scope);
      byte[] cursor = Objects.requireNonNull(state.storedCursor());
      long offset = state.storedEndOffset();
      state.load(count -> {});
      try (StateView view = state.freeze()) {
        view.rows().forEachRemaining(rows::add);
      }
      state.close();
      for (int i = 0; i < rows.size(); i++) {
        StoredRow row = rows.get(i);
        if (row.table() == 1) {
          Counter wrong = Counter.newBuilder().setName("wrong").setValue(4711).build();
          rows.set(
              i,
              new StoredRow(
                  row.slot(), row.table(), row.project(), row.key(), wrong.toByteArray()));
          break;
        }
      }
      PartitionState again = PartitionState.open(store, scope);
      again.replaceRows(rows.iterator(), offset, cursor);
      again.close();
    }
  }

  static PartitionId id(int index) {
    return new PartitionId("counter", index);
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }

  private void verifyTables() throws Exception {
    try (DataDirectory directory = DataDirectory.lock(data);
        SegmentLog log = SegmentLog.open(directory.log(), SegmentLogOptions.DEFAULTS)) {
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

  /** Adds 1 to each of so many counters. */
  static void add(Node node, int from, int count) {
    FewAtOnce<Counter> replies = new FewAtOnce<>();
    for (int i = from; i < from + count; i++) {
      replies.add(node.submit(NodeTest.add("k" + i, 1), Counter.class));
    }
    replies.join();
  }

  private static void assertValues(Node node) {
    for (int i = 0; i < 500; i++) {
      long expected = (i < 300 ? 1L : 0) + (i >= 100 && i < 400 ? 1 : 0) + (i >= 200 ? 1 : 0);
      assertThat(NodeTest.value(node, "k" + i)).as("k%d", i).isEqualTo(expected);
    }
  }

  private static void writeUntil(Node node, AtomicBoolean done) {
    for (int i = 0; !done.get(); i += 100) {
      add(node, i % 1_000, 100);
    }
  }

  static void awaitEvents(Node node, long offset) {
    while (node.durableOffset(id(0)) < offset) {
      Thread.onSpinWait();
    }
  }

  static void flip(Path file, int at) throws Exception {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at] ^= 0x10;
    Files.write(file, bytes);
  }
}
