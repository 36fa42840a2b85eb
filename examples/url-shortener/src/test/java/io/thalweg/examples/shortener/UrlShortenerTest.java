package io.thalweg.examples.shortener;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links lead where they were told to, also after a restart. */
class UrlShortenerTest {
  @TempDir Path data;

  @Test
  void aLinkLeadsWhereItWasToldToAlsoAfterARestart() throws Exception {
    String key;
    try (UrlShortener shortener = new UrlShortener(data, 0)) {
      HttpResponse<String> made = post(shortener, "", "https://example.org/a/long/path");
      assertThat(made.statusCode()).isEqualTo(201);
      key = made.body().strip().substring(made.body().lastIndexOf('/') + 1);
      assertThat(key).hasSize(8);
      assertThat(post(shortener, "mine", "https://example.org/mine").statusCode()).isEqualTo(201);
      HttpResponse<String> again = post(shortener, "mine", "https://example.org/other");
      assertThat(again.statusCode()).isEqualTo(400);
      assertThat(again.body()).isEqualTo("key 'mine' is used\n");
    }
    try (UrlShortener shortener = new UrlShortener(data, 0)) {
      assertThat(location(shortener, key)).isEqualTo("https://example.org/a/long/path");
      assertThat(location(shortener, "mine")).isEqualTo("https://example.org/mine");
    }
  }

  private static HttpResponse<String> post(UrlShortener shortener, String key, String url)
      throws Exception {
    return send(request(shortener, key).POST(HttpRequest.BodyPublishers.ofString(url)).build());
  }

  private static String location(UrlShortener shortener, String key) throws Exception {
    HttpResponse<String> answer = send(request(shortener, key).build());
    assertThat(answer.statusCode()).isEqualTo(302);
    return answer.headers().firstValue("Location").orElseThrow();
  }

  private static HttpRequest.Builder request(UrlShortener shortener, String key) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + shortener.http.getAddress().getPort() + "/" + key));
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }
}
