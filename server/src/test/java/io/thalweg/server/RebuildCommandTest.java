package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints, rebuilds and retention from the command line. */
final class RebuildCommandTest {
  @TempDir Path folder = Path.of("");

  @Test
  void aCheckpointReplacesLostTablesAndARebuildFindsThemEqual() throws Exception {
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data)) {
      submit(node, 50);
    }
    Cli checkpoint = Cli.run("checkpoint", "--data", data.toString(), "--replay");
    assertThat(checkpoint.err()).isEmpty();
    assertThat(checkpoint.exitCode()).isZero();
    assertThat(checkpoint.out())
        .contains("leaderboard/0", "leaderboard/1", "is verified (read back and replayed)");
    assertThat(data.resolve("checkpoints/0000000001/manifest")).exists();

    Folders.delete(data.resolve("state"));
    try (TestNode node = TestNode.start(data)) {
      assertThat(node.get("/v1/boards/b/entries/m49")).contains("49");
    }
    Cli rebuild = Cli.run("rebuild", "--data", data.toString());
    assertThat(rebuild.out()).contains("leaderboard/0: equal", "All rows are equal.");
    assertThat(rebuild.exitCode()).isZero();

    Cli switched = Cli.run("rebuild", "--data", data.toString(), "--switch");
    assertThat(switched.out()).contains("are in use from the next start on");
    try (TestNode node = TestNode.start(data)) {
      assertThat(node.get("/v1/boards/b/entries/m49")).contains("49");
    }
    assertThat(Cli.run("verify", "--data", data.toString()).out()).contains("All is well.");
  }

  @Test
  void aRunningNodeTakesCheckpointsAndComparesItsTablesWhileItServes() throws Exception {
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data)) {
      submit(node, 50);
      Cli checkpoint = Cli.run("checkpoint", "--url", node.url(), "--replay");
      assertThat(checkpoint.exitCode()).as(checkpoint.err()).isZero();
      assertThat(checkpoint.out())
          .contains("leaderboard/0", "leaderboard/1", "is verified (read back and replayed)");
      assertThat(data.resolve("checkpoints/0000000001/manifest")).exists();

      Cli rebuild = Cli.run("rebuild", "--url", node.url(), "--show", "3");
      assertThat(rebuild.exitCode()).as(rebuild.err()).isZero();
      assertThat(rebuild.out()).contains("leaderboard/0: equal", "All rows are equal.");
      assertThat(data.resolve("rebuild/leaderboard")).exists();
      Cli switched = Cli.run("rebuild", "--url", node.url(), "--switch");
      assertThat(switched.exitCode()).isEqualTo(2);
      assertThat(switched.err()).contains("--switch is for a stopped node");
      assertThat(Cli.run("rebuild", "--url", node.url(), "--discard").exitCode()).isZero();
      assertThat(data.resolve("rebuild/leaderboard")).doesNotExist();
      assertThat(node.get("/v1/boards/b/entries/m49")).contains("49");
    }
  }

  @Test
  void aNodeDoesNotStartInTheMiddleOfASwitchAndTheSameCommandFinishesIt() throws Exception {
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data)) {
      submit(node, 5);
    }
    assertThat(Cli.run("rebuild", "--data", data.toString()).exitCode()).isZero();
    Files.writeString(data.resolve("rebuild/leaderboard/switching"), "");

    Cli up = Cli.run("up", "--port", "0", "--data", data.toString());
    assertThat(up.exitCode()).isEqualTo(1);
    assertThat(up.err()).contains("thalweg rebuild", "--switch");
    Cli discard = Cli.run("rebuild", "--data", data.toString(), "--discard");
    assertThat(discard.exitCode()).isEqualTo(1);

    Cli finished = Cli.run("rebuild", "--data", data.toString(), "--switch");
    assertThat(finished.out()).contains("is finished");
    try (TestNode node = TestNode.start(data)) {
      assertThat(node.get("/v1/boards/b/entries/m4")).contains("4");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --service | chess | --service must be one of [access, leaderboard, jobs, keys, locks, keyspaces, docs, messaging]; got 'chess'
          --show    | 0     | --show must be within 1..10000; got 0
          """)
  void aWrongValueOfRebuildIsNamed(String option, String value, String problem) {
    Cli rebuild = Cli.run("rebuild", option, value);

    assertThat(rebuild.exitCode()).isEqualTo(2);
    assertThat(rebuild.err()).contains(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --keep-log-age  | 30s     | --keep-log-age must be minutes, hours or days
          --keep-log-age  | 0d      | --keep-log-age must be minutes, hours or days
          --keep-log-age  | 999999d | --keep-log-age must be from 1 minute to 36500 days
          --keep-log-size | 5       | --keep-log-size must be MiB, GiB or TiB
          --keep-log-size | 999999TiB | --keep-log-size must be within
          """)
  void aWrongBoundOfTheLogIsNamed(String option, String value, String problem) {
    Cli up = Cli.run("up", option, value, "--data", folder + "/data");

    assertThat(up.exitCode()).isEqualTo(2);
    assertThat(up.err()).contains(problem);
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void theBoundsOfTheLogAreReadFromTheFileAndTheCommandLineGoesBefore() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("node.properties"), "keep-log-age = 30d\nkeep-log-size = 20GiB\n");
    UpOptions options = UpConfigFile.read(config);

    assertThat(options.keepLog().bytes()).isEqualTo(20L << 30);
    assertThat(options.keepLog().with("36h", null).age()).hasHours(36);
    assertThat(options.keepLog().with("36h", null).bytes()).isEqualTo(20L << 30);
    assertThat(UpOptions.DEFAULTS.keepLog().retention()).isNull();
  }

  static void submit(TestNode node, int count) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (int i : java.util.stream.IntStream.range(0, count).toArray()) {
        int status =
            http.send(
                    HttpRequest.newBuilder(URI.create(node.url() + "/v1/boards/b/scores"))
                        .header("content-type", "application/json")
                        .POST(
                            BodyPublishers.ofString(
                                "{\"member\":\"m%d\",\"score\":%d}".formatted(i, i)))
                        .build(),
                    BodyHandlers.discarding())
                .statusCode();
        assertThat(List.of(200)).contains(status);
      }
    }
  }
}
