package io.thalweg.gateway;

import io.thalweg.docs.Docs;
import io.thalweg.docs.live.LiveDocuments;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;

/** A node with live documents, and what clients of Yjs speak on its gateway's port. */
final class DocsNode implements AutoCloseable {
  private final Path data;
  private final GatewayOptions options;
  private Node node;
  private Gateway gateway;

  DocsNode(Path data) {
    this.data = data;
    this.options =
        GatewayOptions.builder()
            .port(freePort())
            .webSocketProtocols(LiveDocuments.protocols())
            .build();
    node = open();
    gateway = Gateway.start(node, options);
  }

  /**
   * A port that stays free while the server is away: not one of those that the system gives to
   * connections, or a client that comes back meanwhile may be given it.
   */
  private static int freePort() {
    int first = 20_000 + (int) (ProcessHandle.current().pid() % 5_000);
    for (int port = first; port < first + 1_000; port++) {
      if (isFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no port is free");
  }

  private static boolean isFree(int port) {
    try (ServerSocket tried = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return tried.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private Node open() {
    return Thalweg.at(data)
        .service(Docs.TYPE)
        .options(NodeOptions.defaults().withPartitions(2))
        .open();
  }

  /** The same again, on the same port. */
  void restart() {
    close();
    node = open();
    gateway = Gateway.start(node, options);
  }

  Node node() {
    return node;
  }

  int port() {
    return gateway.port();
  }

  String socket() {
    return "ws://127.0.0.1:" + port();
  }

  @Override
  public void close() {
    gateway.close();
    node.close();
  }
}
