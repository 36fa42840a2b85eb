package io.thalweg.examples.poll;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.examples.poll.v1.*;
import io.thalweg.gateway.Gateway;
import io.thalweg.gateway.GatewayOptions;
import io.thalweg.runtime.*;
import java.net.URI;
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
  void aRestartKeepsVotesAndTimers() throws Exception {
    try (Node node = Thalweg.open(data, Polls.TYPE)) {
      var poll = CreatePollRequest.newBuilder().setPoll("lunch").setOpenForMs(3_600_000);
      poll.addOptionsBuilder().setName("soup");
      poll.addOptionsBuilder().setName("salad");
      node.call(poll.build(), Poll.class);
      node.call(VOTE.toBuilder().setOption("salad").build(), Poll.class);
      node.call(VOTE, Poll.class);
      assertThatThrownBy(() -> node.call(VOTE.toBuilder().setOption("pie").build(), Poll.class))
          .hasMessage("option must be one of the poll's, got pie");
      node.call(poll.setPoll("soon").setOpenForMs(500).build(), Poll.class);
    }
    try (Node node = Thalweg.open(data, Polls.TYPE);
        Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build())) {
      URI uri = URI.create("http://127.0.0.1:" + gateway.port() + "/v1/polls/lunch");
      assertThat(new String(uri.toURL().openStream().readAllBytes(), UTF_8))
          .contains("{\"name\":\"soup\",\"votes\":\"1\"},{\"name\":\"salad\",\"votes\":\"0\"}");
      var soon = Request.of(WatchPollRequest.newBuilder().setPoll("soon").build());
      try (WatchStream events = node.watch(soon, "0")) {
        requireNonNull(events.next(Duration.ofMinutes(1))); // it was created
        var second = (PollEvent) requireNonNull(events.next(Duration.ofMinutes(1))).message();
        assertThat(second.hasClosed()).isTrue();
      }
      assertThatThrownBy(() -> node.call(VOTE.toBuilder().setPoll("soon").build(), Poll.class))
          .hasMessage("poll soon is closed");
    }
  }
}
