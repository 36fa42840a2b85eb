package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.TlsKeyPair;
import io.thalweg.gateway.Security;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Where clients have to come with a certificate, the ports of services' protocols ask for it. */
@Timeout(180)
class MutualTlsPortsTest {
  private static final char[] NO_PASSWORD = {};
  private static final TlsKeyPair SERVER = TlsKeyPair.ofSelfSigned("127.0.0.1");
  private static final TlsKeyPair KNOWN = TlsKeyPair.ofSelfSigned("known.example");
  private static final TlsKeyPair STRANGER = TlsKeyPair.ofSelfSigned("stranger.example");

  @TempDir static Path folder;
  private static TestNode node;

  @BeforeAll
  static void start() throws Exception {
    UpSecurity security =
        new UpSecurity(
            false,
            write("cert.pem", "CERTIFICATE", SERVER.certificateChain().getFirst().getEncoded()),
            write("key.pem", "PRIVATE KEY", SERVER.privateKey().getEncoded()),
            write("clients.pem", "CERTIFICATE", KNOWN.certificateChain().getFirst().getEncoded()),
            false,
            null,
            UpSecurity.DEFAULT_AUDIENCE,
            null,
            Security.Limits.NONE,
            Set.of());
    node = TestNode.withResp(folder.resolve("data"), security);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Path write(String file, String what, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, text, what));
  }

  /** Sockets of a client that trusts the server and comes with a certificate, or without one. */
  private static SSLSocketFactory sockets(@Nullable TlsKeyPair client) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("server", SERVER.certificateChain().getFirst());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
    own.load(null, null);
    if (client != null) {
      X509Certificate[] chain = client.certificateChain().toArray(new X509Certificate[0]);
      own.setKeyEntry("client", client.privateKey(), NO_PASSWORD, chain);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, NO_PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context.getSocketFactory();
  }

  @SuppressWarnings("deprecation") // What comes after it takes key stores from files only.
  private static Jedis jedis(@Nullable TlsKeyPair client) throws Exception {
    return new Jedis(
        new HostAndPort("127.0.0.1", node.respPort()),
        DefaultJedisClientConfig.builder()
            .ssl(true)
            .sslSocketFactory(sockets(client))
            .timeoutMillis(60_000)
            .build());
  }

  @Test
  void jedisWithAKnownCertificateGetsInAndOthersDoNot() throws Exception {
    try (Jedis known = jedis(KNOWN)) {
      assertThat(known.zadd("board", 7, "ada")).isEqualTo(1);
      assertThat(known.zscore("board", "ada")).isEqualTo(7);
    }
    for (TlsKeyPair refused : new TlsKeyPair[] {null, STRANGER}) {
      assertThatThrownBy(
              () -> {
                try (Jedis jedis = jedis(refused)) {
                  jedis.zadd("board", 9, "eve");
                }
              })
          .isInstanceOf(JedisConnectionException.class);
    }
    try (Jedis known = jedis(KNOWN)) {
      assertThat(known.zcard("board")).isEqualTo(1);
    }
  }

  @Test
  void jedisInClearTextDoesNotGetIn() {
    assertThatThrownBy(
            () -> {
              try (Jedis jedis = new Jedis("127.0.0.1", node.respPort())) {
                jedis.ping();
              }
            })
        .isInstanceOf(JedisConnectionException.class);
  }

  @Test
  void faktoryGreetsNobodyWithoutAKnownCertificate() throws Exception {
    assertThat(greeting(KNOWN)).startsWith("+HI {");
    assertThatThrownBy(() -> greeting(null)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> greeting(STRANGER)).isInstanceOf(IOException.class);
  }

  private static String greeting(@Nullable TlsKeyPair client) throws Exception {
    try (SSLSocket socket =
        (SSLSocket) sockets(client).createSocket("127.0.0.1", node.faktoryPort())) {
      socket.setSoTimeout(60_000);
      String line =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      if (line == null) {
        throw new IOException("closed");
      }
      return line;
    }
  }
}
