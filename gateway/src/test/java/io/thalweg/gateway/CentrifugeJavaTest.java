package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.centrifugal.centrifuge.Client;
import io.github.centrifugal.centrifuge.ConnectedEvent;
import io.github.centrifugal.centrifuge.DisconnectedEvent;
import io.github.centrifugal.centrifuge.EventListener;
import io.github.centrifugal.centrifuge.HistoryOptions;
import io.github.centrifugal.centrifuge.HistoryResult;
import io.github.centrifugal.centrifuge.JoinEvent;
import io.github.centrifugal.centrifuge.LeaveEvent;
import io.github.centrifugal.centrifuge.Options;
import io.github.centrifugal.centrifuge.PresenceResult;
import io.github.centrifugal.centrifuge.PresenceStatsResult;
import io.github.centrifugal.centrifuge.PublicationEvent;
import io.github.centrifugal.centrifuge.PublishResult;
import io.github.centrifugal.centrifuge.RPCResult;
import io.github.centrifugal.centrifuge.ReplyError;
import io.github.centrifugal.centrifuge.ResultCallback;
import io.github.centrifugal.centrifuge.SubscribedEvent;
import io.github.centrifugal.centrifuge.Subscription;
import io.github.centrifugal.centrifuge.SubscriptionErrorEvent;
import io.github.centrifugal.centrifuge.SubscriptionEventListener;
import io.github.centrifugal.centrifuge.SubscriptionOptions;
import io.github.centrifugal.centrifuge.UnsubscribedEvent;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The unmodified Java client of Centrifuge, which speaks Protobuf. */
@Timeout(180)
class CentrifugeJavaTest {
  private static final String SERVICE = "thalweg.leaderboard.v1.Leaderboards/";
  private static final AtomicInteger BOARDS = new AtomicInteger();

  private static RunningNode node;

  private final String board = "c" + BOARDS.incrementAndGet();
  private final BlockingQueue<String> connection = new LinkedBlockingQueue<>();
  private Client client;

  @BeforeAll
  static void open() {
    node = new RunningNode(options -> options.heartbeatMs(1_000));
  }

  @AfterAll
  static void shut() {
    node.close();
  }

  @BeforeEach
  void connect() throws InterruptedException {
    client = client(node.port());
    client.connect();
    assertThat(connection.poll(60, TimeUnit.SECONDS)).isEqualTo("connected");
  }

  private Client client(int port) {
    Options options = new Options();
    options.setMinReconnectDelay(20);
    options.setMaxReconnectDelay(200);
    return new Client(
        "ws://127.0.0.1:" + port + "/connection/websocket",
        options,
        new EventListener() {
          @Override
          public void onConnected(Client connected, ConnectedEvent event) {
            connection.add("connected");
          }

          @Override
          public void onDisconnected(Client disconnected, DisconnectedEvent event) {
            connection.add("disconnected " + event.getCode());
          }
        });
  }

  @AfterEach
  void disconnect() throws InterruptedException {
    client.close(5_000);
  }

  /** What a subscription hears. */
  private static final class Heard extends SubscriptionEventListener {
    final BlockingQueue<PublicationEvent> publications = new LinkedBlockingQueue<>();
    final BlockingQueue<SubscribedEvent> subscribed = new LinkedBlockingQueue<>();
    final BlockingQueue<ReplyError> errors = new LinkedBlockingQueue<>();
    final BlockingQueue<Integer> unsubscribed = new LinkedBlockingQueue<>();
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public void onPublication(Subscription subscription, PublicationEvent event) {
      publications.add(event);
    }

    @Override
    public void onSubscribed(Subscription subscription, SubscribedEvent event) {
      subscribed.add(event);
    }

    @Override
    public void onError(Subscription subscription, SubscriptionErrorEvent event) {
      Throwable error = event.getError();
      while (error != null && !(error instanceof ReplyError)) {
        error = error.getCause();
      }
      if (error instanceof ReplyError reply) {
        errors.add(reply);
      }
    }

