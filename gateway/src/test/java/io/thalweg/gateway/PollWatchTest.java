package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.gateway.Web.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Watching by long polls, on a real node. */
@Timeout(120)
class PollWatchTest {
  @RegisterExtension
  static final Boards boards =
      new Boards(options -> options.watching(WatchOptions.builder().pageItems(50).build()));

  @Test
  void aPollIsAnsweredAsSoonAsThereIsAnEvent() {
    String next = boards.watching("?wait=0").is(200).at("/next").asText();
    CompletableFuture<Answer> poll =
        boards
            .web()
            .sendAsync(boards.web().request(boards.watch() + "?wait=60s&after=" + next).GET());
    boards.submit("alice", 7);

    Answer answer = poll.join().is(200);
    assertThat(answer.at("/items/0/event").asText()).isEqualTo("boardCreated");
    assertThat(answer.at("/next").asText())
        .isEqualTo(answer.at("/items/" + (answer.at("/items").size() - 1) + "/id").asText());
  }

  @Test
  void aPollWithoutAnEventIsAnsweredWithTheSamePosition() {
    String next = boards.watching("?wait=0").is(200).at("/next").asText();
    Answer empty = boards.watching("?wait=50ms&after=" + next).is(200);
    assertThat(empty.at("/items").size()).isZero();
    assertThat(empty.at("/next").asText()).isEqualTo(next);
    assertThat(empty.header("cache-control")).isEqualTo("no-store");
  }

  @Test
  void pagesAreBoundedAndNothingIsMissedOrRepeated() {
    for (int i = 0; i < 170; i++) {
      boards.submit("m", i);
    }
    List<Integer> seen = new ArrayList<>();
    String next = "0";
    while (seen.size() < 170) {
      Answer page = boards.watching("?after=" + next, "Prefer", "respond-async, wait=30").is(200);
      assertThat(page.at("/items").size()).isBetween(1, 50);
      page.at("/items")
          .forEach(item -> {
            if (item.at("/event").asText().equals("scoresSubmitted")) {
              seen.add(item.at("/data/scoresSubmitted/standings/0/score").asInt());
            }
          });
      next = page.at("/next").asText();
    }
    for (int i = 0; i < 170; i++) {
      assertThat(seen.get(i)).isEqualTo(i);
    }
  }

  @Test
  void aWrongPollIsRefused() {
    boards.watching("?wait=soon").isError(400, "INVALID_ARGUMENT", "wait must be a time", "'soon'");
    boards.watching("?wait=1s&after=77-0-5").isError(400, "OUT_OF_RANGE", "resync");
  }

  @Test
  void closingAnswersThoseWhoWait() throws Exception {
    try (RunningNode other = new RunningNode();
        Web client = new Web(other.port())) {
      String next = client.get(boards.watch() + "?wait=0").is(200).at("/next").asText();
      CompletableFuture<Answer> poll =
          client.sendAsync(client.request(boards.watch() + "?wait=60s&after=" + next).GET());
      Eventually.until("the poll waits", () -> other.watchers() == 1);
      other.restart();

      Answer answer = poll.join();
      answer.isError(503, "UNAVAILABLE", "shutting down");
      assertThat(Integer.parseInt(answer.header("retry-after"))).isBetween(1, 5);
    }
  }
}
