package io.thalweg.effects;

import static io.thalweg.effects.Calls.answer;
import static io.thalweg.effects.Calls.failure;
import static io.thalweg.effects.Calls.get;
import static io.thalweg.effects.Calls.post;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import io.thalweg.runtime.EffectOutcome.Responded;
import io.thalweg.runtime.HttpEffect;
import io.thalweg.runtime.HttpEffect.Method;
import io.thalweg.runtime.HttpHeader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent, and what is reported of the answer. */
class HttpEffectsTest {
  private final Queue<String> seen = new ConcurrentLinkedQueue<>();
  private final Queue<Integer> clientPorts = new ConcurrentLinkedQueue<>();
  private HttpServer server;
  private HttpEffects effects;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
    effects = Calls.start(Calls.loopback());
  }

  @AfterEach
  void stop() {
    effects.close();
    server.stop(0);
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private void answerWith(int status, byte[] body, String... headers) {
    server.createContext(
        "/",
        exchange -> {
          seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          clientPorts.add(exchange.getRemoteAddress().getPort());
          exchange.getRequestBody().readAllBytes();
          for (int i = 0; i < headers.length; i += 2) {
            exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
          }
          respond(exchange, status, body);
        });
  }

  private static void respond(HttpExchange exchange, int status, byte[] body) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Test
  void aResponseIsReportedWithStatusHeadersAndBody() {
    answerWith(201, "made".getBytes(StandardCharsets.UTF_8), "X-Note", "yes");

    Responded responded = answer(effects, post(url("/a/b?c=%20d"), "hello"));

    assertThat(responded.status()).isEqualTo(201);
    assertThat(responded.header("x-note")).contains("yes");
    assertThat(responded.body().toStringUtf8()).isEqualTo("made");
    assertThat(responded.bodyTruncated()).isFalse();
    assertThat(responded.succeeded()).isTrue();
    assertThat(seen).containsExactly("POST /a/b?c=%20d");
  }

  @Test
  void theRequestOnTheWireIsTheOneThatWasAskedFor() throws IOException {
    CompletableFuture<String> head = new CompletableFuture<>();
    try (RawServer raw =
        new RawServer(socket -> {
          head.complete(RawServer.readHead(socket));
          RawServer.write(socket, "HTTP/1.1 204 No Content\r\n\r\n");
        })) {
      HttpEffect request =
          new HttpEffect(
              Method.PUT,
              raw.url("//x/../y;z?q=a+b&&c=%2F"),
              List.of(new HttpHeader("X-One", "1"), new HttpHeader("x-one", "2")),
              ByteString.EMPTY,
              Calls.AMPLE_MS);
      CompletableFuture<EffectOutcome> outcome = new CompletableFuture<>();
      effects.perform(new EffectAttempt("some-id_7", 3, request), outcome::complete);

      assertThat(Calls.await(outcome).succeeded()).isTrue();
      assertThat(head.join()).startsWith("PUT //x/../y;z?q=a+b&&c=%2F HTTP/1.1\r\n");
      assertThat(head.join().lines().map(line -> line.toLowerCase(Locale.ROOT)).toList())
          .contains(
              "host: 127.0.0.1:" + raw.port(),
              "x-one: 1",
              "x-one: 2",
              "content-length: 0",
              "webhook-id: some-id_7",
              "thalweg-attempt: 3",
              "user-agent: thalweg")
          .noneMatch(line -> line.startsWith("webhook-signature"))
          .noneMatch(line -> line.startsWith("accept-encoding"))
          .noneMatch(line -> line.startsWith("upgrade"));
    }
  }

  @ParameterizedTest
  @EnumSource(Method.class)
  void everyMethodIsCarried(Method method) {
    answerWith(200, new byte[0]);

    answer(effects, new HttpEffect(method, url("/"), List.of(), ByteString.EMPTY, Calls.AMPLE_MS));

    assertThat(seen).containsExactly(method + " /");
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void aRedirectIsAnOutcomeAndNotFollowed(int status) {
    answerWith(status, new byte[0], "Location", url("/elsewhere"));

    Responded responded = answer(effects, get(url("/here")));

    assertThat(responded.status()).isEqualTo(status);
    assertThat(responded.header("Location")).contains(url("/elsewhere"));
    assertThat(responded.succeeded()).isFalse();
    assertThat(responded.retryable()).isFalse();
    assertThat(seen).containsExactly("GET /here");
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 404, 407, 410, 429, 500, 503})
  void anErrorOfTheReceiverIsReportedAfterOneRequest(int status) {
    answerWith(status, new byte[0], "WWW-Authenticate", "Basic realm=x", "Retry-After", "1");

    Responded responded = answer(effects, get(url("/")));

    assertThat(responded.status()).isEqualTo(status);
    assertThat(responded.retryable()).isEqualTo(status == 429 || status >= 500);
    assertThat(seen).hasSize(1);
  }

  @Test
  void aBodyOfTheLargestSizeIsWhole() {
    answerWith(200, new byte[Responded.MAX_BODY_BYTES]);

    Responded responded = answer(effects, get(url("/")));

    assertThat(responded.body().size()).isEqualTo(Responded.MAX_BODY_BYTES);
    assertThat(responded.bodyTruncated()).isFalse();
  }

  @Test
  void aLargerBodyIsCutAndTheCutIsReported() {
    answerWith(200, new byte[Responded.MAX_BODY_BYTES + 1]);

    Responded responded = answer(effects, get(url("/")));

    assertThat(responded.succeeded()).isTrue();
    assertThat(responded.body().size()).isEqualTo(Responded.MAX_BODY_BYTES);
    assertThat(responded.bodyTruncated()).isTrue();
  }

  @Test
  void anEndlessBodyIsCutAndItsConnectionClosed() throws IOException {
    CompletableFuture<Boolean> clientWentAway = new CompletableFuture<>();
    try (RawServer raw =
        new RawServer(socket -> {
          RawServer.readHead(socket);
          RawServer.write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
          try {
            while (true) {
              RawServer.write(socket, "400\r\n" + "x".repeat(1024) + "\r\n");
            }
          } catch (IOException e) {
            clientWentAway.complete(true);
          }
        })) {
      Responded responded = answer(effects, get(raw.url("/")));

      assertThat(responded.bodyTruncated()).isTrue();
      assertThat(clientWentAway.join()).isTrue();
    }
  }

  @Test
  void aCompressedBodyIsNotUnpacked() {
    answerWith(200, new byte[] {1, 2, 3}, "Content-Encoding", "gzip");

    assertThat(answer(effects, get(url("/"))).body().toByteArray()).containsExactly(1, 2, 3);
  }

  @Test
  void headersThatDoNotFitAreLeftOut() {
    String[] headers = new String[80];
    for (int i = 0; i < headers.length; i += 2) {
      headers[i] = "X-" + i;
      headers[i + 1] = "v";
    }
    answerWith(200, new byte[0], headers);

    assertThat(answer(effects, get(url("/"))).headers()).hasSize(Responded.MAX_HEADERS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHeadOverItsBoundFailsTheCall(boolean oneLine) throws IOException {
    String headers = oneLine ? "X: " + "x".repeat(1 << 20) + "\r\n" : "X: x\r\n".repeat(10 * 1024);
    try (RawServer raw =
        new RawServer(socket -> {
          RawServer.readHead(socket);
          RawServer.write(socket, "HTTP/1.1 200 OK\r\n" + headers + "\r\n");
          RawServer.untilClosed(socket);
        })) {
      Failed failed = failure(effects, get(raw.url("/")));

      assertThat(failed.kind()).isEqualTo(Kind.TOO_LARGE);
      assertThat(failed.retryable()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "SSH-2.0-x\r\n\r\n"})
  void aBrokenAnswerIsRetryable(String answer) throws IOException {
    try (RawServer raw =
        new RawServer(socket -> {
          RawServer.readHead(socket);
          RawServer.write(socket, answer);
        })) {
      Failed failed = failure(effects, get(raw.url("/")));

      assertThat(failed.kind()).isEqualTo(Kind.IO);
      assertThat(failed.retryable()).isTrue();
      assertThat(raw.accepted).hasValue(1);
    }
  }

  @Test
  void connectionsAreUsedAgain() {
    answerWith(200, "x".getBytes(StandardCharsets.UTF_8));

    // An outcome may come a moment before its connection is free; with one only, the next waits.
    try (HttpEffects one = Calls.start(Calls.loopback().withConnections(1, 1))) {
      for (int i = 0; i < 3; i++) {
        answer(one, get(url("/" + i)));
      }
    }

    assertThat(seen).hasSize(3);
    assertThat(clientPorts.stream().distinct().toList()).hasSize(1);
  }

  @Test
  void aPortWithNobodyThereIsAConnectFailure() throws IOException {
    int port;
    try (RawServer raw = new RawServer(RawServer::untilClosed)) {
      port = raw.port();
    }

    Failed failed = failure(effects, get("http://127.0.0.1:" + port + "/"));

    assertThat(failed.kind()).as(failed.text()).isEqualTo(Kind.CONNECT);
    assertThat(failed.retryable()).isTrue();
  }
}
