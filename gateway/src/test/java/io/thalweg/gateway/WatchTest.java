package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.gateway.SseClient.Event;
import io.thalweg.gateway.Web.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Watching as server-sent events, on a real node. */
@Timeout(120)
class WatchTest {
  private static final AtomicInteger BOARDS = new AtomicInteger();

  private static RunningNode node;

  private final String board = "/v1/boards/w" + BOARDS.incrementAndGet();
  private final String watch = board + "/events:watch";
  private Web web;

  @BeforeAll
  static void open() {
    node = new RunningNode(GatewayOptions.defaults().withHeartbeatMs(50));
  }

  @AfterAll
  static void shut() {
    node.close();
  }

  @BeforeEach
  void connect() {
    web = new Web(node.port());
  }

  @AfterEach
  void disconnect() {
    web.close();
  }

  @Test
  void eventsComeAsTheyHappenWithPositionNameAndJson() throws IOException {
    try (SseClient client = new SseClient(node.port(), watch)) {
      assertThat(client.head())
          .startsWith("HTTP/1.1 200 ")
          .contains("content-type: text/event-stream")
          .contains("cache-control: no-store")
          .contains("x-accel-buffering: no");
      client.awaitLine("retry: 1000");

      submit("alice", 7);

      Event created = client.next();
      assertThat(created.name()).isEqualTo("boardCreated");
      Event submitted = client.next();
      assertThat(submitted.name()).isEqualTo("scoresSubmitted");
      assertThat(submitted.id()).isEqualTo(submitted.data().at("/position").asText());
      assertThat(submitted.data().at("/scoresSubmitted/standings/0/member").asText())
          .isEqualTo("alice");
      assertThat(submitted.data().at("/scoresSubmitted/standings/0/score").asInt()).isEqualTo(7);
    }
  }

  @Test
  void aClientThatComesBackMissesAndRepeatsNothingAlsoAcrossARestart() throws IOException {
    submit("m", 0);
    List<Integer> seen = new ArrayList<>();
    String last;
    try (SseClient client = new SseClient(node.port(), watch + "?after=0")) {
      assertThat(client.next().name()).isEqualTo("boardCreated");
      seen.add(score(client.next()));
      submit("m", 1);
      Event event = client.next();
      seen.add(score(event));
      last = event.id();
    }
    submit("m", 2);
    node.restart();
    disconnect();
    connect();
    submit("m", 3);

    try (SseClient client = new SseClient(node.port(), watch, "Last-Event-ID", last)) {
      seen.add(score(client.next()));
      seen.add(score(client.next()));
      submit("m", 4);
      seen.add(score(client.next()));
    }
    assertThat(seen).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void theHeaderLastEventIdWinsOverTheQuery() throws IOException {
    submit("m", 0);
    String last;
    try (SseClient client = new SseClient(node.port(), watch + "?after=0")) {
      client.next();
      last = client.next().id();
    }
    submit("m", 1);

    try (SseClient client = new SseClient(node.port(), watch + "?after=0", "Last-Event-ID", last)) {
      assertThat(score(client.next())).isEqualTo(1);
    }
  }

  @Test
  void manyEventsComeInOrder() throws IOException {
    int count = 300;
    for (int i = 0; i < count; i++) {
      submit("m", i);
    }

    try (SseClient client = new SseClient(node.port(), watch + "?after=0")) {
      client.next();
      for (int i = 0; i < count; i++) {
        assertThat(score(client.next())).isEqualTo(i);
      }
    }
  }

  @Test
  void anIdleStreamCarriesHeartbeats() throws IOException {
    try (SseClient client = new SseClient(node.port(), watch)) {
      client.awaitLine(":");
      client.awaitLine(":");
    }
  }

  @Test
  void aPositionThatIsNoneOrOfAnotherHistoryIsRefused() {
    web.get(watch + "?after=yesterday").isError(400, "INVALID_ARGUMENT", "after", "'yesterday'");
    web.get(watch, "Last-Event-ID", "77-0-5").isError(400, "OUT_OF_RANGE", "resync");
    web.get(watch + "?after=0", "Last-Event-ID", "yesterday")
        .isError(400, "INVALID_ARGUMENT", "Last-Event-ID must be a position", "'yesterday'")
        .names("Last-Event-ID");
    web.get(watch, "Last-Event-ID", "1".repeat(100))
        .isError(400, "INVALID_ARGUMENT", "Last-Event-ID must be a position");
    web.get(watch + "?before=1").isError(400, "INVALID_ARGUMENT", "before is not a query");
  }

  @Test
  void watchersOverTheLimitAreRefusedUntilOneLeaves() throws IOException {
    GatewayOptions narrow = GatewayOptions.defaults().withMaxWatchers(2).withHeartbeatMs(50);
    try (RunningNode other = new RunningNode(narrow);
        Web client = new Web(other.port());
        SseClient first = new SseClient(other.port(), watch);
        SseClient second = new SseClient(other.port(), watch)) {
      assertThat(second.head()).startsWith("HTTP/1.1 200 ");
      Answer refused = client.get(watch).isError(429, "RESOURCE_EXHAUSTED", "there are 2 watchers");
      assertThat(refused.header("retry-after")).isEqualTo("5");

      first.leave();

      assertThat(connectWhenThereIsRoom(other.port())).startsWith("HTTP/1.1 200 ");
    }
  }

  /** The server learns of it on its own time that a client has left. */
  private String connectWhenThereIsRoom(int port) throws IOException {
    while (true) {
      try (SseClient client = new SseClient(port, watch)) {
        if (!client.head().startsWith("HTTP/1.1 429 ")) {
          return client.head();
        }
      }
    }
  }

  @Test
  void closingEndsTheStreamCleanly() throws IOException {
    try (SseClient client = new SseClient(node.port(), watch)) {
      client.awaitLine("retry: 1000");

      node.restart();

      assertThat(client.ends()).isTrue();
    }
  }

  private static int score(Event event) {
    return event.data().at("/scoresSubmitted/standings/0/submitted").isMissingNode()
        ? event.data().at("/scoresSubmitted/standings/0/score").asInt()
        : event.data().at("/scoresSubmitted/standings/0/submitted").asInt();
  }

  private void submit(String member, int score) {
    web.post(board + "/scores", "{\"member\":\"" + member + "\",\"score\":" + score + "}").is(200);
  }
}
