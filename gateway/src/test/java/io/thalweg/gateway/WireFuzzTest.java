package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import io.thalweg.contract.MethodKind;
import io.thalweg.runtime.MethodType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random and damaged input of every protocol of the port: nothing fails with an error that is not
 * the client's, leaks, hangs or is left open, and what was not addressed is what it was. WebSockets
 * have {@link SocketFuzzTest}. See {@link Fuzz} for the flags.
 */
@Timeout(3600)
class WireFuzzTest {
  private static final String KEPT = "/v1/boards/kept/entries";

  /** A bar stands for the end of a line. */
  private static final List<String> REQUESTS =
      List.of(
          "GET /v1/boards/fuzz HTTP/1.1|Host: localhost||",
          "GET /v1/boards/fuzz/events:watch?after=0 HTTP/1.1|Host: localhost||",
          "GET /v1/boards/fuzz/events:watch?wait=1ms HTTP/1.1|Host: localhost||",
          "GET /v1/boards/fuzz/entries?pageSize=3 HTTP/1.1|Host: localhost|Thalweg-Timeout: 20s||",
          "POST /v1/boards/fuzz/scores HTTP/1.1|Host: localhost|Content-Type: application/json|"
              + "Content-Length: 24||{\"member\":\"m\",\"score\":1}",
          "POST /v1/boards/fuzz/scores HTTP/1.1|Host: localhost|Content-Type: application/json|"
              + "Transfer-Encoding: chunked||18|{\"member\":\"m\",\"score\":1}|0||",
          "OPTIONS * HTTP/1.1|Host: localhost||",
          "HEAD /openapi.json HTTP/1.1|Host: localhost||",
          "GET / HTTP/1.1|Host: localhost|Connection: Upgrade, HTTP2-Settings|"
              + "Upgrade: h2c|HTTP2-Settings: AAMAAABkAAQAAP__||");

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int SETTINGS = 4;
  private static final int HEADERS = 1;
  private static final int DATA = 0;
  private static final int READ_MS = 15;

  private static RunningNode node;
  private static Web web;
  private static String kept;

  @BeforeAll
  static void start() {
    node = new RunningNode();
    web = new Web(node.port());
    web.post("/v1/boards/kept/scores", "{\"member\":\"a\",\"score\":1}").is(200);
    kept = web.get(KEPT).is(200).http().body();
  }

  @AfterAll
  static void stop() {
    web.close();
    node.close();
  }

  /** What one connection sends. */
  private interface Attack {
    byte[] next(Fuzz fuzz);
  }

  private static void run(String what, Attack attack) throws Exception {
    try (Fuzz fuzz = new Fuzz(what)) {
      int rounds = 0;
      while (fuzz.goesOn()) {
        send(fuzz, attack.next(fuzz));
        rounds++;
      }
      assertThat(rounds).isPositive();
      String seed = "-Dfuzz.seed=" + fuzz.seed;
      Eventually.until(
          "nobody watches and nothing is under way, " + seed,
          () ->
              node.watchers() == 0
                  && node.gauge("thalweg.gateway.watch.waiting") == 0
                  && node.gateway().capacity().underWay() == 0);
      assertThat(web.get(KEPT).is(200).http().body()).as(seed).isEqualTo(kept);
      assertThat(fuzz.errors()).as(seed).isEmpty();
    }
  }

  private static void send(Fuzz fuzz, byte[] bytes) {
    try (Socket socket = new Socket("127.0.0.1", node.port())) {
      socket.setSoTimeout(READ_MS);
      socket.getOutputStream().write(bytes);
      if (fuzz.random.nextBoolean()) {
        socket.shutdownOutput();
      }
      byte[] answer = new byte[4096];
      while (fuzz.random.nextInt(10) > 0 && socket.getInputStream().read(answer) >= 0) {
        // As long as the server has something to say.
      }
    } catch (IOException e) {
      // The server closed first, or had nothing to say in time.
      return;
    }
  }

