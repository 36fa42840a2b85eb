package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gateway at the loopback address of IPv6. Left out, and said so, where a machine has none. */
@Timeout(180)
class Ipv6Test {
  private static final String LOOPBACK = "::1";

  @BeforeAll
  static void hasIpv6() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK))) {
      assertThat(socket.isBound()).isTrue();
    } catch (IOException e) {
      Assumptions.abort("this machine cannot listen on " + LOOPBACK + ": " + e.getMessage());
    }
  }

  @Test
  void jsonWebSocketsAndGrpcAreServedAndHostIsChecked() throws Exception {
    try (RunningNode node = new RunningNode(options -> options.bind(LOOPBACK))) {
      String authority = "[" + LOOPBACK + "]:" + node.port();
      json(authority);
      grpc(node.port());
      for (String host : new String[] {authority, "[" + LOOPBACK + "]", "localhost"}) {
        assertThat(livez(node.port(), host)).as(host).startsWith("HTTP/1.1 200 ");
      }
      for (String host : new String[] {"[::2]:" + node.port(), "[fe80::1]", "a.example"}) {
        assertThat(livez(node.port(), host)).as(host).startsWith("HTTP/1.1 403 ");
      }
    }
  }

  private static void json(String authority) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try {
      CompletableFuture<String> item = new CompletableFuture<>();
      WebSocket socket =
          client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://" + authority + "/v1/boards/six/events:watch?after=0"),
                  new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence data, boolean last) {
                      if (data.toString().contains("\"ada\"")) {
                        item.complete(data.toString());
                      }
                      from.request(1);
                      return CompletableFuture.completedFuture(null);
                    }
                  })
              .join();
      HttpRequest submit =
          HttpRequest.newBuilder(URI.create("http://" + authority + "/v1/boards/six/scores"))
              .header("content-type", "application/json")
              .POST(BodyPublishers.ofString("{\"member\":\"ada\",\"score\":6}"))
              .build();
      HttpResponse<String> answer = client.send(submit, BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(item.get(60, TimeUnit.SECONDS)).contains("\"ada\"");
      socket.abort();
    } finally {
      client.shutdownNow();
    }
  }

  private static void grpc(int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new InetSocketAddress(LOOPBACK, port))
            .usePlaintext()
            .build();
    try {
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .withDeadlineAfter(60, TimeUnit.SECONDS)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
    } finally {
      channel.shutdownNow();
    }
  }

  private static String livez(int port, String host) throws IOException {
    try (Socket socket = new Socket(LOOPBACK, port)) {
      return RawClients.exchange(socket, "GET /livez HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }
  }
}
