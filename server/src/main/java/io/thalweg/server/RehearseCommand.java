package io.thalweg.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Runs a node for a moment and sends it some requests, so that the JVM can note in its AOT cache
 * what a start needs. For the launcher, which calls it with {@code -XX:AOTCacheOutput}.
 */
@Command(name = "rehearse", hidden = true, description = "For the launcher: prepares fast starts.")
final class RehearseCommand implements Callable<Integer> {
  private static final int SUBMITS = 50;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("thalweg-rehearsal");
    UpOptions d = UpOptions.DEFAULTS;
    UpOptions options =
        new UpOptions(
            0,
            d.bind(),
            data,
            null,
            d.tableMemoryMib(),
            false,
            Set.of(),
            d.effects(),
            KeepLog.ALL,
            UpSecurity.DEFAULTS,
            null,
            null,
            null,
            d.telemetry());
    try (NodeServer server = NodeServer.start(options);
        HttpClient client = HttpClient.newHttpClient()) {
      server.awaitReady();
      String board = server.url() + "/v1/boards/rehearsal";
      for (int i = 0; i < SUBMITS; i++) {
        HttpRequest.Builder submit = HttpRequest.newBuilder(URI.create(board + "/scores"));
        submit.header("content-type", "application/json");
        String score = "{\"member\":\"m%d\",\"score\":%d}".formatted(i, i);
        send(client, submit.POST(HttpRequest.BodyPublishers.ofString(score)));
        send(client, HttpRequest.newBuilder(URI.create(board + "/entries/m" + i)));
        send(client, HttpRequest.newBuilder(URI.create(board + "/entries?page_size=10")));
      }
      send(client, HttpRequest.newBuilder(URI.create(server.url() + "/readyz")));
    } finally {
      Folders.delete(data);
    }
    return 0;
  }

  /** What is answered does not matter: nobody but the JVM learns from it. */
  private static void send(HttpClient client, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    client.send(request.build(), HttpResponse.BodyHandlers.discarding());
  }
}
