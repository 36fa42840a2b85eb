package io.thalweg.examples.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.examples.poll.v1.*;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.runtime.*;
import java.net.URI;
import java.net.http.*;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Polls on a real node. */
class PollsTest {
  private static final CastVoteRequest VOTE =
      CastVoteRequest.newBuilder().setPoll("lunch").setVoter("ana").setOption("soup").build();

  @TempDir Path data;

  @Test
  void aRestartKeepsVotesAndTimer() throws Exception {
    try (Node node = Thalweg.open(data, Polls.TYPE)) {
      var lunch = CreatePollRequest.newBuilder().setPoll("lunch").setOpenForMs(2_000);
      lunch.addOptionsBuilder().setName("soup");
      lunch.addOptionsBuilder().setName("salad");
      node.call(lunch.build(), Poll.class);
      node.call(VOTE.toBuilder().setOption("salad").build(), Poll.class);
      assertThat(node.call(VOTE, Poll.class).getOptions(0).getVotes()).isEqualTo(1);
      assertThatThrownBy(() -> node.call(VOTE.toBuilder().setOption("pie").build(), Poll.class))
          .hasMessage("option must be one of the poll's, got pie");
    }
    try (Node node = Thalweg.open(data, Polls.TYPE);
        Gateway gateway = Gateway.start(node, GatewayOptions.defaults().withPort(0))) {
      URI uri = URI.create("http://127.0.0.1:" + gateway.port() + "/v1/polls/lunch");
      var answer =
          HttpClient.newHttpClient()
              .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
      assertThat(answer.body())
          .contains("{\"name\":\"soup\",\"votes\":\"1\"},{\"name\":\"salad\",\"votes\":\"0\"}");
      var watch = Request.of(WatchPollRequest.newBuilder().setPoll("lunch").build());
      try (WatchStream events = node.watch(watch, "0")) {
        while (!(events.next(Duration.ofMinutes(1)).message() instanceof PollEvent event
            && event.hasClosed())) {}
      }
      assertThatThrownBy(() -> node.call(VOTE, Poll.class)).hasMessageContaining("closed");
    }
  }
}
