package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import org.junit.jupiter.api.Test;

/** Reads that say what their caller has seen, against a real gateway. */
class SessionReadTest {
  @Test
  void aSessionReadTakesThePositionOfAnEarlierReplyToTheServer() {
    try (LiveServer server = new LiveServer();
        ThalwegClient client = ThalwegClient.at(server.url()).open()) {
      PendingReply<SubmitScoreResponse> written = client.leaderboard().submitScore("b", "ana", 7);
      written.await();
      String seen = written.position().orElseThrow();
      for (String session : new String[] {seen, CallSettings.ANY_STATE}) {
        PendingReply<Entry> read = in(client, session).getEntry("b", "ana");
        assertThat(read.await().getScore()).isEqualTo(7);
        assertThat(read.position()).isPresent();
        assertThat(read.lag()).as("a leader is behind nobody").isEmpty();
      }
      // The server looks at it: this is no position.
      PendingReply<Entry> wrong = in(client, "1-2").getEntry("b", "ana");
      ThalwegException failure = catchThrowableOfType(ThalwegException.class, wrong::await);
      assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(failure).hasMessageContaining("thalweg-session must be a position");
      // A command has no use for it.
      assertThat(in(client, "1-2").submitScore("b", "ana", 8).await().getScore()).isEqualTo(8);
    }
  }

  @Test
  void whatCannotBeAPositionIsRefusedHere() {
    assertThatThrownBy(() -> CallSettings.none().withSession("yesterday"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("session must be a position that an answer had, or 0");
  }

  private static LeaderboardClient in(ThalwegClient client, String session) {
    return client.leaderboard().with(CallSettings.none().withSession(session));
  }
}
