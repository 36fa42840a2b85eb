package io.thalweg.locks.etcd;

import com.google.rpc.Code;
import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Credentials;
import io.thalweg.edge.Edge;
import io.thalweg.locks.v1.etcd.AlarmRequest;
import io.thalweg.locks.v1.etcd.AlarmResponse;
import io.thalweg.locks.v1.etcd.AuthenticateRequest;
import io.thalweg.locks.v1.etcd.AuthenticateResponse;
import io.thalweg.locks.v1.etcd.Member;
import io.thalweg.locks.v1.etcd.MemberListRequest;
import io.thalweg.locks.v1.etcd.MemberListResponse;
import io.thalweg.locks.v1.etcd.StatusRequest;
import io.thalweg.locks.v1.etcd.StatusResponse;
import io.thalweg.locks.v1.keyspaces.KeyspaceHistory;
import io.thalweg.locks.v1.keyspaces.ReadHistoryRequest;
import io.thalweg.runtime.Failure;
import java.util.concurrent.CompletableFuture;

/**
 * What clients ask about the server: a cluster of one member, which is whatever serves the port. A
 * client authenticates with an API key as its password; the user's name does not matter.
 */
final class ServerService {
  /** The API that is served, by the version of etcd that has it. */
  private static final String VERSION = "3.4.0";

  private ServerService() {}

  static ServerServiceDefinition cluster() {
    return new Calls("etcdserverpb.Cluster")
        .unary(
            "MemberList",
            MemberListRequest.getDefaultInstance(),
            MemberListResponse.getDefaultInstance(),
            (session, request) ->
                CompletableFuture.completedFuture(
                    MemberListResponse.newBuilder()
                        .setHeader(EtcdSession.header(0))
                        .addMembers(
                            Member.newBuilder()
                                .setID(EtcdSession.header(0).getMemberId())
                                .setName("thalweg"))
                        .build()))
        .definition();
  }

  static ServerServiceDefinition maintenance(Edge edge) {
    return new Calls("etcdserverpb.Maintenance")
        .unary(
            "Status",
            StatusRequest.getDefaultInstance(),
            StatusResponse.getDefaultInstance(),
            (session, request) ->
                new EtcdSession(session, edge)
                    .ask(
                        ReadHistoryRequest.newBuilder().setKeyspace(Etcd.KEYSPACE).build(),
                        KeyspaceHistory.class)
                    .thenApply(now ->
                        StatusResponse.newBuilder()
                            .setHeader(EtcdSession.header(now.getRevision()))
                            .setVersion(VERSION)
                            .setLeader(EtcdSession.header(0).getMemberId())
                            .setRaftIndex(now.getRevision())
                            .setRaftTerm(1)
                            .build()))
        .unary(
            "Alarm",
            AlarmRequest.getDefaultInstance(),
            AlarmResponse.getDefaultInstance(),
            (session, request) ->
                CompletableFuture.completedFuture(
                    AlarmResponse.newBuilder().setHeader(EtcdSession.header(0)).build()))
        .definition();
  }

  static ServerServiceDefinition auth(Edge edge) {
    return new Calls("etcdserverpb.Auth")
        .unary(
            "Authenticate",
            AuthenticateRequest.getDefaultInstance(),
            AuthenticateResponse.getDefaultInstance(),
            (session, request) -> authenticate(edge, request))
        .definition();
  }

  private static CompletableFuture<AuthenticateResponse> authenticate(
      Edge edge, AuthenticateRequest request) {
    return edge.authenticateAsync(new Credentials.Token(request.getPassword()))
        .handle((known, cause) -> {
          if (cause != null) {
            throw Failure.of(
                Code.INVALID_ARGUMENT,
                "etcdserver: authentication failed, invalid user ID or password");
          }
          return AuthenticateResponse.newBuilder()
              .setHeader(EtcdSession.header(0))
              .setToken(request.getPassword())
              .build();
        });
  }
}
