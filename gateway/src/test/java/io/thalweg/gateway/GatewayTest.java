package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.thalweg.gateway.Web.Answer;
import io.thalweg.gateway.test.Everything;
import io.thalweg.gateway.test.GetThingRequest;
import io.thalweg.gateway.test.Place;
import io.thalweg.gateway.test.PutThingRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.Request;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gateway does by itself, whatever the service. */
@Timeout(120)
class GatewayTest {
  private static final Everything THING = Everything.newBuilder().setAString("x").build();
  private static final int MAX_BODY_BYTES = 10_000;

  private static final ScriptedNode node = new ScriptedNode();
  private static Gateway gateway;
  private static Web web;

  @BeforeAll
  static void start() {
    gateway = Gateway.start(node, options().build());
    web = new Web(gateway.port());
  }

  @AfterAll
  static void stop() {
    web.close();
    gateway.close();
  }

  @BeforeEach
  void answerEverything() {
    node.script = (request, handler) -> handler.reply(THING, new Position(1, 0, 41));
    node.requests.clear();
    node.reasons = List.of();
  }

  private static GatewayOptions.Builder options() {
    return GatewayOptions.builder().port(0).maxBodyBytes(MAX_BODY_BYTES).requestTimeoutMs(60_000);
  }

  @Test
  void anAnswerIsTheReplyWithItsPosition() {
    Answer answer = web.get("/v1/things/a%2Fb").is(200);

    assertThat(answer.at("/aString").asText()).isEqualTo("x");
    assertThat(answer.header("thalweg-position")).isEqualTo("1-0-42");
    assertThat(message(GetThingRequest.class).getName()).isEqualTo("a/b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a%2Fb", "a%3Ab", "%25", "%E2%82%AC%20%F0%9F%98%80", "a+b", "a;b=c", "a%3Bb", "a%5Cb",
        "%2525", "~._-", "a%26b%3Dc", "%22%3C%3E", "...", "a..b", "%2e%2e%2e", "@!$&'()*,=:"
      })
  void anyNameThatIsPercentEncodedArrivesAsItIs(String segment) {
    web.get("/v1/things/" + segment).is(200);

    String plusKept = segment.replace("+", "%2B");
    assertThat(message(GetThingRequest.class).getName())
        .isEqualTo(java.net.URLDecoder.decode(plusKept, StandardCharsets.UTF_8));
  }

