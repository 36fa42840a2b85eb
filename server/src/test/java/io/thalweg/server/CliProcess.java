package io.thalweg.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command in a process of its own, which a test may kill. */
public final class CliProcess implements AutoCloseable {
  private static final long LIMIT_S = 60;

  private final Process process;
  private final Path err;

  private CliProcess(Process process, Path err) {
    this.process = process;
    this.err = err;
  }

  public static CliProcess start(String... args) throws IOException {
    Path err = Files.createTempFile("cli", ".err");
    List<String> command = new ArrayList<>(javaCommand());
    command.addAll(List.of(args));
    return new CliProcess(new ProcessBuilder(command).redirectError(err.toFile()).start(), err);
  }

  /** The start of a command line: the JVM, the class path and the main class. */
  static List<String> javaCommand() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx512m",
        "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-cp",
        System.getProperty("java.class.path"),
        "io.thalweg.server.Main");
  }

  /** Waits until it says a line that begins so; the line. */
  public String awaitLine(String start) throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.strip().startsWith(start)) {
        return line.strip();
      }
    }
    throw new IOException("it ended without saying " + start + ": " + Files.readString(err));
  }

  /** Whether it ends by itself within a time. */
  public boolean endsWithin(long ms) throws InterruptedException {
    return process.waitFor(ms, TimeUnit.MILLISECONDS);
  }

  /** Ends it with SIGTERM; its exit code. */
  public int terminate() throws InterruptedException {
    process.toHandle().destroy();
    return await();
  }

  /** Ends it with SIGKILL. */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    await();
  }

  public int await() throws InterruptedException {
    if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
      throw new IllegalStateException("process " + process.pid() + " does not end");
    }
    return process.exitValue();
  }

  public String err() throws IOException {
    return Files.readString(err);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(err);
  }
}
