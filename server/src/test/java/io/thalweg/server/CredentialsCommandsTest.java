package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.TlsKeyPair;
import io.thalweg.gateway.Security;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** API keys and projects from the command line, against a node that asks for credentials. */
@Timeout(120)
class CredentialsCommandsTest {
  @TempDir Path folder;

  private record Result(int exitCode, String out, String err) {}

  @AfterEach
  void forget() {
    System.clearProperty("THALWEG_API_KEY");
    System.clearProperty("THALWEG_CA_FILE");
  }

  @Test
  void theOperatorsTokenMakesTheFirstKeyAndCommandsUseIt() throws Exception {
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data, 0, credentials())) {
      String url = node.url();
      assertThat(run("api-keys", "list", "--url", url).err()).contains("credentials are needed");
      Path token = data.resolve(OperatorToken.FILE);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
          .isEqualTo("rw-------");
      System.setProperty("THALWEG_API_KEY", Files.readString(token));
      assertThat(run("projects", "create", "shop", "--url", url).out()).contains("\"shop\"");
      assertThat(run("projects", "list", "--url", url).out()).contains("\"shop\"");
      Result created =
          run(
              "api-keys",
              "create",
              "loader",
              "--allow",
              "leaderboard:read+write",
              "--expires",
              "30d",
              "--project",
              "shop",
              "--url",
              url);
      assertThat(created.exitCode()).as(created.err()).isZero();
      String secret = created.out().replaceAll("(?s).*\"secret\":\\s*\"([^\"]+)\".*", "$1");
      System.setProperty("THALWEG_API_KEY", secret);
      Path scores = folder.resolve("scores.csv");
      Files.writeString(scores, "member,score\nana,3\nbo,4\n");
      Result loaded =
          run(
              "load",
              "leaderboard",
              "--url",
              url,
              "--board",
              "b",
              "--file",
              scores.toString(),
              "--member-column",
              "member",
              "--score-column",
              "score");
      assertThat(loaded.exitCode()).as(loaded.err()).isZero();
      assertThat(run("backup", folder.resolve("backup").toString(), "--url", url).err())
          .contains("operations:admin");
      System.setProperty("THALWEG_API_KEY", Files.readString(token));
      assertThat(run("api-keys", "revoke", "loader", "--project", "shop", "--url", url).exitCode())
          .isZero();
      assertThat(run("api-keys", "list", "--project", "shop", "--url", url).out())
          .contains("loader", "revokeTime")
          .doesNotContain(secret);
      assertThat(run("api-keys", "list", "--url", url).out()).doesNotContain("loader");
      assertThat(run("backup", folder.resolve("backup").toString(), "--url", url).exitCode())
          .isZero();
      awaitAudited(
          url, "AccessControl/CreateApiKey", "--project", "shop", "--principal", "operator");
      awaitAudited(url, "PERMISSION_DENIED", "--project", "shop", "--refused");
    }
    assertThat(data.resolve(OperatorToken.FILE)).doesNotExist();
  }

  /** Records come a moment after what they tell of. */
  private static void awaitAudited(String url, String what, String... filter) {
    List<String> args = new ArrayList<>(List.of("audit", "--url", url));
    args.addAll(List.of(filter));
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Result last;
    do {
      last = run(args.toArray(String[]::new));
    } while (!last.out().contains(what) && System.nanoTime() < endNs);
    assertThat(last.out()).as(last.err()).contains(what);
  }

  @Test
  void commandsTrustTheCertificateThatTheyAreTold() throws Exception {
    TlsKeyPair pair = TlsKeyPair.ofSelfSigned("127.0.0.1");
    Path cert = folder.resolve("cert.pem");
    Path key = folder.resolve("key.pem");
    Files.writeString(cert, pem("CERTIFICATE", pair.certificateChain().getFirst().getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", pair.privateKey().getEncoded()));
    UpSecurity security =
        new UpSecurity(
            true,
            cert,
            key,
            null,
            false,
            null,
            UpSecurity.DEFAULT_AUDIENCE,
            null,
            Security.Limits.NONE,
            Set.of());
    Path data = folder.resolve("data");
    try (TestNode node = TestNode.start(data, 0, security)) {
      assertThat(node.url()).startsWith("https://");
      String url = "https://localhost:" + node.port();
      System.setProperty("THALWEG_API_KEY", Files.readString(data.resolve(OperatorToken.FILE)));
      System.setProperty("THALWEG_CA_FILE", cert.toString());
      Result listed = run("projects", "list", "--url", url.replace("localhost", "127.0.0.1"));
      assertThat(listed.out() + listed.err()).contains("projects");
    }
  }

  @Test
  void anAddressForOthersNeedsCredentialsAndTls() {
    Result refused = run("up", "--bind", "0.0.0.0", "--port", "0", "--data", data());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains("--credentials --tls-cert cert.pem --tls-key key.pem", "--insecure");
    Result halfway =
        run("up", "--bind", "0.0.0.0", "--port", "0", "--data", data(), "--credentials");
    assertThat(halfway.err()).contains("--tls-cert");
    Result alone = run("up", "--tls-cert", "cert.pem", "--data", data());
    assertThat(alone.exitCode()).isEqualTo(2);
    assertThat(alone.err()).contains("tls-cert and tls-key go together");
    assertThat(run("up", "--port", "0", "--data", data(), "--tls-client-ca", "ca.pem").err())
        .contains("tls-client-ca is of no use without tls-cert and tls-key");
    Result noFile =
        run("up", "--port", "0", "--data", data(), "--tls-cert", "no.pem", "--tls-key", "no.key");
    assertThat(noFile.exitCode()).isEqualTo(1);
    assertThat(noFile.err()).contains("no.pem");
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private static UpSecurity credentials() {
    return new UpSecurity(
        true,
        null,
        null,
        null,
        false,
        null,
        UpSecurity.DEFAULT_AUDIENCE,
        null,
        Security.Limits.NONE,
        Set.of());
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
  }

  private static Result run(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Result(code, out.toString(), err.toString());
  }
}
