package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads that are sent a second time, over a second connection. */
class HedgingTest {
  private static LiveServer server;

  private final Heard heard = new Heard();
  private FaultyNetwork network;

  @BeforeAll
  static void start() {
    server = new LiveServer();
    try (ThalwegClient client = ThalwegClient.at(server.url()).open()) {
      client.leaderboard().submitScore("hedge", "ana", 5).await();
    }
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

  private ClientBuilder client() {
    return ThalwegClient.at(network.url()).timeout(Duration.ofSeconds(60)).listener(heard);
  }

  @Test
  void whenTheFirstConnectionHangsTheSecondOneAnswers() {
    network.muteFirst(1);
    try (ThalwegClient client = client().hedging(Hedging.afterMs(20)).open()) {
      assertThat(client.leaderboard().getEntry("hedge", "ana").await().getScore()).isEqualTo(5);
      assertThat(heard.hedged).hasValue(1);
      assertThat(heard.retried).hasValue(0);
      assertThat(network.connections()).isEqualTo(2);
    }
  }

  @Test
  void aCommandIsNeverHedged() {
    network.muteFirst(1);
    try (ThalwegClient client =
        client().timeout(Duration.ofMillis(500)).hedging(Hedging.afterMs(1)).open()) {
      PendingReply<?> reply = client.leaderboard().submitScore("hedge", "bob", 1);
      assertThat(catchThrowableOfType(ThalwegException.class, reply::await).code())
          .isEqualTo(Code.DEADLINE_EXCEEDED);
      assertThat(heard.hedged).hasValue(0);
    }
  }

  @Test
  void hedgesComeOutOfTheBudgetOfRetries() {
    network.muteFirst(1);
    try (ThalwegClient client =
        client()
            .timeout(Duration.ofMillis(500))
            .retries(Retries.defaults().withBudget(0, 0))
            .hedging(Hedging.afterMs(1))
            .open()) {
      PendingReply<?> reply = client.leaderboard().getEntry("hedge", "ana");
      assertThat(catchThrowableOfType(ThalwegException.class, reply::await).code())
          .isEqualTo(Code.DEADLINE_EXCEEDED);
      assertThat(heard.hedged).hasValue(0);
      assertThat(heard.overBudget).hasValue(1);
    }
  }

  @Test
  void afterP95WaitsUntilEnoughAnswersWereSeen() throws InterruptedException {
    try (ThalwegClient client = client().hedging(Hedging.afterP95()).open()) {
      for (int i = 0; i < RecentLatencies.LEAST; i++) {
        client.leaderboard().getEntry("hedge", "ana").await();
      }
      assertThat(heard.hedged).hasValue(0);
      network.mute();
      PendingReply<?> reply = client.leaderboard().getEntry("hedge", "ana");
      network.awaitLostAnswer();
      while (heard.hedged.get() == 0) {
        Thread.onSpinWait();
      }
      network.unmute();
      network.cut();
      reply.await();
    }
  }
}
