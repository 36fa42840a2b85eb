package io.thalweg.bench;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Fills a board of a running node over HTTP. */
final class HttpBoard {
  private HttpBoard() {}

  /**
   * Gives every member a first score, 1,000 a request.
   *
   * @throws IllegalStateException if the node refuses a request
   */
  static void fill(int port, String board, int members) throws IOException, InterruptedException {
    Load load = new Load(board, Load.members(members), 7);
    URI uri = URI.create("http://127.0.0.1:" + port + "/v1/boards/" + board + "/scores:batch");
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      for (int first = 0; first < members; first += Load.BATCH) {
        post(client, uri, json(load, first));
      }
    }
  }

  private static String json(Load load, int first) throws InvalidProtocolBufferException {
    return JsonFormat.printer()
        .omittingInsignificantWhitespace()
        .print(load.fill(first).toBuilder().clearBoard());
  }

  private static void post(HttpClient client, URI uri, String json)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("content-type", "application/json")
            .timeout(Duration.ofSeconds(30))
            .POST(BodyPublishers.ofString(json))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException(response.statusCode() + " " + response.body());
    }
  }
}
