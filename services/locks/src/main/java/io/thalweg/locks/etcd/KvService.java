package io.thalweg.locks.etcd;

import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.locks.v1.etcd.CompactionRequest;
import io.thalweg.locks.v1.etcd.CompactionResponse;
import io.thalweg.locks.v1.etcd.DeleteRangeRequest;
import io.thalweg.locks.v1.etcd.DeleteRangeResponse;
import io.thalweg.locks.v1.etcd.PutRequest;
import io.thalweg.locks.v1.etcd.PutResponse;
import io.thalweg.locks.v1.etcd.RangeRequest;
import io.thalweg.locks.v1.etcd.RangeResponse;
import io.thalweg.locks.v1.etcd.RequestOp;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.keyspaces.CompactKeysRequest;
import io.thalweg.locks.v1.keyspaces.RangeKeysRequest;

/** Reads and writes keys. A put and a deletion are transactions of one operation. */
final class KvService {
  private final Edge edge;

  KvService(Edge edge) {
    this.edge = edge;
  }

  ServerServiceDefinition definition() {
    return new Calls("etcdserverpb.KV")
        .unary(
            "Range",
            RangeRequest.getDefaultInstance(),
            RangeResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .ask(
                        RangeKeysRequest.newBuilder()
                            .setKeyspace(Etcd.KEYSPACE)
                            .setRange(request)
                            .build(),
                        RangeResponse.class)
                    .thenApply(
                        r -> r.toBuilder().setHeader(EtcdSession.header(r.getHeader())).build()))
        .unary(
            "Put",
            PutRequest.getDefaultInstance(),
            PutResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .askTxn(
                        TxnRequest.newBuilder()
                            .addSuccess(RequestOp.newBuilder().setRequestPut(request))
                            .build())
                    .thenApply(r ->
                        r.getResponses(0).getResponsePut().toBuilder()
                            .setHeader(EtcdSession.header(r.getHeader()))
                            .build()))
        .unary(
            "DeleteRange",
            DeleteRangeRequest.getDefaultInstance(),
            DeleteRangeResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .askTxn(
                        TxnRequest.newBuilder()
                            .addSuccess(RequestOp.newBuilder().setRequestDeleteRange(request))
                            .build())
                    .thenApply(r ->
                        r.getResponses(0).getResponseDeleteRange().toBuilder()
                            .setHeader(EtcdSession.header(r.getHeader()))
                            .build()))
        .unary(
            "Txn",
            TxnRequest.getDefaultInstance(),
            TxnResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .askTxn(request)
                    .thenApply(
                        r -> r.toBuilder().setHeader(EtcdSession.header(r.getHeader())).build()))
        .unary(
            "Compact",
            CompactionRequest.getDefaultInstance(),
            CompactionResponse.getDefaultInstance(),
            (session, request) ->
                of(session)
                    .ask(
                        CompactKeysRequest.newBuilder()
                            .setKeyspace(Etcd.KEYSPACE)
                            .setRevision(request.getRevision())
                            .build(),
                        CompactionResponse.class)
                    .thenApply(
                        r -> r.toBuilder().setHeader(EtcdSession.header(r.getHeader())).build()))
        .definition();
  }

  private EtcdSession of(Session session) {
    return new EtcdSession(session, edge);
  }
}
