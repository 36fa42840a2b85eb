package io.thalweg.testkit;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A program of this machine that a test runs, such as Node or a browser: what it prints, and a
 * limit of time. Tests that do not find theirs say so and are left out.
 */
public final class Tool {
  private static final long LIMIT_S = 1_200;

  private final Path program;

  private Tool(Path program) {
    this.program = program;
  }

  /** A program on the path; empty if there is none. */
  public static Optional<Tool> onPath(String name) {
    String path = System.getenv("PATH");
    return Stream.of((path == null ? "" : path).split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Tool::new);
  }

  /** Where it lies. */
  public Path program() {
    return program;
  }

  /**
   * Runs it in a folder and waits until it ends; what it printed.
   *
   * @throws AssertionError if it fails or does not end; with what it printed
   */
  public String run(Path folder, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("tool", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      boolean ended = process.waitFor(LIMIT_S, TimeUnit.SECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
      String printed = Files.readString(out);
      if (!ended || process.exitValue() != 0) {
        String how = ended ? "ended with " + process.exitValue() : "did not end";
        throw new AssertionError(String.join(" ", command) + " " + how + ":\n" + printed);
      }
      return printed;
    } finally {
      Files.deleteIfExists(out);
    }
  }
}
