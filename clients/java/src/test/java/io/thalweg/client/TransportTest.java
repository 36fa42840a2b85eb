package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.Code;
import com.linecorp.armeria.common.TlsKeyPair;
import io.thalweg.gateway.Security;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Addresses, TLS with a certificate authority of one's own, and credentials in the clear. */
class TransportTest {
  @TempDir Path folder;

  @Test
  void aServerIsTrustedByTheFileOfCertificatesAndOnlyByIt() throws Exception {
    Path certificate = folder.resolve("cert.pem");
    Path key = folder.resolve("key.pem");
    Path other = folder.resolve("other.pem");
    TlsKeyPair pair = TlsKeyPair.ofSelfSigned("localhost");
    Files.writeString(
        certificate, pem("CERTIFICATE", pair.certificateChain().getFirst().getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", pair.privateKey().getEncoded()));
    Files.writeString(
        other,
        pem(
            "CERTIFICATE",
            TlsKeyPair.ofSelfSigned("localhost").certificateChain().getFirst().getEncoded()));
    try (LiveServer server =
        new LiveServer(node -> Security.open().withTls(new Security.Tls(certificate, key)))) {
      String url = "https://localhost:" + server.port();
      try (ThalwegClient client = ThalwegClient.at(url).caFile(certificate).open()) {
        assertThat(client.leaderboard().submitScore("b", "ana", 1).await().getRank()).isEqualTo(1);
      }
      for (ThalwegClient stranger :
          new ThalwegClient[] {
            ThalwegClient.at(url).retries(Retries.none()).open(),
            ThalwegClient.at(url).retries(Retries.none()).caFile(other).open()
          }) {
        try (stranger) {
          PendingReply<?> reply = stranger.leaderboard().getBoard("b");
          assertThat(catchThrowableOfType(ThalwegException.class, reply::await).code())
              .isEqualTo(Code.UNAVAILABLE);
        }
      }
    }
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
  }

  @Test
  void credentialsDoNotGoOverHttpToOtherMachinesUnlessAsked() {
    ClientBuilder clear = ThalwegClient.at("http://game.example:8080").apiKey("secret");
    assertThatThrownBy(clear::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("https://");
    clear.clearTextCredentials().open().close();
    ThalwegClient.at("http://127.0.0.1:8080").apiKey("secret").open().close();
    ThalwegClient.at("http://[::1]:8080").apiKey("secret").open().close();
    ThalwegClient.at("https://game.example").apiKey("secret").open().close();
  }

  @Test
  void whatIsWrongWithAnOptionIsNamed() {
    for (String url :
        new String[] {
          "game.example:8080", "ftp://a:1", "http://", "http://a/path", "http://u@a", "http://a b"
        }) {
      assertThatThrownBy(() -> ThalwegClient.at(url).open())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("url must be http:// or https://");
    }
    assertThatThrownBy(() -> ThalwegClient.at("http://a").caFile(Path.of("ca.pem")).open())
        .hasMessageContaining("caFile needs");
    assertThatThrownBy(
            () -> ThalwegClient.at("https://a").caFile(folder.resolve("none.pem")).open())
        .hasMessageContaining("none.pem");
    assertThatThrownBy(() -> ThalwegClient.at("http://a").maxInFlight(0))
        .hasMessageContaining("maxInFlight must be from 1 to 1000000; got 0");
    assertThatThrownBy(() -> CallSettings.none().withTimeout(java.time.Duration.ZERO))
        .hasMessageContaining("timeout must be from 1 ms to 1 hour; got 0 ms");
    assertThatThrownBy(() -> CallSettings.none().withName("a b")).hasMessageContaining("name must");
    assertThatThrownBy(() -> Retries.defaults().withMaxAttempts(0))
        .hasMessageContaining("maxAttempts must be from 1 to 100; got 0");
    assertThatThrownBy(() -> Hedging.afterMs(0)).hasMessageContaining("delayMs");
  }

  @Test
  void aServerThatIsAwayIsNotReady() {
    LiveServer server = new LiveServer();
    try (ThalwegClient client =
        ThalwegClient.at(server.url())
            .timeout(java.time.Duration.ofSeconds(1))
            .connectTimeout(java.time.Duration.ofMillis(500))
            .open()) {
      assertThat(soonReady(client)).isTrue();
      server.stop();
      assertThat(catchThrowableOfType(ThalwegException.class, client.ready()::await).code())
          .isIn(Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED);
      server.start();
      assertThat(soonReady(client)).isTrue();
    } finally {
      server.close();
    }
  }

  /** What the server says when it is reached, which may take more than the time of one call. */
  private static boolean soonReady(ThalwegClient client) {
    while (true) {
      try {
        return client.ready().await();
      } catch (ThalwegException notYet) {
        Thread.onSpinWait();
      }
    }
  }
}
