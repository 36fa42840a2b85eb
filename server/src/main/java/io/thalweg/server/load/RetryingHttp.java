package io.thalweg.server.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.rpc.Code;
import io.thalweg.server.CommandFailed;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends requests that may be repeated, again and again with growing pauses, while the server cannot
 * be reached or says that it is busy.
 */
public final class RetryingHttp implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);
  private static final long FIRST_PAUSE_MS = 100;
  private static final long MAX_PAUSE_MS = 5_000;
  private static final JsonFactory JSON = new JsonFactory();

  private final HttpClient client =
      Presented.trust(HttpClient.newBuilder())
          .connectTimeout(CONNECT_TIMEOUT)
          .version(HttpClient.Version.HTTP_1_1)
          .build();
  private final long patienceMs;
  private final Consumer<String> waiting;

  /**
   * @param patienceMs how long one request is tried again before the command gives up
   * @param waiting told once for each request that has to wait, with the reason
   */
  public RetryingHttp(long patienceMs, Consumer<String> waiting) {
    this.patienceMs = patienceMs;
    this.waiting = waiting;
  }

  /**
   * The first answer that is not "try again".
   *
   * @throws CommandFailed if there is none in time
   */
  Answer send(HttpRequest request) throws InterruptedException {
    return answer(request, exchange(request));
  }

  /**
   * The bytes of a good answer.
   *
   * @throws CommandFailed if there is none in time, or the answer is an error; says which
   */
  public byte[] fetch(HttpRequest request) throws InterruptedException {
    HttpResponse<byte[]> response = exchange(request);
    if (response.statusCode() != 200) {
      throw new CommandFailed(answer(request, response).problem());
    }
    return response.body();
  }

  private HttpResponse<byte[]> exchange(HttpRequest request) throws InterruptedException {
    long startNs = System.nanoTime();
    HttpRequest bounded =
        Presented.to(HttpRequest.newBuilder(request, (_, _) -> true))
            .timeout(REQUEST_TIMEOUT)
            .build();
    for (int attempt = 0; ; attempt++) {
      String problem;
      long askedPauseMs = 0;
      try {
        HttpResponse<byte[]> response =
            client.send(bounded, HttpResponse.BodyHandlers.ofByteArray());
        if (!isBusy(response.statusCode())) {
          return response;
        }
        problem = answer(request, response).problem();
        askedPauseMs = retryAfterMs(response);
      } catch (IOException e) {
        String said = e.getMessage();
        problem =
            "cannot reach " + request.uri().resolve("/") + (said == null ? "" : " (" + said + ")");
      }
      long waitedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs);
      if (waitedMs >= patienceMs) {
        throw new CommandFailed(problem + "; gave up after " + waitedMs / 1000 + " s");
      }
      if (attempt == 0) {
        waiting.accept(problem);
      }
      Thread.sleep(Math.min(Math.max(pauseMs(attempt), askedPauseMs), patienceMs - waitedMs));
    }
  }

  /** Doubles, with jitter, so that many loaders do not come back at once. */
  private static long pauseMs(int attempt) {
    long pause = Math.min(FIRST_PAUSE_MS << Math.min(attempt, 10), MAX_PAUSE_MS);
    return pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
  }

  private static boolean isBusy(int status) {
    return status == 408 || status == 429 || (status >= 502 && status <= 504);
  }

  private static long retryAfterMs(HttpResponse<?> response) {
    try {
      long seconds = response.headers().firstValueAsLong("retry-after").orElse(0);
      return Math.clamp(seconds * 1000, 0, MAX_PAUSE_MS);
    } catch (NumberFormatException e) {
      return 0; // a date, from a proxy
    }
  }

  private static Answer answer(HttpRequest request, HttpResponse<byte[]> response) {
    int status = response.statusCode();
    String body = new String(response.body(), StandardCharsets.UTF_8);
    if (status == 200) {
      return new Answer(Code.OK, body, "");
    }
    Code code = Code.UNKNOWN;
    String message = "";
    // {"error": {"code": 409, "status": "ABORTED", "message": "...", ...}}
    try (JsonParser json = JSON.createParser(body)) {
      int depth = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (depth == 2 && token == JsonToken.VALUE_STRING) {
          switch (json.currentName()) {
            case "status" -> code = code(json.getText());
            case "message" -> message = json.getText();
            case null, default -> {}
          }
        }
      }
    } catch (IOException e) {
      // not ours: the status must do
    }
    String problem =
        message.isEmpty()
            ? "%s answered HTTP status %d".formatted(request.uri(), status)
            : "the server says: " + message;
    return new Answer(code == Code.OK ? Code.UNKNOWN : code, body, problem);
  }

  private static Code code(String name) {
    return Arrays.stream(Code.values())
        .filter(code -> code.name().equals(name))
        .findFirst()
        .orElse(Code.UNKNOWN);
  }

  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }

  /**
   * What the server said.
   *
   * @param problem what went wrong, for a person; empty if nothing did
   */
  record Answer(Code code, String body, String problem) {
    /** The body of a good answer. */
    String orFail() {
      if (code != Code.OK) {
        throw new CommandFailed(problem);
      }
      return body;
    }
  }
}
