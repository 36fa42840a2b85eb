package io.thalweg.leaderboard.resp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.thalweg.edge.Bounds;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.edge.SocketProtocol.Drain;
import io.thalweg.leaderboard.v1.GetPlaceRequest;
import io.thalweg.leaderboard.v1.Place;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import io.thalweg.runtime.WatchStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A connection without a network, whose node answers when the test says so. */
class RespConnectionTest {
  private final ScriptedEdge edge = new ScriptedEdge();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  RespConnectionTest() {
    new Resp().attach(channel, edge);
  }

  @AfterEach
  void everyBufferIsReleased() {
    channel.finishAndReleaseAll();
  }

  private void client(String lines) {
    channel.writeInbound(Unpooled.copiedBuffer(lines.replace("\n", "\r\n"), UTF_8));
    channel.runPendingTasks();
  }

  private String replies() {
    channel.runPendingTasks();
    StringBuilder all = new StringBuilder();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      all.append(out.toString(UTF_8).replace("\r\n", " "));
      out.release();
    }
    return all.toString();
  }

  @Test
  void repliesComeInTheOrderOfTheCommands() {
    client("ZRANK b one\nZRANK b two\nPING\nZRANK b three\n");
    assertThat(edge.asked).hasSize(3);
    edge.answer(2, 30);
    edge.answer(1, 20);
    assertThat(replies()).isEmpty();
    edge.answer(0, 10);
    assertThat(replies()).isEqualTo(":10 :20 +PONG :30 ");
  }

  @Test
  void aConnectionWaitsForABusyNodeAndKeepsItsOrder() {
    edge.refusals = 3;
    client("ZRANK b one\nPING\nZRANK b two\n");
    assertThat(edge.asked).isEmpty();
    assertThat(replies()).isEmpty();
    for (int i = 0; i < 3; i++) {
      channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
      channel.runScheduledPendingTasks();
    }
    assertThat(edge.asked).hasSize(2);
    edge.answer(1, 2);
    edge.answer(0, 1);
    assertThat(replies()).isEqualTo(":1 +PONG :2 ");
    assertThat(edge.meters.counter("thalweg.resp.waits").count()).isEqualTo(3);
  }

  @Test
  void aRequestThatHasWaitedTooLongIsRefused() {
    edge.requestTimeoutMs = 0;
    edge.refusals = 1;
    client("ZRANK b one\nPING\n");
    assertThat(replies()).isEqualTo("-TRYAGAIN the queue is full +PONG ");
  }

  @Test
  void whatStandsBehindAuthWaitsForItsOutcome() {
    client("AUTH secret\nZRANK b one\n");
    assertThat(edge.asked).isEmpty();
    edge.outcome.complete(edge);
    channel.runPendingTasks();
    edge.answer(0, 7);
    assertThat(replies()).isEqualTo("+OK :7 ");
  }

  @Test
  void aWrongPasswordLeavesTheClientWhoItWas() {
    client("HELLO 3 AUTH me secret\nPING\n");
    edge.outcome.completeExceptionally(Failure.of(Code.UNAUTHENTICATED, "no such key"));
    assertThat(replies()).startsWith("-WRONGPASS ").endsWith("+PONG ");
  }

  @Test
  void theVersionChangesBehindTheRepliesThatWait() {
    client("ZSCORE b none\nHELLO 3\nZSCORE b none\n");
    assertThat(edge.asked).hasSize(1);
    edge.answerNone(0);
    channel.runPendingTasks();
    edge.answerNone(1);
    assertThat(replies()).startsWith("$-1 %7 ").endsWith("_ ");
  }

  @Test
  void aConnectionThatIsToEndAnswersWhatItHas() {
    client("ZRANK b one\n");
    channel.pipeline().fireUserEventTriggered(Drain.DRAIN);
    client("ZRANK b two\n");
    assertThat(edge.asked).hasSize(1);
    assertThat(channel.isOpen()).isTrue();
    edge.answer(0, 1);
    assertThat(replies()).isEqualTo(":1 ");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aClientThatSendsNoMoreIsAnsweredBeforeTheEnd() {
    client("ZRANK b one\nPING\n");
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    edge.answer(0, 1);
    assertThat(replies()).isEqualTo(":1 +PONG ");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void noMoreIsReadThanMayBeOnItsWay() {
    client("ZRANK b m\n".repeat(RespConnection.MAX_WEIGHT + 10));
    assertThat(edge.asked).hasSize(RespConnection.MAX_WEIGHT);
    assertThat(channel.config().isAutoRead()).isFalse();
    edge.answer(0, 1);
    assertThat(replies()).isEqualTo(":1 ");
    assertThat(edge.asked).hasSize(RespConnection.MAX_WEIGHT + 1);
    for (int i = 1; i < RespConnection.MAX_WEIGHT; i++) {
      edge.answer(i, 1);
    }
    replies();
    assertThat(edge.asked).hasSize(RespConnection.MAX_WEIGHT + 10);
    assertThat(channel.config().isAutoRead()).isTrue();
  }

  @Test
  void largeRangesGoOneByOne() {
    client("ZRANGE b 0 -1\nZRANGE b 0 -1\n");
    assertThat(edge.asked).hasSize(1);
  }

  private record Asked(Message request, ReplyHandler handler) {}

  /** An edge and its only session. */
  private static final class ScriptedEdge implements Edge, Session {
    private final List<Asked> asked = new ArrayList<>();
    private final CompletableFuture<Session> outcome = new CompletableFuture<>();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private int refusals;
    private long requestTimeoutMs = 60_000;

    void answer(int index, int place) {
      assertThat(asked.get(index).request()).isInstanceOf(GetPlaceRequest.class);
      asked
          .get(index)
          .handler()
          .reply(Place.newBuilder().setFound(true).setPosition(place).build(), POSITION);
    }

    void answerNone(int index) {
      asked.get(index).handler().reply(Place.getDefaultInstance(), POSITION);
    }

    private static final Position POSITION = new Position(0, 0, 0);

    @Override
    public void submit(
        Message request, @Nullable String name, long deadlineNs, ReplyHandler handler) {
      if (refusals > 0) {
        refusals--;
        handler.failure(Failure.retryable(Code.RESOURCE_EXHAUSTED, "the queue is full", 10));
      } else {
        asked.add(new Asked(request, handler));
      }
    }

    @Override
    public Session anonymous() {
      return this;
    }

    @Override
    public Session authenticate(Credentials credentials) {
      return outcome.join();
    }

    @Override
    public CompletableFuture<Session> authenticateAsync(Credentials credentials) {
      return outcome;
    }

    @Override
    public MeterRegistry meters() {
      return meters;
    }

    @Override
    public Bounds bounds() {
      return new Bounds(1 << 20, 60_000, requestTimeoutMs);
    }

    @Override
    public boolean draining() {
      return false;
    }

    @Override
    public Caller caller() {
      return Caller.ANONYMOUS;
    }

    @Override
    public WatchStream watch(Message request, @Nullable String after) {
      throw new UnsupportedOperationException();
    }
  }
}
