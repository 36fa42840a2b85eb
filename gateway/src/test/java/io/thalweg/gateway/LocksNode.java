package io.thalweg.gateway;

import io.thalweg.locks.Locks;
import io.thalweg.locks.etcd.Etcd;
import io.thalweg.locks.keyspaces.Keyspaces;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.List;

/** A node with locks and keyspaces, and the API of etcd on its gateway's port. */
final class LocksNode implements AutoCloseable {
  private final Node node;
  private final Gateway gateway;

  LocksNode(Path data) {
    this(data, GatewayOptions.defaults());
  }

  LocksNode(Path data, GatewayOptions options) {
    node =
        Thalweg.at(data)
            .service(Locks.TYPE)
            .service(Keyspaces.TYPE)
            .options(NodeOptions.defaults().withPartitions(2))
            .open();
    gateway =
        Gateway.start(
            node, options.withPort(0), WatchOptions.defaults(), List.of(), List.of(new Etcd()));
  }

  int port() {
    return gateway.port();
  }

  /** As clients of etcd name it. */
  String endpoint() {
    return "http://127.0.0.1:" + port();
  }

  @Override
  public void close() {
    gateway.close();
    node.close();
  }
}
