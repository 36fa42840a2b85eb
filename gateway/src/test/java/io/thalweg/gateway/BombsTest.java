package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.thalweg.gateway.test.Everything;
import io.thalweg.gateway.test.PutThingRequest;
import io.thalweg.runtime.Position;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are small on the wire and large, deep or long where they are read. */
class BombsTest {
  private static final int MAX_BODY_BYTES = 100_000;
  private static final int BOMB_BYTES = 64 << 20;
  private static final MethodDescriptor<byte[], byte[]> PUT =
      MethodDescriptor.<byte[], byte[]>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("thalweg.gateway.test.Things/PutThing")
          .setRequestMarshaller(new Bytes())
          .setResponseMarshaller(new Bytes())
          .build();

  private static final ScriptedNode node = new ScriptedNode();
  private static Gateway gateway;
  private static Web web;

  /** Messages as they are. */
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

  @BeforeAll
  static void start() {
    node.script =
        (request, handler) ->
            handler.reply(Everything.getDefaultInstance(), new Position(1, 0, 41));
    gateway =
        Gateway.start(node, GatewayOptions.builder().port(0).maxBodyBytes(MAX_BODY_BYTES).build());
    web = new Web(gateway.port());
  }

  @AfterAll
  static void stop() {
    web.close();
    gateway.close();
  }

  @BeforeEach
  void forget() {
    node.requests.clear();
  }

  private static double refused(String reason) {
    return node.meters().get("thalweg.gateway.refused").tag("reason", reason).counter().count();
  }

  private static double invalid() {
    return node
        .meters()
        .find("thalweg.gateway.requests")
        .tag("code", "INVALID_ARGUMENT")
        .timers()
        .stream()
        .mapToLong(io.micrometer.core.instrument.Timer::count)
        .sum();
  }

  private static byte[] bomb() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(new byte[BOMB_BYTES]);
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "br", "gzip, gzip", "zstd"})
  void aCompressedBodyIsRefusedAndNotDecompressed(String encoding) throws IOException {
    double before = refused("encoding");
    web.send(
            web.request(
                    "/v1/things/a",
                    "content-type",
                    "application/json",
                    "content-encoding",
                    encoding)
                .PUT(BodyPublishers.ofByteArray(bomb())))
        .is(415);
    assertThat(refused("encoding")).isEqualTo(before + 1);
    assertThat(node.requests).isEmpty();
  }

  @Test
  void aCompressedMessageIsBoundedByWhatItDecompressesTo() throws InterruptedException {
    double before = refused("body_too_large");
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", gateway.port()).usePlaintext().build();
    try {
      byte[] large =
          PutThingRequest.newBuilder().setName("a".repeat(BOMB_BYTES)).build().toByteArray();
      CallOptions compressed = CallOptions.DEFAULT.withCompression("gzip");
      assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(channel, PUT, compressed, large))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> {
                assertThat(e.getStatus().getCode())
                    .as(e.toString())
                    .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                assertThat(e.getStatus().getDescription()).contains("at most 100000 bytes");
              });
      // One within the bound is taken.
      ClientCalls.blockingUnaryCall(channel, PUT, compressed, new byte[0]);
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(60, TimeUnit.SECONDS);
    }
    assertThat(refused("body_too_large")).isEqualTo(before + 1);
    assertThat(node.requests).hasSize(1);
  }

  @Test
  void aWebSocketIsNotCompressedEvenIfItsClientWouldLikeThat() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      String answer =
          RawClients.exchange(
              socket,
              String.join(
                  "\r\n",
                  "GET /connection/websocket HTTP/1.1",
                  "Host: localhost",
                  "Upgrade: websocket",
                  "Connection: Upgrade",
                  "Sec-WebSocket-Version: 13",
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                  "Sec-WebSocket-Extensions: permessage-deflate",
                  "",
                  ""));
      assertThat(answer).startsWith("HTTP/1.1 101").doesNotContainIgnoringCase("extensions");
      // A frame that says that it is compressed: RFC 6455 has its receiver fail the connection.
      socket.getOutputStream().write(new byte[] {(byte) 0xC1, (byte) 0x81, 0, 0, 0, 0, 'x'});
      byte[] rest = end(socket);
      assertThat(rest.length).isLessThan(200);
    }
  }

  private static byte[] end(Socket socket) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      for (int b = socket.getInputStream().read(); b >= 0; b = socket.getInputStream().read()) {
        bytes.write(b);
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the connection is still open", e);
    } catch (IOException reset) {
      return bytes.toByteArray();
    }
    return bytes.toByteArray();
  }

  @Test
  void headersAndRequestLinesOverTheirBoundsAreCounted() throws IOException {
    double headers = refused("headers_too_large");
    double urls = refused("url_too_long");
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      assertThat(
              RawClients.exchange(
                  socket,
                  "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: "
                      + "x".repeat(40_000)
                      + "\r\n\r\n"))
          .startsWith("HTTP/1.1 431 ")
          .contains("at most 32768 bytes");
    }
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      assertThat(
              RawClients.exchange(
                  socket, "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
          .startsWith("HTTP/1.1 414 ")
          .contains("at most 16384 bytes");
    }
    assertThat(refused("headers_too_large")).isEqualTo(headers + 1);
    assertThat(refused("url_too_long")).isEqualTo(urls + 1);
  }

  @Test
  void aBodyOverItsBoundIsCounted() {
    double before = refused("body_too_large");
    web.method("PUT", "/v1/things/a", " ".repeat(MAX_BODY_BYTES + 1)).is(413);
    assertThat(refused("body_too_large")).isEqualTo(before + 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{\"children\":["})
  void jsonThatIsNestedTooDeepIsRefused(String level) {
    double before = invalid();
    web.method("PUT", "/v1/things/a", level.repeat(90_000 / level.length()))
        .isError(400, "INVALID_ARGUMENT");
    assertThat(invalid()).isEqualTo(before + 1);
    assertThat(node.requests).isEmpty();
  }

  @Test
  void longNumbersAreRefused() {
    double before = invalid();
    for (String field : new String[] {"aDouble", "anInt32", "anInt64"}) {
      for (String number :
          new String[] {"9".repeat(90_000), "1e999999999", "0." + "1".repeat(90_000)}) {
        web.method("PUT", "/v1/things/a", "{\"" + field + "\":" + number + "}")
            .isError(400, "INVALID_ARGUMENT");
      }
    }
    assertThat(invalid()).isEqualTo(before + 9);
    assertThat(node.requests).isEmpty();
  }
}
