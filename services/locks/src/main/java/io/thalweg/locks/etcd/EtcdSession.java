package io.thalweg.locks.etcd;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.edge.Asking;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.locks.v1.etcd.RangeRequest;
import io.thalweg.locks.v1.etcd.RangeResponse;
import io.thalweg.locks.v1.etcd.ResponseHeader;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.keyspaces.CommitTxnRequest;
import io.thalweg.locks.v1.keyspaces.RangeKeysRequest;
import io.thalweg.runtime.Failure;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Asks the keyspace in the name of a client. Thread-safe. */
record EtcdSession(Session session, Edge edge) {
  /** There is one cluster and one member: whatever serves the port. */
  private static final long CLUSTER = 0x7468616c776567L;

  private static final long MEMBER = 1;

  private static final long FIRST_PAUSE_MS = 20;
  private static final long MAX_PAUSE_MS = 1_000;

  private Asking asking() {
    return new Asking(session, edge.bounds().requestTimeoutMs());
  }

  /** Asks, without waiting. The future fails with a {@link Failure}. */
  <R extends Message> CompletableFuture<R> ask(Message request, Class<R> reply) {
    return asking().ask(request, reply);
  }

  /** Asks, and waits; not on an event loop. */
  <R extends Message> R await(Message request, Class<R> reply) {
    return asking().await(request, reply);
  }

  /**
   * As {@link #await}, and asks again while the node has too much to do, as long as a request may
   * take: for those who have begun something that they would have to give up.
   */
  <R extends Message> R insist(Message request, Class<R> reply) throws InterruptedException {
    long endNs =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(edge.bounds().requestTimeoutMs());
    for (long mostMs = FIRST_PAUSE_MS; ; mostMs = Math.min(2 * mostMs, MAX_PAUSE_MS)) {
      try {
        return await(request, reply);
      } catch (Failure e) {
        boolean busy = e.code() == Code.RESOURCE_EXHAUSTED && e.isRetryable();
        if (!busy || System.nanoTime() - endNs > 0) {
          throw e;
        }
      }
      Thread.sleep(ThreadLocalRandom.current().nextLong(1, mostMs + 1));
    }
  }

  CompletableFuture<TxnResponse> askTxn(TxnRequest txn) {
    return ask(
        CommitTxnRequest.newBuilder().setKeyspace(Etcd.KEYSPACE).setTxn(txn).build(),
        TxnResponse.class);
  }

  TxnResponse txn(TxnRequest txn) {
    return await(
        CommitTxnRequest.newBuilder().setKeyspace(Etcd.KEYSPACE).setTxn(txn).build(),
        TxnResponse.class);
  }

  RangeResponse range(RangeRequest range) {
    return await(
        RangeKeysRequest.newBuilder().setKeyspace(Etcd.KEYSPACE).setRange(range).build(),
        RangeResponse.class);
  }

  /** A header as clients expect it, with the revision of an answer. */
  static ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(CLUSTER)
        .setMemberId(MEMBER)
        .setRaftTerm(1)
        .setRevision(revision)
        .build();
  }

  static ResponseHeader header(ResponseHeader of) {
    return header(of.getRevision());
  }
}
