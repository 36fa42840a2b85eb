package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is sent again, and that it is executed once: through a network that loses answers. */
class RetryTest {
  private static final AtomicInteger BOARDS = new AtomicInteger();
  private static LiveServer server;

  private final String board = "r" + BOARDS.incrementAndGet();
  private final Heard heard = new Heard();
  private FaultyNetwork network;

  @BeforeAll
  static void start() {
    server = new LiveServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void connect() {
    network = new FaultyNetwork(server.port());
  }

  @AfterEach
  void disconnect() {
    network.close();
  }

  private ThalwegClient client(Retries retries) {
    return ThalwegClient.at(network.url())
        .retries(retries)
        .timeout(Duration.ofSeconds(60))
        .listener(heard)
        .open();
  }

  private SubmitScoreRequest add(double score) {
    return SubmitScoreRequest.newBuilder()
        .setBoard(board)
        .setMember("ana")
        .setScore(score)
        .setOperator(Operator.SUM)
        .build();
  }

  @Test
  void aCommandWhoseAnswerWasLostIsSentAgainAndExecutedOnce() throws InterruptedException {
    try (ThalwegClient client = client(Retries.defaults().withPauses(1, 20))) {
      client.leaderboard().submitScore(add(1)).await();
      for (int round = 0; round < 5; round++) {
        network.mute();
        PendingReply<SubmitScoreResponse> reply = client.leaderboard().submitScore(add(1));
        network.awaitLostAnswer();
        network.unmute();
        network.cut();
        assertThat(reply.await().getScore()).isEqualTo(2 + round);
      }
      assertThat(heard.retried).hasValueGreaterThanOrEqualTo(5);
      assertThat(client.leaderboard().getEntry(board, "ana").await().getScore()).isEqualTo(6);
    }
  }

  @Test
  void theServerKeepsAnswersOnlyToWhatMayComeAgain() {
    try (ThalwegClient client = client(Retries.defaults())) {
      for (int i = 1; i <= 300; i++) {
        client.leaderboard().submitScore(add(1)).await();
      }
      assertThat(server.storedReplies()).isLessThan(100);
      assertThat(client.leaderboard().getEntry(board, "ana").await().getScore()).isEqualTo(300);
    }
  }

  @Test
  void aNameOfTheApplicationIsExecutedOnceAcrossClients() throws InterruptedException {
    CallSettings named = CallSettings.none().withName("match-71-" + board);
    try (ThalwegClient client = client(Retries.none())) {
      client.leaderboard().getImportMark(importMark()).await();
      network.mute();
      PendingReply<SubmitScoreResponse> reply =
          client.leaderboard().with(named).submitScore(add(7));
      network.awaitLostAnswer();
      network.unmute();
      network.cut();
      ThalwegException lost = catchThrowableOfType(ThalwegException.class, reply::await);
      assertThat(lost.code()).isEqualTo(Code.UNAVAILABLE);
      assertThat(lost.outcomeUnknown()).isTrue();
      assertThat(lost.requestName()).contains("match-71-" + board);
    }
    try (ThalwegClient another = client(Retries.defaults())) {
      LeaderboardClient leaderboard = another.leaderboard().with(named);
      assertThat(leaderboard.submitScore(add(7)).await().getScore()).isEqualTo(7);
      assertThat(another.leaderboard().submitScore(add(0)).await().getScore()).isEqualTo(7);
    }
  }

  private io.thalweg.leaderboard.v1.GetImportMarkRequest importMark() {
    return io.thalweg.leaderboard.v1.GetImportMarkRequest.newBuilder()
        .setBoard(board)
        .setSource("s")
        .build();
  }

  @Test
  void requestsLiveThroughARestartOfTheServer() {
    try (LiveServer own = new LiveServer();
        ThalwegClient client =
            ThalwegClient.at(own.url())
                .timeout(Duration.ofMinutes(1))
                .retries(new Retries(100, 10, 200, 10, 1_000))
                .listener(heard)
                .open()) {
      client.leaderboard().submitScore(add(1)).await();
      own.stop();
      List<PendingReply<SubmitScoreResponse>> replies = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        replies.add(client.leaderboard().submitScore(add(1)));
      }
      own.start();
      replies.forEach(PendingReply::await);
      assertThat(client.leaderboard().getEntry(board, "ana").await().getScore()).isEqualTo(21);
      assertThat(heard.retried).hasPositiveValue();
    }
  }

