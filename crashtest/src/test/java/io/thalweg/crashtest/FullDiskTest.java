package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** A node whose disk is full refuses writes and says why, and goes on when there is room. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class FullDiskTest {
  private static final List<String> LARGE_SEGMENTS =
      List.of("-Dthalweg.segment.first.bytes=8388608", "-Dthalweg.segment.max.bytes=8388608");

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(20);

  private Path folder = Path.of("");
  private @Nullable SmallDisk disk;

  @BeforeEach
  void makeFolder(TestInfo test) throws IOException {
    folder = Folder.fresh(Settings.folder("disk-" + test.getTestMethod().orElseThrow().getName()));
  }

  @AfterEach
  void unmount() throws IOException {
    if (disk != null) {
      disk.close();
    }
  }

  private SmallDisk smallDisk(int sizeMib) throws Exception {
    SmallDisk mounted = SmallDisk.mount(folder.resolve("disk"), sizeMib);
    assumeTrue(mounted != null, "mounting a small file system needs the rights of root");
    disk = mounted;
    return mounted;
  }

  @Test
  void aNodeOnAFullDiskRefusesWritesNamingTheCauseAnswersLosesNothingAndComesBackByItself()
      throws Exception {
    SmallDisk small = smallDisk(16);
    fullDisk(small, small.path().resolve("data"));
  }

  @Test
  void tablesOnAFullDiskUnderALogThatHasRoomLoseNothingAndComeBackByThemselves() throws Exception {
    SmallDisk small = smallDisk(8);
    Path data = Files.createDirectories(folder.resolve("data"));
    Files.createFile(data.resolve("thalweg.lock")); // else the folder is taken for somebody's
    Files.createSymbolicLink(
        data.resolve("state"), Files.createDirectory(small.path().resolve("state")));
    NodeProcess.Started started = NodeProcess.up(folder, data);
    try (NodeProcess node = started.node();
        Workload workload = new Workload(Settings.seed(), ANSWER_LIMIT)) {
      workload.start(started.url());
      assertThat(workload.awaitWrites(100, LIMIT)).isTrue();
      small.fill();
      awaitFault(workload, small, node);
      long before = workload.writes();
      assertThat(workload.http().get(started.url() + "/livez").status()).isEqualTo(200);
      small.free();

      assertThat(workload.awaitWrites(before + 200, LIMIT))
          .as("it goes on: %s", node.err())
          .isTrue();
      workload.stop();
      assertThat(workload.check(started.url())).as("seed %d", Settings.seed()).isEmpty();
      workload.nodeIsGone();
      node.beginToStop();
      assertThat(node.awaitEnd()).as(node.err()).isZero();
    }
    verify(data);
  }

  @Test
  void aStartOnAFullDiskIsRefusedNamingTheCauseAndSucceedsWhenThereIsRoom() throws Exception {
    SmallDisk small = smallDisk(16);
    Path data = small.path().resolve("data");
    NodeProcess.Started started = NodeProcess.up(folder, data);
    try (NodeProcess node = started.node();
        Workload workload = new Workload(Settings.seed(), ANSWER_LIMIT)) {
      workload.start(started.url());
      assertThat(workload.awaitWrites(300, LIMIT)).isTrue();
      node.kill();
      workload.nodeIsGone();
      workload.stop();

      small.fill();
      // Opening the tables may give some room back; a segment of half the disk never fits.
      try (NodeProcess full = NodeProcess.launch(folder, data, LARGE_SEGMENTS)) {
        assertThat(full.awaitEnd()).isEqualTo(1);
        assertThat(full.err())
            .contains("No space left on device", data.toString())
            .doesNotContain("should not have happened");
      }

      small.free();
      NodeProcess.Started again = NodeProcess.up(folder, data);
      try (NodeProcess roomy = again.node()) {
        assertThat(workload.check(again.url())).as("seed %d", Settings.seed()).isEmpty();
        workload.nodeIsGone();
        roomy.beginToStop();
        assertThat(roomy.awaitEnd()).as(roomy.err()).isZero();
      }
    }
    verify(data);
  }

  /** A limit, not a full disk; any user may set one. */
  @Test
  void filesThatMayNotGrowAreRefusedByTheSystemAndTheNodeGoesOnWhenTheyMay() throws Exception {
    Path data = folder.resolve("data");
    NodeProcess.Started started = NodeProcess.up(folder, data);
    try (NodeProcess node = started.node();
        Workload workload = new Workload(Settings.seed(), ANSWER_LIMIT)) {
      workload.start(started.url());
      assertThat(workload.awaitWrites(100, LIMIT)).isTrue();
      assumeTrue(limitFileSize(node, "32768"), "there is no prlimit here");
      assertThat(awaitRefusal(workload, null, "File too large", LIMIT.toMillis()))
          .as("the cause is named: %s %s", workload.refusals(), node.err())
          .isTrue();
      assertThat(workload.http().get(started.url() + "/livez").status()).isEqualTo(200);
      long before = workload.writes();
      assertThat(limitFileSize(node, "unlimited")).isTrue();

      assertThat(workload.awaitWrites(before + 100, LIMIT)).as("it goes on").isTrue();
      workload.stop();
      assertThat(workload.check(started.url())).as("seed %d", Settings.seed()).isEmpty();
      workload.nodeIsGone();
      node.beginToStop();
      assertThat(node.awaitEnd()).as(node.err()).isZero();
    }
    verify(data);
  }

  private static boolean limitFileSize(NodeProcess node, String bytes) throws Exception {
    try {
      return new ProcessBuilder("prlimit", "--pid", "" + node.pid(), "--fsize=" + bytes + ":")
              .inheritIO()
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private void fullDisk(SmallDisk small, Path data) throws Exception {
    NodeProcess.Started started = NodeProcess.up(folder, data);
    try (NodeProcess node = started.node();
        Workload workload = new Workload(Settings.seed(), ANSWER_LIMIT)) {
      workload.start(started.url());
      assertThat(workload.awaitWrites(100, LIMIT)).isTrue();
      small.fill();
      assertThat(awaitRefusal(workload, small, "No space left on device", LIMIT.toMillis()))
          .as("the cause is named: %s %s", workload.refusals(), node.err())
          .isTrue();
      assertThat(node.isAlive()).isTrue();
      assertThat(workload.http().get(started.url() + "/livez").status()).isEqualTo(200);
      Http.Answer ready = workload.http().get(started.url() + "/readyz");
      assertThat(ready.status()).as(ready.body()).isEqualTo(503);
      long before = workload.writes();
      small.free();

      assertThat(workload.awaitWrites(before + 100, LIMIT)).as("it goes on").isTrue();
      workload.stop();
      assertThat(workload.check(started.url())).as("seed %d", Settings.seed()).isEmpty();
      workload.nodeIsGone();
      node.beginToStop();
      assertThat(node.awaitEnd()).as(node.err()).isZero();
    }
    verify(data);
  }

  /** Waits until the full disk was met: by a client, or by what the node says of itself. */
  private static void awaitFault(Workload workload, SmallDisk filling, NodeProcess node)
      throws IOException, InterruptedException {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    while (!awaitRefusal(workload, filling, "No space left on device", 500)
        && !node.err().contains("No space left on device")) {
      assertThat(System.nanoTime() - endNs)
          .as("tables meet the full disk: %s", node.err())
          .isNegative();
    }
  }

  /** Waits for a refusal with these words; meanwhile takes what room there is. */
  private static boolean awaitRefusal(
      Workload workload, @Nullable SmallDisk filling, String words, long limitMs)
      throws IOException, InterruptedException {
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
    while (System.nanoTime() - endNs < 0) {
      if (workload.refusals().stream().anyMatch(answer -> answer.body().contains(words))) {
        return true;
      }
      if (filling != null) {
        filling.fill();
      }
      Thread.sleep(10);
    }
    return false;
  }

  private void verify(Path data) throws Exception {
    NodeProcess.Result verify = NodeProcess.run(folder, "verify", "--data", data.toString());
    assertThat(verify.out()).as(verify.err()).contains("All is well.");
    if (disk != null) {
      disk.close();
      disk = null;
    }
    Folder.delete(folder);
  }
}
