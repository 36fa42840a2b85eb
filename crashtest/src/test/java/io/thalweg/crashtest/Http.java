package io.thalweg.crashtest;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Requests to a node. Every failure of the connection, also a timeout, is an IOException. */
final class Http implements AutoCloseable {
  private static final Duration READ_LIMIT = Duration.ofSeconds(30);
  private static final Pattern NEXT_PAGE = Pattern.compile("\"nextPageToken\" *: *\"([^\"]+)\"");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** What was answered. */
  record Answer(int status, String body) {}

  /** Sends a write under its name. */
  Answer send(String url, Write write, Duration limit) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url + write.path()))
                .header("content-type", "application/json")
                .header("idempotency-key", write.name())
                .timeout(limit)
                .POST(BodyPublishers.ofString(write.body()))
                .build(),
            BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  Answer get(String url) throws IOException, InterruptedException {
    return get(url, READ_LIMIT);
  }

  Answer get(String url, Duration limit) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url)).timeout(limit).build(),
            BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  /** Sends JSON, under a name if there is one. */
  Answer post(String url, @Nullable String name, String json, Duration limit)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .header("content-type", "application/json")
            .timeout(limit)
            .POST(BodyPublishers.ofString(json));
    if (name != null) {
      request.header("idempotency-key", name);
    }
    HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body());
  }

  /** All entries of a board by member; none if there is no such board. */
  Map<String, Integer> entries(String url, String board) throws IOException, InterruptedException {
    Map<String, Integer> entries = new TreeMap<>();
    String token = "";
    do {
      Answer page =
          get(url + "/v1/boards/" + board + "/entries?page_size=1000&page_token=" + token);
      if (page.status() == 404) {
        return entries;
      }
      if (page.status() != 200) {
        throw new IOException("entries of " + board + ": " + page);
      }
      Standing.in(page.body()).forEach(entry -> entries.put(entry.member(), entry.score()));
      Matcher next = NEXT_PAGE.matcher(page.body());
      token = next.find() ? next.group(1) : "";
    } while (!token.isEmpty());
    return entries;
  }

  /** A stream of server-sent events after a position; "0" is everything. */
  HttpResponse<InputStream> watch(String url, String board, String after)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + "/v1/boards/" + board + "/events:watch"))
            .header("last-event-id", after)
            .build(),
        BodyHandlers.ofInputStream());
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
