package io.thalweg.crashtest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A {@code thalweg up}, or another of its commands, in a process of its own. */
final class NodeProcess implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final long LIMIT_S = 60;

  /** Segments roll and tables are written out many times in a second of load. */
  static final List<String> SMALL_SIZES =
      List.of(
          "-Dthalweg.segment.first.bytes=65536",
          "-Dthalweg.segment.max.bytes=262144",
          "-Dthalweg.layer.bytes=65536",
          "-Dthalweg.layer.rows=100",
          "-Dthalweg.layer.batches=20");

  private final Process process;
  private final BufferedReader out;
  private final Path err;

  private NodeProcess(Process process, Path err) {
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.err = err;
  }

  /** What a command said. */
  record Result(int exitCode, String out, String err) {}

  /** Runs a command to its end. */
  static Result run(Path folder, String... arguments) throws IOException, InterruptedException {
    try (NodeProcess process =
        start(folder, NodeProgram.prepared().command(List.of(), List.of(arguments)))) {
      String out = String.join("\n", process.out.lines().toList());
      return new Result(process.awaitEnd(), out, process.err());
    }
  }

  /** Starts a node and does not wait for it; what it says on standard error is in the folder. */
  static NodeProcess launch(Path folder, Path data) throws IOException, InterruptedException {
    return start(folder, command(folder, data));
  }

  /** As {@link #launch}, with other sizes: system properties of the process. */
  static NodeProcess launch(Path folder, Path data, List<String> sizes)
      throws IOException, InterruptedException {
    return start(folder, command(folder, data, sizes));
  }

  /** Writes the configuration file of the nodes of a folder, with more lines. */
  static void configure(Path folder, List<String> more) throws IOException {
    List<String> lines = new ArrayList<>(List.of("port = 0", "table-memory-mib = 4"));
    lines.addAll(more);
    Files.write(folder.resolve("up.properties"), lines);
  }

  /** The words of {@code up} with small sizes. */
  static List<String> command(Path folder, Path data) throws IOException, InterruptedException {
    return command(folder, data, SMALL_SIZES);
  }

  private static List<String> command(Path folder, Path data, List<String> sizes)
      throws IOException, InterruptedException {
    Path config = folder.resolve("up.properties");
    if (!Files.exists(config)) {
      configure(folder, List.of());
    }
    return NodeProgram.prepared()
        .command(sizes, List.of("up", "--config", config.toString(), "--data", data.toString()));
  }

  /** Starts a node by a command line that ends in it. */
  static NodeProcess start(Path folder, List<String> command) throws IOException {
    Path err = folder.resolve("node-%04d.err".formatted(NUMBER.incrementAndGet()));
    return new NodeProcess(new ProcessBuilder(command).redirectError(err.toFile()).start(), err);
  }

  /** As {@link #launch}, and waits until it takes requests; where. */
  static Started up(Path folder, Path data) throws IOException, InterruptedException {
    NodeProcess node = launch(folder, data);
    return new Started(node, node.awaitReady());
  }

  /** A node that takes requests. */
  record Started(NodeProcess node, String url) {}

  /**
   * Waits until it takes requests; where.
   *
   * @throws StartFailed if it ends before that, with what it said
   */
  String awaitReady() throws IOException {
    String url = null;
    for (String line = out.readLine(); line != null && url == null; line = out.readLine()) {
      if (line.strip().startsWith("listening")) {
        url = line.strip().substring("listening".length()).strip();
      }
    }
    if (url == null) {
      throw new StartFailed("the node ended before it was ready: " + err());
    }
    Thread.ofVirtual().start(this::drain);
    return url;
  }

  /**
   * Waits until a command has said that it is ready, and returns what it said before.
   *
   * @param last the beginning of the line after which nothing more is waited for
   * @throws StartFailed if it ends before that, with what it said
   */
  List<String> awaitSaid(String last) throws IOException {
    List<String> said = new ArrayList<>();
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      said.add(line.strip());
      if (line.strip().startsWith(last)) {
        Thread.ofVirtual().start(this::drain);
        return said;
      }
    }
    throw new StartFailed("it ended before it was ready: " + said + "; " + err());
  }

  /** The processes that it has started, and those that they have. */
  List<ProcessHandle> descendants() {
    return process.descendants().toList();
  }

  private void drain() {
    try {
      while (out.readLine() != null) {
        // Else it would stand still when the pipe is full.
      }
    } catch (IOException e) {
      // It has ended.
    }
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM. */
  void beginToStop() {
    process.toHandle().destroy();
  }

  /** A signal by its name. */
  void signal(String name) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kill", "-" + name, Long.toString(pid())));
    int exitCode = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exitCode != 0) {
      throw new IOException(command + " exited with " + exitCode);
    }
  }

  /** Waits until it has ended; its exit code. */
  int awaitEnd() throws InterruptedException {
    if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
      throw new IllegalStateException("process %d does not end".formatted(pid()));
    }
    return process.exitValue();
  }

  /** What it said on standard error. */
  String err() {
    try {
      return Files.readString(err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
