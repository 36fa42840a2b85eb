package io.thalweg.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Unmodified clients of Yjs edit a document while the node is killed.
 *
 * <pre>
 *   crash.docs.kills    default 2
 *   crash.docs.seed     when it is killed, and what is edited; default 1
 * </pre>
 */
final class DocsKillTest {
  private static final int KILLS = Integer.getInteger("crash.docs.kills", 2);
  private static final int SEED = Integer.getInteger("crash.docs.seed", 1);
  private static final int EDITS = 300;
  private static final ObjectMapper JSON = new ObjectMapper();

  @BeforeAll
  static void needsNode() {
    assumeTrue(Editors.arePossible(), "Node.js is not there");
  }

  /** The client dies with the node, so that nobody brings what the node has lost. */
  @Test
  @Timeout(value = 6, unit = TimeUnit.HOURS)
  void whatAClientWasToldIsKeptIsThereWhenNodeAndClientAreKilled() throws Exception {
    Path folder = Folder.fresh(Settings.folder("docs-kept"));
    Path data = folder.resolve("data");
    Random random = new Random(SEED);
    int first = 0;
    for (int kill = 0; kill <= KILLS; kill++) {
      NodeProcess.Started started = NodeProcess.up(folder, data);
      try (NodeProcess node = started.node()) {
        JsonNode items = kill == 0 ? JSON.createArrayNode() : log(started.url());
        assertThat(items.size()).as("seed %d, kill %d", SEED, kill).isGreaterThanOrEqualTo(first);
        for (int i = 0; i < items.size(); i++) {
          assertThat(items.get(i).asInt()).as("seed %d, kill %d", SEED, kill).isEqualTo(i);
        }
        if (kill == KILLS) {
          break;
        }
        String socket = started.url().replace("http:", "ws:");
        try (Editors editor = Editors.start("kept.mjs", socket, "kept", items.size())) {
          int enough = items.size() + 50 + random.nextInt(200);
          int last = -1;
          while (last < enough) {
            last = editor.await("kept").path("last").asInt();
          }
          node.kill();
          editor.kill();
          for (JsonNode said = editor.next(); said != null; said = editor.next()) {
            last = said.path("last").asInt();
          }
          first = last + 1;
        }
      }
    }
    Folder.delete(folder);
  }

  private static JsonNode log(String url) throws Exception {
    try (Http http = new Http()) {
      String body = http.get(url + "/v1/documents/kept:read?root=log&form=JSON").body();
      return JSON.readTree(JSON.readTree(body).path("content").asText());
    }
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void allClientsAgreeAndNothingIsLostThoughTheNodeIsKilled() throws Exception {
    Path folder = Folder.fresh(Settings.folder("docs-agree"));
    Path data = folder.resolve("data");
    try (Wire address = Wire.toNobody()) {
      NodeProcess.Started first = NodeProcess.up(folder, data);
      String socket = address.url().replace("http:", "ws:");
      try (NodeProcess node = first.node()) {
        address.to(first.url());
        try (Editors clients = Editors.start("clients.mjs", "yhyh", socket, "notes", EDITS, SEED)) {
          clients.await("third");
          node.kill();
          NodeProcess.Started second = NodeProcess.up(folder, data);
          try (NodeProcess _ = second.node()) {
            address.to(second.url());
            JsonNode done = clients.await("done");
            assertThat(done.path("lost")).as("seed %d", SEED).isEmpty();
            assertThat(done.path("doubled").asInt()).as("seed %d", SEED).isZero();
            assertThat(done.path("kept").asInt()).isGreaterThan(EDITS / 12);
          }
        }
      }
    }
    Folder.delete(folder);
  }
}
