package io.thalweg.gateway;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.thalweg.access.Access;
import io.thalweg.access.identities.ApiKeyIdentities;
import io.thalweg.access.v1.CreateApiKeyRequest;
import io.thalweg.access.v1.CreateApiKeyResponse;
import io.thalweg.access.v1.CreateProjectRequest;
import io.thalweg.access.v1.Permission;
import io.thalweg.access.v1.Project;
import io.thalweg.access.v1.RevokeApiKeyRequest;
import io.thalweg.leaderboard.Leaderboard;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.Thalweg;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/** A real node with leaderboards and keys, behind a gateway that asks for credentials. */
final class GuardedNode implements AutoCloseable {
  final Node node;
  final ApiKeyIdentities keys;
  final Gateway gateway;

  GuardedNode(Path data) {
    this(data, node -> Security.open().withIdentities(new ApiKeyIdentities(node), true));
  }

  GuardedNode(Path data, Function<Node, Security> security) {
    node =
        Thalweg.at(data)
            .service(Access.TYPE)
            .service(Leaderboard.TYPE)
            .meters(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
            .open();
    keys = new ApiKeyIdentities(node);
    gateway =
        Gateway.start(
            node, GatewayOptions.builder().port(0).security(security.apply(node)).build());
  }

  int project(String name) {
    return node.call(CreateProjectRequest.newBuilder().setProject(name).build(), Project.class)
        .getNumber();
  }

  /** Creates a key, and gives the header of it. */
  String[] bearer(int project, String name, String... permissions) {
    return new String[] {"authorization", "Bearer " + key(project, name, permissions)};
  }

  /** Creates a key with permissions in their text form, and gives its secret. */
  String key(int project, String name, String... permissions) {
    CreateApiKeyRequest.Builder request = CreateApiKeyRequest.newBuilder().setKey(name);
    Arrays.stream(permissions)
        .map(io.thalweg.edge.Permission::parse)
        .forEach(p ->
            request.addPermissions(
                Permission.newBuilder()
                    .setService(p.service())
                    .addAllAccess(p.access())
                    .setKeyPrefix(p.keyPrefix())));
    return node.call(
            new Request(request.build(), new Caller(project, "test"), null, Long.MAX_VALUE),
            CreateApiKeyResponse.class)
        .getSecret();
  }

  void revoke(int project, String name) {
    node.call(
        new Request(
            RevokeApiKeyRequest.newBuilder().setKey(name).build(),
            new Caller(project, "test"),
            null,
            Long.MAX_VALUE),
        io.thalweg.access.v1.ApiKey.class);
  }

  int port() {
    return gateway.port();
  }

  @Override
  public void close() {
    gateway.close();
    node.close();
  }
}
