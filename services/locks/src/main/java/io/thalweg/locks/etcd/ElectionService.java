package io.thalweg.locks.etcd;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.grpc.ServerServiceDefinition;
import io.thalweg.edge.Edge;
import io.thalweg.edge.Session;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.KeyValue;
import io.thalweg.locks.v1.etcd.RangeResponse;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.etcd.election.CampaignRequest;
import io.thalweg.locks.v1.etcd.election.CampaignResponse;
import io.thalweg.locks.v1.etcd.election.LeaderKey;
import io.thalweg.locks.v1.etcd.election.LeaderRequest;
import io.thalweg.locks.v1.etcd.election.LeaderResponse;
import io.thalweg.locks.v1.etcd.election.ProclaimRequest;
import io.thalweg.locks.v1.etcd.election.ProclaimResponse;
import io.thalweg.locks.v1.etcd.election.ResignRequest;
import io.thalweg.locks.v1.etcd.election.ResignResponse;
import io.thalweg.runtime.Failure;
import java.time.Duration;

/** Elections for clients that leave the recipe to the server, as jetcd does. */
final class ElectionService {
  private static final Duration POLL = Duration.ofSeconds(1);

  private final Edge edge;

  ElectionService(Edge edge) {
    this.edge = edge;
  }

  ServerServiceDefinition definition() {
    return new Calls("v3electionpb.Election")
        .waiting(
            "Campaign",
            false,
            CampaignRequest.getDefaultInstance(),
            CampaignResponse.getDefaultInstance(),
            this::campaign)
        .waiting(
            "Proclaim",
            false,
            ProclaimRequest.getDefaultInstance(),
            ProclaimResponse.getDefaultInstance(),
            this::proclaim)
        .waiting(
            "Leader",
            false,
            LeaderRequest.getDefaultInstance(),
            LeaderResponse.getDefaultInstance(),
            this::leader)
        .waiting(
            "Observe",
            true,
            LeaderRequest.getDefaultInstance(),
            LeaderResponse.getDefaultInstance(),
            this::observe)
        .waiting(
            "Resign",
            false,
            ResignRequest.getDefaultInstance(),
            ResignResponse.getDefaultInstance(),
            this::resign)
        .definition();
  }

  private EtcdSession of(Session session) {
    return new EtcdSession(session, edge);
  }

  private void campaign(
      Session client, CampaignRequest request, Calls.Outgoing<CampaignResponse> out)
      throws InterruptedException {
    Queues queues = new Queues(of(client));
    Queues.Place place = queues.join(request.getName(), request.getLease(), request.getValue());
    boolean leads = false;
    try {
      if (!place.isNew()) {
        queues.put(place.key(), place.revision(), request.getValue(), request.getLease());
      }
      long revision = queues.await(request.getName(), place, out);
      if (revision > 0 && !out.isOver()) {
        leads = true;
        out.send(
            CampaignResponse.newBuilder()
                .setHeader(EtcdSession.header(revision))
                .setLeader(
                    LeaderKey.newBuilder()
                        .setName(request.getName())
                        .setKey(place.key())
                        .setRev(place.revision())
                        .setLease(request.getLease()))
                .build());
      }
    } finally {
      if (!leads && place.isNew()) {
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

  private void proclaim(
      Session client, ProclaimRequest request, Calls.Outgoing<ProclaimResponse> out) {
    LeaderKey leader = request.getLeader();
    TxnResponse put =
        new Queues(of(client))
            .put(leader.getKey(), leader.getRev(), request.getValue(), leader.getLease());
    if (put == null) {
      throw Failure.of(Code.FAILED_PRECONDITION, "election: not leader");
    }
    out.send(ProclaimResponse.newBuilder().setHeader(EtcdSession.header(put.getHeader())).build());
  }

  private void leader(Session client, LeaderRequest request, Calls.Outgoing<LeaderResponse> out) {
    RangeResponse first = new Queues(of(client)).first(request.getName());
    if (first.getKvsCount() == 0) {
      throw Failure.of(Code.UNKNOWN, "election: no leader");
    }
    out.send(answer(first.getHeader().getRevision(), first.getKvs(0)));
  }

  private static LeaderResponse answer(long revision, KeyValue leader) {
    return LeaderResponse.newBuilder()
        .setHeader(EtcdSession.header(revision))
        .setKv(leader)
        .build();
  }

  /** Tells of each leader and of each value that it proclaims, until the client leaves. */
  private void observe(Session client, LeaderRequest request, Calls.Outgoing<LeaderResponse> out)
      throws InterruptedException {
    EtcdSession session = of(client);
    Queues queues = new Queues(session);
    ByteString prefix = Queues.prefix(request.getName());
    RangeResponse first = queues.first(request.getName());
    KeyValue told = KeyValue.getDefaultInstance();
    try (KeyWatch watch =
        new KeyWatch(
            session, prefix, Queues.endOf(prefix), first.getHeader().getRevision() + 1, false)) {
      while (!out.isOver()) {
        if (edge.draining()) {
          throw Failure.of(Code.UNAVAILABLE, "etcdserver: server stopped");
        }
        if (first.getKvsCount() > 0 && !first.getKvs(0).equals(told)) {
          told = first.getKvs(0);
          out.awaitReady();
          out.send(answer(first.getHeader().getRevision(), told));
        }
        KeyWatch.Changes changes = watch.next(POLL);
        if (changes != null) {
          proclaimed(changes, told.getKey(), out);
          first = queues.first(request.getName());
          told = latest(changes, told);
        }
      }
    }
  }

  /** Values of the one who leads, of which the last may be read again below. */
  private static void proclaimed(
      KeyWatch.Changes changes, ByteString leader, Calls.Outgoing<LeaderResponse> out) {
    for (Event event : changes.events()) {
      if (event.getType() == Event.EventType.PUT && event.getKv().getKey().equals(leader)) {
        out.send(answer(changes.revision(), event.getKv()));
      }
    }
  }

  private static KeyValue latest(KeyWatch.Changes changes, KeyValue told) {
    KeyValue latest = told;
    for (Event event : changes.events()) {
      if (event.getType() == Event.EventType.PUT && event.getKv().getKey().equals(told.getKey())) {
        latest = event.getKv();
      }
    }
    return latest;
  }

  private void resign(Session client, ResignRequest request, Calls.Outgoing<ResignResponse> out) {
    LeaderKey leader = request.getLeader();
    TxnResponse left = new Queues(of(client)).leave(leader.getKey(), leader.getRev());
    out.send(ResignResponse.newBuilder().setHeader(EtcdSession.header(left.getHeader())).build());
  }
}
