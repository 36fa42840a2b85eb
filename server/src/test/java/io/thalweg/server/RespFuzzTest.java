package io.thalweg.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever bytes come, the server answers or closes, and goes on serving others. Repeat a run with
 * {@code -Dresp.seed=N}; {@code -Dresp.rounds=N} makes it longer.
 */
class RespFuzzTest {
  private static final byte[] PING = RespSocket.command("PING");
  private static final byte[] STATE = RespSocket.command("ZRANGE", "kept", "0", "-1", "WITHSCORES");

  @TempDir static Path data;
  private static TestNode node;

  @BeforeAll
  static void start() {
    node = TestNode.withResp(data);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @ParameterizedTest
  @CsvSource({
    "'*x',                      Protocol error: invalid multibulk length",
    "'*65537',                  Protocol error: invalid multibulk length",
    "'*99999999999999999999',   Protocol error: invalid multibulk length",
    "'*999999999999999999999999', Protocol error: too big mbulk count string",
    "'*1|+PING',                'Protocol error: expected ''$'', got ''+'''",
    "'*1|$-1',                  Protocol error: invalid bulk length",
    "'*1|$9999999',             Protocol error: invalid bulk length",
    "'*1|$',                    Protocol error: invalid bulk length",
    "'ECHO \"open',             Protocol error: unbalanced quotes in request",
  })
  void whatIsNotTheProtocolIsToldSoAndTheConnectionClosed(String lines, String error)
      throws IOException {
    try (RespSocket socket = new RespSocket(node.respPort())) {
      socket.send(PING);
      socket.send((lines.replace("|", "\r\n") + "\r\n").getBytes(UTF_8));
      assertThat(socket.reply()).isEqualTo("PONG");
      assertThat(socket.reply()).isEqualTo("-ERR " + error);
      assertThat(socket.rest()).isEmpty();
    }
  }

  @Test
  void aRequestThatIsTooLargeIsRefusedBeforeItIsThere() throws IOException {
    try (RespSocket socket = new RespSocket(node.respPort())) {
      byte[] argument = ("$1000000\r\n" + "x".repeat(1_000_000) + "\r\n").getBytes(UTF_8);
      socket.send("*4\r\n".getBytes(UTF_8));
      sendUntilClosed(socket, argument);
      assertThat(socket.reply()).startsWith("-ERR Protocol error: too big request");
    }
    try (RespSocket socket = new RespSocket(node.respPort())) {
      sendUntilClosed(socket, "no line end ".repeat(8000).getBytes(UTF_8));
      assertThat(socket.reply()).isEqualTo("-ERR Protocol error: too big inline request");
    }
  }

  private static void sendUntilClosed(RespSocket socket, byte[] bytes) {
    try {
      for (int i = 0; i < 3; i++) {
        socket.send(bytes);
      }
    } catch (IOException closed) {
      assertThat(closed).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aCommandThatArrivesByteByByteIsAnswered() throws IOException {
    try (RespSocket socket = new RespSocket(node.respPort())) {
      byte[] command = RespSocket.command("ECHO", "slowly but surely");
      for (byte b : command) {
        socket.send(new byte[] {b});
      }
      assertThat(socket.reply()).isEqualTo("slowly but surely");
      socket.send("ECHO 'in line'\r\n".getBytes(UTF_8));
      assertThat(socket.reply()).isEqualTo("in line");
    }
  }

  @Test
  void moreCommandsThanMayBeOnTheirWayAreAnsweredInOrder() throws Exception {
    int commands = 30_000;
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < commands; i++) {
      all.writeBytes(RespSocket.command(i % 3 == 0 ? "ECHO" : "ZCARD", Integer.toString(i)));
    }
    try (RespSocket socket = new RespSocket(node.respPort())) {
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  socket.send(all.toByteArray());
                  socket.finish();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      for (int i = 0; i < commands; i++) {
        assertThat(socket.reply()).isEqualTo(i % 3 == 0 ? Integer.toString(i) : "(integer) 0");
      }
      sender.join();
      assertThat(socket.rest()).isEmpty();
    }
  }

  @Test
  void randomBytesNeitherStopTheServerNorChangeWhatItHolds() throws Exception {
    long seed = Long.getLong("resp.seed", new Random().nextLong());
    int rounds = Integer.getInteger("resp.rounds", 400);
    System.out.println("random bytes, seed " + seed + ": -Dresp.seed=" + seed);
    Random random = new Random(seed);
    try (RespSocket witness = new RespSocket(node.respPort())) {
      witness.ask("ZADD", "kept", "1", "a", "2", "b");
      for (int i = 0; i < rounds; i++) {
        try (RespSocket socket = new RespSocket(node.respPort())) {
          socket.send(random.nextBoolean() ? noise(random) : damaged(random));
          socket.finish();
          socket.rest();
        } catch (SocketException reset) {
          // The server closed while this side was still sending.
        }
        witness.send(STATE);
        assertThat(witness.reply()).as("seed %d, round %d", seed, i).isEqualTo("[a, 1, b, 2]");
      }
    }
    assertThat(node.get("/metrics")).contains("thalweg_gateway_connections{protocol=\"resp\"} ");
  }

  private static byte[] noise(Random random) {
    byte[] bytes = new byte[random.nextInt(3000)];
    random.nextBytes(bytes);
    if (bytes.length > 0 && random.nextBoolean()) {
      bytes[0] = '*';
    }
    return bytes;
  }

  /** Good commands of another board, of which some bytes are others, or the end is missing. */
  private static byte[] damaged(Random random) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i <= random.nextInt(20); i++) {
      all.writeBytes(
          switch (random.nextInt(4)) {
            case 0 -> RespSocket.command("ZADD", "other", "1", "m" + random.nextInt(9));
            case 1 -> RespSocket.command("ZRANGE", "other", "0", "-1", "WITHSCORES");
            case 2 -> RespSocket.command("HELLO", Integer.toString(random.nextInt(4)));
            default -> RespSocket.command("AUTH", "x" + random.nextInt(9));
          });
    }
    byte[] bytes = all.toByteArray();
    for (int i = 0; i < random.nextInt(4); i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length) + 1);
  }
}
