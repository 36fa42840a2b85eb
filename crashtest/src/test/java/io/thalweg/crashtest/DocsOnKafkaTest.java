package io.thalweg.crashtest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.thalweg.kafka.TestBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes over Kafka, and unmodified clients of Yjs at each of them in one document. */
final class DocsOnKafkaTest {
  private static final long LIMIT_NS = TimeUnit.MINUTES.toNanos(3);
  private static final int DOCUMENTS = 2;

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void clientsSeeEachOthersCursorsWhicheverNodeTheyAreConnectedTo(@TempDir Path kafka)
      throws Exception {
    assumeTrue(Editors.arePossible(), "Node.js is not there");
    Path folder = Folder.fresh(Settings.folder("docs-kafka"));
    try (TestBroker broker = TestBroker.start(kafka);
        NodeProcess leads = node(folder, "leads", broker)) {
      String one = leads.awaitReady();
      try (NodeProcess follows = node(folder, "follows", broker)) {
        String other = follows.awaitReady();
        awaitHealthy(other);
        // Whichever of them leads a document: its clients are at both.
        for (int i = 0; i < DOCUMENTS; i++) {
          try (Editors editors =
              Editors.start("cursors.mjs", socket(one), socket(other), "notes " + i)) {
            editors.await("done");
          }
        }
      }
    }
    Folder.delete(folder);
  }

  private static String socket(String url) {
    return url.replace("http:", "ws:");
  }

  private static NodeProcess node(Path folder, String id, TestBroker broker) throws Exception {
    Path own = Files.createDirectories(folder.resolve(id));
    NodeProcess.configure(
        own,
        List.of(
            "kafka = " + broker.bootstrap(),
            "cluster = docs",
            "kafka-dev = true",
            "node-id = " + id));
    return NodeProcess.launch(own, own.resolve("data"));
  }

  private static void awaitHealthy(String url) throws Exception {
    long endNs = System.nanoTime() + LIMIT_NS;
    try (Http http = new Http()) {
      String view = "";
      while (!view.contains("\"unhealthy\":[]")
          || !view.contains("\"id\":\"leads\"")
          || !view.contains("\"id\":\"follows\"")) {
        if (System.nanoTime() - endNs > 0) {
          throw new AssertionError("the cluster does not get well: " + view);
        }
        TimeUnit.MILLISECONDS.sleep(50);
        view = http.get(url + "/v1/operations/cluster").body().replaceAll("\\s", "");
      }
    }
  }
}
