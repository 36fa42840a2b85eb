package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.TlsKeyPair;
import io.thalweg.leaderboard.resp.Resp;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that hold a connection by sending hardly anything. That a watcher who reads nothing is
 * cut is in {@link SlowWatcherTest}.
 */
@Timeout(300)
class SlowClientsTest {
  private static final int TIMEOUT_MS = 500;
  private static final int LONG_MS = 3_600_000;
  private static final String GET = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

  @TempDir Path folder;

  private final ScriptedNode node = new ScriptedNode();
  private Gateway gateway;

  @BeforeEach
  void start() {
    gateway = start(Security.open(), TIMEOUT_MS, LONG_MS);
  }

  private Gateway start(Security security, int firstRequestMs, int idleMs) {
    return Gateway.start(
        node,
        GatewayOptions.builder()
            .port(0)
            .requestTimeoutMs(TIMEOUT_MS)
            .firstRequestMs(firstRequestMs)
            .idleMs(idleMs)
            .security(security)
            .protocols(ProtocolPort.of(new Resp(), 0))
            .build());
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private double refused(String reason) {
    return node.meters().get("thalweg.gateway.refused").tag("reason", reason).counter().count();
  }

  private double slowResp() {
    return node.meters().get("thalweg.resp.slow").counter().count();
  }

  /** Sends a byte at a time until the server closes; what it said meanwhile. */
  private static String drip(Socket socket, String text) throws IOException {
    StringBuilder heard = new StringBuilder();
    socket.setSoTimeout(20);
    InputStream in = socket.getInputStream();
    for (int i = 0; ; i++) {
      try {
        if (i < text.length()) {
          socket.getOutputStream().write(text.charAt(i));
        }
        int b = in.read();
        if (b < 0) {
          return heard.toString();
        }
        heard.append((char) b);
      } catch (SocketTimeoutException nothingYet) {
        // The next byte.
      } catch (IOException closed) {
        return heard.toString();
      }
    }
  }

  @Test
  void headersAByteAtATimeAreCut() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      assertThat(drip(socket, "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(10_000)))
          .isEmpty();
      assertThat(refused("no_request")).isEqualTo(1);
    }
  }

  @Test
  void aConnectionThatSendsNothingIsClosed() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      assertThat(drip(socket, "")).isEmpty();
      assertThat(refused("no_request")).isEqualTo(1);
    }
  }

  @Test
  void aPrefaceOfHttp2ThatIsNotCompleteIsCutWhenItIsIdle() throws IOException {
    try (Gateway other = start(Security.open(), LONG_MS, TIMEOUT_MS);
        Socket socket = new Socket("127.0.0.1", other.port())) {
      assertThat(drip(socket, "PRI * HTTP/2.0\r\n")).doesNotContain("HTTP/1.1");
    }
  }

  @Test
  void headersOfALaterRequestAByteAtATimeAreCut() throws IOException {
    try (Gateway other = start(Security.open(), LONG_MS, TIMEOUT_MS);
        Socket socket = new Socket("127.0.0.1", other.port())) {
      assertThat(RawClients.exchange(socket, GET)).startsWith("HTTP/1.1 200");
      String headers = "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ";
      assertThat(drip(socket, headers + "x".repeat(10_000))).doesNotContain("200");
    }
  }

  @Test
  void aConnectionThatMakesARequestInTimeStays() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", gateway.port());
        Socket silent = new Socket("127.0.0.1", gateway.port())) {
      assertThat(RawClients.exchange(socket, GET)).startsWith("HTTP/1.1 200");
      Eventually.until("the silent one is closed", () -> refused("no_request") == 1);
      assertThat(drip(silent, "")).isEmpty();
    }
  }

  @Test
  void aBodyThatDoesNotEndIsCutAndTakesNoPlace() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
      String head =
          "PUT /v1/things/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Content-Length: 100000\r\n\r\n{";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      assertThat(drip(socket, "")).isEmpty();
      assertThat(gateway.capacity().underWay()).isZero();
      assertThat(refused("no_request")).isEqualTo(1);
      assertThat(node.requests).isEmpty();
    }
  }

  @Test
  void aHandshakeOfTlsThatNeverEndsIsCutOnEveryPort() throws Exception {
    Security.Tls tls = new Security.Tls(folder.resolve("cert.pem"), folder.resolve("key.pem"));
    TlsKeyPair pair = TlsKeyPair.ofSelfSigned("localhost");
    write(tls.certificates(), "CERTIFICATE", pair.certificateChain().getFirst().getEncoded());
    write(tls.key(), "PRIVATE KEY", pair.privateKey().getEncoded());
    try (Gateway secure = start(Security.open().withTls(tls), TIMEOUT_MS, LONG_MS);
        Socket http = new Socket("127.0.0.1", secure.port());
        Socket resp = new Socket("127.0.0.1", secure.protocolPort(0))) {
      // The head of a ClientHello of 512 bytes, of which few come.
      String hello = "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001";
      drip(http, hello);
      drip(resp, hello);
      assertThat(refused("no_request")).isEqualTo(1);
    }
  }

  private static void write(Path file, String what, byte[] der) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(
                what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what));
  }

  @Test
  void aCommandOfRespThatNeverEndsIsCutAndItsClientToldWhy() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.protocolPort(0))) {
      socket
          .getOutputStream()
          .write(
              "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$9000\r\nx"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .isEqualTo("+PONG\r\n-ERR Protocol error: a command must be sent within 500 ms\r\n");
      assertThat(slowResp()).isEqualTo(1);
    }
  }

  @Test
  void aCommandOfRespAByteAtATimeIsCut() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.protocolPort(0))) {
      drip(socket, "*2\r\n$4\r\nECHO\r\n$9000\r\n" + "x".repeat(9000));
      assertThat(slowResp()).isEqualTo(1);
    }
  }

  @Test
  void aConnectionOfRespThatIsIdleBetweenCommandsStays() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", gateway.protocolPort(0));
        Socket slow = new Socket("127.0.0.1", gateway.protocolPort(0))) {
      socket.getOutputStream().write("*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readNBytes(7)).hasSize(7);
      drip(slow, "*1\r\n$4\r\nPI");
      assertThat(slowResp()).isEqualTo(1);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().readNBytes(7)).hasSize(7);
    }
  }

  @Test
  void aClientOfRespThatTakesNoRepliesIsCut() throws Exception {
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4 << 10);
      socket.connect(new java.net.InetSocketAddress("127.0.0.1", gateway.protocolPort(0)));
      byte[] echo =
          ("*2\r\n$4\r\nECHO\r\n$60000\r\n" + "x".repeat(60_000) + "\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    socket.getOutputStream().write(echo);
                  }
                } catch (IOException cut) {
                  // What was waited for.
                }
              });
      sender.join();
      Eventually.until("it was counted", () -> slowResp() >= 1);
    }
  }
}