    @Override
    public void onUnsubscribed(Subscription subscription, UnsubscribedEvent event) {
      unsubscribed.add(event.getCode());
    }

    @Override
    public void onJoin(Subscription subscription, JoinEvent event) {
      told.add("join " + event.getInfo().getClient());
    }

    @Override
    public void onLeave(Subscription subscription, LeaveEvent event) {
      told.add("leave " + event.getInfo().getClient());
    }

    BoardEvent next() throws Exception {
      PublicationEvent event = publications.poll(60, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("no publication came");
      }
      BoardEvent item = BoardEvent.parseFrom(event.getData());
      assertThat(item.getPosition()).endsWith("-" + event.getOffset());
      return item;
    }

    SubscribedEvent awaitSubscribed() throws InterruptedException {
      SubscribedEvent event = subscribed.poll(60, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("not subscribed");
      }
      return event;
    }
  }

  private Heard subscribe(Client by, String channel) throws Exception {
    Heard heard = new Heard();
    SubscriptionOptions options = new SubscriptionOptions();
    options.setMinResubscribeDelay(20);
    options.setMaxResubscribeDelay(200);
    by.newSubscription(channel, options, heard).subscribe();
    return heard;
  }

  private static <T> T await(Consumer<ResultCallback<T>> asked) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    asked.accept((error, result) -> {
      if (error != null) {
        answer.completeExceptionally(error);
      } else {
        answer.complete(result);
      }
    });
    return answer.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static ReplyError refusal(Consumer<ResultCallback<RPCResult>> asked) {
    try {
      RPCResult result = await(asked);
      // This client hands the error of a reply over beside the result.
      return result.getError();
    } catch (CompletionException e) {
      return reply(e);
    }
  }

  private static ReplyError reply(CompletionException e) {
    if (e.getCause() instanceof ReplyError reply) {
      return reply;
    }
    throw e;
  }

  private SubmitScoreResponse submit(double score) throws Exception {
    return submit("m", score, "");
  }

  private SubmitScoreResponse submit(String member, double score, String suffix) throws Exception {
    byte[] request =
        SubmitScoreRequest.newBuilder()
            .setBoard(board)
            .setMember(member)
            .setScore(score)
            .setOperator(Operator.SUM)
            .build()
            .toByteArray();
    RPCResult result =
        CentrifugeJavaTest.<RPCResult>await(
            callback -> client.rpc(SERVICE + "SubmitScore" + suffix, request, callback));
    return SubmitScoreResponse.parseFrom(result.getData());
  }

  @Test
  void anyMethodIsCalledByRpc() throws Exception {
    assertThat(submit(5).getRank()).isEqualTo(1);
    byte[] request =
        GetEntryRequest.newBuilder().setBoard(board).setMember("m").build().toByteArray();
    RPCResult result =
        CentrifugeJavaTest.<RPCResult>await(
            callback -> client.rpc("leaderboard/GetEntry", request, callback));
    assertThat(Entry.parseFrom(result.getData()).getScore()).isEqualTo(5);
  }

  @Test
  void aCommandUnderANameIsExecutedOnce() throws Exception {
    submit("m", 5, "?name=first");
    submit("m", 5, "?name=first");
    submit("m", 1, "?name=second");
    byte[] request =
        GetEntryRequest.newBuilder().setBoard(board).setMember("m").build().toByteArray();
    RPCResult result =
        CentrifugeJavaTest.<RPCResult>await(
            callback -> client.rpc("leaderboard/GetEntry", request, callback));
    assertThat(Entry.parseFrom(result.getData()).getScore()).isEqualTo(6);
  }

