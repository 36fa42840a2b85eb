package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random bytes and damaged frames on every kind of WebSocket: the server neither fails nor hangs,
 * keeps nothing of a client that is gone, and its state is what it was. See {@link Fuzz} for the
 * flags.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class SocketFuzzTest {
  private static final List<String> PATHS =
      List.of(
          "/v1/boards/fuzz/events:watch?after=0",
          "/connection/websocket",
          "/connection/websocket?format=protobuf",
          "/connection/websocket?format=protobuf&payload=json");

  /** What a client may say, to be damaged. */
  private static final List<String> COMMANDS =
      List.of(
          "{\"id\":1,\"connect\":{\"name\":\"fuzz\"}}",
          "{\"id\":2,\"subscribe\":{\"channel\":\"leaderboard:fuzz\"}}",
          "{\"id\":3,\"subscribe\":{\"channel\":\"leaderboard:fuzz\",\"recover\":true,"
              + "\"epoch\":\"1.0\",\"offset\":1}}",
          "{\"id\":4,\"unsubscribe\":{\"channel\":\"leaderboard:fuzz\"}}",
          "{\"id\":5,\"history\":{\"channel\":\"leaderboard:fuzz\",\"limit\":10}}",
          "{\"id\":6,\"presence\":{\"channel\":\"leaderboard:fuzz\"}}",
          "{\"id\":7,\"presence_stats\":{\"channel\":\"leaderboard:fuzz\"}}",
          "{\"id\":8,\"rpc\":{\"method\":\"leaderboard/GetBoard\",\"data\":{\"board\":\"fuzz\"}}}",
          "{\"id\":9,\"ping\":{}}",
          "{\"send\":{\"data\":[[[[]]]]}}",
          "{}");

  @Test
  void damagedFramesNeitherBreakNorHangTheServer() throws Exception {
    try (Fuzz fuzz = new Fuzz("WebSocket frames");
        RunningNode node = new RunningNode();
        Web web = new Web(node.port())) {
      for (int i = 0; i < 20; i++) {
        web.post("/v1/boards/fuzz/scores", "{\"member\":\"m" + i + "\",\"score\":1}").is(200);
      }
      String before = web.get("/v1/boards/fuzz/entries").is(200).http().body();
      String seed = "-Dfuzz.seed=" + fuzz.seed;
      int rounds = 0;
      while (fuzz.goesOn()) {
        attack(node.port(), fuzz.random);
        rounds++;
      }
      assertThat(rounds).as(seed).isPositive();
      // Nobody is left, and nothing waits for anybody.
      while (node.watchers() > 0 || node.gauge("thalweg.gateway.watch.waiting") > 0) {
        Thread.onSpinWait();
      }
      assertThat(web.get("/v1/boards/fuzz/entries").is(200).http().body())
          .as(seed)
          .isEqualTo(before);
      assertThat(fuzz.errors()).as(seed).isEmpty();
      try (SocketClient client = new SocketClient(node.port(), PATHS.getFirst())) {
        assertThat(client.next().at("/event").asText()).isEqualTo("opened");
      }
    }
  }

  private static void attack(int port, Random random) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20);
      String request =
          "GET "
              + PATHS.get(random.nextInt(PATHS.size()))
              + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      if (random.nextInt(4) > 0) {
        socket
            .getOutputStream()
            .write(frame(COMMANDS.getFirst().getBytes(StandardCharsets.UTF_8), random, false));
      }
      int count = random.nextInt(20);
      for (int i = 0; i < count; i++) {
        socket.getOutputStream().write(frame(payload(random), random, random.nextInt(6) == 0));
      }
      if (random.nextBoolean()) {
        drain(socket.getInputStream());
      }
    } catch (IOException e) {
      // The server closed first, or there was nothing to read in time.
      return;
    }
  }

  private static void drain(InputStream in) throws IOException {
    byte[] bytes = new byte[4096];
    while (in.read(bytes) >= 0) {
      // Until the server closes, or says nothing for a while.
    }
  }

  private static byte[] payload(Random random) {
    byte[] bytes;
    if (random.nextInt(4) == 0) {
      bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      return bytes;
    }
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      text.append(COMMANDS.get(random.nextInt(COMMANDS.size()))).append('\n');
    }
    bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(3); i > 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  /** A client's frame; a damaged one may have a wrong length, opcode, mask or end. */
  private static byte[] frame(byte[] payload, Random random, boolean damaged) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int opcode = random.nextInt(8) == 0 ? 0x9 : random.nextBoolean() ? 0x1 : 0x2;
    boolean control = opcode == 0x9;
    int length = control ? Math.min(payload.length, 125) : payload.length;
    out.write(damaged ? random.nextInt(256) : 0x80 | opcode);
    if (length < 126) {
      out.write((damaged && random.nextBoolean() ? 0 : 0x80) | length);
    } else {
      out.write(0x80 | 126);
      out.write(length >>> 8);
      out.write(length);
    }
    byte[] mask = new byte[4];
    random.nextBytes(mask);
    out.writeBytes(mask);
    int end = damaged ? random.nextInt(length + 1) : length;
    for (int i = 0; i < end; i++) {
      out.write(payload[i] ^ mask[i % 4]);
    }
    return out.toByteArray();
  }
}
