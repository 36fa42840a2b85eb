package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.gateway.SseClient.Event;
import io.thalweg.gateway.Web.Answer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Watching as server-sent events, on a real node. */
@Timeout(120)
class WatchTest {
  @RegisterExtension static final Boards boards = new Boards(options -> options.heartbeatMs(50));

  @Test
  void eventsComeAsTheyHappenWithPositionNameAndJson() throws IOException {
    try (SseClient client = new SseClient(boards.port(), boards.watch())) {
      assertThat(client.head())
          .startsWith("HTTP/1.1 200 ")
          .contains("content-type: text/event-stream")
          .contains("cache-control: no-store")
          .contains("x-accel-buffering: no");
      client.awaitLine("retry: 1000");

      boards.submit("alice", 7);

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
    boards.submit("m", 0);
    List<Integer> seen = new ArrayList<>();
    String last;
    try (SseClient client = new SseClient(boards.port(), boards.watch() + "?after=0")) {
      assertThat(client.next().name()).isEqualTo("boardCreated");
      seen.add(score(client.next()));
      boards.submit("m", 1);
      Event event = client.next();
      seen.add(score(event));
      last = event.id();
    }
    boards.submit("m", 2);
    boards.restart();
    boards.submit("m", 3);

    try (SseClient client = new SseClient(boards.port(), boards.watch(), "Last-Event-ID", last)) {
      seen.add(score(client.next()));
      seen.add(score(client.next()));
      boards.submit("m", 4);
      seen.add(score(client.next()));
    }
    assertThat(seen).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void theHeaderLastEventIdWinsOverTheQuery() throws IOException {
    boards.submit("m", 0);
    String last;
    try (SseClient client = new SseClient(boards.port(), boards.watch() + "?after=0")) {
      client.next();
      last = client.next().id();
    }
    boards.submit("m", 1);

    try (SseClient client =
        new SseClient(boards.port(), boards.watch() + "?after=0", "Last-Event-ID", last)) {
      assertThat(score(client.next())).isEqualTo(1);
    }
  }

  @Test
  void manyEventsComeInOrder() throws IOException {
    int count = 300;
    for (int i = 0; i < count; i++) {
      boards.submit("m", i);
    }

    try (SseClient client = new SseClient(boards.port(), boards.watch() + "?after=0")) {
      client.next();
      for (int i = 0; i < count; i++) {
        assertThat(score(client.next())).isEqualTo(i);
      }
    }
  }

  @Test
  void anIdleStreamCarriesHeartbeats() throws IOException {
    try (SseClient client = new SseClient(boards.port(), boards.watch())) {
      client.awaitLine(":");
      client.awaitLine(":");
    }
  }

  @Test
  void aPositionThatIsNoneOrOfAnotherHistoryIsRefused() {
    boards.watching("?after=yesterday").isError(400, "INVALID_ARGUMENT", "after", "'yesterday'");
    boards.watching("", "Last-Event-ID", "77-0-5").isError(400, "OUT_OF_RANGE", "resync");
    boards
        .watching("?after=0", "Last-Event-ID", "yesterday")
        .isError(400, "INVALID_ARGUMENT", "Last-Event-ID must be a position", "'yesterday'")
        .names("Last-Event-ID");
    boards
        .watching("", "Last-Event-ID", "1".repeat(100))
        .isError(400, "INVALID_ARGUMENT", "Last-Event-ID must be a position");
    boards.watching("?before=1").isError(400, "INVALID_ARGUMENT", "before is not a query");
  }

  @Test
  void watchersOverTheLimitAreRefusedUntilOneLeaves() throws IOException {
    try (RunningNode other = new RunningNode(options -> options.maxWatchers(2).heartbeatMs(50));
        Web client = new Web(other.port());
        SseClient first = new SseClient(other.port(), boards.watch());
        SseClient second = new SseClient(other.port(), boards.watch())) {
      assertThat(second.head()).startsWith("HTTP/1.1 200 ");
      Answer refused =
          client.get(boards.watch()).isError(429, "RESOURCE_EXHAUSTED", "there are 2 watchers");
      assertThat(refused.header("retry-after")).isEqualTo("5");

      first.leave();

      assertThat(connectWhenThereIsRoom(other.port())).startsWith("HTTP/1.1 200 ");
    }
  }

  /** The server learns of it on its own time that a client has left. */
  private String connectWhenThereIsRoom(int port) throws IOException {
    while (true) {
      try (SseClient client = new SseClient(port, boards.watch())) {
        if (!client.head().startsWith("HTTP/1.1 429 ")) {
          return client.head();
        }
      }
    }
  }

  @Test
  void closingEndsTheStreamCleanly() throws IOException {
    try (SseClient client = new SseClient(boards.port(), boards.watch())) {
      client.awaitLine("retry: 1000");

      boards.restart();

      assertThat(client.ends()).isTrue();
    }
  }

  private static int score(Event event) {
    return event.data().at("/scoresSubmitted/standings/0/submitted").isMissingNode()
        ? event.data().at("/scoresSubmitted/standings/0/score").asInt()
        : event.data().at("/scoresSubmitted/standings/0/submitted").asInt();
  }
}