  @Test
  void retriesStopWhereTheBudgetEnds() {
    server.node();
    network.close();
    try (ThalwegClient client = client(new Retries(100, 1, 1, 10, 0))) {
      int requests = 200;
      for (int i = 0; i < requests; i++) {
        PendingReply<?> reply = client.leaderboard().getEntry(board, "ana");
        ThalwegException failure = catchThrowableOfType(ThalwegException.class, reply::await);
        assertThat(failure.code()).isEqualTo(Code.UNAVAILABLE);
        assertThat(failure.outcomeUnknown()).isFalse();
      }
      assertThat(heard.retried.get()).isEqualTo(requests / 10);
      assertThat(heard.overBudget).hasValue(requests);
    }
  }

  @Test
  void aTimeoutEndsARequestWhoseOutcomeIsThenUnknown() throws InterruptedException {
    try (ThalwegClient client = client(Retries.defaults())) {
      client.leaderboard().submitScore(add(1)).await();
      network.mute();
      CallSettings brief = CallSettings.none().withTimeout(Duration.ofMillis(300));
      PendingReply<?> command = client.leaderboard().with(brief).submitScore(add(1));
      PendingReply<?> read = client.leaderboard().with(brief).getEntry(board, "ana");
      ThalwegException late = catchThrowableOfType(ThalwegException.class, command::await);
      assertThat(late.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
      assertThat(late.outcomeUnknown()).isTrue();
      ThalwegException missed = catchThrowableOfType(ThalwegException.class, read::await);
      assertThat(missed.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
      assertThat(missed.outcomeUnknown()).isFalse();
    }
  }

  @Test
  void closingEndsWhatWaitsForItsNextAttempt() {
    network.close();
    PendingReply<?> reply;
    try (ThalwegClient client = client(Retries.defaults().withPauses(60_000, 60_000))) {
      reply =
          client
              .leaderboard()
              .with(CallSettings.none().withTimeout(Duration.ofMinutes(30)))
              .getEntry(board, "ana");
    }
    assertThat(catchThrowableOfType(ThalwegException.class, reply::await).code())
        .isEqualTo(Code.UNAVAILABLE);
  }

  @Test
  void closingEndsWhatIsInFlight() {
    network.mute();
    PendingReply<?> read;
    try (ThalwegClient client = client(Retries.defaults())) {
      read = client.leaderboard().getEntry(board, "ana");
    }
    assertThat(catchThrowableOfType(ThalwegException.class, read::await).code())
        .isEqualTo(Code.UNAVAILABLE);
  }

  @Test
  void aRequestBeyondThoseInFlightIsRefusedHere() {
    network.mute();
    try (ThalwegClient client =
        ThalwegClient.at(network.url()).maxInFlight(2).listener(heard).open()) {
      PendingReply<?> one = client.leaderboard().getEntry(board, "a");
      PendingReply<?> two = client.leaderboard().getEntry(board, "b");
      ThalwegException refused =
          catchThrowableOfType(
              ThalwegException.class, () -> client.leaderboard().getEntry(board, "c").await());
      assertThat(refused.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
      assertThat(refused.attempts()).isZero();
      assertThat(heard.overInFlight).hasValue(1);
      one.cancel(true);
      two.cancel(true);
      network.unmute();
      network.cut();
      // The places are free again.
      assertThat(client.leaderboard().getImportMark(importMark()).await().getRow()).isZero();
    }
  }
}
