package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testkit.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The console's own tests: its logic, and every page in a real browser on a node of this build. A
 * machine without Node or Chromium leaves them out and says so.
 */
@Timeout(1_250)
final class ConsoleTest {
  private static final Path FOLDER = Path.of("").toAbsolutePath().resolveSibling("console");
  private static final Path VITEST = FOLDER.resolve("node_modules/vitest/vitest.mjs");

  @Test
  void itsLogicDoesWhatItSays() throws Exception {
    String printed =
        node()
            .run(
                FOLDER,
                Map.of("NO_COLOR", "1"),
                VITEST.toString(),
                "run",
                "--exclude",
                "**/pages*");
    assertThat(printed).containsPattern("Tests +[1-9]\\d* passed");
  }

  @Test
  void everyPageIsWalkedInABrowser() throws Exception {
    walk("pages.test.ts");
  }

  @Test
  void theTourIsTakenInABrowser() throws Exception {
    walk("pages-tour.test.ts");
  }

  @Test
  void aFailOverIsSeenInABrowser() throws Exception {
    walk("pages-cluster.test.ts");
  }

  private static void walk(String pages) throws Exception {
    Tool node = node();
    Optional<Tool> chromium = Tool.onPath("chromium");
    if (chromium.isEmpty()) {
      leaveOut("there is no chromium on the path");
    }
    Map<String, String> environment =
        Map.of(
            "NO_COLOR", "1",
            "CHROMIUM", chromium.orElseThrow().program().toString(),
            "THALWEG_JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "THALWEG_CLASSPATH", System.getProperty("java.class.path"));
    String printed = node.run(FOLDER, environment, VITEST.toString(), "run", "test/" + pages);
    assertThat(printed).containsPattern("Tests +[1-9]\\d* passed").doesNotContain("skipped");
  }

  /** The Node that has built the pages. */
  private static Tool node() {
    Optional<Tool> node = Tool.onPath("node");
    if (node.isEmpty() || !Files.exists(VITEST)) {
      leaveOut("the console was not built, for want of Node");
    }
    return node.orElseThrow();
  }

  private static void leaveOut(String why) {
    System.out.println("console: its tests were left out: " + why);
    Assumptions.abort(why);
  }
}
