package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The unmodified JavaScript client of Centrifuge, in JSON and in Protobuf; where Node.js is. */
@Timeout(300)
class CentrifugeNodeTest {
  private static final AtomicInteger BOARDS = new AtomicInteger();

  private static Path installed;

  private final String board = "n" + BOARDS.incrementAndGet();

  @BeforeAll
  static void install() throws Exception {
    Optional<String> absence = NodeClient.absence();
    if (absence.isPresent()) {
      // Aloud: a build without it has not tested the JavaScript client.
      System.err.println(
          "SKIPPED: the JavaScript client of Centrifuge is not tested, as Node.js 18 or later is"
              + " not here: "
              + absence.get());
    }
    Assumptions.assumeTrue(absence.isEmpty(), () -> "no Node.js: " + absence.orElse(""));
    installed = NodeClient.install();
  }

  private NodeClient connect(int port, String form) throws Exception {
    return NodeClient.connect(installed, port, form);
  }

  private Map<String, Object> submit(int score) {
    return Map.of(
        "do",
        "rpc",
        "method",
        "thalweg.leaderboard.v1.Leaderboards/SubmitScore",
        "data",
        Map.of("board", board, "member", "m", "score", score, "operator", "SUM"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "protobuf"})
  void methodsAreCalledAndWatched(String form) throws Exception {
    try (RunningNode node = new RunningNode();
        NodeClient client = connect(node.port(), form)) {
      String channel = "leaderboard:" + board;
      client.ask(Map.of("do", "subscribe", "channel", channel));
      assertThat(client.await("subscribed").at("/position/epoch").asText()).matches("\\d+\\.\\d+");
      assertThat(client.call(submit(5)).at("/rank").asInt()).isEqualTo(1);
      assertThat(client.call(submit(5)).at("/score").asInt()).isEqualTo(10);

      JsonNode all = client.call(Map.of("do", "history", "channel", channel, "limit", 10));
      assertThat(all.at("/publications")).hasSize(3);
      assertThat(client.call(Map.of("do", "presence", "channel", channel))).hasSize(1);
      assertThat(client.call(Map.of("do", "presenceStats", "channel", channel)).asInt())
          .isEqualTo(1);

      client.ask(Map.of("do", "rpc", "method", "leaderboard/GetEntry", "data", Map.of("x", 1)));
      JsonNode error = client.await("error");
      assertThat(error.at("/code").asInt()).isEqualTo(403);
      assertThat(error.at("/message").asText()).startsWith("INVALID_ARGUMENT: ");
      client.ask(Map.of("do", "publish", "channel", channel));
      assertThat(client.await("error").at("/code").asInt()).isEqualTo(108);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "protobuf"})
  void publicationsGoOnAfterACutAndARestart(String form) throws Exception {
    try (RunningNode node = new RunningNode();
        CutProxy proxy = new CutProxy(node.port());
        NodeClient client = connect(proxy.port(), form)) {
      client.ask(Map.of("do", "subscribe", "channel", "leaderboard:" + board));
      client.await("subscribed");
      int submitted = 0;
      for (int round = 0; round < 6; round++) {
        submitted += scores(node);
        if (round % 2 == 0) {
          proxy.cut();
        } else {
          node.restartInPlace();
        }
        submitted += scores(node);
        for (int i = 0; i < 6; i++) {
          JsonNode publication = client.await("publication");
          while (publication.at("/event").asText().equals("boardCreated")) {
            publication = client.await("publication");
          }
          assertThat(publication.at("/data/scoresSubmitted/standings/0/score").asInt())
              .isEqualTo(submitted - 6 + i + 1);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "protobuf"})
  void thoseWhoAskForItHearWhoJoinsAndLeaves(String form) throws Exception {
    String channel = "leaderboard:" + board;
    try (RunningNode node = new RunningNode();
        NodeClient client = connect(node.port(), form);
        NodeClient other = connect(node.port(), form)) {
      client.ask(Map.of("do", "subscribe", "channel", channel, "joinLeave", true));
      client.await("subscribed");
      String self = client.await("join").at("/client").asText();
      assertThat(client.call(Map.of("do", "presence", "channel", channel)).has(self)).isTrue();

      other.ask(Map.of("do", "subscribe", "channel", channel));
      String joined = client.await("join").at("/client").asText();
      assertThat(joined).isNotEqualTo(self);
      other.ask(Map.of("do", "unsubscribe", "channel", channel));
      assertThat(client.await("leave").at("/client").asText()).isEqualTo(joined);
    }
  }

  private int scores(RunningNode node) {
    try (Web web = new Web(node.port())) {
      for (int i = 0; i < 3; i++) {
        web.post(
                "/v1/boards/" + board + "/scores",
                "{\"member\":\"m\",\"score\":1,\"operator\":\"SUM\"}")
            .is(200);
      }
    }
    return 3;
  }
}
