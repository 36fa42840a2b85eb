package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.thalweg.gateway.test.Everything;
import io.thalweg.gateway.test.GetThingRequest;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.Request;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long a client waits is known to the partition, whatever protocol it speaks. */
class DeadlineTest {
  private static final long SERVER_MS = 40_000;
  private static final Everything THING = Everything.newBuilder().setAString("x").build();
  private static final MethodDescriptor<GetThingRequest, Everything> GET =
      MethodDescriptor.<GetThingRequest, Everything>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("thalweg.gateway.test.Things/GetThing")
          .setRequestMarshaller(ProtoUtils.marshaller(GetThingRequest.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(THING))
          .build();

  private final ScriptedNode node = new ScriptedNode();
  private Gateway gateway;
  private Web web;
  private long beforeNs;

  @BeforeEach
  void start() {
    node.script = (request, handler) -> handler.reply(THING, new Position(1, 0, 41));
    gateway =
        Gateway.start(node, GatewayOptions.builder().port(0).requestTimeoutMs(SERVER_MS).build());
    web = new Web(gateway.port());
    beforeNs = System.nanoTime();
  }

  @AfterEach
  void stop() {
    web.close();
    gateway.close();
  }

  /** That the node was told of a deadline of so many milliseconds, from some moment in the test. */
  private void assertTold(long ms) throws InterruptedException {
    Request request = node.requests.poll(60, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    assertThat(request.deadlineNs())
        .isBetween(
            beforeNs + TimeUnit.MILLISECONDS.toNanos(ms) - TimeUnit.SECONDS.toNanos(1),
            System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms));
  }

  @Test
  void aRequestOverHttpSaysHowLongItWaits() throws InterruptedException {
    web.get("/v1/things/a", "thalweg-timeout", "20s").is(200);
    assertTold(20_000);
    web.get("/v1/things/a", "thalweg-timeout", "30500ms").is(200);
    assertTold(30_500);
  }

  @Test
  void withoutSayingItWaitsAsLongAsTheServerAndNeverLonger() throws InterruptedException {
    web.get("/v1/things/a").is(200);
    assertTold(SERVER_MS);
    web.get("/v1/things/a", "thalweg-timeout", "3600s").is(200);
    assertTold(SERVER_MS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "-1s", "1h", "1e3", "", "99999999s"})
  void aTimeThatIsNoneIsRefusedNamingTheHeader(String time) {
    web.get("/v1/things/a", "thalweg-timeout", time)
        .isError(400, "INVALID_ARGUMENT", "must be a time such as 30s or 500ms")
        .names("thalweg-timeout");
    assertThat(node.requests).isEmpty();
  }

  @Test
  void whenTheTimeIsOverTheClientHearsSo() {
    node.script = (request, handler) -> {};
    web.get("/v1/things/a", "thalweg-timeout", "20ms")
        .isError(504, "DEADLINE_EXCEEDED", "no answer within");
  }

  @Test
  void aCallsDeadlineIsThatOfItsRequest() throws InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", gateway.port()).usePlaintext().build();
    try {
      GetThingRequest request = GetThingRequest.newBuilder().setName("a").build();
      ClientCalls.blockingUnaryCall(
          channel, GET, CallOptions.DEFAULT.withDeadlineAfter(90, TimeUnit.SECONDS), request);
      assertTold(90_000);
      ClientCalls.blockingUnaryCall(channel, GET, CallOptions.DEFAULT, request);
      assertTold(SERVER_MS);
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void anRpcOverAWebSocketSaysHowLongItWaits() throws InterruptedException {
    try (SocketClient client = new SocketClient(gateway.port(), "/connection/websocket")) {
      client.send("{\"id\":1,\"connect\":{}}");
      client.next();
      String method = "thalweg.gateway.test.Things/GetThing";
      assertThat(rpc(client, method).has("rpc")).isTrue();
      assertTold(SERVER_MS);
      assertThat(rpc(client, method + "?timeout=20s").has("rpc")).isTrue();
      assertTold(20_000);
      assertThat(rpc(client, method + "?timeout=20s&name=a&b=c").has("rpc")).isTrue();
      assertTold(20_000);
      assertThat(rpc(client, method + "?name=a?timeout=20s").has("rpc")).isTrue();
      assertTold(SERVER_MS);
      assertThat(rpc(client, method + "?timeout=soon").at("/error/message").asText())
          .contains("timeout must be a time");
      assertThat(rpc(client, method + "?when=now").at("/error/code").asInt()).isEqualTo(104);
    }
  }

  private static com.fasterxml.jackson.databind.JsonNode rpc(SocketClient client, String method)
      throws InterruptedException {
    client.send("{\"id\":2,\"rpc\":{\"method\":\"" + method + "\",\"data\":{\"name\":\"a\"}}}");
    return client.next();
  }
}
