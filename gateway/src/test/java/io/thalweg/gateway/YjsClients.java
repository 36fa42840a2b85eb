package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Unmodified clients of Yjs in a process of Node.js, as {@code clients.mjs} drives them. */
final class YjsClients implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SOURCES = Path.of("src", "test", "js-docs");

  private final Process process;
  private final BufferedReader lines;

  private YjsClients(Process process) {
    this.process = process;
    this.lines = process.inputReader(StandardCharsets.UTF_8);
  }

  /** Installs what the lock file names into the build's directory. */
  static Path install() throws IOException, InterruptedException {
    return NodeClient.install(SOURCES, Path.of("target", "js-docs"));
  }

  /** Starts a script of the directory. */
  static YjsClients start(Path directory, String script, Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("node", script));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new YjsClients(
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start());
  }

  /** Waits for the line about something; the build's time limit ends it. */
  JsonNode await(String what) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode said = JSON.readTree(line);
      if (said.path("on").asText().equals(what)) {
        return said;
      }
      assertThat(said.path("on").asText()).as("%s", said).isNotEqualTo("stuck");
    }
    throw new AssertionError("the process ended before '" + what + "'");
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
