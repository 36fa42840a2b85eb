package io.thalweg.server.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.util.JsonFormat;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.server.Cli;
import io.thalweg.server.TestNode;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Loads every goal in international football. The data is not part of this repository: the test is
 * skipped where the file is not found (in {@code THALWEG_TEST_DATA}, or in {@code shared/data}
 * beside the checkout).
 */
final class GoalscorersTest {
  @TempDir Path folder = Path.of("");

  /** The expected ranking was counted by another program with its own CSV reader. */
  @Test
  void theTopTwentyOfAllGoalsIsWhatAnIndependentCountSays() throws Exception {
    String data =
        Objects.requireNonNullElse(System.getenv("THALWEG_TEST_DATA"), "../../shared/data");
    Path goals = Path.of(data, "rankings", "goalscorers.csv.gz");
    assumeThat(Files.exists(goals)).as("there is %s", goals).isTrue();
    String[] command = {
      "load",
      "leaderboard",
      "--board",
      "goals",
      "--operator",
      "sum",
      "--file",
      goals.toString(),
      "--member-column",
      "scorer",
      "--score",
      "1",
      "--where",
      "own_goal=FALSE",
      "--url",
      ""
    };
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      command[command.length - 1] = node.url();
      for (int i = 0; i < 2; i++) {
        Cli load = Cli.run(command);
        assertThat(load.exitCode()).as(load.err()).isZero();
        assertThat(load.out()).containsPattern("rows in the file +47,914\\R");
      }
      ListEntriesResponse.Builder page = ListEntriesResponse.newBuilder();
      JsonFormat.parser().merge(node.get("/v1/boards/goals/entries"), page);
      List<String> top =
          page.getEntriesList().stream()
              .limit(20)
              .map(entry -> "%.0f\t%s".formatted(entry.getScore(), entry.getMember()))
              .toList();
      assertThat(top).isEqualTo(expected());
    }
  }

  private static List<String> expected() throws Exception {
    try (InputStream in = GoalscorersTest.class.getResourceAsStream("top-goalscorers.txt")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .toList();
    }
  }
}
