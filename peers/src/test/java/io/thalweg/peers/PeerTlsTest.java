package io.thalweg.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Peers;
import io.thalweg.runtime.Thalweg;
import io.thalweg.runtime.system.ForwardedCall;
import io.thalweg.runtime.system.PeerReply;
import io.thalweg.runtime.system.PeerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only nodes get in where nodes speak with each other. */
class PeerTlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir static Path folder;
  private static @Nullable Node node;
  private static @Nullable PeerServer server;

  @BeforeAll
  static void start() throws Exception {
    Path trust = folder.resolve("trust.pem");
    for (String name : new String[] {"one", "two", "stranger"}) {
      String certificate = make(name);
      if (!name.equals("stranger")) {
        Files.writeString(trust, certificate, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      }
    }
    node =
        Thalweg.at(folder.resolve("data"))
            .service(Leaderboard.TYPE)
            .options(NodeOptions.defaults().withPartitions(1))
            .open();
    MemberOptions options = MemberOptions.local("one").withTls(files("one"));
    server = PeerServer.start(node, options, NodeCertificates.of(files("one")));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
    if (node != null) {
      node.close();
    }
  }

  @Test
  void aNodeIsServedAndSaysWhoAsks() throws Exception {
    PeerReply reply =
        Objects.requireNonNull(ask(new PeerClients(NodeCertificates.of(files("two")))));
    assertThat(SubmitScoreResponse.parseFrom(reply.getAnswer().getReply()).getScore()).isEqualTo(7);
  }

  @Test
  void whoHasACertificateThatNobodyTrustsIsNot() throws Exception {
    assertThat(ask(new PeerClients(NodeCertificates.of(files("stranger"))))).isNull();
  }

  @Test
  void whoSpeaksInClearTextIsNot() throws Exception {
    assertThat(ask(new PeerClients(null))).isNull();
  }

  @Test
  void withoutCertificatesANodeIsOnLoopbackAlone() {
    assertThatThrownBy(() ->
            new MemberOptions(
                "one",
                "0.0.0.0",
                7071,
                "127.0.0.1",
                null,
                io.thalweg.cluster.PlacementOptions.DEFAULTS,
                MemberOptions.DEFAULT_INTERVAL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("node-cert");
  }

  /** The reply to a request of a node; null if it was not served. */
  private static @Nullable PeerReply ask(PeerClients clients) throws Exception {
    SubmitScoreRequest message =
        SubmitScoreRequest.newBuilder().setBoard("tls").setMember("ana").setScore(7).build();
    PeerRequest request =
        PeerRequest.newBuilder()
            .setCall(
                ForwardedCall.newBuilder()
                    .setService("leaderboard")
                    .setRequestType(message.getDescriptorForType().getFullName())
                    .setRequest(message.toByteString())
                    .setPrincipal("somebody")
                    .setTimeoutMs(60_000))
            .build();
    CompletableFuture<@Nullable PeerReply> heard = new CompletableFuture<>();
    try (clients) {
      clients.send(
          "127.0.0.1:" + Objects.requireNonNull(server).port(),
          request,
          60_000,
          new Peers.Outcome() {
            @Override
            public void replied(PeerReply reply) {
              heard.complete(reply);
            }

            @Override
            public void unsent(String why) {
              heard.complete(null);
            }

            @Override
            public void unknown(String why) {
              heard.complete(null);
            }
          });
      return heard.get(100, TimeUnit.SECONDS);
    }
  }

  private static NodeTls files(String name) {
    return new NodeTls(
        folder.resolve(name + ".pem"), folder.resolve(name + ".key"), folder.resolve("trust.pem"));
  }

  /** Makes a key and a certificate that it has signed itself; the certificate. */
  private static String make(String name)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD),
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".txt").toFile())
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    String certificate = pem("CERTIFICATE", keys.getCertificate(name).getEncoded());
    Files.writeString(folder.resolve(name + ".pem"), certificate);
    Files.writeString(
        folder.resolve(name + ".key"),
        pem("PRIVATE KEY", keys.getKey(name, PASSWORD).getEncoded()));
    return certificate;
  }

  private static String pem(String what, byte[] bytes) {
    return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
        .formatted(what, Base64.getMimeEncoder().encodeToString(bytes), what);
  }
}
