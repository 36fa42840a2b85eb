package io.thalweg.server.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.server.Cli;
import io.thalweg.server.TestNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loads into a real node over HTTP. */
final class LoadLeaderboardTest {
  private static final int MEMBERS = 7;
  private static final int ROWS = 900;

  @TempDir Path folder = Path.of("");

  private Path goals() throws IOException {
    StringBuilder csv = new StringBuilder("scorer,own_goal\n");
    for (int i = 0; i < ROWS; i++) {
      csv.append("player ").append(i % MEMBERS).append(i % 10 == 9 ? ",TRUE\n" : ",FALSE\n");
    }
    return Files.writeString(folder.resolve("goals.csv"), csv);
  }

  private static Cli load(TestNode node, Path file, String... more) {
    List<String> args = new ArrayList<>(List.of("load", "leaderboard", "--board", "goals"));
    args.addAll(List.of("--url", node.url(), "--file", file.toString(), "--operator", "sum"));
    args.addAll(List.of("--member-column", "scorer", "--patience", "0"));
    args.addAll(List.of(more));
    return Cli.run(args.toArray(String[]::new));
  }

  private static Cli loadGoals(TestNode node, Path file, String... more) {
    List<String> args = new ArrayList<>(List.of("--score", "1", "--where", "own_goal=FALSE"));
    args.addAll(List.of(more));
    return load(node, file, args.toArray(String[]::new));
  }

  private static void assertTotals(TestNode node) throws IOException, InterruptedException {
    for (int member = 0; member < MEMBERS; member++) {
      int expected = 0;
      for (int i = member; i < ROWS; i += MEMBERS) {
        expected += i % 10 == 9 ? 0 : 1;
      }
      assertThat(node.get("/v1/boards/goals/entries/player%20" + member).replace(" ", ""))
          .matches("(?s).*\"score\":" + expected + "(\\.0)?[,}].*");
    }
  }

