package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.docs.v1.DiffDocumentRequest;
import io.thalweg.docs.v1.DiffDocumentResponse;
import io.thalweg.docs.v1.Form;
import io.thalweg.docs.v1.ReadDocumentRequest;
import io.thalweg.docs.v1.ReadDocumentResponse;
import io.thalweg.docs.yjs.StateVector;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Unmodified clients of y-websocket and Hocuspocus edit one document, cut their connections, and
 * the server goes away and comes back in the middle. Random, from a fixed seed; another one with
 * {@code -Dthalweg.yjs.seed=N}.
 */
class YjsClientsTest {
  private static final int SEED = Integer.getInteger("thalweg.yjs.seed", 20261);
  private static final int EDITS = 400;

  @TempDir Path data;

  private static Path installed = Path.of("");

  @BeforeAll
  static void install() throws Exception {
    assumeTrue(NodeClient.absence().isEmpty(), "Node.js is not there");
    installed = YjsClients.install();
  }

  @Test
  void allClientsAgreeAndNothingIsLostThoughTheServerRestarts() throws Exception {
    String document = "folder/some notes";
    System.out.println("seed " + SEED);
    try (DocsNode server = new DocsNode(data);
        YjsClients clients =
            YjsClients.start(
                installed, "clients.mjs", "yhyh", server.socket(), document, EDITS, SEED)) {
      clients.await("third");
      server.restart();
      JsonNode done = clients.await("done");
      assertThat(done.path("lost")).isEmpty();
      assertThat(done.path("doubled").asInt()).isZero();
      assertThat(done.path("kept").asInt()).isGreaterThan(EDITS / 12);
      server.restart();
      assertThat(read(server, document, "t", Form.TEXT)).isEqualTo(done.path("text").asText());
      ObjectMapper json = new ObjectMapper();
      assertThat(json.readTree(read(server, document, "t", Form.DELTA)))
          .isEqualTo(done.path("delta"));
      assertThat(json.readTree(read(server, document, "m", Form.JSON))).isEqualTo(done.path("map"));
      byte[] vector =
          server
              .node()
              .call(
                  DiffDocumentRequest.newBuilder().setDocument(document).build(),
                  DiffDocumentResponse.class)
              .getStateVector()
              .toByteArray();
      // The order of clients in it is that of the one who writes it.
      assertThat(clocks(vector))
          .isEqualTo(clocks(Base64.getDecoder().decode(done.path("stateVector").asText())));
    }
  }

  @Test
  void proseMirrorEditorsAgreeAndSeeEachOthersCursors() throws Exception {
    try (DocsNode server = new DocsNode(data);
        YjsClients editors =
            YjsClients.start(
                installed, "prosemirror.mjs", server.socket(), "prose", EDITS / 2, SEED)) {
      editors.await("begun");
      JsonNode done = editors.await("done");
      assertThat(done.path("blocks").asInt()).isPositive();
      assertThat(done.path("xml").asText())
          .isNotEmpty()
          .isEqualTo(read(server, "prose", "prosemirror", Form.XML));
    }
  }

  private static String read(DocsNode server, String document, String root, Form form) {
    return server
        .node()
        .call(
            ReadDocumentRequest.newBuilder()
                .setDocument(document)
                .setRoot(root)
                .setForm(form)
                .build(),
            ReadDocumentResponse.class)
        .getContent();
  }

  private static StateVector clocks(byte[] vector) {
    return StateVector.decode(vector);
  }
}
