package io.thalweg.server.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.protobuf.util.JsonFormat;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.log.PartitionId;
import io.thalweg.log.SegmentLogOptions;
import io.thalweg.runtime.LogRetention;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import io.thalweg.server.Cli;
import io.thalweg.server.CliProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node on real data that removes its old log is backed up by processes that are killed, and
 * restored to what it was; skipped where the data is not found, as {@code GoalscorersTest}.
 */
final class ShortenedGoalscorersTest {
  private static final LogRetention ONE_MIB =
      LogRetention.of(null, 1 << 20).withEvery(Duration.ofMillis(100));

  @TempDir Path folder = Path.of("");

  /** A node with small segments, and its port. */
  private record Running(Node node, Gateway gateway) implements AutoCloseable {
    static Running start(Path data) {
      Node node =
          Thalweg.at(data)
              .service(Leaderboard.TYPE)
              .options(
                  NodeOptions.defaults()
                      .withPartitions(2)
                      .withLog(
                          SegmentLogOptions.DEFAULTS
                              .withFirstSegmentBytes(64 << 10)
                              .withMaxSegmentBytes(128 << 10)))
              .keepLog(ONE_MIB)
              .open();
      return new Running(node, Gateway.start(node, GatewayOptions.builder().port(0).build()));
    }

    String url() {
      return "http://127.0.0.1:" + gateway.port();
    }

    void load(Path file, String board) {
      good(
          "load",
          "leaderboard",
          "--board",
          board,
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
          url());
    }

    void awaitShortened() {
      long endNs = System.nanoTime() + Duration.ofMinutes(2).toNanos();
      while (node.startOffset(new PartitionId("leaderboard", 0)) == 0
          && node.startOffset(new PartitionId("leaderboard", 1)) == 0) {
        assertThat(System.nanoTime()).as("in time").isLessThan(endNs);
        Thread.onSpinWait();
      }
    }

    List<String> top(String board) throws Exception {
      try (HttpClient client = HttpClient.newHttpClient()) {
        ListEntriesResponse.Builder page = ListEntriesResponse.newBuilder();
        URI address = URI.create(url() + "/v1/boards/" + board + "/entries?pageSize=1000");
        String body =
            client
                .send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        JsonFormat.parser().merge(body, page);
        return page.getEntriesList().stream()
            .map(e -> "%d %s %.0f".formatted(e.getRank(), e.getMember(), e.getScore()))
            .toList();
      }
    }

    @Override
    public void close() {
      gateway.close();
      node.close();
    }
  }

  private static Cli good(String... args) {
    Cli run = Cli.run(args);
    assertThat(run.exitCode()).as(run.err() + run.out()).isZero();
    return run;
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void aShortenedNodeIsBackedUpByKilledProcessesAndRestoredToWhatItWas() throws Exception {
    String data =
        Objects.requireNonNullElse(System.getenv("THALWEG_TEST_DATA"), "../../shared/data");
    Path goals = Path.of(data, "rankings", "goalscorers.csv.gz");
    assumeThat(Files.exists(goals)).as("there is %s", goals).isTrue();
    List<String> first;
    List<String> second;
    String reader;
    try (Running node = Running.start(folder.resolve("data"))) {
      node.load(goals, "first");
      node.load(goals, "more");
      node.awaitShortened();
      for (int kill = 1; kill <= 3; kill++) {
        try (CliProcess backup = CliProcess.start("backup", path("backup"), "--url", node.url())) {
          backup.endsWithin(250L * kill);
          backup.kill();
        }
      }
      good("backup", path("backup"), "--url", node.url());
      first = node.top("first");
      node.load(goals, "second");
      good("backup", path("backup"), "--url", node.url());
      second = node.top("second");
      String readers = good("readers", "list", "--url", node.url()).out();
      assertThat(readers).contains("backup in " + path("backup")).contains("\"heldBytes\"");
      reader = readers.replaceAll("(?s).*\"(backup-[0-9a-f-]{36})\".*", "$1");
      good("readers", "drop", reader, "--url", node.url());
      assertThat(Cli.run("readers", "drop", reader, "--url", node.url()).err())
          .contains("the server says: ");
      good("backup", path("last"), "--release", "--url", node.url());
      assertThat(good("readers", "list", "--url", node.url()).out()).contains("[]");
    }
    assertThat(first).isNotEmpty();
    assertThat(second).isEqualTo(first);
    String list = good("restore", path("backup"), "--list").out();
    assertThat(list).contains("begins with a checkpoint");
    String earliest = list.replaceAll("(?s).*earliest time is (\\S+).*", "$1");
    Cli early =
        Cli.run(
            "restore",
            path("backup"),
            "--data",
            path("early"),
            "--to-time",
            Instant.parse(earliest).minusMillis(1).toString());
    assertThat(early.exitCode()).isEqualTo(1);
    assertThat(early.err()).contains("the earliest time that can be restored to is " + earliest);
    good("restore", path("backup"), "--data", path("restored"));
    try (Running node = Running.start(folder.resolve("restored"))) {
      assertThat(node.top("first")).isEqualTo(first);
      assertThat(node.top("second")).isEqualTo(second);
      // Every row counts once: the marks of the loads are there too.
      node.load(goals, "second");
      assertThat(node.top("second")).isEqualTo(second);
    }
    good("verify", "--data", path("restored"));
  }
}
