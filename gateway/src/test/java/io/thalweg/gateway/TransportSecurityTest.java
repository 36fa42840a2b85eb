package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.TlsKeyPair;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Set;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS, pages of other origins, and the limits of each project and address, on a real node. */
@Timeout(120)
class TransportSecurityTest {
  @TempDir Path folder;

  @Test
  void aNewCertificateIsUsedForNewConnectionsAndOpenOnesStay() throws Exception {
    Security.Tls tls = new Security.Tls(folder.resolve("cert.pem"), folder.resolve("key.pem"));
    TlsKeyPair first = TlsKeyPair.ofSelfSigned("localhost");
    write(tls, first);
    try (GuardedNode node = guarded(Security.open().withTls(tls));
        SSLSocket open = connect(node.port(), first)) {
      assertThat(get(open, "/livez")).startsWith("HTTP/1.1 200");
      TlsKeyPair second = TlsKeyPair.ofSelfSigned("localhost");
      write(tls, second);
      Files.setLastModifiedTime(tls.key(), FileTime.from(Instant.now().plusSeconds(5)));
      while (!served(node.port()).equals(second.certificateChain().getFirst())) {
        Thread.sleep(50);
      }
      assertThat(get(open, "/livez")).startsWith("HTTP/1.1 200");
      // A broken file changes nothing.
      Files.writeString(tls.key(), "no key");
      Files.setLastModifiedTime(tls.key(), FileTime.from(Instant.now().plusSeconds(10)));
      assertThat(served(node.port())).isEqualTo(second.certificateChain().getFirst());
    }
  }

  @Test
  void oldVersionsOfTlsAndClearTextAreRefused() throws Exception {
    Security.Tls tls = new Security.Tls(folder.resolve("cert.pem"), folder.resolve("key.pem"));
    write(tls, TlsKeyPair.ofSelfSigned("localhost"));
    try (GuardedNode node = guarded(Security.open().withTls(tls))) {
      try (SSLSocket socket =
          (SSLSocket) trusting(null).getSocketFactory().createSocket("127.0.0.1", node.port())) {
        assertThatThrownBy(
                () -> {
                  socket.setEnabledProtocols(new String[] {"TLSv1.1"});
                  socket.startHandshake();
                })
            .isInstanceOf(Exception.class);
      }
      try (Web clear = new Web(node.port())) {
        assertThatThrownBy(() -> clear.get("/livez")).isInstanceOf(Exception.class);
      }
    }
  }

  @Test
  void aCertificateThatCannotBeReadIsRefusedAtStart() {
    Security.Tls tls = new Security.Tls(folder.resolve("none.pem"), folder.resolve("key.pem"));
    assertThatThrownBy(() -> new CertificateFiles(tls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none.pem");
  }

  @Test
  void onlyPagesOfOriginsThatWereAllowedMayAskFromABrowser() {
    Security security = Security.open().withCorsOrigins(Set.of("https://app.example"));
    try (GuardedNode node = guarded(security);
        Web web = new Web(node.port())) {
      Web.Answer allowed = web.get("/v1/boards", "origin", "https://app.example").is(200);
      assertThat(allowed.header("access-control-allow-origin")).isEqualTo("https://app.example");
      Web.Answer preflight =
          web.send(
              web.request(
                      "/v1/boards/b/scores",
                      "origin",
                      "https://app.example",
                      "access-control-request-method",
                      "POST",
                      "access-control-request-headers",
                      "authorization,content-type,idempotency-key")
                  .method("OPTIONS", java.net.http.HttpRequest.BodyPublishers.noBody()));
      assertThat(preflight.header("access-control-allow-methods")).contains("POST");
      assertThat(preflight.header("access-control-allow-headers")).contains("authorization");
      web.get("/v1/boards", "origin", "https://evil.example").is(403);
    }
  }

  @Test
  void whatIsOverALimitIsRefusedAndToldWhenToComeBack() {
    Security security = Security.open().withLimits(new Security.Limits(20, 0, 0, 1));
    try (GuardedNode node = guarded(security);
        Web web = new Web(node.port())) {
      Web.Answer last =
          IntStream.range(0, 200)
              .mapToObj(i -> web.get("/v1/boards"))
              .filter(answer -> answer.http().statusCode() != 200)
              .findFirst()
              .orElseThrow();
      last.isError(429, "RESOURCE_EXHAUSTED", "limit of 20 requests a second");
      assertThat(last.header("retry-after")).isNotEmpty();
    }
  }

  @Test
  void anAddressMayHaveOnlySoManyConnections() throws Exception {
    Security security = Security.open().withLimits(new Security.Limits(0, 0, 2, 0));
    try (GuardedNode node = guarded(security);
        Socket one = new Socket("127.0.0.1", node.port());
        Socket two = new Socket("127.0.0.1", node.port())) {
      assertThat(get(one, "/livez")).startsWith("HTTP/1.1 200");
      assertThat(get(two, "/livez")).startsWith("HTTP/1.1 200");
      try (Socket three = new Socket("127.0.0.1", node.port())) {
        three.setSoTimeout(20_000);
        assertThat(endOf(three)).isTrue();
      }
      one.shutdownOutput();
      String line = "";
      while (!line.startsWith("HTTP/1.1 200")) {
        try (Socket again = new Socket("127.0.0.1", node.port())) {
          line = get(again, "/livez");
        } catch (java.io.IOException closedSinceTheFirstIsStillCounted) {
          Thread.sleep(10);
        }
      }
    }
  }

  private GuardedNode guarded(Security security) {
    return new GuardedNode(folder.resolve("data"), node -> security);
  }

  private static boolean endOf(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the connection is still open", e);
    } catch (java.io.IOException reset) {
      return true;
    }
  }

  private static String get(Socket socket, String path) throws java.io.IOException {
    socket
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    String status = in.readLine();
    if (status == null) {
      throw new java.io.IOException("closed");
    }
    int length = 0;
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
      }
    }
    for (int i = 0; i < length; i++) {
      in.read();
    }
    return status;
  }

  private static void write(Security.Tls tls, TlsKeyPair pair) throws Exception {
    Files.writeString(
        tls.certificates(), pem("CERTIFICATE", pair.certificateChain().getFirst().getEncoded()));
    Files.writeString(tls.key(), pem("PRIVATE KEY", pair.privateKey().getEncoded()));
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
  }

  private static SSLSocket connect(int port, TlsKeyPair pair) throws Exception {
    SSLSocket socket =
        (SSLSocket)
            trusting(pair.certificateChain().getFirst())
                .getSocketFactory()
                .createSocket("127.0.0.1", port);
    socket.startHandshake();
    return socket;
  }

  /** The certificate that a new connection is shown. */
  private static X509Certificate served(int port) throws Exception {
    try (SSLSocket socket =
        (SSLSocket) trusting(null).getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  /** A context that trusts one certificate, or every one. */
  private static SSLContext trusting(@Nullable X509Certificate only) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    if (only == null) {
      context.init(null, new javax.net.ssl.TrustManager[] {new TrustingAll()}, null);
      return context;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("server", only);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static final class TrustingAll implements javax.net.ssl.X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
