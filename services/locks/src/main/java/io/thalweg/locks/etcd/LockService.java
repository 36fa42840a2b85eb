package io.thalweg.locks.etcd;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.locks.v1.etcd.LeaseGrantResponse;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.etcd.lock.LockRequest;
import io.thalweg.locks.v1.etcd.lock.LockResponse;
import io.thalweg.locks.v1.etcd.lock.UnlockRequest;
import io.thalweg.locks.v1.etcd.lock.UnlockResponse;
import io.thalweg.locks.v1.keyspaces.GrantLeaseRequest;
import io.thalweg.runtime.Failure;

/** Locks for clients that leave the recipe to the server, as jetcd does. */
final class LockService {
  /** Of a lock without a lease, as etcd has it. */
  private static final long DEFAULT_TTL_S = 60;

  private final Edge edge;

  LockService(Edge edge) {
    this.edge = edge;
  }

  ServerServiceDefinition definition() {
    return new Calls("v3lockpb.Lock")
        .waiting(
            "Lock",
            false,
            LockRequest.getDefaultInstance(),
            LockResponse.getDefaultInstance(),
            this::lock)
        .waiting(
            "Unlock",
            false,
            UnlockRequest.getDefaultInstance(),
            UnlockResponse.getDefaultInstance(),
            this::unlock)
        .definition();
  }

  private void lock(Session client, LockRequest request, Calls.Outgoing<LockResponse> out)
      throws InterruptedException {
    EtcdSession session = new EtcdSession(client, edge);
    Queues queues = new Queues(session);
    long lease = request.getLease() == 0 ? grant(session) : request.getLease();
    Queues.Place place = queues.join(request.getName(), lease, ByteString.EMPTY);
    boolean held = false;
    try {
      long revision = queues.await(request.getName(), place, out);
      if (revision > 0 && !out.isOver()) {
        held = true;
        out.send(
            LockResponse.newBuilder()
                .setHeader(EtcdSession.header(revision))
                .setKey(place.key())
                .build());
      }
    } finally {
      // Who no longer waits is not in the queue any more.
      if (!held && place.isNew()) {
        leaveQuietly(queues, place);
      }
    }
  }

  private static void leaveQuietly(Queues queues, Queues.Place place) {
    try {
      queues.leave(place.key(), place.revision());
    } catch (Failure e) {
      // The key ends with its lease.
    }
  }

  private static long grant(EtcdSession session) {
    return session
        .await(
            GrantLeaseRequest.newBuilder()
                .setKeyspace(Etcd.KEYSPACE)
                .setTtlS(DEFAULT_TTL_S)
                .build(),
            LeaseGrantResponse.class)
        .getID();
  }

  private void unlock(Session client, UnlockRequest request, Calls.Outgoing<UnlockResponse> out) {
    if (request.getKey().isEmpty()) {
      throw Failure.of(Code.INVALID_ARGUMENT, "etcdserver: key is not provided");
    }
    TxnResponse left = new Queues(new EtcdSession(client, edge)).leave(request.getKey(), 0);
    out.send(UnlockResponse.newBuilder().setHeader(EtcdSession.header(left.getHeader())).build());
  }
}
