package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UpProcessTest {
  @TempDir Path folder = Path.of("");

  @Test
  void aNodeServesRefusesASecondOneDrainsOnSigtermAndKeepsWhatItSaid() throws Exception {
    Path data = folder.resolve("data");
    try (HttpClient client = HttpClient.newHttpClient()) {
      try (UpProcess up = UpProcess.start(data)) {
        HttpResponse<String> submitted =
            client.send(
                HttpRequest.newBuilder(URI.create(up.url() + "/v1/boards/b/scores"))
                    .header("content-type", "application/json")
                    .POST(BodyPublishers.ofString("{\"member\":\"alice\",\"score\":4200}"))
                    .build(),
                BodyHandlers.ofString());
        assertThat(submitted.statusCode()).isEqualTo(200);

        HttpResponse<String> metrics =
            client.send(
                HttpRequest.newBuilder(URI.create(up.url() + "/metrics")).build(),
                BodyHandlers.ofString());
        assertThat(metrics.statusCode()).as(metrics.body()).isEqualTo(200);
        assertThat(metrics.body())
            .contains("thalweg_commands_total{partition=\"leaderboard/0\"}")
            .containsPattern("thalweg_commands_total\\{partition=\"leaderboard/\\d\"} [1-9]");

        Cli second = Cli.run("up", "--port", "0", "--data", data.toString());
        assertThat(second.exitCode()).isEqualTo(1);
        assertThat(second.err())
            .contains("in use", "process " + up.pid(), "since 20", up.url())
            .hasLineCount(1);

        String port = Integer.toString(URI.create(up.url()).getPort());
        Cli samePort = Cli.run("up", "--port", port, "--data", folder + "/other");
        assertThat(samePort.exitCode()).isEqualTo(1);
        assertThat(samePort.err()).contains("port " + port, "in use", "--port").hasLineCount(1);

        assertThat(Cli.run("log", "dump", "--data", data.toString()).err()).contains("in use");
        assertThat(up.terminate()).as(up.err()).isZero();
      }
      int events = 0;
      for (int partition = 0; partition < 4; partition++) {
        Cli dump = Cli.run("log", "dump", "--data", data.toString(), "--partition", "" + partition);
        assertThat(dump.exitCode()).as(dump.err()).isZero();
        assertThat(dump.out()).contains("\"type\":\"ContractDeclared\"");
        if (dump.out().contains("\"type\":\"ScoresSubmitted\"")) {
          assertThat(dump.out()).contains("\"member\":\"alice\"", "\"score\":4200");
          events++;
        }
      }
      assertThat(events).isEqualTo(1);

      Cli verify = Cli.run("verify", "--data", data.toString());
      assertThat(verify.exitCode()).as(verify.out() + verify.err()).isZero();
      assertThat(verify.out()).contains("All is well.", "leaderboard/0: equal");
      assertThat(data).isDirectoryNotContaining("glob:**/verify*");
    }
  }

  @Test
  void verifyNamesTheFileAndPlaceOfADamagedLog() throws Exception {
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data)) {
      assertThat(node.get("/readyz")).contains("true");
    }
    Path segment;
    try (Stream<Path> files = Files.list(data.resolve("log"))) {
      segment =
          files.filter(f -> f.toString().endsWith(".segment")).sorted().findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(segment);
    int inABatch = indexOf(bytes, "leaderboard");
    bytes[inABatch] ^= 1;
    Files.write(segment, bytes);

    Cli verify = Cli.run("verify", "--data", data.toString());

    assertThat(verify.exitCode()).isEqualTo(1);
    assertThat(verify.out()).contains("DAMAGED", segment.getFileName().toString(), "NOT well");
  }

  @Test
  void verifyNamesTheFileOfDamagedTablesAndSaysThatTheLogIsGood() throws Exception {
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data)) {
      assertThat(node.get("/readyz")).contains("true");
    }
    List<Path> tables;
    try (Stream<Path> files = Files.list(data.resolve("state"))) {
      tables = files.filter(f -> f.toString().endsWith(".sst")).toList();
    }
    assertThat(tables).isNotEmpty();
    for (Path table : tables) {
      byte[] bytes = Files.readAllBytes(table);
      bytes[0] ^= 1; // of the first data block, which its checksum covers
      Files.write(table, bytes);
    }

    Cli verify = Cli.run("verify", "--data", data.toString());

    assertThat(verify.exitCode()).as(verify.out() + verify.err()).isEqualTo(1);
    assertThat(verify.out())
        .contains("log       good", "tables    DAMAGED", ".sst", "made again from it", "NOT well");
    assertThat(verify.err()).doesNotContain("should not have happened");
    try (TestNode node = TestNode.start(data)) {
      assertThat(node.get("/readyz")).contains("true");
    }
    assertThat(Cli.run("verify", "--data", data.toString()).out()).contains("All is well.");
  }

  @Test
  void verifySaysWhereThereAreNoStoredTables() throws Exception {
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data)) {
      assertThat(node.get("/readyz")).contains("true");
    }
    Folders.delete(data.resolve("state"));

    Cli verify = Cli.run("verify", "--data", data.toString());

    assertThat(verify.exitCode()).as(verify.out() + verify.err()).isZero();
    assertThat(verify.out())
        .contains("leaderboard/0: no stored tables; they are made from the log")
        .doesNotContain("equal");
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }
}
