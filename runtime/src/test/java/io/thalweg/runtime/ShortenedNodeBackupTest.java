package io.thalweg.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.log.LogFiles;
import io.thalweg.log.LogRestore;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.log.backup.BackupBase;
import io.thalweg.log.backup.BackupException;
import io.thalweg.log.backup.BackupManifest;
import io.thalweg.log.backup.BackupReader;
import io.thalweg.runtime.checkpoint.CheckpointException;
import io.thalweg.runtime.test.AddRequest;
import io.thalweg.runtime.test.Counter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups and retention: neither takes from the other what it needs. */
class ShortenedNodeBackupTest {
  private static final int PADDING = 16 << 10;
  private static final SegmentLogOptions SMALL =
      SegmentLogOptions.DEFAULTS.withFirstSegmentBytes(64 << 10).withMaxSegmentBytes(128 << 10);
  private static final LogRetention MIB =
      LogRetention.of(null, 1 << 20).withEvery(Duration.ofMillis(100));

  @TempDir Path folder;

  private Path path(String name) {
    return folder.resolve(name);
  }

  private Node open(String data, @Nullable LogRetention rule) {
    Thalweg thalweg =
        Thalweg.at(path(data))
            .service(Counters.TYPE)
            .options(NodeOptions.defaults().withPartitions(2).withLog(SMALL));
    return (rule == null ? thalweg : thalweg.keepLog(rule)).open();
  }

  /** So many MiB of events over both partitions. */
  private static void write(Node node, int round, int mib) {
    List<CompletableFuture<Counter>> replies = new ArrayList<>();
    for (int i = 0; i < mib << 6; i++) {
      AddRequest add =
          NodeTest.add("p" + i % 90, round).toBuilder().setPaddingBytes(PADDING).build();
      replies.add(node.submit(add, Counter.class));
      if (replies.size() == 16) {
        replies.forEach(CompletableFuture::join);
        replies.clear();
      }
    }
    replies.forEach(CompletableFuture::join);
  }

  private static boolean isShortened(Node node) {
    return node.startOffset(CheckpointTest.id(0)) > 0 && node.startOffset(CheckpointTest.id(1)) > 0;
  }

