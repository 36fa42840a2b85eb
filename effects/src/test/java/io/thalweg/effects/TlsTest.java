package io.thalweg.effects;

import static io.thalweg.effects.Calls.answer;
import static io.thalweg.effects.Calls.failure;
import static io.thalweg.effects.Calls.get;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.thalweg.runtime.EffectOutcome.Failed;
import io.thalweg.runtime.EffectOutcome.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.InstantSource;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The certificate must be trusted, and be that of the name in the URL. */
class TlsTest {
  private static final char[] PASSWORD = "password".toCharArray();
  private static SSLContext knowsTheServer;
  private static HttpsServer server;

  @BeforeAll
  static void start(@TempDir Path folder)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path file = folder.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                file.toString(),
                "-storepass",
                new String(PASSWORD),
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=hook.example",
                "-ext",
                "san=dns:hook.example")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.txt").toFile())
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory keyManagers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    knowsTheServer = SSLContext.getInstance("TLS");
    knowsTheServer.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(knowsTheServer));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
  }

  private static HttpEffects effects(SSLContext tls) {
    return HttpEffects.start(
        Calls.loopback(),
        new SimpleMeterRegistry(),
        name -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")},
        InstantSource.system(),
        tls);
  }

  private static String url(String host) {
    return "https://" + host + ":" + server.getAddress().getPort() + "/";
  }

  @Test
  void aTrustedServerUnderItsNameIsCalled() {
    try (HttpEffects effects = effects(knowsTheServer)) {
      assertThat(answer(effects, get(url("hook.example"))).status()).isEqualTo(204);
    }
  }

  @Test
  void aServerUnderAnotherNameIsNot() {
    try (HttpEffects effects = effects(knowsTheServer)) {
      for (String host : new String[] {"other.example", "127.0.0.1"}) {
        Failed failed = failure(effects, get(url(host)));
        assertThat(failed.kind()).as(failed.text()).isEqualTo(Kind.TLS);
      }
    }
  }

  @Test
  void anUntrustedServerIsNot() throws GeneralSecurityException {
    try (HttpEffects effects = effects(SSLContext.getDefault())) {
      assertThat(failure(effects, get(url("hook.example"))).kind()).isEqualTo(Kind.TLS);
    }
  }

  @Test
  void aServerWithoutTlsIsNot() throws IOException {
    try (RawServer raw =
            new RawServer(socket -> {
              RawServer.write(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
              RawServer.untilClosed(socket);
            });
        HttpEffects effects = effects(knowsTheServer)) {
      Failed failed = failure(effects, get("https://hook.example:" + raw.port() + "/"));

      assertThat(failed.kind()).as(failed.text()).isEqualTo(Kind.TLS);
      assertThat(failed.retryable()).isTrue();
    }
  }
}
