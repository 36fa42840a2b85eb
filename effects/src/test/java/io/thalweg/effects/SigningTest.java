package io.thalweg.effects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import com.sun.net.httpserver.HttpServer;
import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Receivers that use the published library of Standard Webhooks take our requests. */
class SigningTest {
  private static final String OLD = secret(1);
  private static final String NEW = secret(2);
  private static final String OTHER = secret(3);
  private static final String BODY = "{\"type\":\"paid\",\"who\":\"Zo\u00eb\"}";

  /** What a receiver got. */
  private record Received(String body, Map<String, List<String>> headers) {}

  private static String secret(int seed) {
    byte[] bytes = new byte[32];
    new java.util.Random(seed).nextBytes(bytes);
    return "whsec_" + Base64.getEncoder().encodeToString(bytes);
  }

  private static Received send(EffectOptions options) throws IOException {
    CompletableFuture<Received> received = new CompletableFuture<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          Map<String, List<String>> headers = new HashMap<>();
          exchange
              .getRequestHeaders()
              .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
          received.complete(new Received(body, headers));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    try (HttpEffects effects = Calls.start(options)) {
      CompletableFuture<EffectOutcome> outcome = new CompletableFuture<>();
      effects.perform(
          new EffectAttempt(
              "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
              1,
              Calls.post("http://127.0.0.1:" + server.getAddress().getPort() + "/", BODY)),
          outcome::complete);
      assertThat(Calls.await(outcome).succeeded()).isTrue();
      return received.join();
    } finally {
      server.stop(0);
    }
  }

  private static void verify(String secret, Received received) throws WebhookVerificationException {
    new Webhook(secret).verify(received.body(), received.headers());
  }

  @Test
  void anUnmodifiedReceiverVerifiesTheSignature() throws IOException {
    Received received =
        send(Calls.loopback().withSigningKeys(List.of(SigningKey.parse(NEW)), Map.of()));

    assertThatCode(() -> verify(NEW, received)).doesNotThrowAnyException();
    assertThatThrownBy(() -> verify(OTHER, received))
        .isInstanceOf(WebhookVerificationException.class);
    Received changed = new Received(received.body() + " ", received.headers());
    assertThatThrownBy(() -> verify(NEW, changed)).isInstanceOf(WebhookVerificationException.class);
  }

  @Test
  void duringARotationReceiversWithTheOldAndTheNewKeyVerify() throws IOException {
    Received received =
        send(
            Calls.loopback()
                .withSigningKeys(List.of(SigningKey.parse(OLD), SigningKey.parse(NEW)), Map.of()));

    assertThatCode(() -> verify(OLD, received)).doesNotThrowAnyException();
    assertThatCode(() -> verify(NEW, received)).doesNotThrowAnyException();
  }

  @Test
  void theKeysOfAHostReplaceThoseOfTheNode() throws IOException {
    Received received =
        send(
            Calls.loopback()
                .withSigningKeys(
                    List.of(SigningKey.parse(NEW)),
                    Map.of("127.0.0.1", List.of(SigningKey.parse(OTHER)))));

    assertThatCode(() -> verify(OTHER, received)).doesNotThrowAnyException();
    assertThatThrownBy(() -> verify(NEW, received))
        .isInstanceOf(WebhookVerificationException.class);
  }

  @Test
  void aBadKeyIsRefusedWithoutRepeatingIt() {
    for (String bad : List.of("", "whsec_", "whsec_!!!", NEW.substring(6), "whsec_c2hvcnQ=")) {
      assertThatThrownBy(() -> SigningKey.parse(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a signing key must be whsec_ and the Base64 of 24 to 64 bytes")
          .hasNoCause();
    }
    assertThat(SigningKey.parse(NEW)).hasToString("whsec_...");
  }
}
