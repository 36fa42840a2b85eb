package io.thalweg.locks.etcd;

import com.google.rpc.Code;
import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.locks.v1.etcd.LeaseGrantRequest;
import io.thalweg.locks.v1.etcd.LeaseGrantResponse;
import io.thalweg.locks.v1.etcd.LeaseKeepAliveRequest;
import io.thalweg.locks.v1.etcd.LeaseKeepAliveResponse;
import io.thalweg.locks.v1.etcd.LeaseLeasesRequest;
import io.thalweg.locks.v1.etcd.LeaseLeasesResponse;
import io.thalweg.locks.v1.etcd.LeaseRevokeRequest;
import io.thalweg.locks.v1.etcd.LeaseRevokeResponse;
import io.thalweg.locks.v1.etcd.LeaseTimeToLiveRequest;
import io.thalweg.locks.v1.etcd.LeaseTimeToLiveResponse;
import io.thalweg.locks.v1.keyspaces.GetLeaseRequest;
import io.thalweg.locks.v1.keyspaces.GrantLeaseRequest;
import io.thalweg.locks.v1.keyspaces.KeepLeaseAliveRequest;
import io.thalweg.locks.v1.keyspaces.ListLeasesRequest;
import io.thalweg.locks.v1.keyspaces.RevokeLeaseRequest;
import io.thalweg.runtime.Failure;

/** Grants leases and keeps them alive. */
final class LeaseService {
  private final Edge edge;

  LeaseService(Edge edge) {
    this.edge = edge;
  }

  ServerServiceDefinition definition() {
    return new Calls("etcdserverpb.Lease")
        .unary(
            "LeaseGrant",
            LeaseGrantRequest.getDefaultInstance(),
            LeaseGrantResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .ask(
                        GrantLeaseRequest.newBuilder()
                            .setKeyspace(Etcd.KEYSPACE)
                            .setId(request.getID())
                            .setTtlS(request.getTTL())
                            .build(),
                        LeaseGrantResponse.class)
                    .thenApply(
                        r -> r.toBuilder().setHeader(EtcdSession.header(r.getHeader())).build()))
        .unary(
            "LeaseRevoke",
            LeaseRevokeRequest.getDefaultInstance(),
            LeaseRevokeResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .ask(
                        RevokeLeaseRequest.newBuilder()
                            .setKeyspace(Etcd.KEYSPACE)
                            .setId(request.getID())
                            .build(),
                        LeaseRevokeResponse.class)
                    .thenApply(
                        r -> r.toBuilder().setHeader(EtcdSession.header(r.getHeader())).build()))
        .unary(
            "LeaseTimeToLive",
            LeaseTimeToLiveRequest.getDefaultInstance(),
            LeaseTimeToLiveResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .ask(
                        GetLeaseRequest.newBuilder()
                            .setKeyspace(Etcd.KEYSPACE)
                            .setId(request.getID())
                            .setKeys(request.getKeys())
                            .build(),
                        LeaseTimeToLiveResponse.class)
                    .thenApply(
                        r -> r.toBuilder().setHeader(EtcdSession.header(r.getHeader())).build()))
        .unary(
            "LeaseLeases",
            LeaseLeasesRequest.getDefaultInstance(),
            LeaseLeasesResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .ask(
                        ListLeasesRequest.newBuilder().setKeyspace(Etcd.KEYSPACE).build(),
                        LeaseLeasesResponse.class)
                    .thenApply(
                        r -> r.toBuilder().setHeader(EtcdSession.header(r.getHeader())).build()))
        .streaming(
            "LeaseKeepAlive",
            LeaseKeepAliveRequest.getDefaultInstance(),
            LeaseKeepAliveResponse.getDefaultInstance(),
            (session, out) -> new KeepAlives(of(session), out))
        .definition();
  }

  private EtcdSession of(Session session) {
    return new EtcdSession(session, edge);
  }

  /** Each message keeps one lease alive; a lease that is gone is answered with no time to live. */
  private record KeepAlives(EtcdSession session, Calls.Outgoing<LeaseKeepAliveResponse> out)
      implements Calls.Incoming<LeaseKeepAliveRequest> {
    @Override
    public void message(LeaseKeepAliveRequest message) {
      var _ =
          session
              .ask(
                  KeepLeaseAliveRequest.newBuilder()
                      .setKeyspace(Etcd.KEYSPACE)
                      .setId(message.getID())
                      .build(),
                  LeaseKeepAliveResponse.class)
              .whenComplete((reply, cause) -> answer(message.getID(), reply, cause));
    }

    private void answer(long id, LeaseKeepAliveResponse reply, Throwable cause) {
      if (cause == null) {
        out.send(reply.toBuilder().setHeader(EtcdSession.header(reply.getHeader())).build());
        return;
      }
      Failure failure = Calls.failure(cause);
      if (failure.code() == Code.NOT_FOUND) {
        out.send(
            LeaseKeepAliveResponse.newBuilder().setHeader(EtcdSession.header(0)).setID(id).build());
      } else {
        out.fail(failure);
      }
    }

    @Override
    public void ended() {
      out.end();
    }
  }
}