  @Test
  void damagedRequestsOverHttp1() throws Exception {
    run(
        "HTTP/1.1",
        fuzz -> {
          ByteArrayOutputStream all = new ByteArrayOutputStream();
          for (int i = fuzz.random.nextInt(3); i >= 0; i--) {
            byte[] good =
                REQUESTS
                    .get(fuzz.random.nextInt(REQUESTS.size()))
                    .replace("|", "\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1);
            all.writeBytes(fuzz.random.nextInt(6) == 0 ? fuzz.bytes(500) : fuzz.damaged(good, 4));
          }
          return all.toByteArray();
        });
  }

  @Test
  void damagedFramesOfHttp2() throws Exception {
    run(
        "HTTP/2 frames",
        fuzz -> {
          ByteArrayOutputStream all = new ByteArrayOutputStream();
          all.writeBytes(fuzz.random.nextInt(20) == 0 ? fuzz.damaged(PREFACE, 2) : PREFACE);
          all.writeBytes(frame(SETTINGS, 0, 0, new byte[0]));
          for (int i = fuzz.random.nextInt(12); i >= 0; i--) {
            int stream = fuzz.random.nextInt(4) == 0 ? fuzz.random.nextInt() : 2 * i + 1;
            byte[] frame =
                switch (fuzz.random.nextInt(4)) {
                  case 0 ->
                      frame(HEADERS, 0x5, stream, head("GET", "/v1/boards/fuzz", "text/plain"));
                  case 1 ->
                      frame(
                          fuzz.random.nextInt(12),
                          fuzz.random.nextInt(256),
                          stream,
                          fuzz.bytes(60));
                  case 2 -> frame(DATA, fuzz.random.nextInt(2), stream, fuzz.bytes(200));
                  default -> frame(HEADERS, 0x4, stream, head("POST", "/x", "application/json"));
                };
            all.writeBytes(fuzz.damaged(frame, 3));
          }
          return all.toByteArray();
        });
  }

  @Test
  void damagedCallsOfEveryMethod() throws Exception {
    List<MethodType> methods = node.node().methods();
    run(
        "gRPC frames",
        fuzz -> {
          RandomMessages messages = new RandomMessages(fuzz.random.nextLong());
          ByteArrayOutputStream all = new ByteArrayOutputStream();
          all.writeBytes(PREFACE);
          all.writeBytes(frame(SETTINGS, 0, 0, new byte[0]));
          for (int i = 0; i <= fuzz.random.nextInt(5); i++) {
            MethodType method = methods.get(fuzz.random.nextInt(methods.size()));
            String[] types = {
              "application/grpc", "application/grpc-web", "application/grpc-web-text"
            };
            String type = types[fuzz.random.nextInt(types.length)];
            byte[] head = head("POST", "/" + method.fullName(), type);
            all.writeBytes(frame(HEADERS, 0x4, 2 * i + 1, head));
            byte[] message = messages.next(method.request().newBuilderForType()).toByteArray();
            ByteBuffer framed = ByteBuffer.allocate(5 + message.length);
            int length = fuzz.random.nextInt(5) == 0 ? fuzz.random.nextInt() : message.length;
            framed.put((byte) (fuzz.random.nextInt(8) == 0 ? 1 : 0)).putInt(length).put(message);
            all.writeBytes(frame(DATA, 0x1, 2 * i + 1, fuzz.damaged(framed.array(), 2)));
          }
          return all.toByteArray();
        });
  }

  @Test
  void damagedJsonOfEveryMethod() throws Exception {
    List<HttpBinding> bindings =
        node.node().methods().stream()
            .filter(method -> !method.internal() && method.kind() != MethodKind.WATCH)
            .flatMap(method -> HttpBinding.of(method).stream())
            .toList();
    run(
        "JSON of the contract",
        fuzz -> {
          RandomMessages messages = new RandomMessages(fuzz.random.nextLong());
          HttpBinding binding = bindings.get(fuzz.random.nextInt(bindings.size()));
          Message message = messages.next(binding.method().request().newBuilderForType());
          MessageShape shape = MessageShape.of(message.getDescriptorForType());
          byte[] body = fuzz.damaged(JsonWriter.write(message, shape), 3);
          String path =
              String.valueOf(binding).replaceFirst("^\\S+ ", "").replaceAll("\\{[^}]*}", "fuzz");
          String head =
              binding.httpMethod()
                  + " "
                  + path
                  + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  + "Content-Length: "
                  + body.length
                  + "\r\n\r\n";
          ByteArrayOutputStream all = new ByteArrayOutputStream();
          all.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
          all.writeBytes(body);
          return all.toByteArray();
        });
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) 0).putShort((short) payload.length).put((byte) type).put((byte) flags);
    return frame.putInt(stream & Integer.MAX_VALUE).put(payload).array();
  }

  /** Header fields as literals that are not indexed (RFC 7541, section 6.2.2). */
  private static byte[] head(String method, String path, String type) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    Map<String, String> pseudo =
        Map.of(":method", method, ":scheme", "http", ":path", path, ":authority", "localhost");
    pseudo.forEach((name, value) -> literal(block, name, value));
    literal(block, "content-type", type);
    literal(block, "te", "trailers");
    return block.toByteArray();
  }

  private static void literal(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    for (String text : new String[] {name, value}) {
      block.write(text.length());
      block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
