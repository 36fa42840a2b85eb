package io.thalweg.gateway;

import io.thalweg.access.Access;
import io.thalweg.access.identities.ApiKeyIdentities;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.Permission;
import io.thalweg.locks.Locks;
import io.thalweg.locks.etcd.Etcd;
import io.thalweg.locks.keyspaces.Keyspaces;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.function.Function;

/** A node with locks and keyspaces, and the API of etcd on its gateway's port. */
final class LocksNode implements AutoCloseable {
  private final Node node;
  private final Gateway gateway;

  LocksNode(Path data) {
    this(data, node -> Security.open());
  }

  /** One that asks for credentials: the API keys of its projects. */
  static LocksNode guarded(Path data) {
    return new LocksNode(
        data, node -> Security.open().withIdentities(new ApiKeyIdentities(node), true));
  }

  private LocksNode(Path data, Function<Node, Security> security) {
    node =
        Thalweg.at(data)
            .service(Access.TYPE)
            .service(Locks.TYPE)
            .service(Keyspaces.TYPE)
            .options(NodeOptions.defaults().withPartitions(2))
            .open();
    gateway =
        Gateway.start(
            node,
            GatewayOptions.builder()
                .port(0)
                .security(security.apply(node))
                .grpcProtocols(new Etcd())
                .build());
  }

  /** Creates a key of the default project, and gives its secret. */
  String key(String name, String permission) {
    io.thalweg.edge.Permission may = io.thalweg.edge.Permission.parse(permission);
    return node.call(
            CreateApiKeyRequest.newBuilder()
                .setKey(name)
                .addPermissions(
                    Permission.newBuilder().setService(may.service()).addAllAccess(may.access()))
                .build(),
            CreateApiKeyResponse.class)
        .getSecret();
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
