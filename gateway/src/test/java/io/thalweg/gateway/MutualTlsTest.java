package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.TlsKeyPair;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.ClientCalls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that have to come with a certificate, over HTTP/1.1 and gRPC. */
@Timeout(180)
class MutualTlsTest {
  private static final char[] NO_PASSWORD = {};

  @TempDir Path folder;

  private final TlsKeyPair server = TlsKeyPair.ofSelfSigned("localhost");
  private final TlsKeyPair known = TlsKeyPair.ofSelfSigned("known.example");
  private final TlsKeyPair stranger = TlsKeyPair.ofSelfSigned("stranger.example");

  @BeforeEach
  void write() throws Exception {
    Files.writeString(folder.resolve("cert.pem"), certificate(server));
    Files.writeString(
        folder.resolve("key.pem"), pem("PRIVATE KEY", server.privateKey().getEncoded()));
    Files.writeString(folder.resolve("clients.pem"), certificate(known));
  }

  private GuardedNode open(boolean required) {
    Security.Tls tls =
        new Security.Tls(
            folder.resolve("cert.pem"),
            folder.resolve("key.pem"),
            folder.resolve("clients.pem"),
            required);
    return new GuardedNode(folder.resolve("data"), node -> Security.open().withTls(tls));
  }

  private static String certificate(TlsKeyPair pair) throws Exception {
    return pem("CERTIFICATE", pair.certificateChain().getFirst().getEncoded());
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
  }

  /** What a client with a certificate, or without one, is answered. */
  private String get(int port, @Nullable TlsKeyPair client) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    trusted.setCertificateEntry("server", server.certificateChain().getFirst());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    context.init(client == null ? null : keys(client), trust.getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port)) {
      socket.setSoTimeout(60_000);
      socket
          .getOutputStream()
          .write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      String status =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
              .readLine();
      if (status == null) {
        throw new IOException("closed");
      }
      return status;
    }
  }

  private static KeyManager[] keys(TlsKeyPair client) throws Exception {
    KeyStore own = KeyStore.getInstance(KeyStore.getDefaultType());
    own.load(null, null);
    own.setKeyEntry(
        "client",
        client.privateKey(),
        NO_PASSWORD,
        client.certificateChain().toArray(new X509Certificate[0]));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(own, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private HealthCheckResponse check(int port, @Nullable TlsKeyPair client) throws Exception {
    SslContextBuilder tls =
        GrpcSslContexts.forClient().trustManager(server.certificateChain().getFirst());
    if (client != null) {
      tls.keyManager(client.privateKey(), client.certificateChain());
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .overrideAuthority("localhost:" + port)
            .sslContext(tls.build())
            .build();
    try {
      return ClientCalls.blockingUnaryCall(
          channel,
          HealthGrpc.getCheckMethod(),
          CallOptions.DEFAULT,
          HealthCheckRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void onlyAClientWithACertificateThatLeadsToAKnownOneIsServed() throws Exception {
    try (GuardedNode node = open(true)) {
      assertThat(get(node.port(), known)).isEqualTo("HTTP/1.1 200 OK");
      assertThat(check(node.port(), known).getStatus())
          .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
      assertRefused(node.port(), stranger);
      assertRefused(node.port(), null);
    }
  }

  private void assertRefused(int port, @Nullable TlsKeyPair client) {
    assertThatThrownBy(() -> get(port, client)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> check(port, client))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
  }

  @Test
  void whereItIsOnlyWantedOnlyAWrongOneIsRefused() throws Exception {
    try (GuardedNode node = open(false)) {
      assertThat(get(node.port(), known)).isEqualTo("HTTP/1.1 200 OK");
      assertThat(get(node.port(), null)).isEqualTo("HTTP/1.1 200 OK");
      assertThat(check(node.port(), null).getStatus())
          .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
      assertThatThrownBy(() -> check(node.port(), stranger))
          .isInstanceOf(StatusRuntimeException.class);
    }
  }

  @Test
  void whoIsKnownIsReadAgainWhenTheFileChanges() throws Exception {
    Path clients = folder.resolve("clients.pem");
    try (GuardedNode node = open(true)) {
      assertThatThrownBy(() -> get(node.port(), stranger)).isInstanceOf(IOException.class);
      Files.writeString(clients, certificate(stranger) + certificate(known));
      Files.setLastModifiedTime(clients, FileTime.from(Instant.now().plusSeconds(5)));
      assertThat(get(node.port(), stranger)).isEqualTo("HTTP/1.1 200 OK");
      assertThat(get(node.port(), known)).isEqualTo("HTTP/1.1 200 OK");
      // A broken file changes nothing.
      Files.writeString(clients, "nobody");
      Files.setLastModifiedTime(clients, FileTime.from(Instant.now().plusSeconds(10)));
      assertThat(get(node.port(), known)).isEqualTo("HTTP/1.1 200 OK");
      Files.writeString(clients, certificate(stranger));
      Files.setLastModifiedTime(clients, FileTime.from(Instant.now().plusSeconds(15)));
      assertThatThrownBy(() -> check(node.port(), known))
          .isInstanceOf(StatusRuntimeException.class);
      assertThat(check(node.port(), stranger).getStatus())
          .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    }
  }

  @Test
  void certificatesThatCannotBeReadAreRefusedAtStart() throws Exception {
    Path empty = Files.createFile(folder.resolve("empty.pem"));
    assertThatThrownBy(() -> new ClientCertificates(empty))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty.pem");
    assertThatThrownBy(() -> new ClientCertificates(folder.resolve("none.pem")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none.pem");
  }
}
