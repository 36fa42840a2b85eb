package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLog;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.TableVerifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills nodes, backups and restores in the middle of their work. */
final class BackupKillTest {
  private static final int PARTITIONS = 4;

  @TempDir Path folder = Path.of("");

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private Cli load(String url, String board, int rows) throws IOException {
    StringBuilder csv = new StringBuilder("scorer,points\n");
    for (int i = 0; i < rows; i++) {
      csv.append("player ").append(i * 7919 % 5003).append(',').append(i).append('\n');
    }
    Path file = Files.writeString(folder.resolve(board + ".csv"), csv);
    return Cli.run(
        "load",
        "leaderboard",
        "--board",
        board,
        "--operator",
        "sum",
        "--url",
        url,
        "--file",
        file.toString(),
        "--member-column",
        "scorer",
        "--score-column",
        "points",
        "--batch",
        "50",
        "--patience",
        "0");
  }

  private CliProcess follow(String url) throws IOException {
    return CliProcess.start("backup", path("backup"), "--url", url, "--follow", "--every", "20ms");
  }

  private static void good(Cli run) {
    assertThat(run.exitCode()).as(run.err() + run.out()).isZero();
  }

  /** What was audited (the backup itself) goes on after a backup; the boards do not. */
  private static Stream<PartitionCut> boards(SegmentLog log) {
    return log.cut().partitions().stream()
        .filter(partition -> partition.id().service().equals("leaderboard"));
  }

  private List<Long> offsets(String data) {
    try (SegmentLog log =
        SegmentLog.open(folder.resolve(data).resolve("log"), SegmentLogOptions.DEFAULTS)) {
      return boards(log).map(PartitionCut::endOffset).toList();
    }
  }

  private List<String> digests(String data, List<PartitionId> ids, List<Long> offsets)
      throws IOException {
    List<String> digests = new ArrayList<>();
    try (SegmentLog log =
        SegmentLog.open(folder.resolve(data).resolve("log"), SegmentLogOptions.DEFAULTS)) {
      for (int i = 0; i < ids.size(); i++) {
        digests.add(
            TableVerifier.digest(
                log,
                Leaderboard.TYPE,
                ids.get(i),
                PARTITIONS,
                offsets.get(i),
                Files.createTempDirectory(folder, "scratch")));
      }
    }
    return digests;
  }

  @Test
  void backupsAndNodesThatAreKilledUnderLoadAreContinuedAndRestoreToTheOriginal() throws Exception {
    for (int round = 0; round < 4; round++) {
      try (UpProcess up = UpProcess.start(folder.resolve("data"))) {
        String board = "b" + round;
        CompletableFuture<Cli> load =
            CompletableFuture.supplyAsync(() -> {
              try {
                return load(up.url(), board, 40_000);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
        for (int kill = 0; kill < 2; kill++) {
          try (CliProcess archiving = follow(up.url())) {
            archiving.awaitLine("Archiving");
            if (round % 2 == 0) {
              archiving.endsWithin(60L * (kill + 1));
              archiving.kill();
            } else if (kill == 0) {
              archiving.endsWithin(150);
              up.kill();
              archiving.endsWithin(100);
              // It goes on while the node is away, and ends when it is told to.
              assertThat(archiving.terminate()).as(archiving.err()).isZero();
              break;
            }
          }
        }
        load.join();
        if (round % 2 == 0) {
          good(Cli.run("backup", path("backup"), "--url", up.url()));
          assertThat(up.terminate()).isZero();
        }
      }
    }
    try (UpProcess up = UpProcess.start(folder.resolve("data"))) {
      good(load(up.url(), "last", 500));
      try (CliProcess archiving = follow(up.url())) {
        archiving.awaitLine("Archiving");
        good(load(up.url(), "archived", 500));
        assertThat(archiving.terminate()).as(archiving.err()).isZero();
      }
      good(Cli.run("backup", path("backup"), "--url", up.url()));
      assertThat(up.terminate()).isZero();
    }
    good(Cli.run("restore", path("backup"), "--data", path("restored")));

    List<Long> original = offsets("data");
    assertThat(offsets("restored")).isEqualTo(original);
    List<PartitionId> ids = new ArrayList<>();
    try (SegmentLog log = SegmentLog.open(folder.resolve("data/log"), SegmentLogOptions.DEFAULTS)) {
      boards(log).map(PartitionCut::id).forEach(ids::add);
    }
    assertThat(digests("restored", ids, original)).isEqualTo(digests("data", ids, original));
  }

  @Test
  void aKilledRestoreLeavesNoHalfDirectoryAndIsRepeated() throws Exception {
    try (UpProcess up = UpProcess.start(folder.resolve("data"))) {
      good(load(up.url(), "b", 60_000));
      good(Cli.run("backup", path("backup"), "--url", up.url()));
      assertThat(up.terminate()).isZero();
    }
    int killed = 0;
    for (int delayMs = 200; delayMs < 20_000; delayMs += 150) {
      try (CliProcess restore =
          CliProcess.start("restore", path("backup"), "--data", path("restored"))) {
        boolean ended = restore.endsWithin(delayMs);
        if (ended) {
          break;
        }
        restore.kill();
        killed++;
      }
      if (Files.exists(folder.resolve("restored"))) {
        break; // the rename was done: it is whole, see below
      }
      Path partial = folder.resolve("restored.partial");
      if (Files.exists(partial)
          && Files.exists(partial.resolve("thalweg.restoring"))
          && !Files.exists(partial.resolve("node.properties"))) {
        assertThat(Cli.run("verify", "--data", partial.toString()).exitCode()).isEqualTo(1);
      }
    }
    assertThat(killed).isPositive();
    assertThat(folder.resolve("restored.partial")).doesNotExist();
    assertThat(offsets("restored")).isEqualTo(offsets("data"));
    good(Cli.run("verify", "--data", path("restored")));
  }
}
