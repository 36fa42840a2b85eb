package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.runtime.DataDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code thalweg move} refuses before it looks for Kafka. */
class MoveCommandTest {
  @TempDir Path folder;

  private static Cli move(String... more) {
    String[] words = new String[more.length + 3];
    words[0] = "move";
    words[1] = "--kafka";
    words[2] = "127.0.0.1:1";
    System.arraycopy(more, 0, words, 3, more.length);
    return Cli.run(words);
  }

  @Test
  void itSaysWhichOptionIsMissingOrOutOfBounds() {
    Cli without = move("--data", folder.toString());
    assertThat(without.exitCode()).isEqualTo(2);
    assertThat(without.err()).contains("--cluster");

    Cli many = move("--cluster", "main", "--partitions", "1025");
    assertThat(many.exitCode()).isEqualTo(2);
    assertThat(many.err()).contains("--partitions must be within 1..1024; got 1025");

    Cli name = move("--cluster", "no/name");
    assertThat(name.exitCode()).isEqualTo(2);
    assertThat(name.err()).contains("no/name");
  }

  @Test
  void itRefusesAFolderThatIsNoDataDirectoryAndOneThatANodeRunsOn() throws Exception {
    Cli none = move("--cluster", "main", "--data", folder.resolve("none").toString());
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.err()).contains("is not the data directory of a node");

    Path data = folder.resolve("data");
    try (DataDirectory held = DataDirectory.lock(data)) {
      Files.createDirectories(held.log());
      Cli running = move("--cluster", "main", "--data", data.toString());
      assertThat(running.exitCode()).isEqualTo(1);
      assertThat(running.err()).contains("is in use by").contains("stop it first");
    }
  }
}
