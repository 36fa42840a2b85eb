package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a node leaves behind outside of its data directory. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class LeftoversTest {
  private static final long MOST_BYTES = 1 << 20;

  @Test
  void aNodeThatIsKilledLeavesNothingLargeInTheTemporaryFolder() throws Exception {
    Path folder = Folder.fresh(Settings.folder("leftovers"));
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    List<String> command = NodeProcess.command(folder, folder.resolve("data"));
    command.add(1, "-Djava.io.tmpdir=" + temporary);
    try (NodeProcess node = NodeProcess.start(folder, command)) {
      node.awaitReady();
      node.kill();
    }
    try (Stream<Path> left = Files.walk(temporary)) {
      assertThat(left.mapToLong(file -> file.toFile().length()).sum()).isLessThan(MOST_BYTES);
    }
    Folder.delete(folder);
  }
}
