package io.thalweg.effects;

import static io.thalweg.effects.Calls.SENT_MS;
import static io.thalweg.effects.Calls.SHORT_MS;
import static io.thalweg.effects.Calls.answer;
import static io.thalweg.effects.Calls.await;
import static io.thalweg.effects.Calls.begin;
import static io.thalweg.effects.Calls.failure;
import static io.thalweg.effects.Calls.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.runtime.EffectAttempt;
import io.thalweg.runtime.EffectOutcome;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every call ends in its time, calls are bounded in number, and a close ends them all. */
class TimeAndBoundsTest {
  /** Answers nothing. */
  private static final RawServer.Script SILENT = RawServer::untilClosed;

  private static final RawServer.Script OK =
      socket -> {
        while (!RawServer.readHead(socket).isEmpty()) {
          RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
      };

  /** The first call of a process loads what all others find loaded, which takes its time. */
  @BeforeAll
  static void callOnce() throws IOException {
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects = Calls.start(Calls.loopback())) {
      assertThat(answer(effects, get(raw.url("/"))).succeeded()).isTrue();
    }
  }

  private static void assertTimeout(Failed failed, String phase) {
    assertThat(failed.kind()).as(failed.text()).isEqualTo(Kind.TIMEOUT);
    assertThat(failed.text()).endsWith(phase);
    assertThat(failed.retryable()).isTrue();
  }

