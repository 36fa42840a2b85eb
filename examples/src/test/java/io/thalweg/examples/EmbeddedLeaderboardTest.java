package io.thalweg.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example does what it says. */
class EmbeddedLeaderboardTest {
  @TempDir Path data;

  @Test
  void printsTheRankAlsoOfASecondRun() {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      EmbeddedLeaderboard.main(new String[] {data.toString()});
      EmbeddedLeaderboard.main(new String[] {data.toString()});
    } finally {
      System.setOut(out);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .isEqualToNormalizingNewlines("ana is number 1\nana is number 1\n");
  }
}
