package io.thalweg.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code thalweg up} in a process of its own. */
final class UpProcess implements AutoCloseable {
  private static final long LIMIT_S = 60;

  private final Process process;
  private final Path err;
  private final String url;

  private UpProcess(Process process, Path err, String url) {
    this.process = process;
    this.err = err;
    this.url = url;
  }

  /** Starts it and waits until it says that it is ready. */
  static UpProcess start(Path data) throws IOException {
    Path err = Files.createTempFile("up", ".err");
    Process process = new ProcessBuilder(command(data)).redirectError(err.toFile()).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.strip().startsWith("listening")) {
        return new UpProcess(process, err, line.strip().substring("listening".length()).strip());
      }
    }
    process.destroyForcibly();
    throw new IOException("up ended before it was ready: " + Files.readString(err));
  }

  static List<String> command(Path data) {
    List<String> command = new ArrayList<>(CliProcess.javaCommand());
    command.addAll(List.of("up", "--port", "0", "--data", data.toString()));
    return command;
  }

  String url() {
    return url;
  }

  long pid() {
    return process.pid();
  }

  /** Ends it with SIGTERM; its exit code. */
  int terminate() throws InterruptedException {
    process.toHandle().destroy();
    return await();
  }

  /** Ends it with SIGKILL. */
  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    await();
  }

  private int await() throws InterruptedException {
    if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
      throw new IllegalStateException("process " + process.pid() + " does not end");
    }
    return process.exitValue();
  }

  String err() throws IOException {
    return Files.readString(err);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    Files.deleteIfExists(err);
  }
}
