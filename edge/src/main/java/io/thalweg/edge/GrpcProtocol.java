package io.thalweg.edge;

import io.grpc.Context;
import io.grpc.ServerServiceDefinition;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * gRPC services of another server's API, on the gateway's own port. The gateway has TLS, who a
 * client is, limits and bounds of a message; the protocol has the methods.
 */
public interface GrpcProtocol {
  /** The client that makes a call. Set while the call is started; keep it for what comes later. */
  Context.Key<Session> SESSION = Context.key("thalweg-session");

  /** Lower case, for metrics and messages: "etcd". */
  String name();

  /**
   * The services. Their calls are begun on an event loop, which must not be blocked; messages may
   * be sent from any thread, one at a time.
   */
  List<ServerServiceDefinition> services(Edge edge);

  /**
   * Name of a header in which clients of this API send a token, in lower case; null: they use
   * {@code Authorization: Bearer} only.
   */
  default @Nullable String tokenHeader() {
    return null;
  }

  /**
   * Methods that may be called without credentials, as {@code package.Service/Method}: those that
   * clients get credentials from.
   */
  default Set<String> openMethods() {
    return Set.of();
  }
}