  @Test
  void everyRowCountsOnceHoweverOftenTheSourceIsLoaded() throws Exception {
    Path file = goals();
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      Cli first = loadGoals(node, file, "--batch", "100");
      assertThat(first.exitCode()).as(first.err()).isZero();
      assertThat(first.out()).containsPattern("rows in the file +900\\R");
      assertThat(first.out()).containsPattern("scores applied +810\\R");
      assertTotals(node);

      Cli second = loadGoals(node, file, "--batch", "7");
      assertThat(second.exitCode()).as(second.err()).isZero();
      assertThat(second.out()).containsPattern("scores applied +0\\R");
      assertTotals(node);
    }
  }

  @Test
  void aLoadThatWasCutOffGoesOnBehindItsLastBatchAlsoOverAServerRestart() throws Exception {
    Path file = goals();
    Path data = folder.resolve("data");
    SourceFile source = new SourceFile(file, Format.CSV);
    RowMapping mapping = new RowMapping("scorer", 1.0, null, Map.of("own_goal", "FALSE"));
    try (TestNode node = TestNode.start(data);
        RetryingHttp http = new RetryingHttp(0, problem -> {});
        RowReader rows = source.rows(mapping.columns())) {
      LeaderboardClient client =
          new LeaderboardClient(
              http, URI.create(node.url()), "goals", Operator.SUM, SourceId.of(source, mapping));
      ScoreBatches batches = new ScoreBatches(source, rows, mapping, 0, 50);
      for (int i = 0; i < 3; i++) {
        ScoreBatch batch = Objects.requireNonNull(batches.next());
        // As if the answer had been lost: sent again, it changes nothing.
        assertThat(client.submit(batch)).get().extracting("now").isEqualTo(true);
        assertThat(client.submit(batch)).get().extracting("now").isEqualTo(false);
      }
    }
    try (TestNode node = TestNode.start(data)) {
      Cli rest = loadGoals(node, file);
      assertThat(rest.exitCode()).as(rest.err()).isZero();
      assertThat(rest.out()).containsPattern("scores applied +660\\R");
      assertTotals(node);
    }
  }

  @Test
  void aBadRowStopsTheLoadAndSaysHowToGoOn() throws Exception {
    Path file = folder.resolve("points.csv");
    Files.writeString(file, "scorer,points\na,1\nb,2\nc,three\nd,4\n");
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      Cli bad = load(node, file, "--score-column", "points", "--batch", "2");

      assertThat(bad.exitCode()).isEqualTo(1);
      assertThat(bad.err())
          .contains(file + ", line 4, column 'points': must be a finite number, got 'three'")
          .contains("Rows 1 to 2 are loaded");
      String source = bad.err().substring(bad.err().indexOf("--source ") + 9).strip();
      Files.writeString(file, "scorer,points\na,1\nb,2\nc,3\nd,4\n");

      Cli corrected =
          load(node, file, "--score-column", "points", "--batch", "2", "--source", source);

      assertThat(corrected.exitCode()).as(corrected.err()).isZero();
      assertThat(corrected.out()).containsPattern("scores applied +2\\R");
      assertThat(node.get("/v1/boards/goals/entries/a").replace(" ", ""))
          .matches("(?s).*\"score\":1(\\.0)?[,}].*");
    }
  }

  @Test
  void aColumnThatTheFileDoesNotHaveIsNamedAndNothingIsSaidOfRows() throws Exception {
    Path file = goals();
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      Cli wrong = load(node, file, "--score-column", "points");

      assertThat(wrong.exitCode()).isEqualTo(1);
      assertThat(wrong.err())
          .contains("has no column 'points'; its columns are scorer, own_goal")
          .contains("Nothing is loaded.")
          .doesNotContain("Rows 1 to", "--source");

      Cli named = loadGoals(node, file, "--source", "all");
      assertThat(named.exitCode()).as(named.err()).isZero();
      Cli later = load(node, file, "--score-column", "points", "--source", "all");
      assertThat(later.err()).contains("Rows 1 to 900 are loaded").doesNotContain("--source");
    }
  }

  @Test
  void aBadFirstBatchLoadsNothing() throws Exception {
    Path file = folder.resolve("points.csv");
    Files.writeString(file, "scorer,points\na,1\nb,two\n");
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      Cli bad = load(node, file, "--score-column", "points");

      assertThat(bad.exitCode()).isEqualTo(1);
      assertThat(bad.err())
          .contains(file + ", line 3, column 'points'", "Nothing is loaded.")
          .doesNotContain("Rows 1 to", "--source");
    }
  }

  @Test
  void aPortThatCannotBeIsAWrongUse() throws Exception {
    Cli wrong =
        Cli.run(
            "load",
            "leaderboard",
            "--url",
            "http://127.0.0.1:70000",
            "--board",
            "goals",
            "--file",
            goals().toString(),
            "--member-column",
            "scorer",
            "--score",
            "1");

    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("--url", "0..65535", "70000");
  }

  @Test
  void aServerThatIsAwayIsNamedAndNothingIsLost() throws Exception {
    Path file = goals();
    String url;
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      url = node.url();
    }
    Cli away =
        Cli.run(
            "load",
            "leaderboard",
            "--url",
            url,
            "--board",
            "goals",
            "--file",
            file.toString(),
            "--member-column",
            "scorer",
            "--score",
            "1",
            "--patience",
            "0");

    assertThat(away.exitCode()).isEqualTo(1);
    assertThat(away.err())
        .contains("cannot reach " + url, "Run the same command again")
        .doesNotContain("Rows 1 to 0");
  }

  @Test
  void aRefusalOfTheServerIsShownAsItSaysIt() throws Exception {
    Path file = goals();
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      assertThat(loadGoals(node, file).exitCode()).isZero();

      Cli other =
          Cli.run(
              "load",
              "leaderboard",
              "--url",
              node.url(),
              "--board",
              "goals",
              "--operator",
              "max",
              "--file",
              file.toString(),
              "--member-column",
              "scorer",
              "--score",
              "2");

      assertThat(other.exitCode()).isEqualTo(1);
      assertThat(other.err()).contains("the server says: ").containsIgnoringCase("operator");
      assertTotals(node);
    }
  }
}
