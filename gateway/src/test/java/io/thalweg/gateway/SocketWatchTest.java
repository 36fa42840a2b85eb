package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Watching over a WebSocket, on a real node. */
@Timeout(120)
class SocketWatchTest {
  @RegisterExtension static final Boards boards = new Boards(options -> options.heartbeatMs(200));

  @Test
  void eventsComeAsJsonWithTheirPositionAndName() throws Exception {
    try (SocketClient client = new SocketClient(boards.port(), boards.watch())) {
      JsonNode opened = client.next();
      assertThat(opened.at("/event").asText()).isEqualTo("opened");

      boards.submit("alice", 7);

      assertThat(client.next().at("/event").asText()).isEqualTo("boardCreated");
      JsonNode submitted = client.next();
      assertThat(submitted.at("/event").asText()).isEqualTo("scoresSubmitted");
      assertThat(submitted.at("/id").asText()).isEqualTo(submitted.at("/data/position").asText());
      assertThat(submitted.at("/data/scoresSubmitted/standings/0/member").asText())
          .isEqualTo("alice");
    }
  }

  @Test
  void aClientThatWasSentNothingComesBackAfterWhereItBegan() throws Exception {
    boards.submit("m", 1);
    String place;
    try (SocketClient client = new SocketClient(boards.port(), boards.watch())) {
      place = client.next().at("/id").asText();
    }
    boards.submit("m", 2);
    try (SocketClient client =
        new SocketClient(boards.port(), boards.watch() + "?after=" + place)) {
      assertThat(client.next().at("/id").asText()).isEqualTo(place);
      assertThat(client.next().at("/data/scoresSubmitted/standings/0/score").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aRequestThatIsRefusedIsALastEventAndACloseCode() throws Exception {
    try (SocketClient client =
        new SocketClient(boards.port(), boards.watch() + "?after=yesterday")) {
      JsonNode error = client.next();
      assertThat(error.at("/event").asText()).isEqualTo("error");
      assertThat(error.at("/data/error/status").asText()).isEqualTo("INVALID_ARGUMENT");
      assertThat(error.at("/data/error/message").asText()).contains("'yesterday'");
      assertThat(client.closeCode()).isEqualTo(1008);
      assertThat(client.closeReason()).contains("after must be a position");
    }
    try (SocketClient client = new SocketClient(boards.port(), boards.watch() + "?after=77-0-5")) {
      assertThat(client.next().at("/data/error/status").asText()).isEqualTo("OUT_OF_RANGE");
      assertThat(client.closeCode()).isEqualTo(1008);
    }
  }

  @Test
  void watchersOverTheLimitAreToldToComeBackLater() throws Exception {
    try (RunningNode other = new RunningNode(options -> options.maxWatchers(1));
        SocketClient first = new SocketClient(other.port(), boards.watch());
        SocketClient second = new SocketClient(other.port(), boards.watch())) {
      assertThat(first.next().at("/event").asText()).isEqualTo("opened");
      JsonNode error = second.next();
      assertThat(error.at("/data/error/status").asText()).isEqualTo("RESOURCE_EXHAUSTED");
      assertThat(error.at("/data/error/details/0/retryDelay").asText()).isEqualTo("5s");
      assertThat(second.closeCode()).isEqualTo(1013);
    }
  }

  @Test
  void closingSendsTheClientAwayWithATimeToComeBack() throws Exception {
    try (RunningNode other = new RunningNode()) {
      SocketClient client = new SocketClient(other.port(), boards.watch());
      String place = client.next().at("/id").asText();
      other.restart();

      JsonNode error = client.next();
      assertThat(error.at("/id").asText()).isEqualTo(place);
      assertThat(error.at("/data/error/status").asText()).isEqualTo("UNAVAILABLE");
      assertThat(error.at("/data/error/details/0/retryDelay").asText()).endsWith("s");
      assertThat(client.closeCode()).isEqualTo(1001);
      client.close();
    }
  }

  @Test
  void anIdleSocketCarriesPings() throws Exception {
    try (SocketClient client = new SocketClient(boards.port(), boards.watch())) {
      for (int i = 0; i < 5; i++) {
        assertThat(client.pings.poll(60, TimeUnit.SECONDS)).isTrue();
      }
      boards.submit("late", 1);
      client.next();
      assertThat(client.next().at("/event").asText()).isEqualTo("boardCreated");
    }
  }

  @Test
  void aPageOfAnotherSiteIsRefused() {
    assertThatThrownBy(() ->
            new SocketClient(boards.port(), boards.watch(), "Origin", "https://elsewhere.example"))
        .rootCause()
        .hasMessageContaining("403");
    new SocketClient(boards.port(), boards.watch(), "Origin", "http://127.0.0.1:" + boards.port())
        .close();
  }

  @Test
  void onlyWhatCanBeWatchedIsASocket() {
    assertThatThrownBy(() -> new SocketClient(boards.port(), "/v1/boards"))
        .rootCause()
        .hasMessageContaining("404");
    assertThatThrownBy(() -> new SocketClient(boards.port(), "/nothing"))
        .rootCause()
        .hasMessageContaining("404");
  }

  @Test
  void aClientThatTalksIsSentAway() throws Exception {
    try (SocketClient client = new SocketClient(boards.port(), boards.watch())) {
      client.next();
      client.send("hello");
      assertThat(client.next().at("/data/error/message").asText()).contains("takes no messages");
      assertThat(client.closeCode()).isEqualTo(1008);
    }
    try (SocketClient client = new SocketClient(boards.port(), boards.watch())) {
      client.next();
      client.send("x".repeat(5_000));
      assertThat(client.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void manyEventsComeInOrderAlsoMoreThanARequestMayHave() throws Exception {
    int count = 300;
    String board2 = boards.board() + "x";
    for (int i = 0; i < count; i++) {
      boards.web().post(board2 + "/scores", "{\"member\":\"m\",\"score\":" + i + "}").is(200);
    }
    try (SocketClient client = new SocketClient(boards.port(), board2 + "/events:watch?after=0")) {
      client.next();
      client.next();
      for (int i = 0; i < count; i++) {
        assertThat(client.next().at("/data/scoresSubmitted/standings/0/score").asInt())
            .isEqualTo(i);
      }
    }
  }
}
