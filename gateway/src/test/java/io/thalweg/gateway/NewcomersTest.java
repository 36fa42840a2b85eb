package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.local.LocalChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many new connections at once: each is let in, in its turn. */
@Timeout(300)
class NewcomersTest {
  /** Many times what is let in at once. */
  private static final int MANY = 600;

  private static final int LOOPS = 2;
  private static final int AT_ONCE = LOOPS * Newcomers.BURST;

  private static final byte[] LAST =
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);
  private static final String NEXT = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final ScriptedNode node = new ScriptedNode();

  /** A listening socket whose time stands until it is advanced. */
  private static final class Listening {
    final MeterRegistry meters = new SimpleMeterRegistry();
    final MockTicker ticker = Ticker.newMockTicker();
    final OpenConnections open;
    final EmbeddedChannel socket;

    Listening(int maxConnections) {
      open = new OpenConnections("http", maxConnections, meters);
      socket =
          EmbeddedChannel.builder()
              .ticker(ticker)
              .handlers(new Newcomers(open, LOOPS, meters))
              .build();
    }

    List<Channel> come(int count) {
      List<Channel> come =
          Stream.generate(() -> (Channel) new LocalChannel()).limit(count).toList();
      come.forEach(socket::writeInbound);
      return come;
    }

    /** Those who were let in, in their order. */
    List<Channel> letIn() {
      return socket.inboundMessages().stream().map(Channel.class::cast).toList();
    }

    void pass(long ms) {
      for (long i = 0; i < ms; i++) {
        ticker.advance(1, TimeUnit.MILLISECONDS);
        socket.runPendingTasks();
      }
    }

    double waiting() {
      return waitingOf(meters);
    }
  }

  private static double waitingOf(MeterRegistry meters) {
    return Objects.requireNonNull(meters.find("thalweg.gateway.newcomers").gauge()).value();
  }

  @Test
  void manyThatComeAtOnceAreAllLetInOnceAndAFewAtATime() {
    Listening listening = new Listening(MANY);
    List<Channel> come = listening.come(MANY);
    assertThat(listening.letIn()).isEqualTo(come.subList(0, AT_ONCE));
    assertThat(listening.waiting()).isEqualTo(MANY - AT_ONCE);
    int before = AT_ONCE;
    while (listening.waiting() > 0) {
      listening.pass(1);
      assertThat(listening.letIn().size()).isBetween(before + 1, before + LOOPS);
      before = listening.letIn().size();
      assertThat(listening.waiting()).isEqualTo(MANY - before);
    }
    assertThat(listening.letIn()).containsExactlyInAnyOrderElementsOf(come);
  }

  @Test
  void soManyAreTakenFromTheSocketInAnIntervalAndTheKernelHoldsTheRest() {
    Listening listening = new Listening(MANY);
    for (int i = 0; i < 3; i++) {
      listening.come(Newcomers.TAKEN - 1);
      assertThat(listening.socket.config().isAutoRead()).isTrue();
      listening.come(1);
      assertThat(listening.socket.config().isAutoRead()).isFalse();
      listening.pass(1);
      assertThat(listening.socket.config().isAutoRead()).isTrue();
    }
    listening.come(Newcomers.TAKEN - 1);
    listening.pass(1);
    listening.come(Newcomers.TAKEN - 1);
    assertThat(listening.socket.config().isAutoRead()).isTrue();
  }

  @Test
  void whoComesWhileManyWaitDoesNotWaitForAllOfThem() {
    Listening listening = new Listening(2 * MANY);
    List<Channel> come = listening.come(MANY);
    listening.pass(10);
    Channel another = listening.come(1).getFirst();
    listening.pass(2);
    assertThat(listening.letIn()).contains(another);
    // The one that has waited longest had every other turn.
    listening.pass(40);
    assertThat(listening.letIn()).containsAll(come.subList(0, AT_ONCE + 50));
  }

  @Test
  void loopsThatAreBehindAreGivenNoMore() {
    Listening listening = new Listening(MANY);
    listening.come(AT_ONCE);
    List<EmbeddedChannel> behind = new ArrayList<>();
    for (int i = 0; i < LOOPS; i++) {
      behind.add(new EmbeddedChannel());
      listening.socket.writeInbound(behind.get(i));
    }
    List<Channel> others = listening.come(MANY / 2);
    listening.pass(20);
    assertThat(listening.letIn()).hasSize(AT_ONCE + LOOPS);
    // They have waited for 19 ms, so the next do as well, and more.
    behind.forEach(EmbeddedChannel::runPendingTasks);
    listening.pass(20);
    assertThat(listening.letIn()).hasSize(AT_ONCE + LOOPS);
    listening.pass(MANY);
    assertThat(listening.letIn()).containsAll(others);
  }

  @Test
  void aLoopThatStandsStillDoesNotHoldUpTheOthersForLong() {
    Listening listening = new Listening(MANY);
    listening.come(AT_ONCE);
    listening.socket.writeInbound(new EmbeddedChannel());
    List<Channel> others = listening.come(MANY / 2);
    listening.pass(TimeUnit.NANOSECONDS.toMillis(Newcomers.LONGEST_NS) + MANY);
    assertThat(listening.letIn()).containsAll(others);
  }

  @Test
  void thoseWhoWaitCountAmongTheConnectionsThatMayBeOpen() {
    Listening listening = new Listening(MANY);
    listening.come(AT_ONCE + MANY);
    assertThat(listening.waiting()).isEqualTo(MANY);
    List<Channel> tooMany = listening.come(3);
    assertThat(listening.waiting()).isEqualTo(MANY);
    assertThat(tooMany).noneMatch(Channel::isOpen);
    assertThat(
            Objects.requireNonNull(
                    listening.meters.find("thalweg.gateway.connections.refused").counter())
                .count())
        .isEqualTo(3);
  }

  @Test
  void whoWaitsAtASocketThatIsClosedIsClosed() {
    Listening listening = new Listening(MANY);
    List<Channel> come = listening.come(MANY);
    var _ = listening.socket.close();
    listening.pass(MANY);
    assertThat(listening.letIn()).hasSize(AT_ONCE);
    assertThat(come.subList(AT_ONCE, MANY)).noneMatch(Channel::isOpen);
    assertThat(listening.waiting()).isZero();
  }

  @Test
  void allAreServedAndTheRequestsOfOthersGoOn() throws Exception {
    try (Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build());
        Socket other = new Socket("127.0.0.1", gateway.port())) {
      List<Socket> sockets = new ArrayList<>();
      try {
        assertThat(RawClients.exchange(other, NEXT)).startsWith("HTTP/1.1 200");
        for (int i = 0; i < MANY; i++) {
          Socket socket = new Socket("127.0.0.1", gateway.port());
          sockets.add(socket);
          socket.getOutputStream().write(LAST);
          if (i % 10 == 0) {
            assertThat(RawClients.exchange(other, NEXT)).startsWith("HTTP/1.1 200");
          }
        }
        for (Socket socket : sockets) {
          assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
              .startsWith("HTTP/1.1 200");
        }
        assertThat(waitingOf(node.meters())).isZero();
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    }
  }

  @Test
  void thoseThatLeaveWhileTheyWaitHoldNobodyUp() throws Exception {
    try (Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build())) {
      for (int i = 0; i < MANY; i++) {
        new Socket("127.0.0.1", gateway.port()).close();
      }
      try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
        socket.getOutputStream().write(LAST);
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .startsWith("HTTP/1.1 200");
      }
      Eventually.until("nobody waits", () -> waitingOf(node.meters()) == 0);
    }
  }
}
