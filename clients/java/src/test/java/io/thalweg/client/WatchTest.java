package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.BoardEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** A watch that nobody has to begin again. */
class WatchTest {
  private static final String BOARD = "goals";
  private static final Retries QUICK = new Retries(100, 5, 50, 10, 1_000);

  private static ClientBuilder at(String url) {
    return ThalwegClient.at(url).retries(QUICK).timeout(Duration.ofSeconds(60));
  }

  /** The next score; other events are passed over. */
  private static double nextScore(Watch<BoardEvent> watch) throws InterruptedException {
    while (true) {
      if (watch.next() instanceof WatchEvent.Happened<BoardEvent> happened
          && happened.event().hasScoresSubmitted()) {
        return happened.event().getScoresSubmitted().getStandings(0).getScore();
      }
    }
  }

  @Test
  void nothingIsMissedOrRepeatedThroughRestartsAndCuts() throws InterruptedException {
    try (LiveServer server = new LiveServer();
        FaultyNetwork network = new FaultyNetwork(server.port());
        ThalwegClient writer = at(server.url()).open();
        ThalwegClient client = at(network.url()).open();
        Watch<BoardEvent> watch = client.leaderboard().watchBoard(BOARD, WatchFrom.beginning())) {
      List<Double> seen = new ArrayList<>();
      int score = 0;
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 30; i++) {
          writer.leaderboard().submitScore(BOARD, "ana", ++score).await();
          if (i == 10) {
            network.cut();
          }
        }
        while (seen.size() < score - 5) {
          seen.add(nextScore(watch));
        }
        server.restart();
      }
      while (seen.size() < score) {
        seen.add(nextScore(watch));
      }
      assertThat(seen)
          .containsExactlyElementsOf(
              DoubleStream.iterate(1, s -> s + 1).limit(score).boxed().toList());
      assertThat(watch.next(Duration.ofMillis(200))).isEmpty();
    }
  }

  @Test
  void aWatchFromNowKeepsItsPlaceEvenBeforeItsFirstEvent() throws InterruptedException {
    try (LiveServer server = new LiveServer();
        ThalwegClient writer = at(server.url()).open()) {
      writer.leaderboard().submitScore(BOARD, "ana", 1).await();
      FaultyNetwork network = new FaultyNetwork(server.port());
      try (network;
          ThalwegClient client = at(network.url()).open();
          Watch<BoardEvent> watch = client.leaderboard().watchBoard(BOARD, WatchFrom.now())) {
        // It watches once an event has come.
        writer.leaderboard().submitScore(BOARD, "ana", 2).await();
        Optional<WatchEvent<BoardEvent>> first = watch.next(Duration.ofMillis(100));
        double score = 2;
        while (first.isEmpty()) {
          writer.leaderboard().submitScore(BOARD, "ana", ++score).await();
          first = watch.next(Duration.ofMillis(100));
        }
        double last =
            ((WatchEvent.Happened<BoardEvent>) first.get())
                .event()
                .getScoresSubmitted()
                .getStandings(0)
                .getScore();
        while (last < score) {
          last = nextScore(watch);
        }
        server.stop();
        network.cut();
        server.start();
        writer.leaderboard().submitScore(BOARD, "ana", 1_000).await();
        assertThat(nextScore(watch)).isEqualTo(1_000);
      }
    }
  }

  @Test
  void aSlowReaderHoldsAFewEventsAndGetsAllOfThem() throws InterruptedException {
    int count = 20 * Watch.WINDOW;
    try (LiveServer server = new LiveServer();
        ThalwegClient client = at(server.url()).open();
        Watch<BoardEvent> watch = client.leaderboard().watchBoard(BOARD, WatchFrom.beginning())) {
      List<PendingReply<?>> replies = new ArrayList<>();
      for (int i = 1; i <= count; i++) {
        replies.add(client.leaderboard().submitScore(BOARD, "m" + i, i));
      }
      replies.forEach(PendingReply::await);
      assertThat(watch.waiting()).isLessThanOrEqualTo(Watch.WINDOW);
      // Requests that are in flight together have no order, and each score comes once.
      Set<Double> seen = new HashSet<>();
      for (int i = 1; i <= count; i++) {
        if (i == count / 2) {
          server.restart();
        }
        double score = nextScore(watch);
        assertThat(seen.add(score)).as("score %s is new", score).isTrue();
        assertThat(watch.waiting()).isLessThanOrEqualTo(Watch.WINDOW);
      }
      assertThat(seen).hasSize(count);
    }
  }

  @Test
  void aConnectionThatHangsWhileItOpensIsGivenUp() throws InterruptedException {
    try (LiveServer server = new LiveServer();
        FaultyNetwork network = new FaultyNetwork(server.port());
        ThalwegClient writer = at(server.url()).open()) {
      network.muteFirst(1);
      try (ThalwegClient client = at(network.url()).connectTimeout(Duration.ofMillis(300)).open();
          Watch<BoardEvent> watch = client.leaderboard().watchBoard(BOARD, WatchFrom.beginning())) {
        writer.leaderboard().submitScore(BOARD, "ana", 7).await();
        assertThat(nextScore(watch)).isEqualTo(7);
        assertThat(client.leaderboard().getEntry(BOARD, "ana").await().getScore()).isEqualTo(7);
        assertThat(network.connections()).isEqualTo(2);
      }
    }
  }

  @Test
  void aPlaceThatIsNotInTheHistoryIsToldAsResyncAndTheWatchGoesOn() throws InterruptedException {
    try (LiveServer server = new LiveServer();
        ThalwegClient client = at(server.url()).open()) {
      client.leaderboard().submitScore(BOARD, "ana", 1).await();
      try (Watch<BoardEvent> watch =
          client.leaderboard().watchBoard(BOARD, WatchFrom.after("77-0-5"))) {
        WatchEvent<BoardEvent> event = watch.next();
        assertThat(event).isInstanceOf(WatchEvent.Resync.class);
        assertThat(((WatchEvent.Resync<BoardEvent>) event).reason()).contains("resync");
        client.leaderboard().submitScore(BOARD, "ana", 2).await();
        assertThat(nextScore(watch)).isEqualTo(2);
      }
    }
  }

  @Test
  void aWatchFromThePositionOfAReadSeesWhatHappenedAfterIt() throws InterruptedException {
    try (LiveServer server = new LiveServer();
        ThalwegClient client = at(server.url()).open()) {
      client.leaderboard().submitScore(BOARD, "ana", 1).await();
      PendingReply<?> read = client.leaderboard().top(BOARD, 10);
      read.await();
      client.leaderboard().submitScore(BOARD, "ana", 2).await();
      try (Watch<BoardEvent> watch =
          client.leaderboard().watchBoard(BOARD, WatchFrom.after(read.position().orElseThrow()))) {
        assertThat(nextScore(watch)).isEqualTo(2);
      }
    }
  }

  @Test
  void aWatchThatMayNotBeEndsWithItsReason() {
    try (LiveServer server = new LiveServer();
        ThalwegClient client = at(server.url()).open();
        Watch<BoardEvent> watch = client.leaderboard().watchBoard("", WatchFrom.beginning())) {
      ThalwegException wrong = catchThrowableOfType(ThalwegException.class, watch::next);
      assertThat(wrong.code()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(wrong.fieldViolations())
          .extracting(FieldViolation::field)
          .containsExactly("board");
    }
  }

  @Test
  void closingWakesWhoWaits() throws InterruptedException {
    try (LiveServer server = new LiveServer();
        ThalwegClient client = at(server.url()).open()) {
      Watch<BoardEvent> watch = client.leaderboard().watchBoard(BOARD, WatchFrom.now());
      Thread closer = Thread.ofVirtual().start(watch::close);
      assertThat(catchThrowableOfType(ThalwegException.class, watch::next).code())
          .isEqualTo(Code.CANCELLED);
      closer.join();
    }
  }
}
