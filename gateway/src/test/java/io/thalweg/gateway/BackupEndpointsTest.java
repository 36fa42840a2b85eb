package io.thalweg.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.thalweg.gateway.Web.Answer;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a backup reads over HTTP. */
@Timeout(120)
class BackupEndpointsTest {
  private static final String CUT = "/v1/operations/backup";

  private static RunningNode node;
  private static Web web;

  @BeforeAll
  static void start() {
    node = new RunningNode();
    web = new Web(node.port());
    for (int i = 0; i < 20; i++) {
      web.post("/v1/boards/b" + i + "/scores", "{\"member\":\"ana\",\"score\":1}").is(200);
    }
  }

  @AfterAll
  static void stop() {
    web.close();
    node.close();
  }

  private static String log(Answer cut, String from, String length) {
    return "%s/log?logId=%s&from=%s&length=%s"
        .formatted(CUT, cut.at("/logId").asText(), from, length);
  }

  @Test
  void theCutNamesTheLogItsEndAndThePartitions() {
    Answer cut = web.get(CUT).is(200);
    assertThat(cut.at("/position").asLong()).isPositive();
    assertThat(cut.at("/services/leaderboard").asInt()).isEqualTo(4);
    assertThat(cut.at("/partitions").size()).isEqualTo(4);
    assertThat(cut.at("/partitions/0/lineages/0/ordinal").asInt()).isEqualTo(1);
    assertThat(cut.header("cache-control")).isEqualTo("no-store");
  }

  @Test
  void theBytesBelowTheCutComeAsTheyAreInTheLog() throws Exception {
    Answer cut = web.get(CUT).is(200);
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI address = URI.create("http://127.0.0.1:" + node.port() + log(cut, "0", "1000"));
      HttpResponse<byte[]> bytes =
          client.send(
              HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofByteArray());
      assertThat(bytes.statusCode()).isEqualTo(200);
      assertThat(bytes.body()).hasSize(1000).startsWith('T', 'W', 'G', '1');
      assertThat(bytes.headers().firstValue("content-type")).contains("application/octet-stream");
    }
  }

  @Test
  void theKeysOfWhatIsSealedComeByBucketToWhoNamesThem() {
    web.method("PUT", "/v1/boards/b0/members/ana/displayName", "{\"displayName\":\"Ana Ruiz\"}")
        .is(200);
    Answer keys = web.get(CUT + "/keys").is(200);
    assertThat(keys.header("cache-control")).isEqualTo("no-store");
    assertThat(keys.at("/keysId").asText()).matches("[0-9a-f]{32}");
    assertThat(keys.at("/tags").size()).isEqualTo(1);
    String bucket = keys.at("/tags").fieldNames().next();
    String path = CUT + "/keys/bucket?keysId=" + keys.at("/keysId").asText() + "&bucket=";
    assertThat(web.get(path + bucket).is(200).header("content-type"))
        .isEqualTo("application/octet-stream");
    web.get(path + "1024").isError(400, "INVALID_ARGUMENT", "from 0 to 1023").names("bucket");
    web.get(CUT + "/keys/bucket?keysId=other&bucket=1")
        .isError(400, "FAILED_PRECONDITION", "keysId must name this node's keys");
  }

  @Test
  void whatIsOutOfBoundsIsRefusedByName() {
    Answer cut = web.get(CUT).is(200);
    web.get(log(cut, "-1", "10")).isError(400, "INVALID_ARGUMENT", "from must be").names("from");
    web.get(log(cut, "x", "10")).isError(400, "INVALID_ARGUMENT", "got 'x'").names("from");
    web.get(log(cut, "0", "0")).isError(400, "INVALID_ARGUMENT").names("length");
    web.get(log(cut, "0", "8388609")).isError(400, "INVALID_ARGUMENT", "8388608").names("length");
    web.get(CUT + "/log").isError(400, "INVALID_ARGUMENT", "got nothing");
    web.get(log(cut, "99999999999", "1")).isError(400, "OUT_OF_RANGE", "below the end of the log");
    web.get(CUT + "/log?logId=other&from=0&length=1")
        .isError(400, "FAILED_PRECONDITION", "logId must name this node's log");
  }

  @Test
  void otherMachinesAreRefusedUnlessTheOptionsAllowThem() throws Exception {
    InetAddress own = ownAddress();
    assumeThat(own).as("an address that is not loopback").isNotNull();
    String host = String.valueOf(own == null ? "" : own.getHostAddress());
    Consumer<GatewayOptions.Builder> open =
        options -> options.bind("0.0.0.0").allowedHosts(Set.of(host));
    try (RunningNode closed = new RunningNode(open);
        RunningNode allowed =
            new RunningNode(open.andThen(options -> options.remoteOperations(true)))) {
      assertThat(status(host, closed.port())).isEqualTo(403);
      assertThat(status(host, closed.port(), CUT + "/keys")).isEqualTo(403);
      assertThat(status(host, closed.port(), CUT + "/keys/bucket")).isEqualTo(403);
      assertThat(status(host, allowed.port())).isEqualTo(200);
      assertThat(status("127.0.0.1", closed.port())).isEqualTo(200);
    }
  }

  private static int status(String host, int port) throws Exception {
    return status(host, port, CUT);
  }

  private static int status(String host, int port, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + path)).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  private static @Nullable InetAddress ownAddress() throws Exception {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst()
        .orElse(null);
  }
}
