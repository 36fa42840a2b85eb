package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.thalweg.runtime.Slots;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The events of a partition, over HTTP. */
@Timeout(120)
class LogEndpointTest {
  private static final int SCORES = 30;
  private static RunningNode node;
  private static Web web;
  private static String events;

  @BeforeAll
  static void start() {
    node = new RunningNode();
    web = new Web(node.port());
    int partitions = node.node().status().partitions().size();
    int partition = Slots.partitionOf(Slots.slotOf("ours"), partitions);
    events = "/v1/operations/services/leaderboard/partitions/" + partition + "/events";
    web.post("/v1/boards/ours", "{}").is(200);
    for (int i = 0; i < SCORES; i++) {
      web.post("/v1/boards/ours/scores", "{\"member\":\"m" + i + "\",\"score\":" + i + "}").is(200);
    }
  }

  @AfterAll
  static void stop() {
    web.close();
    node.close();
  }

  private static JsonNode page(String query) {
    return web.get(events + query).is(200).at("");
  }

  private static List<Long> offsets(JsonNode page) {
    List<Long> offsets = new ArrayList<>();
    page.at("/events").forEach(event -> offsets.add(event.at("/offset").asLong()));
    return offsets;
  }

  @Test
  void thePagesOfAWholeLogFollowEachOtherWithoutAGap() {
    List<Long> all = new ArrayList<>();
    JsonNode page = page("?from=0&limit=7");
    while (page.at("/nextOffset").asLong() < page.at("/endOffset").asLong()) {
      all.addAll(offsets(page));
      page = page("?limit=7&from=" + page.at("/nextOffset").asLong());
    }
    all.addAll(offsets(page));
    assertThat(all).hasSizeGreaterThan(SCORES);
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i)).isEqualTo(i);
    }
    assertThat(page("?from=0").at("/events/0/type").asText()).isEqualTo("ContractDeclared");
  }

  @Test
  void withoutAPlaceThePageHasTheLatestAndOlderOnesComeBeforeIt() {
    JsonNode latest = page("?limit=5&key=ours&type=ScoresSubmitted");
    assertThat(latest.at("/events")).hasSize(5);
    assertThat(latest.at("/events/4/event/standings/0/member").asText())
        .isEqualTo("m" + (SCORES - 1));
    assertThat(latest.at("/events/0/slot").asInt()).isEqualTo(Slots.slotOf("ours"));
    JsonNode older =
        page("?limit=5&key=ours&type=ScoresSubmitted&before=" + latest.at("/fromOffset").asLong());
    assertThat(older.at("/events/4/event/standings/0/member").asText())
        .isEqualTo("m" + (SCORES - 6));
  }

  @Test
  void aTimeBeginsAtTheFirstEventThatIsNotBeforeIt() {
    JsonNode last = page("?limit=1").at("/events/0");
    JsonNode since = page("?limit=1&time=" + last.at("/time").asText());
    assertThat(since.at("/events/0/time").asText()).isEqualTo(last.at("/time").asText());
    assertThat(page("?time=2999-01-01T00:00:00Z").at("/events")).isEmpty();
  }

  @Test
  void whatIsOfAnotherKeyTypeOrProjectIsLeftOut() {
    assertThat(page("?key=theirs").at("/events")).isEmpty();
    assertThat(page("?type=NoSuchType").at("/events")).isEmpty();
    assertThat(page("?project=77").at("/events")).isEmpty();
  }

  @Test
  void aWrongQuestionIsToldWhatIsWrong() {
    web.get(events + "?limit=0").isError(400, "INVALID_ARGUMENT", "limit", "from 1 to 1000");
    web.get(events + "?time=today").isError(400, "INVALID_ARGUMENT", "time", "got 'today'");
    web.get(events + "?from=99999").isError(400, "OUT_OF_RANGE", "from", "holds the offsets 0 to");
    web.get("/v1/operations/services/leaderboard/partitions/999/events")
        .isError(404, "NOT_FOUND", "leaderboard/999");
    web.get("/v1/operations/services/nobody/partitions/0/events").isError(404, "NOT_FOUND");
  }
}
