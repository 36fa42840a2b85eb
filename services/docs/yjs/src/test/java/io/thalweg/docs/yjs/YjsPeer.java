package io.thalweg.docs.yjs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The unmodified yjs in a process of Node.js. */
final class YjsPeer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SOURCES = Path.of("src", "test", "js");

  private final Path directory;
  private final Tool node;

  private YjsPeer(Path directory, Tool node) {
    this.directory = directory;
    this.node = node;
  }

  static boolean isThereNode() {
    return Tool.onPath("node").isPresent() && Tool.onPath("npm").isPresent();
  }

  /** Installs what the lock file names into the build's directory. */
  static YjsPeer install() throws IOException, InterruptedException {
    Path directory = Path.of("target", "js");
    Files.createDirectories(directory);
    try (Stream<Path> sources = Files.list(SOURCES)) {
      for (Path source : sources.toList()) {
        Files.copy(
            source,
            directory.resolve(source.getFileName().toString()),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Tool.onPath("npm")
        .orElseThrow()
        .run(directory, Map.of(), "ci", "--ignore-scripts", "--no-audit", "--no-fund");
    return new YjsPeer(directory, Tool.onPath("node").orElseThrow());
  }

  /** Random documents, each with what Yjs makes of it. */
  void cases(long firstSeed, int count, Consumer<JsonNode> each)
      throws IOException, InterruptedException {
    List<JsonNode> cases = lines("cases.mjs", "" + firstSeed, "" + count);
    assertThat(cases).hasSize(count);
    cases.forEach(each);
  }

  /** What Yjs makes of each of these updates, alone. */
  List<JsonNode> read(List<byte[]> updates) throws IOException, InterruptedException {
    Path file = Files.createTempFile(directory, "updates", ".txt");
    Files.write(file, updates.stream().map(u -> Base64.getEncoder().encodeToString(u)).toList());
    List<JsonNode> answers = lines("check.mjs", file.getFileName().toString());
    assertThat(answers).hasSameSizeAs(updates);
    return answers;
  }

  private List<JsonNode> lines(String... script) throws IOException, InterruptedException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : node.run(directory, Map.of(), script).lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  static byte[] bytes(JsonNode base64) {
    return Base64.getDecoder().decode(base64.asText());
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