  @Test
  void anEmptyNameReachesTheMethodWhichRefusesItByItsRules() {
    web.get("/v1/shelves//things/n").is(200);

    assertThat(message(GetThingRequest.class))
        .isEqualTo(
            GetThingRequest.newBuilder()
                .setName("n")
                .setPlace(Place.newBuilder().setShelf(""))
                .build());
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_ARGUMENT,400",
    "FAILED_PRECONDITION,400",
    "OUT_OF_RANGE,400",
    "UNAUTHENTICATED,401",
    "PERMISSION_DENIED,403",
    "NOT_FOUND,404",
    "ALREADY_EXISTS,409",
    "ABORTED,409",
    "RESOURCE_EXHAUSTED,429",
    "CANCELLED,499",
    "UNKNOWN,500",
    "INTERNAL,500",
    "DATA_LOSS,500",
    "UNIMPLEMENTED,501",
    "UNAVAILABLE,503",
    "DEADLINE_EXCEEDED,504",
  })
  void aFailureHasTheStatusOfItsCode(Code code, int status) {
    node.script = (request, handler) -> handler.failure(Failure.of(code, "so it is"));

    Answer answer = web.get("/v1/things/a").isError(status, code.name(), "so it is");

    assertThat(answer.header("thalweg-position")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1,1", "1000,1", "1001,2", "30000,30"})
  void aRetryDelayIsInTheHeaderRoundedUpToSeconds(long delayMs, String seconds) {
    node.script =
        (request, handler) ->
            handler.failure(Failure.retryable(Code.RESOURCE_EXHAUSTED, "full", delayMs));

    Answer answer = web.get("/v1/things/a").isError(429, "RESOURCE_EXHAUSTED", "full");

    assertThat(answer.header("retry-after")).isEqualTo(seconds);
    assertThat(answer.at("/error/details/0/@type").asText())
        .isEqualTo("type.googleapis.com/google.rpc.RetryInfo");
  }

  @Test
  void aNodeThatThrowsIsAnInternalErrorWithoutItsMessage() {
    node.script =
        (request, handler) -> {
          throw new IllegalStateException("secret");
        };

    Answer answer = web.get("/v1/things/a").isError(500, "INTERNAL", "internal error");

    assertThat(answer.http().body()).doesNotContain("secret");
  }

  @Test
  void anUnknownPathSaysWhereToLook() {
    web.get("/v1/thing/a").isError(404, "NOT_FOUND", "'/v1/thing/a'", "/ lists");
    web.get("/v1/things").isError(404, "NOT_FOUND");
  }

  @Test
  void aWrongMethodNamesThoseThatThereAre() {
    Answer answer =
        web.method("DELETE", "/v1/things/a", "").isError(405, "UNIMPLEMENTED", "GET", "DELETE");

    assertThat(answer.header("allow")).isEqualTo("GET, PUT");
  }

  @Test
  void aBodyOverTheLimitIsRefusedNamingTheBoundAndReachesNothing() {
    String large = "{\"aString\":\"" + "x".repeat(MAX_BODY_BYTES) + "\"}";

    web.method("PUT", "/v1/things/a", large)
        .isError(413, "INVALID_ARGUMENT", "body must have at most 10000 bytes");
    Answer chunked =
        web.send(
            web.request("/v1/things/a", "content-type", "application/json")
                .PUT(
                    BodyPublishers.ofInputStream(() ->
                        new java.io.ByteArrayInputStream(large.getBytes(StandardCharsets.UTF_8)))));
    chunked.isError(413, "INVALID_ARGUMENT", "body must have at most 10000 bytes");

    assertThat(node.requests).isEmpty();
  }

  @Test
  void aBodyAtTheLimitIsTaken() {
    String frame = "{\"aString\":\"\"}";
    String text = "x".repeat(MAX_BODY_BYTES - frame.length());

    web.method("PUT", "/v1/things/a", "{\"aString\":\"" + text + "\"}").is(200);

    assertThat(message(PutThingRequest.class).getThing().getAString()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        "application/xml"
      })
  void anotherContentTypeIsRefusedNamingTheHeader(String type) {
    Answer answer =
        web.send(
            web.request("/v1/things/a", "content-type", type).PUT(BodyPublishers.ofString("{}")));

    answer.isError(415, "INVALID_ARGUMENT", "Content-Type must be application/json", type);
    assertThat(node.requests).isEmpty();
  }

  @Test
  void aBodyWithoutContentTypeIsRefused() {
    web.send(web.request("/v1/things/a").PUT(BodyPublishers.ofString("{}")))
        .isError(415, "INVALID_ARGUMENT", "got none");
  }

  @Test
  void aBodyWhereNoneBelongsIsRefused() {
    web.method("GET", "/v1/things/a", "{}").isError(400, "INVALID_ARGUMENT", "must be empty");
    assertThat(node.requests).isEmpty();
  }

  @Test
  void anEmptyBodyIsAnEmptyMessage() {
    web.method("PUT", "/v1/things/a", "").is(200);

    assertThat(message(PutThingRequest.class))
        .isEqualTo(PutThingRequest.newBuilder().setName("a").build());
  }

  @Test
  void aRequestLineOverTheLimitIsRefusedNamingTheBound() throws IOException {
    String target = "/v1/things/" + "x".repeat(20_000);

    assertThat(raw("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 414 ")
        .contains("at most 16384 bytes");
  }

  @Test
  void headersOverTheLimitAreRefusedNamingTheBound() throws IOException {
    String header = "x-long: " + "x".repeat(40_000) + "\r\n";

    assertThat(raw("GET /livez HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n"))
        .startsWith("HTTP/1.1 431 ")
        .contains("at most 32768 bytes");
  }

  @Test
  void aPathThatIsNotPercentEncodedIsRefused() throws IOException {
    assertThat(raw("GET /v1/things/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .contains("percent-encoded");
  }

  @Test
  void aSessionReadSaysWhatWasSeenAndIsToldHowFarBehindTheAnswerIs() throws InterruptedException {
    node.script = (request, handler) -> handler.replyOfFollower(THING, new Position(1, 0, 45), 7);
    Answer answer = web.get("/v1/things/a", "Thalweg-Session", "1-0-42").is(200);

    assertThat(next().seen()).isEqualTo(new Position(1, 0, 41));
    assertThat(answer.header("thalweg-position")).isEqualTo("1-0-46");
    assertThat(answer.header("thalweg-lag")).isEqualTo("7");
    web.get("/v1/things/a", "Thalweg-Session", "0").is(200);
    assertThat(next().seen()).isEqualTo(new Position(0, 0, -1));
    web.get("/v1/things/a").is(200);
    assertThat(next().seen()).isNull();
  }

  @Test
  void whatWasSeenMustBeAPosition() {
    web.get("/v1/things/a", "Thalweg-Session", "yesterday")
        .isError(400, "INVALID_ARGUMENT", "thalweg-session must be a position");
    assertThat(node.requests).isEmpty();
  }

  @Test
  void aRequestNameGoesToTheNode() throws InterruptedException {
    web.get("/v1/things/a", "Idempotency-Key", "n".repeat(128)).is(200);

    assertThat(next().name()).isEqualTo("n".repeat(128));
  }

  @Test
  void aRequestNameOutOfItsBoundsIsRefusedNamingTheHeader() {
    web.get("/v1/things/a", "Idempotency-Key", "n".repeat(129))
        .isError(400, "INVALID_ARGUMENT", "Idempotency-Key must have 1 to 128 bytes; got 129")
        .names("Idempotency-Key");
    web.get("/v1/things/a", "Idempotency-Key", "")
        .isError(400, "INVALID_ARGUMENT", "Idempotency-Key must have 1 to 128 bytes; got 0");
    assertThat(node.requests).isEmpty();
  }

  @Test
  void twoRequestNamesAreRefusedNamingTheHeader() {
    web.get("/v1/things/a", "Idempotency-Key", "one", "idempotency-key", "two")
        .isError(400, "INVALID_ARGUMENT", "Idempotency-Key must be given once")
        .names("Idempotency-Key");
    assertThat(node.requests).isEmpty();
  }

  @Test
  void aRequestHasADeadline() throws InterruptedException {
    long beforeNs = System.nanoTime();
    web.get("/v1/things/a").is(200);

    assertThat(next().deadlineNs() - beforeNs).isBetween(1L, TimeUnit.SECONDS.toNanos(120));
  }

  @Test
  void aRequestThatIsNotAnsweredInTimeIsToldThatItsOutcomeIsUnknown() {
    node.script = (request, handler) -> {};
    try (Gateway hasty = Gateway.start(node, options().requestTimeoutMs(50).build());
        Web client = new Web(hasty.port())) {
      client
          .get("/v1/things/a")
          .isError(504, "DEADLINE_EXCEEDED", "within 50 ms", "Idempotency-Key");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1"})
  void aHostThatIsNotThisServerIsRefused(String host) throws IOException {
    assertThat(raw("GET /v1/things/a HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))
        .startsWith("HTTP/1.1 403 ")
        .contains("PERMISSION_DENIED", "the header Host must name this server");
    assertThat(node.requests).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:80", "[::1]:80", "[::1]"})
  void aLoopbackHostIsServed(String host) throws IOException {
    assertThat(raw("GET /v1/things/a HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))
        .startsWith("HTTP/1.1 200 ");
  }

  @Test
  void aConfiguredHostIsServed() throws IOException {
    GatewayOptions named = options().allowedHosts(Set.of("Node.Example")).build();
    try (Gateway other = Gateway.start(node, named)) {
      assertThat(raw(other.port(), "GET /livez HTTP/1.1\r\nHost: node.example:99\r\n\r\n"))
          .startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void aRequestThatAnotherSiteMakesAPageSendIsRefused() {
    web.get("/v1/things/a", "Origin", "http://evil.example")
        .isError(403, "PERMISSION_DENIED", "Origin");
    web.get("/v1/things/a", "Origin", "null").isError(403, "PERMISSION_DENIED", "Origin");
    assertThat(node.requests).isEmpty();
    web.get("/v1/things/a", "Origin", "http://127.0.0.1:" + gateway.port()).is(200);
  }

  @Test
  void readinessSaysWhyNot() {
    web.get("/readyz").is(200);
    node.reasons = List.of("partition things/0 is loading");

    Answer answer = web.get("/readyz").is(503);

    assertThat(answer.at("/ready").asBoolean()).isFalse();
    assertThat(answer.at("/reasons/0").asText()).isEqualTo("partition things/0 is loading");
    assertThat(web.get("/livez").is(200).at("/live").asBoolean()).isTrue();
  }

  @Test
  void metricsCountRequestsByMethodAndCode() {
    web.get("/v1/things/a").is(200);
    web.get("/v1/things/a?bad=1").is(400);

    assertThat(web.get("/metrics").is(200).http().body())
        .containsPattern(
            "thalweg_gateway_requests_seconds_count\\{code=\"OK\","
                + "method=\"thalweg.gateway.test.Things/GetThing\",protocol=\"http\"} [1-9]")
        .containsPattern(
            "thalweg_gateway_requests_seconds_count\\{code=\"INVALID_ARGUMENT\".*} [1-9]");
  }

  @Test
  void theFirstPageListsEveryMethod() {
    assertThat(web.get("/").is(200).http().body())
        .contains("thalweg.gateway.test.Things")
        .contains("curl 'http://HOST:PORT/v1/things/{name}'")
        .contains("curl -X PUT 'http://HOST:PORT/v1/things/{name}' --json '{...}'")
        .doesNotContain("<!-- methods -->");
  }

  @Test
  void closingAnswersWhatIsInFlightAndRefusesWhatIsNew() throws Exception {
    BlockingQueue<ReplyHandler> held = new LinkedBlockingQueue<>();
    node.script = (request, handler) -> held.add(handler);
    Gateway closing = Gateway.start(node, options().build());
    int port = closing.port();
    Web client = new Web(port);
    CompletableFuture<Answer> inFlight = client.sendAsync(client.request("/v1/things/a").GET());
    ReplyHandler handler = held.take();

    Thread closer = Thread.ofPlatform().start(closing::close);
    try (Web other = new Web(port)) {
      Answer ready = other.get("/readyz");
      while (ready.http().statusCode() != 503) {
        ready = other.get("/readyz");
      }
      assertThat(ready.at("/reasons/0").asText()).isEqualTo("the server is shutting down");
      other.get("/v1/things/b").isError(503, "UNAVAILABLE", "shutting down");
    }
    assertThat(inFlight).isNotDone();
    handler.reply(THING, new Position(1, 0, 0));

    inFlight.get(30, TimeUnit.SECONDS).is(200);
    closer.join();
    client.close();
    assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void closingDoesNotWaitLongerThanTheDrainTimeout() throws Exception {
    BlockingQueue<ReplyHandler> held = new LinkedBlockingQueue<>();
    node.script = (request, handler) -> held.add(handler);
    Gateway other = Gateway.start(node, options().drainTimeoutMs(50).build());
    try (Web client = new Web(other.port())) {
      CompletableFuture<Answer> inFlight = client.sendAsync(client.request("/v1/things/a").GET());
      held.take();

      other.close();

      assertThat(inFlight.handle((answer, cause) -> "ended").get(30, TimeUnit.SECONDS))
          .isEqualTo("ended");
    }
  }

  @Test
  void aPortThatIsTakenIsAnErrorThatNamesIt() {
    assertThatThrownBy(() -> Gateway.start(node, options().port(gateway.port()).build()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("127.0.0.1:" + gateway.port());
  }

  private Request next() throws InterruptedException {
    return node.requests.take();
  }

  private <T> T message(Class<T> type) {
    Request request = node.requests.remove();
    return type.cast(request.message());
  }

  private String raw(String request) throws IOException {
    return raw(gateway.port(), request);
  }

  private static String raw(int port, String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return RawClients.exchange(socket, request);
    }
  }
}