  @Test
  void aRefusalKeepsItsCode() {
    byte[] nobody =
        GetEntryRequest.newBuilder().setBoard(board).setMember("m").build().toByteArray();
    assertThat(refusal(c -> client.rpc("leaderboard/GetEntry", nobody, c)).getCode())
        .isEqualTo(405);
    assertThat(refusal(c -> client.rpc("leaderboard/GetEntry", new byte[0], c)).getMessage())
        .startsWith("INVALID_ARGUMENT: ");
    assertThat(refusal(c -> client.rpc("leaderboard/Nothing", nobody, c)).getCode()).isEqualTo(104);
    assertThat(refusal(c -> client.rpc("leaderboard/WatchBoard", nobody, c)).getCode())
        .isEqualTo(104);
  }

  @Test
  void publicationsAreTheEventsOfTheKey() throws Exception {
    Heard heard = subscribe(client, "leaderboard:" + board);
    SubscribedEvent subscribed = heard.awaitSubscribed();
    assertThat(subscribed.getRecoverable()).isTrue();
    assertThat(subscribed.getPositioned()).isTrue();
    submit(7);
    assertThat(heard.next().hasBoardCreated()).isTrue();
    PublicationEvent event = heard.publications.poll(60, TimeUnit.SECONDS);
    assertThat(event.getTags()).containsEntry("event", "scoresSubmitted");
  }

  @Test
  void aChannelThatIsNoneIsRefused() throws Exception {
    Heard heard = subscribe(client, "nothing:x");
    assertThat(heard.unsubscribed.poll(60, TimeUnit.SECONDS)).isEqualTo(102);
    Heard empty = subscribe(client, "leaderboard:");
    assertThat(empty.unsubscribed.poll(60, TimeUnit.SECONDS)).isEqualTo(403);
  }

  @Test
  void aClientThatIsCutAgainAndAgainMissesAndRepeatsNothing() throws Exception {
    int rounds = 12;
    int next = 0;
    try (CutProxy proxy = new CutProxy(node.port())) {
      Client distant = client(proxy.port());
      try {
        distant.connect();
        Heard heard = subscribe(distant, "leaderboard:" + board);
        assertThat(heard.awaitSubscribed().wasRecovering()).isFalse();
        for (int round = 0; round < rounds; round++) {
          for (int i = 0; i < 5; i++) {
            submit(1);
          }
          proxy.cut();
          for (int i = 0; i < 5; i++) {
            submit(1);
          }
          SubscribedEvent again = heard.awaitSubscribed();
          assertThat(again.wasRecovering()).isTrue();
          assertThat(again.getRecovered()).isTrue();
        }
        assertThat(heard.next().hasBoardCreated()).isTrue();
        for (; next < rounds * 10; next++) {
          assertThat(heard.next().getScoresSubmitted().getStandings(0).getScore())
              .isEqualTo(next + 1);
        }
        assertThat(heard.publications).isEmpty();
      } finally {
        distant.close(5_000);
      }
    }
  }

  @Test
  void aClientOfAServerThatIsRestartedMissesAndRepeatsNothing() throws Exception {
    try (RunningNode other = new RunningNode()) {
      Client own = client(other.port());
      try {
        own.connect();
        Heard heard = subscribe(own, "leaderboard:" + board);
        heard.awaitSubscribed();
        int rounds = 4;
        for (int round = 0; round < rounds; round++) {
          scores(other, 5);
          other.restartInPlace();
          scores(other, 5);
          SubscribedEvent again = heard.awaitSubscribed();
          assertThat(again.getRecovered()).isTrue();
        }
        assertThat(heard.next().hasBoardCreated()).isTrue();
        for (int i = 1; i <= rounds * 10; i++) {
          assertThat(heard.next().getScoresSubmitted().getStandings(0).getScore()).isEqualTo(i);
        }
        assertThat(heard.publications).isEmpty();
      } finally {
        own.close(5_000);
      }
    }
  }

  private void scores(RunningNode of, int count) {
    try (Web web = new Web(of.port())) {
      for (int i = 0; i < count; i++) {
        web.post(
                "/v1/boards/" + board + "/scores",
                "{\"member\":\"m\",\"score\":1,\"operator\":\"SUM\"}")
            .is(200);
      }
    }
  }