  @Test
  void aSlowLookUpEndsInTime() {
    CountDownLatch never = new CountDownLatch(1);
    try (HttpEffects effects =
        Calls.start(
            Calls.loopback(),
            name -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return new InetAddress[0];
            })) {
      assertTimeout(
          failure(effects, get("http://slow.example/", SHORT_MS)), "looking up slow.example");
    } finally {
      never.countDown();
    }
  }

  /** A listener that answers no connection any more: its queue is full. */
  private static List<Socket> fill(ServerSocket server) throws IOException {
    List<Socket> fillers = new ArrayList<>();
    while (fillers.size() < 64) {
      Socket socket = new Socket();
      fillers.add(socket);
      try {
        socket.connect(
            new InetSocketAddress(server.getInetAddress(), server.getLocalPort()), SHORT_MS);
      } catch (SocketTimeoutException e) {
        return fillers;
      }
    }
    throw new IllegalStateException("the listener takes connections without end");
  }

  @Test
  void aSlowConnectEndsInTime() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        HttpEffects effects = Calls.start(Calls.loopback())) {
      List<Socket> fillers = fill(server);
      String url = "http://127.0.0.1:" + server.getLocalPort() + "/";

      assertTimeout(failure(effects, get(url, SHORT_MS)), "connecting");

      for (Socket socket : fillers) {
        socket.close();
      }
    }
  }

  @Test
  void oneAddressMayTakeOnlyItsTimeToConnect() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RawServer raw =
            new RawServer(InetAddress.ofLiteral("127.0.0.2"), server.getLocalPort(), OK);
        HttpEffects effects =
            Calls.start(
                Calls.loopback().withConnectTimeoutMs(SHORT_MS),
                name ->
                    new InetAddress[] {
                      InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("127.0.0.2")
                    })) {
      List<Socket> fillers = fill(server);

      assertThat(answer(effects, get("http://two.example:" + raw.port() + "/")).succeeded())
          .isTrue();
      assertThat(failure(effects, get("http://127.0.0.1:" + raw.port() + "/")).kind())
          .isEqualTo(Kind.CONNECT);

      for (Socket socket : fillers) {
        socket.close();
      }
    }
  }

  @Test
  void aSlowTlsHandshakeEndsInTime() throws IOException {
    try (RawServer raw = new RawServer(SILENT);
        HttpEffects effects = Calls.start(Calls.loopback())) {
      assertTimeout(
          failure(effects, get(raw.url("/").replace("http:", "https:"), SHORT_MS)), "connecting");
    }
  }

  @Test
  void aSlowHeadEndsInTime() throws IOException {
    try (RawServer raw = new RawServer(SILENT);
        HttpEffects effects = Calls.start(Calls.loopback())) {
      assertTimeout(failure(effects, get(raw.url("/"), SENT_MS)), "waiting for the response");
    }
  }

  @Test
  void interimResponsesWithoutEndEndInTime() throws IOException {
    try (RawServer raw =
            new RawServer(socket -> {
              RawServer.readHead(socket);
              while (true) {
                RawServer.write(socket, "HTTP/1.1 103 Early Hints\r\n\r\n");
              }
            });
        HttpEffects effects = Calls.start(Calls.loopback())) {
      assertTimeout(failure(effects, get(raw.url("/"), SENT_MS)), "waiting for the response");
    }
  }

  @Test
  void aSlowBodyEndsInTime() throws IOException {
    try (RawServer raw =
            new RawServer(socket -> {
              RawServer.readHead(socket);
              RawServer.write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
              RawServer.untilClosed(socket);
            });
        HttpEffects effects = Calls.start(Calls.loopback())) {
      assertTimeout(failure(effects, get(raw.url("/"), SENT_MS)), "reading the response");
    }
  }

  @Test
  void waitingForAConnectionCountsToTheTime() throws IOException {
    try (RawServer raw = new RawServer(SILENT);
        HttpEffects effects = Calls.start(Calls.loopback().withConnections(1, 1))) {
      CompletableFuture<EffectOutcome> first = begin(effects, get(raw.url("/")));
      // Only then has it the one connection, and not the call that came after it.
      raw.awaitAccepted(1);
      assertTimeout(failure(effects, get(raw.url("/"), SHORT_MS)), "");
      assertThat(raw.accepted).hasValue(1);
      assertThat(first).isNotDone();
    }
  }

  @Test
  void connectionsToAHostAreBounded() throws IOException {
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects = Calls.start(Calls.loopback().withConnections(10, 2))) {
      List<CompletableFuture<EffectOutcome>> outcomes = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        outcomes.add(begin(effects, get(raw.url("/" + i))));
      }
      assertThat(outcomes).allMatch(outcome -> await(outcome).succeeded());
      assertThat(raw.accepted).hasValueBetween(1, 2);
    }
  }

  @Test
  void aCallOverTheBoundOfAllIsBusyAtOnceAndPlacesAreGivenBack() throws IOException {
    try (RawServer silent = new RawServer(SILENT);
        RawServer raw = new RawServer(OK);
        HttpEffects effects = Calls.start(Calls.loopback().withInFlight(2, 2))) {
      CompletableFuture<EffectOutcome> one = begin(effects, get(silent.url("/"), SHORT_MS));
      CompletableFuture<EffectOutcome> two = begin(effects, get(silent.url("/"), SHORT_MS));
      CompletableFuture<EffectOutcome> three = begin(effects, get(raw.url("/")));

      assertThat(three).isCompletedWithValueMatching(TimeAndBoundsTest::isBusy);
      assertThat(await(one).retryable()).isTrue();
      assertThat(await(two).retryable()).isTrue();
      assertThat(effects.inFlight()).isZero();
      assertThat(answer(effects, get(raw.url("/"))).succeeded()).isTrue();
    }
  }

  private static boolean isBusy(EffectOutcome outcome) {
    return outcome instanceof Failed failed && failed.kind() == Kind.BUSY && failed.retryable();
  }

  @Test
  void aSlowHostLeavesPlacesForTheOthers() throws IOException {
    try (RawServer silent = new RawServer(SILENT);
        RawServer raw = new RawServer(InetAddress.ofLiteral("127.0.0.2"), 0, OK);
        HttpEffects effects = Calls.start(Calls.loopback().withInFlight(3, 2))) {
      List<CompletableFuture<EffectOutcome>> slow = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        slow.add(begin(effects, get(silent.url("/"))));
      }
      assertThat(slow.get(2)).isCompletedWithValueMatching(TimeAndBoundsTest::isBusy);
      assertThat(answer(effects, get("http://127.0.0.2:" + raw.port() + "/")).succeeded()).isTrue();
    }
  }

  @Test
  void aCloseEndsEveryCallInFlightWithOneOutcome() throws IOException {
    CountDownLatch never = new CountDownLatch(1);
    try (RawServer raw = new RawServer(SILENT)) {
      HttpEffects effects =
          Calls.start(
              Calls.loopback(),
              name -> {
                try {
                  never.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                return new InetAddress[0];
              });
      List<CompletableFuture<EffectOutcome>> outcomes = new ArrayList<>();
      AtomicInteger handedOver = new AtomicInteger();
      for (int i = 0; i < 20; i++) {
        CompletableFuture<EffectOutcome> outcome = new CompletableFuture<>();
        outcomes.add(outcome);
        effects.perform(
            new EffectAttempt("e" + i, 1, get(i % 2 == 0 ? raw.url("/") : "http://slow.example/")),
            value -> {
              handedOver.incrementAndGet();
              outcome.complete(value);
            });
      }

      effects.close();

      assertThat(handedOver).hasValue(20);
      assertThat(outcomes)
          .allMatch(outcome ->
              outcome.join() instanceof Failed failed
                  && failed.kind() == Kind.CLOSED
                  && failed.retryable());
      assertThat(failure(effects, get(raw.url("/"))).kind()).isEqualTo(Kind.CLOSED);
      effects.close();
    } finally {
      never.countDown();
    }
  }

  @Test
  void aCallerThatThrowsHurtsNobodyElse() throws IOException {
    try (RawServer raw = new RawServer(OK);
        HttpEffects effects = Calls.start(Calls.loopback().withInFlight(1, 1))) {
      CompletableFuture<EffectOutcome> thrown = new CompletableFuture<>();
      effects.perform(
          new EffectAttempt("e", 1, get(raw.url("/"))),
          outcome -> {
            thrown.complete(outcome);
            throw new IllegalStateException("on purpose");
          });

      assertThat(await(thrown).succeeded()).isTrue();
      assertThat(answer(effects, get(raw.url("/"))).succeeded()).isTrue();
    }
  }
}
