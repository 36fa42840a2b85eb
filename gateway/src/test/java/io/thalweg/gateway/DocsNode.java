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
import java.util.List;

/** A node with live documents, and what clients of Yjs speak on its gateway's port. */
final class DocsNode implements AutoCloseable {
  private final Path data;
  private final GatewayOptions options;
  private final WatchOptions watching;
  private Node node;
  private Gateway gateway;

  DocsNode(Path data) {
    this(data, GatewayOptions.defaults().withPort(freePort()), WatchOptions.defaults());
  }

  DocsNode(Path data, GatewayOptions options, WatchOptions watching) {
    this.data = data;
    this.options = options;
    this.watching = watching;
    node = open();
    gateway = listen(options);
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

  private Gateway listen(GatewayOptions listening) {
    return Gateway.start(
        node, listening, watching, List.of(), List.of(), LiveDocuments.protocols());
  }

  /** The same again, on the same port. */
  void restart() {
    int port = port();
    close();
    node = open();
    gateway = listen(options.withPort(port));
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
