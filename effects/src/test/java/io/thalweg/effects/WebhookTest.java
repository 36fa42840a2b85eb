package io.thalweg.effects;

import static org.assertj.core.api.Assertions.assertThat;

import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import io.thalweg.effects.orders.GetOrderRequest;
import io.thalweg.effects.orders.Order;
import io.thalweg.effects.orders.PlaceRequest;
import io.thalweg.runtime.EffectRetryPolicy;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a command of a service to a receiver outside, and back. */
class WebhookTest {
  private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(new byte[32]);
  private static final EffectRetryPolicy QUICK = new EffectRetryPolicy(1, 20, 0, 1000);
  private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);

  @TempDir Path data;

  /** What the receiver got. */
  private record Received(String body, Map<String, List<String>> headers) {
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }
  }

  private static HttpServer receiver(List<Received> received) throws IOException {
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
          received.add(new Received(body, headers));
          // The first time it cannot take it.
          byte[] answer = "thank you".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(received.size() == 1 ? 503 : 200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  @Test
  void aCommandFiresASignedWebhookUntilItIsTakenAndHearsTheAnswer() throws Exception {
    List<Received> received = new CopyOnWriteArrayList<>();
    HttpServer server = receiver(received);
    EffectOptions options =
        Calls.loopback().withSigningKeys(List.of(SigningKey.parse(SECRET)), Map.of());
    try (HttpEffects effects = Calls.start(options);
        Node node =
            Thalweg.at(data)
                .service(Orders.TYPE)
                .effects(effects, QUICK, Duration.ofHours(1))
                .open()) {
      String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/orders";
      Order placed =
          node.call(PlaceRequest.newBuilder().setOrder("17").setUrl(url).build(), Order.class);
      Order order = awaitNotice(node, "17");

      assertThat(order.getStatus()).isEqualTo(200);
      assertThat(order.getAnswer()).isEqualTo("thank you");
      assertThat(order.getNotices()).isEqualTo(1);
      assertThat(received).hasSize(2);
      for (int i = 0; i < received.size(); i++) {
        Received each = received.get(i);
        assertThat(each.body()).isEqualTo("{\"placed\":\"17\"}");
        assertThat(each.header("webhook-id")).isEqualTo(placed.getEffect());
        assertThat(each.header("thalweg-attempt")).isEqualTo(Integer.toString(i + 1));
        // Throws if the signature is not of this body, or of another key.
        new Webhook(SECRET).verify(each.body(), each.headers());
      }
    } finally {
      server.stop(0);
    }
  }

  private static Order awaitNotice(Node node, String name) {
    GetOrderRequest request = GetOrderRequest.newBuilder().setOrder(name).build();
    long beganNs = System.nanoTime();
    while (true) {
      Order order = node.call(request, Order.class);
      if (order.getNotices() > 0) {
        return order;
      }
      assertThat(System.nanoTime() - beganNs).as("time to wait").isLessThan(PATIENCE_NS);
      Thread.onSpinWait();
    }
  }
}
