package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Watches that are conflated, over every transport: a client that is slow is sent the last state of
 * each member, in order, and hears how many events were left out.
 */
@Timeout(300)
class ConflatedWatchTest {
  private static final int MEMBERS = 600;
  private static final int BATCH = 500;
  private static final int MAX_WAITING_BYTES = 2 << 20;

  private static final MethodDescriptor<WatchBoardRequest, BoardEvent> WATCH =
      MethodDescriptor.<WatchBoardRequest, BoardEvent>newBuilder()
          .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
          .setFullMethodName("thalweg.leaderboard.v1.Leaderboards/WatchBoard")
          .setRequestMarshaller(ProtoUtils.marshaller(WatchBoardRequest.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(BoardEvent.getDefaultInstance()))
          .build();

  private static RunningNode node;

  /** A board, how many events it has, and the score of each member. */
  private static final class Board implements AutoCloseable {
    final String name;
    final Web web = new Web(node.port());
    final Map<String, Integer> scores = new HashMap<>();
    int events = 1; // that it was created
    int submitted;

    Board(String name) {
      this.name = name;
    }

    String watch() {
      return "/v1/boards/" + name + "/events:watch?conflate=true&after=0";
    }

    /** One event with scores of many members. */
    void submit() {
      StringBuilder body = new StringBuilder("{\"operator\":\"LAST\",\"scores\":[");
      for (int i = 0; i < BATCH; i++) {
        String member = "a member with a long name, number " + (submitted + i * 7) % MEMBERS;
        scores.put(member, submitted);
        body.append(i == 0 ? "" : ",")
            .append("{\"member\":\"%s\",\"score\":%d}".formatted(member, submitted));
      }
      web.post("/v1/boards/" + name + "/scores:batch", body.append("]}").toString()).is(200);
      events++;
      submitted++;
    }

    /** Until the client is so slow that events are left out. */
    void submitUntilSomeAreLeftOut() {
      double before = leftOut();
      do {
        submit();
        assertThat(node.gauge("thalweg.gateway.watch.waiting")).isLessThan(MAX_WAITING_BYTES);
      } while (leftOut() < before + 5);
    }

    @Override
    public void close() {
      web.close();
    }
  }

  /** What a client has seen of a board. */
  private static final class Seen {
    final Map<String, Integer> scores = new HashMap<>();
    long accounted;
    int items;
    long lastOffset = -1;
    String last = "0";

    void see(String position, long leftOut, Map<String, Integer> standings) {
      long offset = Long.parseLong(position.substring(position.lastIndexOf('-') + 1));
      assertThat(offset).as("in the order of the log").isGreaterThan(lastOffset);
      lastOffset = offset;
      last = position;
      items++;
      accounted += 1 + leftOut;
      scores.putAll(standings);
    }

    void see(JsonNode item) {
      Map<String, Integer> standings = new HashMap<>();
      item.at("/scoresSubmitted/standings")
          .forEach(each -> standings.put(each.get("member").asText(), each.get("score").asInt()));
      see(item.get("position").asText(), item.path("leftOut").asLong(), standings);
    }

    void see(BoardEvent item) {
      Map<String, Integer> standings = new HashMap<>();
      item.getScoresSubmitted()
          .getStandingsList()
          .forEach(each -> standings.put(each.getMember(), (int) each.getScore()));
      see(item.getPosition(), item.getLeftOut(), standings);
    }

    boolean knowsAllOf(Board board) {
      return accounted == board.events;
    }

    /** Every event was sent or is counted, and the last state of each member was sent. */
    void agreesWith(Board board) {
      assertThat(accounted).isEqualTo(board.events);
      assertThat(scores).isEqualTo(board.scores);
      assertThat(items).isLessThan(board.events);
    }
  }

  @BeforeAll
  static void open() {
    // Whoever is not conflated would be cut long before these tests are over.
    WatchOptions watching = WatchOptions.builder().slowMs(500).conflatedBytes(1 << 20).build();
    node = new RunningNode(options -> options.heartbeatMs(100).watching(watching));
  }

  @AfterAll
  static void shut() {
    node.close();
  }

  private static double leftOut() {
    return node.counter("thalweg.gateway.watch.left.out");
  }

  private static double cut() {
    return node.counter("thalweg.gateway.watch.cut");
  }

  @Test
  void aSlowEventStreamHasTheLastOfEachMemberAlsoWhenItComesBackInBetween() throws Exception {
    Seen seen = new Seen();
    double cutBefore = cut();
    try (Board board = new Board("events")) {
      board.submit();
      try (SseClient client = new SseClient(node.port(), board.watch())) {
        board.submitUntilSomeAreLeftOut();
        for (int i = 0; i < 3; i++) {
          seen.see(client.next().data());
        }
      }
      try (SseClient client =
          new SseClient(node.port(), board.watch(), "Last-Event-ID", seen.last)) {
        for (int i = 0; i < 10; i++) {
          board.submit();
        }
        while (!seen.knowsAllOf(board)) {
          seen.see(client.next().data());
        }
      }
      seen.agreesWith(board);
      assertThat(cut()).as("nobody was cut").isEqualTo(cutBefore);
      Eventually.until("nothing waits", () -> node.gauge("thalweg.gateway.watch.waiting") == 0);
    }
  }

  @Test
  void aSlowSocketHasTheLastOfEachMember() throws Exception {
    Seen seen = new Seen();
    try (Board board = new Board("socket")) {
      board.submit();
      try (StalledSocket client = new StalledSocket(node.port(), board.watch())) {
        board.submitUntilSomeAreLeftOut();
        while (!seen.knowsAllOf(board)) {
          JsonNode message = new ObjectMapper().readTree(client.next());
          if (!message.get("event").asText().equals("opened")) {
            seen.see(message.get("data"));
          }
        }
      }
      seen.agreesWith(board);
    }
  }

  @Test
  void aSlowCallHasTheLastOfEachMember() throws Exception {
    Seen seen = new Seen();
    BlockingQueue<BoardEvent> events = new LinkedBlockingQueue<>();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", node.port())
            .usePlaintext()
            .flowControlWindow(64 << 10)
            .build();
    try (Board board = new Board("call")) {
      board.submit();
      ClientCall<WatchBoardRequest, BoardEvent> call = channel.newCall(WATCH, CallOptions.DEFAULT);
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(BoardEvent message) {
              events.add(message);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
              events.add(BoardEvent.getDefaultInstance());
            }
          },
          new Metadata());
      call.sendMessage(
          WatchBoardRequest.newBuilder()
              .setBoard(board.name)
              .setAfter("0")
              .setConflate(true)
              .build());
      call.halfClose();
      board.submitUntilSomeAreLeftOut();
      while (!seen.knowsAllOf(board)) {
        call.request(1);
        BoardEvent event = events.poll(60, TimeUnit.SECONDS);
        if (event == null) {
          throw new AssertionError("no event came in time");
        }
        assertThat(event.getPosition()).as("the call goes on").isNotEmpty();
        seen.see(event);
      }
      seen.agreesWith(board);
      call.cancel("done", null);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void aPollThatComesLateHasTheLastOfEachMember() {
    Seen seen = new Seen();
    try (Board board = new Board("poll")) {
      for (int i = 0; i < 60; i++) {
        board.submit();
      }
      String next = "0";
      int pages = 0;
      while (!seen.knowsAllOf(board)) {
        Web.Answer page =
            board
                .web
                .get("/v1/boards/poll/events:watch?wait=60s&conflate=true&after=" + next)
                .is(200);
        page.at("/items").forEach(item -> seen.see(item.get("data")));
        next = page.at("/next").asText();
        pages++;
      }
      seen.agreesWith(board);
      assertThat(pages).isLessThan(60);
      assertThat(seen.items).as("of %d events", board.events).isLessThan(board.events / 2);
    }
  }

  @Test
  void aSubscriptionThatRecoversHasTheLastOfEachMember() throws Exception {
    Seen seen = new Seen();
    try (Board board = new Board("channel")) {
      for (int i = 0; i < 60; i++) {
        board.submit();
      }
      String now =
          board.web.get("/v1/boards/channel/events:watch?wait=0").is(200).at("/next").asText();
      String epoch = now.substring(0, now.lastIndexOf('-')).replace('-', '.');
      try (SocketClient client = new SocketClient(node.port(), "/connection/websocket")) {
        client.send("{\"id\":1,\"connect\":{}}");
        client.send(
            """
            {"id":2,"subscribe":{"channel":"leaderboard:channel","recover":true,\
            "epoch":"%s","offset":0,"data":{"conflate":true}}}
            """
                .formatted(epoch)
                .strip());
        while (!seen.knowsAllOf(board)) {
          JsonNode item = client.next().at("/push/pub/data");
          if (!item.isMissingNode()) {
            seen.see(item);
          }
        }
      }
      seen.agreesWith(board);
    }
  }

  @Test
  void aClientThatKeepsUpIsSentEveryEvent() throws Exception {
    Seen seen = new Seen();
    try (Board board = new Board("quick");
        SseClient client =
            new SseClient(node.port(), "/v1/boards/quick/events:watch?conflate=true&after=0")) {
      for (int i = 0; i < 20; i++) {
        board.submit();
        while (!seen.knowsAllOf(board)) {
          seen.see(client.next().data());
        }
      }
      assertThat(seen.items).isEqualTo(board.events);
      assertThat(seen.scores).isEqualTo(board.scores);
    }
  }

  @Test
  void aConflatedClientThatTakesNothingForTooLongIsCutToo() throws Exception {
    WatchOptions watching = WatchOptions.builder().slowMs(3_600_000).conflatedSlowMs(500).build();
    try (RunningNode own = new RunningNode(options -> options.heartbeatMs(100).watching(watching));
        Web web = new Web(own.port());
        StalledSocket client =
            new StalledSocket(own.port(), "/v1/boards/b/events:watch?conflate=true&after=0")) {
      StringBuilder scores = new StringBuilder("{\"scores\":[");
      for (int i = 0; i < 1_000; i++) {
        scores
            .append(i == 0 ? "" : ",")
            .append(
                "{\"member\":\"a member with a long name, number %d\",\"score\":1}".formatted(i));
      }
      String body = scores.append("],\"operator\":\"SUM\"}").toString();
      while (own.counter("thalweg.gateway.watch.cut") == 0) {
        web.post("/v1/boards/b/scores:batch", body).is(200);
      }
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void whoDoesNotAskForItIsNotConflated() {
    try (Board board = new Board("plain")) {
      for (int i = 0; i < 30; i++) {
        board.submit();
      }
      String next = "0";
      int items = 0;
      while (items < board.events) {
        Web.Answer page =
            board.web.get("/v1/boards/plain/events:watch?wait=60s&after=" + next).is(200);
        page.at("/items").forEach(item -> assertThat(item.at("/data/leftOut").asInt()).isZero());
        items += page.at("/items").size();
        next = page.at("/next").asText();
      }
      assertThat(items).isEqualTo(board.events);
    }
  }
}
