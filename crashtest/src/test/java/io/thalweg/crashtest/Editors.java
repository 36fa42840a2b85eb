package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Unmodified clients of Yjs in a process of Node.js: the scripts of the gateway's tests. */
final class Editors implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SOURCES = Path.of("..", "gateway", "src", "test", "js-docs");
  private static @Nullable Path installed;

  private final Process process;
  private final BufferedReader lines;

  private Editors(Process process) {
    this.process = process;
    this.lines = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Whether there is a Node.js for them. */
  static boolean arePossible() {
    try {
      return new ProcessBuilder("node", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Starts a script. */
  static Editors start(String script, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("node", script));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new Editors(
        new ProcessBuilder(command)
            .directory(install().toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** Installs what the lock file names, once in this JVM. */
  private static synchronized Path install() throws IOException, InterruptedException {
    Path present = installed;
    if (present != null) {
      return present;
    }
    Path directory = Files.createDirectories(Path.of("target", "js-docs"));
    try (Stream<Path> sources = Files.list(SOURCES)) {
      for (Path source : sources.toList()) {
        Path copy = directory.resolve(source.getFileName().toString());
        Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Process npm =
        new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    try (InputStream out = npm.getInputStream()) {
      String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(npm.waitFor()).as("npm ci said: %s", said).isZero();
    }
    installed = directory;
    return directory;
  }

  /** What is said next; null if the process has ended. */
  @Nullable JsonNode next() throws IOException {
    String line = lines.readLine();
    return line == null ? null : JSON.readTree(line);
  }

  /** Waits for the line about something. */
  JsonNode await(String what) throws IOException {
    for (JsonNode said = next(); said != null; said = next()) {
      if (said.path("on").asText().equals(what)) {
        return said;
      }
      assertThat(said.path("on").asText()).as("%s", said).isNotEqualTo("stuck");
    }
    throw new AssertionError("the process ended before '" + what + "'");
  }

  /** SIGKILL. What it said before can still be read. */
  void kill() throws InterruptedException {
    // The way by Process would close what is to be read.
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
