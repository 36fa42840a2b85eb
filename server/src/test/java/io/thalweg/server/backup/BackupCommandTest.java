package io.thalweg.server.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.server.Cli;
import io.thalweg.server.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a real node over HTTP. */
final class BackupCommandTest {
  private static final int ROWS = 300;

  @TempDir Path folder = Path.of("");

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static Cli good(String... args) {
    Cli run = Cli.run(args);
    assertThat(run.exitCode()).as(run.err() + run.out()).isZero();
    return run;
  }

  private static String failed(String... args) {
    Cli run = Cli.run(args);
    assertThat(run.exitCode()).as(run.out()).isEqualTo(1);
    assertThat(run.err()).doesNotContain("should not have happened");
    return run.err();
  }

  private void load(TestNode node, String board) throws Exception {
    StringBuilder csv = new StringBuilder("scorer\n");
    for (int i = 0; i < ROWS; i++) {
      csv.append("player ").append(i % 17).append('\n');
    }
    Path file = Files.writeString(folder.resolve(board + ".csv"), csv);
    good(
        "load",
        "leaderboard",
        "--board",
        board,
        "--operator",
        "sum",
        "--url",
        node.url(),
        "--file",
        file.toString(),
        "--member-column",
        "scorer",
        "--score",
        "1");
  }

  private static String entries(TestNode node, String board) throws Exception {
    return node.get("/v1/boards/" + board + "/entries");
  }

  @Test
  void aBackedUpNodeIsRestoredVerifiedAndStarted() throws Exception {
    String expected;
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      load(node, "one");
      expected = entries(node, "one");
      Cli backup = good("backup", path("backup"), "--url", node.url());
      assertThat(backup.out()).contains("backup                      1");
      load(node, "two");
      assertThat(good("backup", path("backup"), "--url", node.url()).out())
          .contains("backup                      2");
    }
    assertThat(good("restore", path("backup"), "--list").out().lines()).hasSize(2);
    Cli restore = good("restore", path("backup"), "--data", path("new"), "--manifest", "1");
    assertThat(restore.out()).contains("Every checksum is good");
    assertThat(good("verify", "--data", path("new")).out()).contains("All is well");
    try (TestNode node = TestNode.start(folder.resolve("new"))) {
      assertThat(entries(node, "one")).isEqualTo(expected);
      assertThat(entries(node, "two")).contains("NOT_FOUND");
    }
    assertThat(good("verify", "--data", path("new")).out())
        .contains("equal")
        .contains("All is well");
  }

  @Test
  void aMemberWhoWasForgottenIsForgottenInEveryBackup() throws Exception {
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      for (String member : new String[] {"ana", "ben"}) {
        node.send("POST", "/v1/boards/one/scores", "{\"member\":\"" + member + "\",\"score\":1}");
        node.send(
            "PUT",
            "/v1/boards/one/members/" + member + "/displayName",
            "{\"displayName\":\"Name of " + member + "\"}");
      }
      assertThat(entries(node, "one")).contains("Name of ana").contains("Name of ben");
      good("backup", path("backup"), "--url", node.url());
      node.send("POST", "/v1/members/ana:forget", "{}");
      assertThat(entries(node, "one")).doesNotContain("Name of ana").contains("Name of ben");
      good("backup", path("backup"), "--url", node.url());
    }
    good("restore", path("backup"), "--data", path("new"), "--manifest", "1");
    try (TestNode node = TestNode.start(folder.resolve("new"))) {
      assertThat(entries(node, "one")).doesNotContain("Name of ana").contains("Name of ben");
    }
    assertThat(good("verify", "--data", path("new")).out())
        .contains("keys      good: 1, of what is sealed")
        .contains("All is well");
    Files.move(folder.resolve("new/keys"), folder.resolve("away"));
    assertThat(Cli.run("verify", "--data", path("new")).out())
        .contains("keys      MISSING: " + folder.resolve("new/keys"))
        .contains("NOT well");
    good("restore", path("backup"), "--data", path("without"), "--without-keys");
    try (TestNode node = TestNode.start(folder.resolve("without"))) {
      assertThat(entries(node, "one")).contains("ben").doesNotContain("Name of ben");
    }
  }

  @Test
  void aSecondBackupCopiesOnlyWhatIsNewAlsoOverARestartOfTheNode() throws Exception {
    long all;
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      load(node, "one");
      all = copied(node);
      // The node audits that somebody took the first one, when it gets round to it.
      assertThat(copied(node)).isBetween(0L, all / 20);
    }
    try (TestNode node = TestNode.start(folder.resolve("data"))) {
      // The barriers of the new leaders, and what was audited.
      assertThat(copied(node)).isBetween(1L, all / 20);
      load(node, "two");
      good("backup", path("backup"), "--url", node.url());
    }
    for (int number = 1; number <= 4; number++) {
      good("restore", path("backup"), "--data", path("n" + number), "--manifest", "" + number);
    }
  }

  /** Takes one more backup; how many bytes it had to copy. */
  private long copied(TestNode node) throws Exception {
    String said = good("backup", path("backup"), "--url", node.url()).out();
    return Long.parseLong(said.replaceAll("(?s).*copied now +([\\d,]+).*", "$1").replace(",", ""));
  }

  @Test
  void whatCannotBeDoneIsSaidInOneSentence() throws Exception {
    assertThat(failed("backup", path("b"), "--url", "http://127.0.0.1:1", "--patience", "0"))
        .contains("cannot reach http://127.0.0.1:1/");
    assertThat(failed("restore", path("none"), "--data", path("x")))
        .contains("is no backup directory");
    try (TestNode node = TestNode.start(folder.resolve("data"));
        TestNode other = TestNode.start(folder.resolve("other"))) {
      load(node, "one");
      good("backup", path("backup"), "--url", node.url());
      assertThat(failed("backup", path("backup"), "--url", other.url()))
          .contains("use another directory");
      assertThat(failed("backup", path("data"), "--url", node.url()))
          .contains("is no backup directory: it holds");
      assertThat(failed("restore", path("backup"), "--data", path("data")))
          .contains("a restore needs a directory that is empty or not there");
      assertThat(failed("restore", path("backup"), "--data", path("x"), "--manifest", "7"))
          .contains("has no manifest 7");
      assertThat(
              failed(
                  "restore",
                  path("backup"),
                  "--data",
                  path("x"),
                  "--to-time",
                  "2999-01-01T00:00:00Z"))
          .contains("the backup reaches to");
      assertThat(failed("restore", path("backup"), "--data", path("x"), "--to-time", "1000000"))
          .contains("the log begins at");
    }
    Path chunk = folder.resolve("backup/log/0000000000.chunk");
    byte[] bytes = Files.readAllBytes(chunk);
    bytes[bytes.length / 3] ^= 1;
    Files.write(chunk, bytes);
    assertThat(failed("restore", path("backup"), "--data", path("x")))
        .contains("the backup is damaged")
        .contains(chunk.toString());
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void aWrongUseIsNotUnderstood() {
    assertThat(Cli.run("backup", "x", "--url", "nonsense").exitCode()).isEqualTo(2);
    assertThat(Cli.run("backup", "x", "--follow", "--every", "1h").exitCode()).isEqualTo(2);
    assertThat(Cli.run("backup", "x", "--every", "1s").exitCode()).isEqualTo(2);
    assertThat(Cli.run("backup").exitCode()).isEqualTo(2);
    assertThat(Cli.run("restore", "x").exitCode()).isEqualTo(2);
    assertThat(Cli.run("restore", "x", "--data", "y", "--to-time", "noon").exitCode()).isEqualTo(2);
  }
}
