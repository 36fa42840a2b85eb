package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.gateway.Web.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers of the log over HTTP: shown, moved and dropped. */
@Timeout(120)
class LogReaderEndpointsTest {
  private static final String READERS = "/v1/operations/logReaders";

  @Test
  void aReaderIsRegisteredShownAndDropped() {
    try (RunningNode node = new RunningNode();
        Web web = new Web(node.port())) {
      web.post("/v1/boards/b/scores", "{\"member\":\"ana\",\"score\":1}").is(200);
      String logId = web.get("/v1/operations/backup").is(200).at("/logId").asText();
      assertThat(web.get(READERS).is(200).at("/logReaders").size()).isZero();
      web.method("PUT", READERS + "/r1?logId=" + logId + "&position=0&note=a%20copy", "").is(200);

      Answer shown = web.get("/readyz").is(200);
      assertThat(shown.at("/logReaders/0/name").asText()).isEqualTo("r1");
      assertThat(shown.at("/logReaders/0/note").asText()).isEqualTo("a copy");
      assertThat(shown.at("/logReaders/0/heldBytes").asLong()).isPositive();
      assertThat(shown.at("/logReaders/0/ageSeconds").asLong()).isBetween(0L, 600L);

      web.method("PUT", READERS + "/r1?logId=" + logId + "&position=-1", "")
          .isError(400, "INVALID_ARGUMENT", "position must be");
      web.method("PUT", READERS + "/r1?logId=x&position=0", "")
          .isError(400, "INVALID_ARGUMENT", "logId must be the identity of a log");
      web.method("PUT", READERS + "/R%201?logId=" + logId + "&position=0", "")
          .isError(400, "FAILED_PRECONDITION", "name must be 1 to 63 characters");
      web.method("DELETE", READERS + "/r1", "").is(200);
      web.method("DELETE", READERS + "/r1", "").isError(404, "NOT_FOUND", "r1");
      assertThat(web.get(READERS).is(200).at("/logReaders").size()).isZero();
      web.get("/v1/operations/backup/base")
          .isError(400, "FAILED_PRECONDITION", "begins at position 0");
      web.get("/v1/operations/backup/base/file?name=etc/passwd&from=0&length=1")
          .isError(400, "INVALID_ARGUMENT", "name must be that of a file of a base");
      web.method("POST", "/v1/operations/checkpoints?replay=maybe", "")
          .isError(400, "INVALID_ARGUMENT", "replay must be true or false");
    }
  }
}
