package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many new connections at once: each is let in, in its turn. */
@Timeout(300)
class NewcomersTest {
  /** Many times what is let in at once. */
  private static final int MANY = 600;

  private static final byte[] GET =
      "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final ScriptedNode node = new ScriptedNode();

  private double waiting() {
    return Objects.requireNonNull(node.meters().find("thalweg.gateway.newcomers").gauge()).value();
  }

  @Test
  void manyThatComeAtOnceAreAllServed() throws Exception {
    try (Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build())) {
      List<Socket> sockets = new ArrayList<>();
      try {
        for (int i = 0; i < MANY; i++) {
          Socket socket = new Socket("127.0.0.1", gateway.port());
          sockets.add(socket);
          socket.getOutputStream().write(GET);
        }
        Eventually.until("nobody waits", () -> waiting() == 0);
        for (Socket socket : sockets) {
          String answer =
              new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
          assertThat(answer).startsWith("HTTP/1.1 200");
        }
      } finally {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    }
  }

  @Test
  void whoComesWhileManyWaitDoesNotWaitForAllOfThem() throws Exception {
    List<Channel> begun = new CopyOnWriteArrayList<>();
    Newcomers newcomers = new Newcomers(begun::add, new SimpleMeterRegistry());
    try (EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory())) {
      List<Channel> channels = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        Channel channel = new LocalChannel();
        loop.register(channel).sync();
        channels.add(channel);
      }
      // All of them at once: none is let in between two of them.
      loop.next().submit(() -> channels.forEach(newcomers::accept)).sync();
      Eventually.until("all are let in", () -> begun.size() == MANY);
      assertThat(begun).containsExactlyInAnyOrderElementsOf(channels);
      assertThat(begun.indexOf(channels.getLast())).isLessThan(MANY / 10);
      assertThat(begun.indexOf(channels.get(MANY / 10))).isLessThan(MANY / 5);
    }
  }

  @Test
  void thoseThatLeaveWhileTheyWaitHoldNobodyUp() throws Exception {
    try (Gateway gateway = Gateway.start(node, GatewayOptions.builder().port(0).build())) {
      for (int i = 0; i < MANY; i++) {
        new Socket("127.0.0.1", gateway.port()).close();
      }
      try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
        socket.getOutputStream().write(GET);
        assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .startsWith("HTTP/1.1 200");
      }
      Eventually.until("nobody waits", () -> waiting() == 0);
    }
  }
}
