package io.thalweg.server.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.util.JsonFormat;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.log.LogFiles;
import io.thalweg.log.PartitionCut;
import io.thalweg.log.backup.BackupReader;
import io.thalweg.server.Cli;
import io.thalweg.server.TestNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Point in time on real data; skipped where the data is not found, as {@code GoalscorersTest}. */
final class GoalscorersBackupTest {
  private static final int FIRST_ROWS = 20_000;

  @TempDir Path folder = Path.of("");

  private static void good(String... args) {
    Cli run = Cli.run(args);
    assertThat(run.exitCode()).as(run.err() + run.out()).isZero();
  }

  private static void load(TestNode node, Path file) {
    good(
        "load",
        "leaderboard",
        "--board",
        "goals",
        "--operator",
        "sum",
        "--file",
        file.toString(),
        "--member-column",
        "scorer",
        "--score",
        "1",
        "--where",
        "own_goal=FALSE",
        "--url",
        node.url());
  }

  private static List<String> top(TestNode node) throws Exception {
    ListEntriesResponse.Builder page = ListEntriesResponse.newBuilder();
    JsonFormat.parser().merge(node.get("/v1/boards/goals/entries?pageSize=1000"), page);
    return page.getEntriesList().stream()
        .map(entry -> "%d %s %.0f".formatted(entry.getRank(), entry.getMember(), entry.getScore()))
        .toList();
  }

  private Path part(List<String> lines, int from, int to, String name) throws IOException {
    StringBuilder text = new StringBuilder(lines.getFirst()).append('\n');
    lines.subList(from, to).forEach(line -> text.append(line).append('\n'));
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void aRestoreToATimeEqualsANodeThatGotOnlyTheFirstPart() throws Exception {
    String data =
        Objects.requireNonNullElse(System.getenv("THALWEG_TEST_DATA"), "../../shared/data");
    Path goals = Path.of(data, "rankings", "goalscorers.csv.gz");
    assumeThat(Files.exists(goals)).as("there is %s", goals).isTrue();
    List<String> lines;
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(goals)), StandardCharsets.UTF_8))) {
      lines = in.lines().toList();
    }
    Path first = part(lines, 1, FIRST_ROWS, "first.csv");
    Path rest = part(lines, FIRST_ROWS, lines.size(), "rest.csv");
    String backup = folder.resolve("backup").toString();
    String time;
    List<String> all;
    try (TestNode node = TestNode.start(folder.resolve("whole"))) {
      load(node, first);
      good("backup", backup, "--url", node.url());
      time = lastLogTime(backup);
      load(node, rest);
      good("backup", backup, "--url", node.url());
      all = top(node);
    }
    List<String> expected;
    try (TestNode node = TestNode.start(folder.resolve("first"))) {
      load(node, first);
      expected = top(node);
    }
    String restored = folder.resolve("restored").toString();
    good("restore", backup, "--data", restored, "--to-time", time);
    try (TestNode node = TestNode.start(Path.of(restored))) {
      assertThat(top(node)).isEqualTo(expected);
      // And it goes on as if the rest had never been: the same load gives the same whole.
      load(node, rest);
      assertThat(top(node)).isEqualTo(all);
    }
    good("verify", "--data", restored);
  }

  private static String lastLogTime(String backup) throws IOException {
    long us =
        BackupReader.open(LogFiles.disk(), Path.of(backup))
            .manifest(null)
            .cut()
            .log()
            .partitions()
            .stream()
            .mapToLong(PartitionCut::logTimeUs)
            .max()
            .orElseThrow();
    return Instant.EPOCH.plus(us, ChronoUnit.MICROS).toString();
  }
}
