package io.thalweg.docs.yjs;

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
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The unmodified yjs in a process of Node.js. */
final class YjsPeer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SOURCES = Path.of("src", "test", "js");

  private final Path directory;

  private YjsPeer(Path directory) {
    this.directory = directory;
  }

  static boolean isThereNode() {
    try {
      return new ProcessBuilder("node", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Installs what the lock file names into the build's directory. */
  static YjsPeer install() throws IOException, InterruptedException {
    Path directory = Path.of("target", "js");
    Files.createDirectories(directory);
    List<Path> sources;
    try (Stream<Path> all = Files.list(SOURCES)) {
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
    return new YjsPeer(directory);
  }

  /** Random documents, each with what Yjs makes of it. */
  void cases(long firstSeed, int count, Consumer<JsonNode> each)
      throws IOException, InterruptedException {
    Process node =
        new ProcessBuilder("node", "cases.mjs", "" + firstSeed, "" + count)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = node.inputReader(StandardCharsets.UTF_8)) {
      int seen = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        each.accept(JSON.readTree(line));
        seen++;
      }
      assertThat(seen).isEqualTo(count);
      assertThat(node.waitFor()).isZero();
    } finally {
      node.destroyForcibly();
    }
  }

  /** What Yjs makes of each of these updates, alone. */
  List<JsonNode> read(List<byte[]> updates) throws IOException, InterruptedException {
    Path file = Files.createTempFile(directory, "updates", ".txt");
    Files.write(file, updates.stream().map(u -> Base64.getEncoder().encodeToString(u)).toList());
    Process node =
        new ProcessBuilder("node", "check.mjs")
            .directory(directory.toFile())
            .redirectInput(file.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<JsonNode> answers = new ArrayList<>();
    try (BufferedReader lines = node.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answers.add(JSON.readTree(line));
      }
      assertThat(node.waitFor()).isZero();
    } finally {
      node.destroyForcibly();
    }
    assertThat(answers).hasSameSizeAs(updates);
    return answers;
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
