package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.gateway.Web.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Watching by long polls, on a real node. */
@Timeout(120)
class PollWatchTest {
  private static final AtomicInteger BOARDS = new AtomicInteger();

  private static RunningNode node;

  private final String board = "/v1/boards/p" + BOARDS.incrementAndGet();
  private final String watch = board + "/events:watch";
  private Web web;

  @BeforeAll
  static void open() {
    node = new RunningNode(GatewayOptions.defaults(), WatchOptions.defaults().withPageItems(50));
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
  void aPollIsAnsweredAsSoonAsThereIsAnEvent() {
    String next = web.get(watch + "?wait=0").is(200).at("/next").asText();
    CompletableFuture<Answer> poll =
        web.sendAsync(web.request(watch + "?wait=60s&after=" + next).GET());
    submit("alice", 7);

    Answer answer = poll.join().is(200);
    assertThat(answer.at("/items/0/event").asText()).isEqualTo("boardCreated");
    assertThat(answer.at("/next").asText())
        .isEqualTo(answer.at("/items/" + (answer.at("/items").size() - 1) + "/id").asText());
  }

  @Test
  void aPollWithoutAnEventIsAnsweredWithTheSamePosition() {
    String next = web.get(watch + "?wait=0").is(200).at("/next").asText();
    Answer empty = web.get(watch + "?wait=50ms&after=" + next).is(200);
    assertThat(empty.at("/items").size()).isZero();
    assertThat(empty.at("/next").asText()).isEqualTo(next);
    assertThat(empty.header("cache-control")).isEqualTo("no-store");
  }

  @Test
  void pagesAreBoundedAndNothingIsMissedOrRepeated() {
    for (int i = 0; i < 170; i++) {
      submit("m", i);
    }
    List<Integer> seen = new ArrayList<>();
    String next = "0";
    while (seen.size() < 170) {
      Answer page = web.get(watch + "?after=" + next, "Prefer", "respond-async, wait=30").is(200);
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
    web.get(watch + "?wait=soon").isError(400, "INVALID_ARGUMENT", "wait must be a time", "'soon'");
    web.get(watch + "?wait=1s&after=77-0-5").isError(400, "OUT_OF_RANGE", "resync");
  }

  @Test
  void closingAnswersThoseWhoWait() {
    try (RunningNode other = new RunningNode(GatewayOptions.defaults());
        Web client = new Web(other.port())) {
      String next = client.get(watch + "?wait=0").is(200).at("/next").asText();
      CompletableFuture<Answer> poll =
          client.sendAsync(client.request(watch + "?wait=60s&after=" + next).GET());
      await(() -> other.watchers() == 1);
      other.restart();

      Answer answer = poll.join();
      answer.isError(503, "UNAVAILABLE", "shutting down");
      assertThat(Integer.parseInt(answer.header("retry-after"))).isBetween(1, 5);
    }
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  private void submit(String member, int score) {
    web.post(board + "/scores", "{\"member\":\"" + member + "\",\"score\":" + score + "}").is(200);
  }
}
