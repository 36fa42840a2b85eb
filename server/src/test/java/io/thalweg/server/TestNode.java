package io.thalweg.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A real node with its gateway, in this process. */
public final class TestNode implements AutoCloseable {
  private final NodeServer server;
  // Offered HTTP/2, this client loses its place in a long answer that comes right after the
  // upgrade.
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private TestNode(NodeServer server) {
    this.server = server;
  }

  public static TestNode start(Path data) {
    return start(data, 0);
  }

  public static TestNode start(Path data, int port) {
    return start(data, port, UpSecurity.DEFAULTS);
  }

  /** With the protocol of Redis, on a free port. */
  public static TestNode withResp(Path data) {
    return withResp(data, UpSecurity.DEFAULTS);
  }

  static TestNode withResp(Path data, UpSecurity security) {
    return start(data, 0, security, 0, UpTelemetry.DEFAULTS);
  }

  /** Whose requests are followed. */
  public static TestNode traced(Path data, String otlpEndpoint) {
    return start(data, 0, UpSecurity.DEFAULTS, null, UpTelemetry.DEFAULTS.with(otlpEndpoint, null));
  }

  static TestNode start(Path data, int port, UpSecurity security) {
    return start(data, port, security, null, UpTelemetry.DEFAULTS);
  }

  private static TestNode start(
      Path data, int port, UpSecurity security, @Nullable Integer respPort, UpTelemetry telemetry) {
    UpOptions options =
        new UpOptions(
            port,
            "127.0.0.1",
            data,
            2,
            32,
            false,
            Set.of(),
            UpEffects.DEFAULTS,
            KeepLog.ALL,
            security,
            respPort,
            0,
            0,
            telemetry);
    NodeServer server = NodeServer.start(options);
    server.awaitReady();
    return new TestNode(server);
  }

  public String url() {
    return server.url();
  }

  /** Port of the protocol of Redis. */
  public int respPort() {
    return URI.create(String.valueOf(server.resp())).getPort();
  }

  /** Port of the Faktory work protocol. */
  public int faktoryPort() {
    return URI.create(String.valueOf(server.faktory())).getPort();
  }

  /** Port of XMPP. */
  public int xmppPort() {
    return URI.create(String.valueOf(server.xmpp())).getPort();
  }

  public int port() {
    return URI.create(url()).getPort();
  }

  /** The answer's body, whatever its status. */
  public String get(String path) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(url() + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** As {@link #get}, of a request with a body of JSON. */
  public String send(String method, String path, String json)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .header("Content-Type", "application/json")
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /** Sends JSON; the answer's body, whatever its status. */
  public String post(String path, String json) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(url() + path))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
