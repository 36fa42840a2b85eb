package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The JavaScript client of Centrifuge in a process of Node.js, as {@code client.mjs} drives it. */
final class NodeClient implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SOURCES = Path.of("src", "test", "js");

  /** A line that the process has ended with. */
  private static final String END = "{\"on\":\"end\"}";

  private final Process process;
  private final BufferedWriter in;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private NodeClient(Path installed, String url, String form) throws IOException {
    process =
        new ProcessBuilder("node", "client.mjs", url, form)
            .directory(installed.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    in = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofVirtual().start(this::read);
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      out.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException e) {
      lines.add(END);
    }
    lines.add(END);
  }

  /** Why there is no Node.js of version 18 or later here; empty if there is one. */
  static Optional<String> absence() {
    try {
      Process version = new ProcessBuilder("node", "--version").start();
      String text = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int major = Integer.parseInt(text.substring(1, text.indexOf('.')));
      return major >= 18 ? Optional.empty() : Optional.of("it is " + text.trim());
    } catch (IOException | RuntimeException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Installs the clients that the lock file names, into the build's directory. */
  static Path install() throws IOException, InterruptedException {
    return install(SOURCES, Path.of("target", "js"));
  }

  /** Copies scripts to a directory, and installs there what the lock file beside them names. */
  static Path install(Path scripts, Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    List<Path> sources;
    try (Stream<Path> all = Files.list(scripts)) {
      sources = all.toList();
    }
    for (Path source : sources) {
      Files.copy(
          source,
          directory.resolve(source.getFileName().toString()),
          StandardCopyOption.REPLACE_EXISTING);
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
    return directory;
  }

  /** Starts a client and waits until it is connected. */
  static NodeClient connect(Path installed, int port, String form)
      throws IOException, InterruptedException {
    String query = form.equals("protobuf") ? "?payload=json" : "";
    NodeClient client =
        new NodeClient(installed, "ws://127.0.0.1:" + port + "/connection/websocket" + query, form);
    client.await("connected");
    return client;
  }

  void ask(Map<String, Object> command) throws IOException {
    in.write(JSON.writeValueAsString(command));
    in.write('\n');
    in.flush();
  }

  /** The next line of a kind; lines of other kinds before it are passed over. */
  JsonNode await(String kind) throws InterruptedException, IOException {
    while (true) {
      String line = lines.poll(60, TimeUnit.SECONDS);
      if (line == null || line.equals(END)) {
        throw new AssertionError("the client said nothing of '" + kind + "'");
      }
      JsonNode node = JSON.readTree(line);
      if (node.at("/on").asText().equals(kind)) {
        return node;
      }
    }
  }

  /** What the client answers a command with. */
  JsonNode call(Map<String, Object> command) throws InterruptedException, IOException {
    ask(command);
    return await("answer").at("/result");
  }

  @Override
  public void close() throws IOException {
    process.destroy();
  }
}