  private static void await(BooleanSupplier condition) {
    long endNs = System.nanoTime() + Duration.ofSeconds(100).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(endNs);
      Thread.onSpinWait();
    }
  }

  /** Digests of all rows that were there at offsets that no write has changed since. */
  private static List<String> digests(Node node) {
    List<String> digests = new ArrayList<>();
    await(() -> {
      try {
        node.checkpoint(CheckpointOptions.DEFAULTS)
            .parts()
            .forEach(part -> digests.add(part.digest()));
        return true;
      } catch (CheckpointException e) {
        // Retention takes one too.
        assertThat(e).hasMessageContaining("another checkpoint is being taken");
        return false;
      }
    });
    return digests;
  }

  private LogRestore.Report restore(String backup, String to, long toTimeUs) throws IOException {
    return DataRestore.restore(path(backup), null, toTimeUs, path(to), true, bytes -> {});
  }

  private BackupBase base(String backup) throws IOException {
    return Objects.requireNonNull(BackupReader.open(LogFiles.disk(), path(backup)).base());
  }

  @Test
  void aNodeWhoseLogWasShortenedIsBackedUpAndRestoredToWhatItWas() throws Exception {
    List<String> digests;
    try (Node node = open("data", MIB)) {
      write(node, 1, 5);
      await(() -> isShortened(node));
      node.backup(path("backup"));
      write(node, 2, 2);
      node.backup(path("backup"));
      digests = digests(node);
    }
    assertThat(base("backup").files()).hasSize(3);
    restore("backup", "restored", LogRestore.TO_THE_END);
    try (Node node = open("restored", MIB)) {
      assertThat(isShortened(node)).isTrue();
      assertThat(digests(node)).isEqualTo(digests);
      // It lives on: its own retention, its own backups, and another restore.
      write(node, 3, 3);
      node.backup(path("second"));
      digests = digests(node);
    }
    restore("second", "again", LogRestore.TO_THE_END);
    try (Node node = open("again", null)) {
      assertThat(digests(node)).isEqualTo(digests);
    }
  }

  @Test
  void retentionRemovesNothingThatABackupDirectoryHasNotCopied() throws Exception {
    List<String> digests;
    try (Node node = open("data", MIB)) {
      BackupManifest first = node.backup(path("backup"));
      write(node, 1, 4);
      Retention retention = Objects.requireNonNull(node.retention());
      await(() -> retention.look().held().contains("backup in " + path("backup")));
      assertThat(isShortened(node)).isFalse();
      NodeStatus.ReaderStatus reader = node.status().readers().getFirst();
      assertThat(reader.name()).startsWith("backup-");
      assertThat(reader.position()).isLessThanOrEqualTo(first.position());
      assertThat(reader.heldBytes()).isGreaterThan(4 << 20);
      assertThat(reader.ageSeconds()).isBetween(0L, 600L);

      node.backup(path("backup"));
      await(() -> isShortened(node));
      write(node, 2, 2);
      node.backup(path("backup"));
      assertThat(node.status().readers()).hasSize(1);
      digests = digests(node);
    }
    // It has the old bytes: it began before they were removed, and needs no checkpoint.
    assertThat(path("backup").resolve("base")).doesNotExist();
    restore("backup", "restored", LogRestore.TO_THE_END);
    try (Node node = open("restored", null)) {
      assertThat(isShortened(node)).isFalse();
      assertThat(digests(node)).isEqualTo(digests);
    }
  }

  @Test
  void aClaimOutlivesARestartAndEndsWhenAnOperatorDropsIt() throws Exception {
    try (Node node = open("data", null)) {
      node.backup(path("backup"));
    }
    try (Node node = open("data", MIB)) {
      write(node, 1, 3);
      String name = node.status().readers().getFirst().name();
      assertThat(Objects.requireNonNull(node.retention()).look().held()).contains(name);
      node.logReaders().unregister(name);
      await(() -> isShortened(node));
      assertThatThrownBy(() -> node.backup(path("backup")))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("it was not kept for this directory; use another one");
      node.backup(path("another"));
    }
    restore("another", "restored", LogRestore.TO_THE_END);
    try (Node node = open("restored", null)) {
      assertThat(NodeTest.value(node, "p1")).isPositive();
    }
  }

  @Test
  void aRestoreToATimeBeforeTheCheckpointIsRefusedAndTheEarliestIsNamed() throws Exception {
    List<String> digests;
    long thenUs;
    try (Node node = open("data", MIB)) {
      write(node, 1, 5);
      await(() -> isShortened(node));
      node.backup(path("backup"));
      write(node, 2, 1);
      thenUs = node.backup(path("backup")).cut().timeUs();
      digests = digests(node);
      write(node, 3, 1);
      node.backup(path("backup"));
    }
    long earliestUs = base("backup").earliestUs();
    Instant earliest = Instant.EPOCH.plus(earliestUs, ChronoUnit.MICROS);
    assertThatThrownBy(() -> restore("backup", "restored", earliestUs - 1))
        .hasMessageContaining("the earliest time that can be restored to is " + earliest);
    assertThat(path("restored")).doesNotExist();

    restore("backup", "restored", thenUs);
    try (Node node = open("restored", null)) {
      assertThat(digests(node)).isEqualTo(digests);
    }
    restore("backup", "earliest", earliestUs);
    try (Node node = open("earliest", null)) {
      assertThat(NodeTest.value(node, "p1")).isPositive();
    }
  }

  @Test
  void aDamagedCheckpointOfABackupIsTold() throws Exception {
    try (Node node = open("data", MIB)) {
      write(node, 1, 5);
      await(() -> isShortened(node));
      node.backup(path("backup"));
    }
    Path rows;
    try (var files = Files.walk(path("backup").resolve("base"))) {
      rows = files.filter(file -> file.toString().endsWith("1.rows")).findFirst().orElseThrow();
    }
    CheckpointTest.flip(rows, 100);
    assertThatThrownBy(() -> restore("backup", "restored", LogRestore.TO_THE_END))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining(rows.getFileName() + " does not have the SHA-256");
    assertThat(path("restored")).doesNotExist();
    assertThat(path("restored.partial")).doesNotExist();
  }

  @Test
  void aReaderThatCannotBeRegisteredRefusesTheBackup() throws Exception {
    try (Node node = open("data", null)) {
      for (int i = 0; i < LogReaders.MAX_READERS; i++) {
        node.logReaders().register("r" + i);
      }
      assertThatThrownBy(() -> node.backup(path("backup")))
          .isInstanceOf(BackupException.class)
          .hasMessageContaining("registered readers already; unregister one");
      node.logReaders().unregister("r7");
      node.backup(path("backup"));
      assertThat(node.logReaders().names()).anyMatch(name -> name.startsWith("backup-"));
    }
  }
}
