package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that stands still for a while, as a machine does that sleeps or swaps. */
final class PauseTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  @Timeout(value = 30, unit = TimeUnit.MINUTES)
  void aNodeThatIsStoppedUnderLoadGoesOnAndNothingIsLostOrCountedTwiceNorDoesTimeGoBack()
      throws Exception {
    Path folder = Folder.fresh(Settings.folder("pause"));
    Path data = folder.resolve("data");
    NodeProcess.Started started = NodeProcess.up(folder, data);
    // Clients that give up after a second and ask again: what they sent may have been executed.
    try (NodeProcess node = started.node();
        Workload workload = new Workload(Settings.seed(), Duration.ofSeconds(1))) {
      workload.start(started.url());
      assertThat(workload.awaitWrites(100, LIMIT)).as("the load begins").isTrue();

      node.signal("STOP");
      TimeUnit.SECONDS.sleep(Settings.pauseSeconds());
      long before = workload.writes();
      node.signal("CONT");

      assertThat(workload.awaitWrites(before + 100, LIMIT)).as("it goes on").isTrue();
      workload.stop();
      assertThat(workload.check(started.url())).as("seed %d", Settings.seed()).isEmpty();
      workload.nodeIsGone();
      node.beginToStop();
      assertThat(node.awaitEnd()).as(node.err()).isZero();
    }
    NodeProcess.Result verify = NodeProcess.run(folder, "verify", "--data", data.toString());
    assertThat(verify.out()).contains("All is well.");
    Folder.delete(folder);
  }
}
