package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.blob.BlobId;
import io.thalweg.blob.BlobStore;
import io.thalweg.blob.DirectoryBlobs;
import io.thalweg.log.LogFiles;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.checkpoint.BlobCheckpoints;
import io.thalweg.runtime.checkpoint.Checkpoint;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.checkpoint.Checkpoints;
import io.thalweg.runtime.checkpoint.Pace;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints in a blob store: a node starts from them, and its log may be forgotten. */
class BlobCheckpointTest {
  private static final SegmentLogOptions SMALL =
      SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10).withMaxSegmentBytes(128 << 10);
  private static final LogRetention MIB =
      LogRetention.of(null, 1 << 20).withEvery(Duration.ofDays(1));

  @TempDir Path data;
  @TempDir Path blobs;

  private TroubledBlobs store = unopened();

  @SuppressWarnings("NullAway") // Opened before each test.
  private static TroubledBlobs unopened() {
    return null;
  }

  @BeforeEach
  void openStore() throws IOException {
    store = new TroubledBlobs(DirectoryBlobs.open(blobs));
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Thalweg node() {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(1).withLog(SMALL))
        .keepLog(MIB)
        .blobs(store);
  }

  private static Retention retention(Node node) {
    return Objects.requireNonNull(node.retention());
  }

  private static long start(Node node) {
    return node.startOffset(CheckpointTest.id(0));
  }

  private BlobCheckpoints published(Node node) {
    return new BlobCheckpoints(store, node.checkpoints().getFirst().logId().toString());
  }

  @Test
  void aNodeWhoseTablesCheckpointsAndOldLogAreGoneStartsFromTheBlobStoreAndTheRestOfTheLog()
      throws Exception {
    try (Node node = node().open()) {
      RetentionTest.write(node, 0, 4 << 20);
      assertThat(retention(node).look().segments()).isPositive();
      assertThat(start(node)).isPositive();
      RetentionTest.write(node, 1, 1 << 20);
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    LogFailureTest.deleteTree(data.resolve("checkpoints"));
    try (Node node = node().open()) {
      assertThat(NodeTest.value(node, "k0")).isEqualTo(1);
      assertThat(NodeTest.value(node, "k1")).isEqualTo(1);
      assertThat(NodeTest.value(node, "p0")).isEqualTo(2);
      RetentionTest.write(node, 2, 1 << 20);
      assertThat(NodeTest.value(node, "k2")).isEqualTo(1);
    }
  }

  @Test
  void nothingIsRemovedFromTheLogBeforeItsCheckpointIsInTheBlobStore() throws Exception {
    try (Node node = node().open()) {
      store.down(true);
      RetentionTest.write(node, 0, 4 << 20);
      assertThatThrownBy(() -> retention(node).look())
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("the store is out of reach");
      assertThat(start(node)).isZero();
      store.down(false);
      assertThat(retention(node).look().segments()).isPositive();
      Checkpoint first = published(node).of(CheckpointTest.id(0)).getFirst();
      assertThat(start(node)).isLessThanOrEqualTo(first.parts().getFirst().offset());
      // What is in the store is damaged later: there is a good one again before more is removed.
      damage(first);
      long before = start(node);
      assertThatThrownBy(() -> published(node).verify(first, first.parts().getFirst(), Pace.FULL))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("damaged");
      RetentionTest.write(node, 1, 4 << 20);
      retention(node).look();
      assertThat(start(node)).isGreaterThan(before);
      Checkpoint second = published(node).of(CheckpointTest.id(0)).getFirst();
      assertThat(second.parts().getFirst().offset()).isGreaterThanOrEqualTo(start(node));
    }
  }

  private void damage(Checkpoint checkpoint) throws Exception {
    String hex = checkpoint.parts().getFirst().file();
    CheckpointTest.flip(blobs.resolve("blobs").resolve(hex.substring(0, 2)).resolve(hex), 100);
  }

  @Test
  void whileTheBlobStoreIsOutOfReachAPartitionThatNeedsItWaitsForItAndThenStarts()
      throws Exception {
    try (Node node = node().open()) {
      RetentionTest.write(node, 0, 4 << 20);
      assertThat(retention(node).look().segments()).isPositive();
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    LogFailureTest.deleteTree(data.resolve("checkpoints"));
    store.down(true);
    try (Node node = node().start()) {
      await(() -> store.refusals() >= 2);
      assertThat(node.status().ready()).isFalse();
      store.down(false);
      node.awaitReady();
      assertThat(NodeTest.value(node, "k0")).isEqualTo(1);
    }
  }

  @Test
  void aNodeThatHasItsLogStartsWithoutTheBlobStore() throws Exception {
    try (Node node = node().open()) {
      RetentionTest.write(node, 0, 1 << 20);
      node.checkpoint(CheckpointOptions.DEFAULTS);
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    LogFailureTest.deleteTree(data.resolve("checkpoints"));
    store.down(true);
    try (Node node = node().open()) {
      assertThat(store.refusals()).isPositive();
      assertThat(NodeTest.value(node, "k0")).isEqualTo(1);
    }
  }

  @Test
  void withTheNewestDamagedTheOneBeforeIsUsed() throws Exception {
    try (Node node = node().open()) {
      RetentionTest.write(node, 0, 1 << 20);
      node.checkpoint(CheckpointOptions.DEFAULTS);
      RetentionTest.write(node, 1, 1 << 20);
      node.checkpoint(CheckpointOptions.DEFAULTS);
      damage(published(node).of(CheckpointTest.id(0)).getFirst());
    }
    LogFailureTest.deleteTree(data.resolve("state"));
    LogFailureTest.deleteTree(data.resolve("checkpoints"));
    try (Node node = node().open()) {
      assertThat(NodeTest.value(node, "k0")).isEqualTo(1);
      assertThat(NodeTest.value(node, "k1")).isEqualTo(1);
    }
  }

  @Test
  void twoAreKeptTheirBlobsAloneAndOneThatIsBehindIsNotPublished() throws Exception {
    try (Node node = node().open()) {
      for (int i = 0; i < 4; i++) {
        RetentionTest.write(node, i, 64 << 10);
        node.checkpoint(CheckpointOptions.DEFAULTS);
      }
      BlobCheckpoints published = published(node);
      assertThat(published.of(CheckpointTest.id(0))).hasSize(BlobCheckpoints.KEEP);
      Checkpoint newest = published.of(CheckpointTest.id(0)).getFirst();
      assertThat(store.list("", null, BlobStore.MAX_PAGE)).hasSize(2 * BlobCheckpoints.KEEP);
      assertThat(store.sizeOf(new BlobId(newest.parts().getFirst().file()))).isPresent();
      // A node that was held up since its first one goes on.
      Checkpoints own = new Checkpoints(LogFiles.disk(), data.resolve("checkpoints"));
      Checkpoint oldest = own.list().getLast();
      assertThat(published.publish(own, oldest, oldest.parts().getFirst(), Pace.FULL).parts())
          .isEqualTo(newest.parts());
      assertThat(published.of(CheckpointTest.id(0)).getFirst()).isEqualTo(newest);
      assertThat(store.list("", null, BlobStore.MAX_PAGE)).hasSize(2 * BlobCheckpoints.KEEP);
    }
  }

  @Test
  void aBadScopeIsRefused() {
    assertThatThrownBy(() -> new BlobCheckpoints(store, "a/b"))
        .hasMessageContaining("scope must have 1 to 80 characters");
  }

  private static void await(BooleanSupplier condition) {
    long endNs = System.nanoTime() + Duration.ofSeconds(90).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(endNs);
      Thread.onSpinWait();
    }
  }
}
