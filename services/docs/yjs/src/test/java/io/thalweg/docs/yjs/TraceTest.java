package io.thalweg.docs.yjs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Keystrokes of real people, from github.com/josephg/editing-traces. The files are found beside the
 * repository (or where {@code THALWEG_TEST_DATA} says); a test that does not find one is skipped
 * and says so.
 */
class TraceTest {
  private static final Path TRACES =
      Path.of(
          Objects.requireNonNullElse(System.getenv("THALWEG_TEST_DATA"), "../../../../shared/data"),
          "collab-traces");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "automerge-paper",
        "friendsforever_flat",
        "json-crdt-blog-post",
        "json-crdt-patch",
        "seph-blog1",
        "sveltecomponent"
      })
  void aReplicaThatHearsOfEveryKeystrokeEndsWithTheText(String name) throws IOException {
    JsonNode trace = read("sequential/" + name);
    YDoc writer = new YDoc();
    YDoc reader = new YDoc();
    reader.apply(writer.edit(1, edit -> insert(edit, 0, trace.get("startContent").asText())));
    for (JsonNode step : trace.get("txns")) {
      reader.apply(writer.edit(1, edit -> patch(edit, step)));
    }
    String end = trace.get("endContent").asText();
    assertThat(writer.text("t")).isEqualTo(end);
    assertThat(reader.text("t")).isEqualTo(end);
    assertThat(reader.encode()).isEqualTo(writer.encode());
    assertThat(YDoc.of(reader.encode()).text("t")).isEqualTo(end);
  }

  @ParameterizedTest
  @ValueSource(strings = {"friendsforever"})
  void peopleWhoWroteAtTheSameTimeEndWithTheText(String name) throws IOException {
    JsonNode trace = read("concurrent/" + name);
    int people = trace.get("numAgents").asInt();
    List<Replica> replicas = new ArrayList<>();
    for (int i = 0; i < people; i++) {
      replicas.add(new Replica(people));
    }
    List<Integer> agents = new ArrayList<>();
    List<byte[]> updates = new ArrayList<>();
    for (JsonNode step : trace.get("txns")) {
      int agent = step.get("agent").asInt();
      Replica replica = replicas.get(agent);
      for (JsonNode parent : step.get("parents")) {
        replica.hear(parent.asInt(), agents, updates);
      }
      YDoc doc = replica.doc;
      agents.add(agent);
      updates.add(doc.edit(agent + 1, edit -> patch(edit, step)));
    }
    String end = trace.get("endContent").asText();
    for (Replica replica : replicas) {
      updates.forEach(replica.doc::apply);
      assertThat(replica.doc.text("t")).isEqualTo(end);
    }
    assertThat(replicas.get(1).doc.encode()).isEqualTo(replicas.get(0).doc.encode());
  }

  /** One person's copy. */
  private static final class Replica {
    private final YDoc doc = new YDoc();
    private final int[] heard;

    private Replica(int people) {
      heard = new int[people];
    }

    /** Of everything that the author of a step had written until then, and heard of. */
    private void hear(int step, List<Integer> agents, List<byte[]> updates) {
      int author = agents.get(step);
      for (int i = heard[author]; i <= step; i++) {
        if (agents.get(i) == author) {
          doc.apply(updates.get(i));
        }
      }
      heard[author] = Math.max(heard[author], step + 1);
    }
  }

  private static void insert(YEdit edit, int index, String text) {
    if (!text.isEmpty()) {
      edit.insertText("t", index, text);
    }
  }

  /** The positions of the files count code points; none of these holds a pair of surrogates. */
  private static void patch(YEdit edit, JsonNode step) {
    for (JsonNode patch : step.get("patches")) {
      String inserted = patch.get(2).asText();
      assertThat(inserted.codePointCount(0, inserted.length())).isEqualTo(inserted.length());
      int at = patch.get(0).asInt();
      edit.delete("t", at, patch.get(1).asInt());
      insert(edit, at, inserted);
    }
  }

  private static JsonNode read(String name) throws IOException {
    Path file = TRACES.resolve(name + ".json.gz");
    assumeTrue(Files.exists(file), "there is no " + file + ": this trace is not replayed");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return new ObjectMapper().readTree(in);
    }
  }
}
