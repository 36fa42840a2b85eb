package io.thalweg.gateway;

import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.edge.GrpcProtocol;
import io.thalweg.edge.Session;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The gRPC services of other APIs that share the port, and where their clients put a token. */
final class MoreGrpc implements ServerInterceptor {
  private final List<ServerServiceDefinition> services = new ArrayList<>();
  private final Map<String, String> tokenHeaders = new HashMap<>();
  private final Set<String> open = new HashSet<>();
  private final Edge edge;

  MoreGrpc(List<GrpcProtocol> protocols, Edge edge) {
    this.edge = edge;
    for (GrpcProtocol protocol : protocols) {
      String header = protocol.tokenHeader();
      for (ServerServiceDefinition service : protocol.services(edge)) {
        services.add(ServerInterceptors.intercept(service, this));
        if (header != null) {
          tokenHeaders.put(service.getServiceDescriptor().getName(), header);
        }
      }
      protocol.openMethods().forEach(method -> open.add("/" + method));
    }
  }

  List<ServerServiceDefinition> services() {
    return services;
  }

  /** Whether a path may be asked for without credentials. */
  boolean isOpen(String path) {
    return open.contains(path);
  }

  /** What a client of another API presents in the header of that API. */
  Credentials credentials(String path, RequestHeaders headers) {
    int end = path.indexOf('/', 1);
    String header = end < 0 ? null : tokenHeaders.get(path.substring(1, end));
    String token = header == null ? null : headers.get(header);
    return token == null ? new Credentials.None() : new Credentials.Token(token);
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Session session = Visitors.of(ServiceRequestContext.current());
    if (edge.draining()) {
      call.close(
          io.grpc.Status.UNAVAILABLE.withDescription("the server goes down"), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    Context context = Context.current().withValue(GrpcProtocol.SESSION, session);
    Context before = context.attach();
    try {
      return next.startCall(call, headers);
    } finally {
      context.detach(before);
    }
  }
}
