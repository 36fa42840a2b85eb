package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.log.LogRestore;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.log.backup.BackupException;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.runtime.test.Counter;
import io.thalweg.runtime.test.WatchCounterRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A restored node is what the original was at the restored point, and says that it is another. */
class NodeBackupTest {
  private static final Duration LONG = Duration.ofSeconds(100);

  @TempDir Path folder;

  private Path path(String name) {
    return folder.resolve(name);
  }

  private static Node open(Path data) {
    return Thalweg.at(data)
        .service(Counters.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }

  private static void add(Node node, int commands) {
    FewAtOnce<Counter> replies = new FewAtOnce<>();
    for (int i = 0; i < commands; i++) {
      replies.add(node.submit(NodeTest.add("k" + i % 50, i), Counter.class));
    }
    replies.join();
  }

  private LogRestore.Report restore(String to) throws IOException {
    return restore(to, LogRestore.TO_THE_END);
  }

  private LogRestore.Report restore(String to, long toTimeUs) throws IOException {
    return DataRestore.restore(path("backup"), null, toTimeUs, path(to), true, bytes -> {});
  }

  private static long lastTimeUs(BackupManifest manifest) {
    return manifest.cut().log().partitions().stream()
        .mapToLong(PartitionCut::logTimeUs)
        .max()
        .orElseThrow();
  }

  /** Digests of the tables of all partitions after so many events each. */
  private List<String> digests(String data, List<PartitionCut> at) throws IOException {
    List<String> digests = new ArrayList<>();
    try (SegmentLog log = SegmentLog.open(path(data).resolve("log"), SegmentLogOptions.DEFAULTS)) {
      for (PartitionCut partition : at) {
        Path scratch = Files.createTempDirectory(folder, "scratch");
        PartitionId id = partition.id();
        digests.add(
            TableVerifier.digest(log, Counters.TYPE, id, 2, partition.endOffset(), scratch));
      }
    }
    return digests;
  }

  @Test
  void aBackupUnderLoadRestoresToWhatTheOriginalWasAtThatPoint() throws Exception {
    BackupManifest manifest;
    try (Node node = open(path("data"))) {
      add(node, 500);
      Thread load = Thread.ofPlatform().start(() -> add(node, 5_000));
      manifest = node.backup(path("backup"));
      for (int i = 0; i < 3; i++) {
        manifest = node.backup(path("backup"));
      }
      load.join();
    }
    LogRestore.Report report = restore("restored");
    List<PartitionCut> cut = manifest.cut().log().partitions();
    assertThat(report.partitions())
        .extracting(PartitionCut::endOffset)
        .isEqualTo(cut.stream().map(PartitionCut::endOffset).toList());
    assertThat(digests("restored", cut)).isEqualTo(digests("data", cut));
    try (Node node = open(path("restored"))) {
      assertThat(node.status().partitions()).hasSize(2);
      add(node, 10);
    }
  }

  @Test
  void aNamedRequestFromBeforeTheCutIsAnsweredWithItsStoredReply() throws Exception {
    Request before = new Request(NodeTest.add("a", 5), Caller.ANONYMOUS, "before", Long.MAX_VALUE);
    Request after = new Request(NodeTest.add("a", 5), Caller.ANONYMOUS, "after", Long.MAX_VALUE);
    Counter reply;
    try (Node node = open(path("data"))) {
      reply = node.call(before, Counter.class);
      node.backup(path("backup"));
      node.call(after, Counter.class);
    }
    restore("restored");
    try (Node node = open(path("restored"))) {
      assertThat(node.call(before, Counter.class)).isEqualTo(reply);
      assertThat(NodeTest.value(node, "a")).isEqualTo(5);
      assertThat(node.call(after, Counter.class).getValue()).isEqualTo(10);
    }
  }

  @Test
  void aRestoreToATimeIsWhatANodeWasThatStoppedThen() throws Exception {
    long timeUs;
    List<PartitionCut> then;
    try (Node node = open(path("data"))) {
      add(node, 300);
      BackupManifest first = node.backup(path("backup"));
      timeUs = lastTimeUs(first);
      then = first.cut().log().partitions();
      add(node, 300);
      node.backup(path("backup"));
    }
    LogRestore.Report report = restore("restored", timeUs);
    assertThat(report.batchesLeftOut()).isPositive();
    assertThat(report.partitions())
        .extracting(PartitionCut::endOffset)
        .isEqualTo(then.stream().map(PartitionCut::endOffset).toList());
    assertThat(digests("restored", then)).isEqualTo(digests("data", then));
  }

  private static String position(Node node, long amount) {
    CompletableFuture<String> position = new CompletableFuture<>();
    node.submit(
        Request.of(NodeTest.add("a", amount)),
        new ReplyHandler() {
          @Override
          public void reply(com.google.protobuf.Message message, Position at) {
            position.complete(at.toString());
          }

          @Override
          public void failure(Failure failure) {
            position.completeExceptionally(failure);
          }
        });
    return position.join();
  }

  private static WatchStream watch(Node node, String after) {
    return node.watch(Request.of(WatchCounterRequest.newBuilder().setName("a").build()), after);
  }

  private static void assertResync(Node node, String position) {
    assertThatThrownBy(() -> watch(node, position))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("resync")
        .satisfies(f -> assertThat(((Failure) f).code()).isEqualTo(Code.OUT_OF_RANGE));
  }

  @Test
  void positionsFromBeyondTheForkAreAnsweredWithResyncAndThoseBeforeGoOn() throws Exception {
    String inside;
    String beyond = "";
    try (Node node = open(path("data"))) {
      inside = position(node, 1);
      position(node, 2);
      node.backup(path("backup"));
      for (int i = 0; i < 3; i++) {
        beyond = position(node, 100);
      }
    }
    restore("restored");
    restore("other");
    String ofTheOther;
    try (Node node = open(path("other"))) {
      position(node, 7);
      ofTheOther = position(node, 8);
    }
    try (Node node = open(path("restored"))) {
      // The restored node has as many events again: only the lineage tells.
      String own = "";
      for (int i = 0; i < 8; i++) {
        own = position(node, 10);
      }
      assertResync(node, beyond);
      assertResync(node, ofTheOther);
      try (WatchStream stream = watch(node, inside)) {
        WatchStream.Item item = stream.next(LONG);
        assertThat(item).isNotNull();
        assertThat(String.valueOf(item)).contains("amount: 2");
      }
      assertThat(own).matches("2\\d{6}-\\d-\\d+");
      try (WatchStream stream = watch(node, own)) {
        node.call(NodeTest.add("a", 777), Counter.class);
        assertThat(String.valueOf(stream.next(LONG))).contains("amount: 777");
      }
    }
  }

  @Test
  void aTimeBeyondTheBackupIsRefused() throws Exception {
    try (Node node = open(path("data"))) {
      add(node, 3);
      BackupManifest manifest = node.backup(path("backup"));
      assertThatThrownBy(() -> restore("restored", manifest.cut().timeUs() + 1))
          .hasMessageContaining("the backup reaches to");
      assertThatThrownBy(() -> restore("restored", 1)).hasMessageContaining("the log begins at");
      assertThat(path("restored")).doesNotExist();
      assertThat(path("restored.partial")).doesNotExist();
    }
  }

  @Test
  void whatAnInterruptedRestoreLeftDoesNotOpenAndIsReplaced() throws Exception {
    try (Node node = open(path("data"))) {
      add(node, 30);
      node.backup(path("backup"));
    }
    Path partial = path("restored.partial");
    Files.createDirectories(partial.resolve("log"));
    Files.createFile(partial.resolve("thalweg.restoring"));
    Files.copy(
        path("data").resolve("log/0000000001.segment"), partial.resolve("log/0000000001.segment"));
    assertThatThrownBy(() -> open(partial)).isInstanceOf(DataDirectoryException.class);

    restore("restored");
    assertThat(partial).doesNotExist();
    assertThat(path("restored").resolve("thalweg.restoring")).doesNotExist();
    try (Node node = open(path("restored"))) {
      assertThat(NodeTest.value(node, "k1")).isEqualTo(1);
    }
  }

  @Test
  void nothingOfSomebodyElseIsReplaced() throws Exception {
    try (Node node = open(path("data"))) {
      add(node, 3);
      node.backup(path("backup"));
    }
    assertThatThrownBy(() -> restore("data")).hasMessageContaining("is empty or not there");
    Files.createDirectories(path("restored.partial"));
    Files.createFile(path("restored.partial").resolve("mine"));
    assertThatThrownBy(() -> restore("restored")).hasMessageContaining("is in the way");
    assertThatThrownBy(
            () -> DataRestore.restore(path("data"), null, 1, path("x"), true, bytes -> {}))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining("is no backup directory");
  }

  @Test
  void aDamagedBackupLeavesNoDataDirectory() throws Exception {
    try (Node node = open(path("data"))) {
      add(node, 30);
      node.backup(path("backup"));
    }
    Path chunk = path("backup").resolve("log/0000000000.chunk");
    byte[] bytes = Files.readAllBytes(chunk);
    bytes[bytes.length / 2] ^= 4;
    Files.write(chunk, bytes);
    assertThatThrownBy(() -> restore("restored"))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining("0000000000.chunk");
    assertThat(path("restored")).doesNotExist();
    assertThat(path("restored.partial")).doesNotExist();
  }
}
