package io.thalweg.typescript;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.testkit.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * Builds the npm package and runs its tests, against the server of this build. A machine without
 * Node leaves it out and says so.
 *
 * <p>A test of JUnit and not a plugin of Maven: it knows the JDK and the class path that a node is
 * started with, and what fails is a test that failed.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(300)
final class NpmPackageTest {
  private static final int LEAST_NODE = 18;
  private static final Pattern MAJOR = Pattern.compile("v(\\d+)\\..*", Pattern.DOTALL);
  private static final Path FOLDER = Path.of("").toAbsolutePath();
  private static final Path MODULES = FOLDER.resolve("node_modules");
  private static final Path LOCK = FOLDER.resolve("package-lock.json");

  /** How a test starts a node. */
  private static final Map<String, String> SERVER =
      Map.of(
          "THALWEG_JAVA", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
          "THALWEG_CLASSPATH", System.getProperty("java.class.path"));

  /** What was left out is said once. */
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  @Test
  @Order(1)
  void itIsBuiltFromTheContractsWithoutACompilerWarning() throws Exception {
    Tool npm = npm();
    installLocked(npm);
    npm.run(FOLDER, Map.of(), "run", "build");
    npm.run(FOLDER, Map.of(), "run", "typecheck");
    npm.run(FOLDER, Map.of(), "run", "bundle-tests");
    assertThat(FOLDER.resolve("dist/types/index.d.ts")).isRegularFile();
    System.out.println("clients/typescript: " + npm.run(FOLDER, Map.of(), "run", "-s", "size"));
  }

  @Test
  @Order(2)
  void itsPartsDoWhatTheySay() throws Exception {
    run("parts", "call", "watch");
  }

  @Test
  @Order(3)
  void commandsAndWatchesSurviveWhatHappensToTheNode() throws Exception {
    run("live");
  }

  @Test
  @Order(4)
  void itWorksInABrowserFromAnotherOrigin() throws Exception {
    npm();
    Optional<Tool> chromium = Tool.onPath("chromium");
    if (chromium.isEmpty()) {
      leaveOut("the test in a browser", "there is no chromium on the path");
    }
    run("browser");
  }

  @Test
  void theLockFileHoldsNoAddresses() throws IOException {
    assertThat(Files.readString(LOCK)).contains("\"integrity\"").doesNotContain("\"resolved\"");
  }

  private static void run(String... tests) throws Exception {
    npm();
    String[] arguments = new String[tests.length + 1];
    arguments[0] = "--test";
    for (int i = 0; i < tests.length; i++) {
      arguments[i + 1] = "target/test/" + tests[i] + ".test.mjs";
    }
    String printed = Tool.onPath("node").orElseThrow().run(FOLDER, SERVER, arguments);
    assertThat(printed).containsPattern("pass [1-9]").contains("skipped 0");
  }

  /** As the lock file says; once for each lock file, since it takes its time. */
  private static void installLocked(Tool npm) throws IOException, InterruptedException {
    Path installed = MODULES.resolve(".installed");
    byte[] lock = Files.readAllBytes(LOCK);
    String stamp = new String(lock, StandardCharsets.UTF_8);
    if (Files.exists(installed) && Files.readString(installed).equals(stamp)) {
      return;
    }
    npm.run(FOLDER, Map.of(), "ci", "--ignore-scripts", "--prefer-offline");
    Files.write(installed, lock);
  }

  private static Tool npm() throws IOException, InterruptedException {
    Optional<Tool> node = Tool.onPath("node");
    Optional<Tool> npm = Tool.onPath("npm");
    if (node.isEmpty() || npm.isEmpty()) {
      leaveOut("the client", "there is no node and npm on the path");
    }
    String version = node.orElseThrow().run(FOLDER, Map.of(), "--version");
    Matcher major = MAJOR.matcher(version);
    if (!major.matches() || Integer.parseInt(Objects.requireNonNull(major.group(1))) < LEAST_NODE) {
      leaveOut("the client", "it needs Node " + LEAST_NODE + "; there is " + version.strip());
    }
    return npm.orElseThrow();
  }

  private static void leaveOut(String what, String why) {
    String line = "clients/typescript: " + what + " was left out: " + why;
    if (SAID.add(line)) {
      System.out.println(line);
    }
    Assumptions.abort(line);
  }
}
