package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.gateway.Web.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages that were refused for good, over HTTP: a score for a board that takes no such score. */
@Timeout(120)
class DeadLetterEndpointsTest {
  private static final String LETTERS = "/v1/operations/services/leaderboard/deadLetters";

  private static RunningNode node;
  private static Web web;

  @BeforeAll
  static void start() {
    node = new RunningNode();
    web = new Web(node.port());
    web.post("/v1/boards/sums", "{\"settings\":{\"operator\":\"SUM\"}}").is(200);
    web.post("/v1/boards/sums/scores", "{\"member\":\"ben\",\"score\":1}").is(200);
  }

  @AfterAll
  static void stop() {
    web.close();
    node.close();
  }

  private static String refused(String member) {
    web.post(
            "/v1/members/" + member + "/scores",
            "{\"boards\":[\"sums\"],\"score\":3,\"operator\":\"MAX\"}")
        .is(200);
    while (true) {
      for (var letter : web.get(LETTERS).is(200).at("/deadLetters")) {
        if (letter.at("/request/member").asText().equals(member)) {
          assertThat(letter.at("/code").asText()).isEqualTo("FAILED_PRECONDITION");
          assertThat(letter.at("/reason").asText()).contains("operator");
          assertThat(letter.at("/source").asText()).startsWith("leaderboard/");
          assertThat(letter.at("/request/board").asText()).isEqualTo("sums");
          return letter.at("/id").asText();
        }
      }
    }
  }

  private static boolean isListed(String id) {
    Answer page = web.get(LETTERS).is(200);
    for (var letter : page.at("/deadLetters")) {
      if (letter.at("/id").asText().equals(id)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void oneThatIsRefusedAgainStaysAndSaysWhy() {
    String id = refused("ana");
    web.method("POST", LETTERS + "/" + id + ":retry", "")
        .isError(400, "FAILED_PRECONDITION", "operator");
    assertThat(isListed(id)).isTrue();
  }

  @Test
  void oneThatIsDroppedIsGone() {
    String id = refused("cleo");
    web.method("DELETE", LETTERS + "/" + id, "").is(200);
    assertThat(isListed(id)).isFalse();
    web.method("DELETE", LETTERS + "/" + id, "").isError(404, "NOT_FOUND");
  }

  @Test
  void oneThatSucceedsWhenItIsTriedAgainIsGone() {
    web.post("/v1/boards/later", "{\"settings\":{\"operator\":\"SUM\"}}").is(200);
    web.post("/v1/boards/later/scores", "{\"member\":\"ben\",\"score\":1}").is(200);
    web.post("/v1/members/dora/scores", "{\"boards\":[\"later\"],\"score\":3,\"operator\":\"MAX\"}")
        .is(200);
    String id = "";
    while (id.isEmpty()) {
      for (var letter : web.get(LETTERS).is(200).at("/deadLetters")) {
        if (letter.at("/request/member").asText().equals("dora")) {
          id = letter.at("/id").asText();
        }
      }
    }
    // An empty board may change its operator.
    web.method("DELETE", "/v1/boards/later", "").is(200);

    web.method("POST", LETTERS + "/" + id + ":retry", "").is(200);

    assertThat(isListed(id)).isFalse();
    assertThat(web.get("/v1/boards/later/entries/dora").is(200).at("/score").asDouble())
        .isEqualTo(3);
  }

  @Test
  void whatIsOutOfBoundsIsRefusedByName() {
    web.get(LETTERS + "?pageSize=0").isError(400, "INVALID_ARGUMENT", "1 to 1000");
    web.get(LETTERS + "?pageSize=x").isError(400, "INVALID_ARGUMENT").names("pageSize");
    web.get("/v1/operations/services/nobody/deadLetters").isError(404, "NOT_FOUND");
    web.method("DELETE", LETTERS + "/nonsense", "").isError(400, "INVALID_ARGUMENT");
  }
}
