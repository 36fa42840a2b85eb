package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.leaderboard.v1.GetImportMarkRequest;
import io.thalweg.leaderboard.v1.ImportMark;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.runtime.Node;
import io.thalweg.testkit.TestEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every goal in international football, own goals left out. The expected top 20 was made from the
 * same file without any of this code: {@code awk -F, '$7=="FALSE" {goals[$5]++; last[$5]=NR}'},
 * sorted by goals and then, since whoever reached a score first ranks first, by the row of the last
 * one. The file is found beside the repository; its source is
 * github.com/martj42/international_results, CC0 1.0.
 */
class GoalsTest {
  private static final String FILE = "shared/data/rankings/goalscorers.csv.gz";
  private static final List<String> TOP =
      List.of(
          "1 Cristiano Ronaldo 124",
          "2 Harry Kane 75",
          "3 Lionel Messi 71",
          "4 Robert Lewandowski 69",
          "5 Romelu Lukaku 67",
          "6 Edin Džeko 58",
          "7 Kylian Mbappé 55",
          "8 Erling Haaland 53",
          "9 Aleksandar Mitrović 52",
          "10 Luis Suárez 51",
          "11 Ali Daei 49",
          "12 Miroslav Klose 48",
          "13 Carlos Ruiz 47",
          "14 NA 44",
          "15 Robbie Keane 44",
          "16 Zlatan Ibrahimović 44",
          "17 Memphis Depay 44",
          "18 David Villa 41",
          "19 Clint Dempsey 41",
          "20 Andriy Shevchenko 40");

  @TempDir Path data;

  @Test
  void theTopTwentyScorersAreThoseCountedWithoutUs() throws IOException {
    Path file = find();
    List<String> scorers = scorers(file);
    assertThat(scorers).hasSize(46_978);
    try (Node node = TestEngine.open(data, Leaderboard.TYPE)) {
      load(node, scorers.subList(0, 20_500));
    }
    try (Node node = TestEngine.open(data, Leaderboard.TYPE)) {
      // From the beginning again: what was loaded before changes nothing.
      load(node, scorers);
      load(node, scorers);
      List<String> top =
          Requests.lines(
              node.call(Requests.list("goals", 20), ListEntriesResponse.class).getEntriesList());
      assertThat(top).isEqualTo(TOP);
      assertThat(
              node.call(
                      GetImportMarkRequest.newBuilder().setBoard("goals").setSource("file").build(),
                      ImportMark.class)
                  .getRow())
          .isEqualTo(scorers.size());
    }
  }

  private static void load(Node node, List<String> scorers) {
    for (int row = 0; row < scorers.size(); row += 1000) {
      int end = Math.min(row + 1000, scorers.size());
      SubmitScoresRequest.Builder batch =
          SubmitScoresRequest.newBuilder().setBoard("goals").setOperator(Operator.SUM);
      for (String scorer : scorers.subList(row, end)) {
        batch.addScores(Requests.score(scorer, 1));
      }
      long mark =
          node.call(
                  GetImportMarkRequest.newBuilder().setBoard("goals").setSource("file").build(),
                  ImportMark.class)
              .getRow();
      if (mark > row && mark < end) {
        // Loading stopped within this batch: the rest of it follows.
        batch.clearScores();
        for (String scorer : scorers.subList((int) mark, end)) {
          batch.addScores(Requests.score(scorer, 1));
        }
      }
      node.call(
          Requests.step(batch.build(), "file", Math.max(row, Math.min(mark, end - 1)), end),
          SubmitScoresResponse.class);
    }
  }

  private static Path find() {
    for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
      if (Files.exists(dir.resolve(FILE))) {
        return dir.resolve(FILE);
      }
    }
    String missing = FILE + " is not beside the repository: real goals are not counted";
    System.out.println(missing);
    assumeTrue(false, missing);
    throw new AssertionError();
  }

  /** Scorers in the order of the file, without own goals. No field of it has a comma. */
  private static List<String> scorers(Path file) throws IOException {
    List<String> scorers = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      in.readLine();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] fields = line.split(",", -1);
        if (fields[6].equals("FALSE")) {
          scorers.add(fields[4]);
        }
      }
    }
    return scorers;
  }
}
