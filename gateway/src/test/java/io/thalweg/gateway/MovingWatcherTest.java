package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A client that moves between the ways of watching, with a restart of the server between every two,
 * keeps its place: it sees every event once, in order.
 */
@Timeout(300)
class MovingWatcherTest {
  private static final String BOARD = "moving";
  private static final String WATCH = "/v1/boards/" + BOARD + "/events:watch";
  private static final int EVENTS_A_VISIT = 7;

  private final List<Integer> seen = new ArrayList<>();
  private String place = "0";
  private int submitted;

  /** A way to watch. */
  private interface Way {
    /** Takes events until it has taken so many. */
    void take(RunningNode node, int count) throws Exception;
  }

  @Test
  void aClientThatMovesBetweenAllWaysOfWatchingMissesAndRepeatsNothing() throws Exception {
    List<Way> ways = List.of(this::grpc, this::events, this::socket, this::poll);
    long seed = Long.getLong("moving.seed", 1);
    Random random = new Random(seed);
    try (RunningNode node = new RunningNode()) {
      // Every way after every other one, each pair with a restart in between.
      for (Way first : ways) {
        for (Way second : ways) {
          visit(node, first, random);
          node.restart();
          visit(node, second, random);
          node.restart();
        }
      }
      submit(node, 1);
      poll(node, submitted - seen.size());
    }
    for (int i = 0; i < submitted; i++) {
      assertThat(seen.get(i)).as("event %s, seed %s", i, seed).isEqualTo(i);
    }
    assertThat(seen).as("seed %s", seed).hasSize(submitted);
  }

  /** Submits, takes some of what is there, and leaves the rest to the next visit. */
  private void visit(RunningNode node, Way way, Random random) throws Exception {
    submit(node, EVENTS_A_VISIT);
    int left = submitted - seen.size();
    way.take(node, 1 + random.nextInt(left));
  }

  private void submit(RunningNode node, int count) {
    try (Web web = new Web(node.port())) {
      for (int i = 0; i < count; i++) {
        web.post(
                "/v1/boards/" + BOARD + "/scores",
                "{\"member\":\"m\",\"score\":" + submitted++ + ",\"operator\":\"LAST\"}")
            .is(200);
      }
    }
  }

  private void see(String id, String event, int score) {
    place = id;
    if (event.equals("scoresSubmitted")) {
      seen.add(score);
    }
  }

  private void see(String id, String event, JsonNode data) {
    see(id, event, data.at("/scoresSubmitted/standings/0/score").asInt());
  }

  private void grpc(RunningNode node, int count) {
    MethodDescriptor<WatchBoardRequest, BoardEvent> method =
        MethodDescriptor.<WatchBoardRequest, BoardEvent>newBuilder()
            .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
            .setFullMethodName("thalweg.leaderboard.v1.Leaderboards/WatchBoard")
            .setRequestMarshaller(ProtoUtils.marshaller(WatchBoardRequest.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(BoardEvent.getDefaultInstance()))
            .build();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", node.port()).usePlaintext().build();
    try {
      Iterator<BoardEvent> events =
          ClientCalls.blockingServerStreamingCall(
              channel,
              method,
              CallOptions.DEFAULT,
              WatchBoardRequest.newBuilder().setBoard(BOARD).setAfter(place).build());
      int end = seen.size() + count;
      while (seen.size() < end) {
        BoardEvent event = events.next();
        boolean score = event.hasScoresSubmitted();
        see(
            event.getPosition(),
            score ? "scoresSubmitted" : "",
            score ? (int) event.getScoresSubmitted().getStandings(0).getScore() : 0);
      }
    } finally {
      channel.shutdownNow();
    }
  }

  private void events(RunningNode node, int count) throws Exception {
    try (SseClient client = new SseClient(node.port(), WATCH, "Last-Event-ID", place)) {
      int end = seen.size() + count;
      while (seen.size() < end) {
        SseClient.Event event = client.next();
        see(event.id(), event.name(), event.data());
      }
    }
  }

  private void socket(RunningNode node, int count) throws Exception {
    try (SocketClient client = new SocketClient(node.port(), WATCH + "?after=" + place)) {
      int end = seen.size() + count;
      while (seen.size() < end) {
        JsonNode event = client.next();
        see(event.at("/id").asText(), event.at("/event").asText(), event.at("/data"));
      }
    }
  }

  /** A page is taken whole: it may have more than was asked for. */
  private void poll(RunningNode node, int count) {
    try (Web web = new Web(node.port())) {
      int end = seen.size() + count;
      while (seen.size() < end) {
        JsonNode page = web.get(WATCH + "?wait=30s&after=" + place).is(200).json();
        for (JsonNode item : page.at("/items")) {
          see(item.at("/id").asText(), item.at("/event").asText(), item.at("/data"));
        }
        place = page.at("/next").asText();
      }
    }
  }
}
