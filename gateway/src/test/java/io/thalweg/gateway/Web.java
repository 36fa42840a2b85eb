package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** The gateway as the JDK's own HTTP client meets it. */
final class Web implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client;
  private final String base;

  Web(int port) {
    this(port, HttpClient.Version.HTTP_1_1);
  }

  private Web(int port, HttpClient.Version version) {
    this.client = HttpClient.newBuilder().version(version).build();
    this.base = "http://127.0.0.1:" + port;
  }

  /** A client that upgrades to HTTP/2. */
  static Web http2(int port) {
    return new Web(port, HttpClient.Version.HTTP_2);
  }

  /** Percent-encodes one segment of a path, or one value of a query. */
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A JSON string. */
  static String quoted(String text) {
    return JSON.getNodeFactory().textNode(text).toString();
  }

  /** An answer with its body parsed. */
  record Answer(HttpResponse<String> http, JsonNode json) {
    Answer is(int status) {
      assertThat(http.statusCode()).as("status of %s", http.body()).isEqualTo(status);
      return this;
    }

    /** That it is an error of this form, whose message has each of these texts. */
    Answer isError(int httpStatus, String code, String... texts) {
      is(httpStatus);
      assertThat(json.at("/error/code").asInt()).isEqualTo(httpStatus);
      assertThat(json.at("/error/status").asText()).isEqualTo(code);
      for (String text : texts) {
        assertThat(json.at("/error/message").asText()).contains(text);
      }
      assertThat(http.headers().firstValue("content-type").orElse(""))
          .isEqualTo("application/json; charset=utf-8");
      return this;
    }

    /** That its first field violation names this field. */
    Answer names(String field) {
      assertThat(json.at("/error/details/0/@type").asText())
          .isEqualTo("type.googleapis.com/google.rpc.BadRequest");
      assertThat(json.at("/error/details/0/fieldViolations/0/field").asText()).isEqualTo(field);
      return this;
    }

    String header(String name) {
      return http.headers().firstValue(name).orElse("");
    }

    JsonNode at(String pointer) {
      return json.at(pointer);
    }
  }

  Answer get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  Answer post(String path, String json, String... headers) {
    return send(
        request(path, headers)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(json)));
  }

  CompletableFuture<Answer> postAsync(String path, String json) {
    return sendAsync(
        request(path)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(json)));
  }

  Answer method(String method, String path, String json, String... headers) {
    HttpRequest.Builder request = request(path, headers);
    return json.isEmpty()
        ? send(request.method(method, BodyPublishers.noBody()))
        : send(
            request
                .header("content-type", "application/json")
                .method(method, BodyPublishers.ofString(json)));
  }

  HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return request;
  }

  Answer send(HttpRequest.Builder request) {
    try {
      return answer(client.send(request.build(), BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  CompletableFuture<Answer> sendAsync(HttpRequest.Builder request) {
    return client.sendAsync(request.build(), BodyHandlers.ofString()).thenApply(Web::answer);
  }

  private static Answer answer(HttpResponse<String> http) {
    boolean isJson =
        http.headers().firstValue("content-type").orElse("").startsWith("application/json");
    try {
      return new Answer(http, isJson ? JSON.readTree(http.body()) : JSON.nullNode());
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + http.body(), e);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
