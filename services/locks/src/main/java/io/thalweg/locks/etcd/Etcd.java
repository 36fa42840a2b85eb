package io.thalweg.locks.etcd;

import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Edge;
import io.thalweg.edge.GrpcProtocol;
import java.util.List;
import java.util.Set;

/**
 * The API of etcd on the gateway's port: unmodified {@code etcdctl} and {@code jetcd} use it. Each
 * project has one keyspace for it, {@value #KEYSPACE} of the service {@code keyspaces}.
 */
public final class Etcd implements GrpcProtocol {
  /** The keyspace whose keys clients of etcd see. */
  public static final String KEYSPACE = "etcd";

  @Override
  public String name() {
    return "etcd";
  }

  @Override
  public List<ServerServiceDefinition> services(Edge edge) {
    return List.of(
        new KvService(edge).definition(),
        new WatchService(edge).definition(),
        new LeaseService(edge).definition(),
        new LockService(edge).definition(),
        new ElectionService(edge).definition(),
        ServerService.cluster(),
        ServerService.maintenance(edge),
        ServerService.auth(edge));
  }

  @Override
  public String tokenHeader() {
    return "token";
  }

  @Override
  public Set<String> openMethods() {
    return Set.of("etcdserverpb.Auth/Authenticate");
  }
}
