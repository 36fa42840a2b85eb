package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.Socket;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each bound is reached: who is over it hears which one it is, a counter goes up, and nobody else
 * is refused. Bounds of single requests are in {@link GatewayTest} and {@link BombsTest}, those of
 * slow clients in {@link SlowClientsTest}.
 */
@Timeout(180)
class BoundsTest {
  private static final String GET = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String CHANNELS = "/connection/websocket";
  private static final String WATCH = "/v1/boards/b/events:watch";

  private static RunningNode limited(Security.Limits limits) {
    return new RunningNode(options -> options.security(Security.open().withLimits(limits)));
  }

  private static RunningNode watching(WatchOptions watching) {
    return new RunningNode(options -> options.watching(watching));
  }

  private static double refused(RunningNode node, String reason) {
    return node.node()
        .meters()
        .get("thalweg.gateway.refused")
        .tag("reason", reason)
        .counter()
        .count();
  }

  private static double limited(RunningNode node, String limit) {
    MeterRegistry meters = node.node().meters();
    return meters.get("thalweg.gateway.limited").tag("limit", limit).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  @Test
  void connectionsOverTheBoundAreClosed() throws Exception {
    try (RunningNode node = new RunningNode(options -> options.maxConnections(2));
        Socket one = new Socket("127.0.0.1", node.port());
        Socket two = new Socket("127.0.0.1", node.port())) {
      assertThat(RawClients.exchange(one, GET)).startsWith("HTTP/1.1 200");
      assertThat(RawClients.exchange(two, GET)).startsWith("HTTP/1.1 200");
      assertThat(connections(node)).isEqualTo(1.0);
      try (Socket three = new Socket("127.0.0.1", node.port())) {
        assertThatThrownBy(() -> RawClients.exchange(three, GET)).isInstanceOf(IOException.class);
      }
      assertThat(
              node.node()
                  .meters()
                  .get("thalweg.gateway.connections.refused")
                  .tag("protocol", "http")
                  .counter()
                  .count())
          .isEqualTo(1);
      one.shutdownOutput();
      Eventually.until("there is room again", () -> connections(node) == 0.5);
      try (Socket three = new Socket("127.0.0.1", node.port())) {
        assertThat(RawClients.exchange(three, GET)).startsWith("HTTP/1.1 200");
      }
    }
  }

  private static double connections(RunningNode node) {
    return saturation(node, "connections", "http");
  }

  private static double saturation(RunningNode node, String bound, String of) {
    return node.node()
        .meters()
        .get("thalweg.saturation")
        .tag("bound", bound)
        .tag("of", of)
        .gauge()
        .value();
  }

  @Test
  void bytesOfAProjectOverTheBoundAreRefused() {
    try (RunningNode node = limited(new Security.Limits(0, 100, 0, 0));
        Web web = new Web(node.port())) {
      String score = "{\"member\":\"" + "m".repeat(80) + "\",\"score\":1}";
      Web.Answer last =
          IntStream.range(0, 100)
              .mapToObj(i -> web.post("/v1/boards/b/scores", score))
              .filter(answer -> answer.http().statusCode() != 200)
              .findFirst()
              .orElseThrow();
      last.isError(429, "RESOURCE_EXHAUSTED", "project", "limit of 100 bytes a second");
      assertThat(last.header("retry-after")).isNotEmpty();
      assertThat(limited(node, "bytes")).isEqualTo(1);
      assertThat(saturation(node, "bytes", "fullest project")).isGreaterThan(0);
    }
  }

  @Test
  void watchersOfAProjectOverTheBoundAreRefused() throws Exception {
    try (RunningNode node = limited(new Security.Limits(0, 0, 0, 1));
        Web web = new Web(node.port());
        SseClient first = new SseClient(node.port(), WATCH)) {
      assertThat(first.head()).startsWith("HTTP/1.1 200 ");
      web.get(WATCH).isError(429, "RESOURCE_EXHAUSTED", "this project has 1 watchers already");
      assertThat(limited(node, "watchers")).isEqualTo(1);
      assertThat(saturation(node, "watchers", "fullest project")).isEqualTo(1);
    }
  }

  private static SocketClient connected(RunningNode node) throws InterruptedException {
    SocketClient client = new SocketClient(node.port(), CHANNELS);
    client.send("{\"id\":1,\"connect\":{}}");
    assertThat(client.next().has("connect")).isTrue();
    return client;
  }

  private static JsonNode subscribe(SocketClient client, String channel) throws Exception {
    client.send("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
    return client.next();
  }

  @Test
  void channelsOfAConnectionOverTheBoundAreRefused() throws Exception {
    try (RunningNode node = watching(WatchOptions.builder().maxChannels(2).build());
        SocketClient client = connected(node)) {
      assertThat(subscribe(client, "leaderboard:a").has("subscribe")).isTrue();
      assertThat(subscribe(client, "leaderboard:b").has("subscribe")).isTrue();
      JsonNode refused = subscribe(client, "leaderboard:c");
      assertThat(refused.at("/error/code").asInt()).isEqualTo(106);
      assertThat(refused.at("/error/message").asText()).contains("at most 2 channels");
      assertThat(limited(node, "channels")).isEqualTo(1);
      assertThat(saturation(node, "centrifuge-channels", "fullest connection")).isEqualTo(1);

      client.send("{\"id\":3,\"unsubscribe\":{\"channel\":\"leaderboard:a\"}}");
      client.next();
      assertThat(subscribe(client, "leaderboard:c").has("subscribe")).isTrue();
      JsonNode unknown = subscribe(client, "leaderboard:" + "x".repeat(255));
      assertThat(unknown.at("/error/code").asInt()).isEqualTo(102);
    }
  }

  @Test
  void callsOfAConnectionOverTheBoundAreRefused() throws Exception {
    ScriptedNode backend = new ScriptedNode();
    // Nothing is answered.
    backend.script = (request, handler) -> {};
    GatewayOptions options = GatewayOptions.builder().port(0).drainTimeoutMs(50).build();
    try (Gateway gateway = Gateway.start(backend, options);
        SocketClient client = new SocketClient(gateway.port(), CHANNELS)) {
      client.send("{\"id\":1,\"connect\":{}}");
      client.next();
      String call = "\"rpc\":{\"method\":\"thalweg.gateway.test.Things/GetThing\",\"data\":{}}}";
      for (int i = 0; i <= CentrifugeConnection.MAX_IN_FLIGHT; i++) {
        client.send("{\"id\":" + (i + 2) + "," + call);
      }
      JsonNode refused = client.next();
      assertThat(refused.at("/id").asInt()).isEqualTo(CentrifugeConnection.MAX_IN_FLIGHT + 2);
      assertThat(refused.at("/error/code").asInt()).isEqualTo(111);
      assertThat(refused.at("/error/message").asText()).contains("at most 128 calls");
      assertThat(
              backend
                  .meters()
                  .get("thalweg.gateway.limited")
                  .tag("limit", "calls")
                  .counter()
                  .count())
          .isEqualTo(1);
    }
  }

  @Test
  void presenceNamesOnlySoManyAndCountsAll() throws Exception {
    try (RunningNode node = watching(WatchOptions.builder().maxPresence(1).build());
        SocketClient one = connected(node);
        SocketClient two = connected(node)) {
      assertThat(subscribe(one, "leaderboard:a").has("subscribe")).isTrue();
      assertThat(subscribe(two, "leaderboard:a").has("subscribe")).isTrue();
      two.send("{\"id\":3,\"presence\":{\"channel\":\"leaderboard:a\"}}");
      assertThat(two.next().at("/presence/presence")).hasSize(1);
      two.send("{\"id\":4,\"presence_stats\":{\"channel\":\"leaderboard:a\"}}");
      assertThat(two.next().at("/presence_stats/num_clients").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aMessageOfASocketOverTheBoundClosesIt() throws Exception {
    try (RunningNode node = watching(WatchOptions.builder().maxFrameBytes(1_000).build());
        SocketClient client = connected(node);
        SocketClient other = connected(node)) {
      client.send(" ".repeat(1_001));
      assertThat(client.closeCode()).isEqualTo(1009);
      Eventually.until("it is counted", () -> refused(node, "message_too_large") == 1);
      assertThat(subscribe(other, "leaderboard:a").has("subscribe")).isTrue();
    }
  }

  @Test
  void aPollWaitsNoLongerThanTheBound() {
    try (RunningNode node = watching(WatchOptions.builder().maxWaitMs(50).build());
        Web web = new Web(node.port())) {
      // Else it would be longer than this test may take.
      assertThat(web.get(WATCH + "?wait=3600s").is(200).at("/items")).isEmpty();
    }
  }
}