  @Test
  void historyAndPresenceAreOfTheChannel() throws Exception {
    String channel = "leaderboard/WatchBoard:" + board;
    Heard heard = subscribe(client, channel);
    heard.awaitSubscribed();
    for (int i = 0; i < 5; i++) {
      submit(1);
    }
    HistoryResult all =
        CentrifugeJavaTest.<HistoryResult>await(
            c -> client.history(channel, new HistoryOptions.Builder().withLimit(-1).build(), c));
    assertThat(all.getPublications()).hasSize(6);
    assertThat(all.getOffset()).isEqualTo(all.getPublications().getLast().getOffset());
    HistoryResult two =
        CentrifugeJavaTest.<HistoryResult>await(
            c -> client.history(channel, new HistoryOptions.Builder().withLimit(2).build(), c));
    assertThat(two.getPublications()).hasSize(2);
    HistoryResult none =
        CentrifugeJavaTest.<HistoryResult>await(
            c -> client.history(channel, new HistoryOptions.Builder().withLimit(0).build(), c));
    assertThat(none.getPublications()).isEmpty();
    assertThat(none.getEpoch()).isEqualTo(all.getEpoch());

    PresenceResult here =
        CentrifugeJavaTest.<PresenceResult>await(c -> client.presence(channel, c));
    assertThat(here.getClients()).hasSize(1);
    PresenceStatsResult stats =
        CentrifugeJavaTest.<PresenceStatsResult>await(c -> client.presenceStats(channel, c));
    assertThat(stats.getNumClients()).isEqualTo(1);
  }

  @Test
  void thoseWhoAskForItHearWhoJoinsAndLeavesWhileTheyAreFew() throws Exception {
    WatchOptions watching = WatchOptions.builder().maxJoinLeave(2).build();
    try (RunningNode other = new RunningNode(options -> options.watching(watching))) {
      Client a = client(other.port());
      Heard first = joinLeave(a, true);
      assertThat(first.told.take()).startsWith("join ");
      // It hears of nobody, itself included, as it has not asked.
      Client b = client(other.port());
      Heard second = joinLeave(b, false);
      String joined = first.told.take();
      assertThat(joined).startsWith("join ");

      Client c = client(other.port());
      Heard third = joinLeave(c, true);
      Eventually.until("nobody was told", () -> untold(other) == 1);
      c.close(5_000);
      Eventually.until("nobody was told again", () -> untold(other) == 2);

      b.close(5_000);
      assertThat(first.told.take()).isEqualTo(joined.replace("join", "leave"));
      assertThat(first.told).isEmpty();
      assertThat(second.told).isEmpty();
      assertThat(third.told).isEmpty();
      a.close(5_000);
    }
  }

  private static double untold(RunningNode node) {
    return node.counter("thalweg.gateway.centrifuge.untold");
  }

  private Heard joinLeave(Client by, boolean asked) throws Exception {
    Heard heard = new Heard();
    SubscriptionOptions options = new SubscriptionOptions();
    options.setJoinLeave(asked);
    by.newSubscription("leaderboard:" + board, options, heard).subscribe();
    by.connect();
    heard.awaitSubscribed();
    return heard;
  }

  @Test
  void publishingIsNotForClients() {
    try {
      CentrifugeJavaTest.<PublishResult>await(
          c -> client.publish("leaderboard:" + board, new byte[] {1}, c));
      throw new AssertionError("it was published");
    } catch (CompletionException e) {
      assertThat(reply(e).getCode()).isEqualTo(108);
    }
  }

  @Test
  void pingsKeepAnIdleConnection() throws Exception {
    // The client gives up when no ping comes; this server when no pong does, after three.
    for (int i = 0; i < 3; i++) {
      assertThat(connection.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
    }
    assertThat(submit(1).getRank()).isEqualTo(1);
  }
}
