package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.Code;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.thalweg.edge.Session;
import io.thalweg.gateway.test.Everything;
import io.thalweg.gateway.test.GetThingRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Position;
import io.thalweg.runtime.ReplyHandler;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients of each protocol hear from a node that is beyond its capacity. */
class BeyondCapacityTest {
  private static final Everything THING = Everything.newBuilder().setAString("x").build();

  /** Bytes as they are: no message of the contract. */
  private static final MethodDescriptor<byte[], byte[]> RAW =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("thalweg.gateway.test.Things/PutThing")
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private final ScriptedNode node = new ScriptedNode();
  private Gateway gateway;
  private Web web;

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      return new byte[0];
    }
  }

  @BeforeEach
  void start() {
    node.script = (request, handler) -> handler.reply(THING, new Position(1, 0, 41));
    gateway = Gateway.start(node, GatewayOptions.builder().port(0).build());
    web = new Web(gateway.port());
  }

  @AfterEach
  void stop() {
    web.close();
    gateway.close();
  }

  /** Everything waits too long for its turn, and all places are taken by the one project. */
  private void fill() throws InterruptedException {
    Capacity capacity = gateway.capacity();
    node.queuedMs = 500;
    for (int i = 0; i < Capacity.LEAST; i++) {
      capacity.enter(0);
    }
    Eventually.until(
        "the limit has fallen",
        () -> {
          try {
            capacity.check(0);
            return false;
          } catch (Failure beyond) {
            return capacity.limit() == Capacity.LEAST;
          }
        });
  }

  private double refused() {
    return node.meters().get("thalweg.gateway.limited").tag("limit", "capacity").counter().count();
  }

  @Test
  void aRequestIsRefusedBeforeItsBodyIsDecodedAndToldWhenToComeBack() throws InterruptedException {
    fill();
    double before = refused();

    Web.Answer answer =
        web.method("PUT", "/v1/things/a", "{ this is no JSON")
            .isError(
                429, "RESOURCE_EXHAUSTED", "as many requests under way as it can answer in time");

    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(refused()).isEqualTo(before + 1);
    assertThat(node.requests).isEmpty();
  }

  @Test
  void aCallIsRefusedBeforeItsMessageIsDecoded() throws InterruptedException {
    fill();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", gateway.port()).usePlaintext().build();
    try {
      assertThatThrownBy(() ->
              ClientCalls.blockingUnaryCall(
                  channel, RAW, CallOptions.DEFAULT, new byte[] {-1, -1, -1}))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                assertThat(e.getTrailers()).isNotNull();
                assertThat(e.getTrailers().keys()).contains("grpc-status-details-bin");
              });
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(60, TimeUnit.SECONDS);
    }
    assertThat(node.requests).isEmpty();
  }

  @Test
  void anRpcOverAWebSocketIsRefusedAndMayComeBack() throws InterruptedException {
    try (SocketClient client = new SocketClient(gateway.port(), "/connection/websocket")) {
      client.send("{\"id\":1,\"connect\":{}}");
      client.next();
      fill();
      client.send(
          "{\"id\":2,\"rpc\":{\"method\":\"thalweg.gateway.test.Things/GetThing\","
              + "\"data\":{\"name\":\"a\"}}}");
      var error = client.next().at("/error");
      assertThat(error.at("/code").asInt()).isEqualTo(408);
      assertThat(error.at("/temporary").asBoolean()).isTrue();
    }
    assertThat(node.requests).isEmpty();
  }

  @Test
  void aRequestOfAServicesOwnProtocolIsRefused() throws InterruptedException {
    Sessions sessions = new Sessions(node, Security.open());
    Session session = sessions.anonymous();
    for (int i = 0; i < Capacity.LEAST; i++) {
      sessions.capacity().enter(0);
    }
    node.queuedMs = 500;
    Eventually.until(
        "it is refused",
        () -> {
          CompletableFuture<Code> answer = new CompletableFuture<>();
          GetThingRequest request = GetThingRequest.newBuilder().setName("a").build();
          session.submit(request, null, Long.MAX_VALUE, codes(answer));
          return answer.join() == Code.RESOURCE_EXHAUSTED;
        });
    // Whoever was let in before that has given their place back.
    assertThat(sessions.capacity().underWay()).isEqualTo(Capacity.LEAST);
  }

  private static ReplyHandler codes(CompletableFuture<Code> answer) {
    return new ReplyHandler() {
      @Override
      public void reply(com.google.protobuf.Message reply, Position position) {
        answer.complete(Code.OK);
      }

      @Override
      public void failure(Failure failure) {
        answer.complete(failure.code());
      }
    };
  }

  @Test
  void whatTellsHowTheServerIsDoingIsAnsweredAllTheSame() throws InterruptedException {
    fill();
    web.get("/livez").is(200);
    web.get("/readyz").is(200);
    assertThat(web.get("/metrics").is(200).http().body())
        .contains("thalweg_gateway_capacity_limit 512")
        .contains("thalweg_gateway_capacity_inflight 512");
  }

  @Test
  void aPlaceIsGivenBackHoweverARequestEnds() {
    web.get("/v1/things/a").is(200);
    node.script = (request, handler) -> handler.failure(Failure.notFound("thing", "a"));
    web.get("/v1/things/a").is(404);
    node.script =
        (request, handler) -> {
          throw new IllegalStateException("a fault");
        };
    web.get("/v1/things/a").is(500);
    assertThat(gateway.capacity().underWay()).isZero();
  }
}
