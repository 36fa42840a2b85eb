package io.thalweg.locks.keyspaces;

import io.thalweg.locks.v1.etcd.LeaseGrantResponse;
import io.thalweg.locks.v1.etcd.LeaseKeepAliveResponse;
import io.thalweg.locks.v1.etcd.LeaseLeasesResponse;
import io.thalweg.locks.v1.etcd.LeaseRevokeResponse;
import io.thalweg.locks.v1.etcd.LeaseStatus;
import io.thalweg.locks.v1.etcd.LeaseTimeToLiveResponse;
import io.thalweg.locks.v1.keyspaces.ExpireLeaseRequest;
import io.thalweg.locks.v1.keyspaces.GetLeaseRequest;
import io.thalweg.locks.v1.keyspaces.GrantLeaseRequest;
import io.thalweg.locks.v1.keyspaces.KeepLeaseAliveRequest;
import io.thalweg.locks.v1.keyspaces.LeaseEnded;
import io.thalweg.locks.v1.keyspaces.LeaseGranted;
import io.thalweg.locks.v1.keyspaces.LeaseRow;
import io.thalweg.locks.v1.keyspaces.ListLeasesRequest;
import io.thalweg.locks.v1.keyspaces.RevokeLeaseRequest;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Ephemeral;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.KeyPrefix;

/**
 * Leases of keys. As sessions: what was heard is in memory, the expiry is a timer that asks for it,
 * and no lease ends before its whole time to live has passed since the partition was opened.
 */
final class Leases {
  private static final long US_PER_S = 1_000_000;
  private static final long MAX_TTL_S = 43_200;
  private static final int MAX_LEASES = 10_000;

  private final KeyRows rows;
  private final Txns txns;
  private final Ephemeral<Heard, Long> heard;

  /** Whose keep-alive it was. */
  record Heard(String keyspace, long id) {}

  /**
   * @param heard until when each lease lives by its last keep-alive, microseconds of log time
   */
  Leases(KeyRows rows, Txns txns, Ephemeral<Heard, Long> heard) {
    this.rows = rows;
    this.txns = txns;
    this.heard = heard;
  }

  LeaseGrantResponse grant(GrantLeaseRequest request, CommandContext context) {
    String keyspace = request.getKeyspace();
    if (request.getTtlS() > MAX_TTL_S) {
      throw EtcdErrors.leaseTooLong();
    }
    long ttlS = Math.max(1, request.getTtlS());
    long id = request.getId();
    while (id == 0) {
      long drawn = context.random().nextLong() & Long.MAX_VALUE;
      id = rows.lease(keyspace, drawn) == null ? drawn : 0;
    }
    if (rows.lease(keyspace, id) != null) {
      throw EtcdErrors.leaseExists();
    }
    if (rows.keyspace(keyspace).getLeases() >= MAX_LEASES) {
      throw EtcdErrors.noSpace();
    }
    rows.quotas.room(context.caller().project(), rows.isNew(keyspace), rows.quotas.leases);
    context.emit(LeaseGranted.newBuilder().setKeyspace(keyspace).setId(id).setTtlS(ttlS).build());
    watch(keyspace, id, context.logTimeUs() + ttlS * US_PER_S, context);
    return LeaseGrantResponse.newBuilder()
        .setHeader(KeyReads.header(rows.keyspace(keyspace)))
        .setID(id)
        .setTTL(ttlS)
        .build();
  }

  LeaseRevokeResponse revoke(RevokeLeaseRequest request, CommandContext context) {
    if (rows.lease(request.getKeyspace(), request.getId()) == null) {
      throw EtcdErrors.leaseNotFound();
    }
    context.cancelTimer(timer(request.getKeyspace(), request.getId()));
    return end(request.getKeyspace(), request.getId(), false, context);
  }

  LeaseRevokeResponse expire(ExpireLeaseRequest request, CommandContext context) {
    LeaseRow row = rows.lease(request.getKeyspace(), request.getId());
    if (row == null) {
      return LeaseRevokeResponse.getDefaultInstance();
    }
    long untilUs = livesUntilUs(request.getKeyspace(), request.getId(), row);
    if (untilUs > context.logTimeUs()) {
      watch(request.getKeyspace(), request.getId(), untilUs, context);
      return LeaseRevokeResponse.getDefaultInstance();
    }
    return end(request.getKeyspace(), request.getId(), true, context);
  }

  private LeaseRevokeResponse end(
      String keyspace, long id, boolean expired, CommandContext context) {
    txns.delete(keyspace, rows.leased(keyspace, id, Txns.MAX_KEYS_OF_LEASE), context);
    context.emit(
        LeaseEnded.newBuilder().setKeyspace(keyspace).setId(id).setExpired(expired).build());
    return LeaseRevokeResponse.newBuilder()
        .setHeader(KeyReads.header(rows.keyspace(keyspace)))
        .build();
  }

  LeaseKeepAliveResponse keepAlive(KeepLeaseAliveRequest request, QueryContext context) {
    LeaseRow row = rows.lease(request.getKeyspace(), request.getId());
    if (row == null) {
      throw EtcdErrors.leaseNotFound();
    }
    long ttlUs = row.getTtlS() * US_PER_S;
    heard.put(
        new Heard(request.getKeyspace(), request.getId()), context.logTimeUs() + ttlUs, ttlUs);
    return LeaseKeepAliveResponse.newBuilder()
        .setHeader(KeyReads.header(rows.keyspace(request.getKeyspace())))
        .setID(request.getId())
        .setTTL(row.getTtlS())
        .build();
  }

  LeaseTimeToLiveResponse get(GetLeaseRequest request, QueryContext context) {
    String keyspace = request.getKeyspace();
    LeaseRow row = rows.lease(keyspace, request.getId());
    LeaseTimeToLiveResponse.Builder answer =
        LeaseTimeToLiveResponse.newBuilder()
            .setHeader(KeyReads.header(rows.keyspace(keyspace)))
            .setID(request.getId());
    if (row == null) {
      return answer.setTTL(-1).build();
    }
    long leftUs = livesUntilUs(keyspace, request.getId(), row) - context.logTimeUs();
    answer.setTTL(Math.max(0, leftUs / US_PER_S)).setGrantedTTL(row.getTtlS());
    if (request.getKeys()) {
      answer.addAllKeys(rows.leased(keyspace, request.getId(), Txns.MAX_KEYS_OF_LEASE));
    }
    return answer.build();
  }

  LeaseLeasesResponse list(ListLeasesRequest request, QueryContext context) {
    LeaseLeasesResponse.Builder answer =
        LeaseLeasesResponse.newBuilder()
            .setHeader(KeyReads.header(rows.keyspace(request.getKeyspace())));
    rows.leases
        .scanPrefix(KeyPrefix.of(out -> out.string(request.getKeyspace())), MAX_LEASES)
        .forEach(row -> answer.addLeases(LeaseStatus.newBuilder().setID(row.key().second())));
    return answer.build();
  }

  private long livesUntilUs(String keyspace, long id, LeaseRow row) {
    Long renewed = heard.get(new Heard(keyspace, id));
    return Math.max(
        Math.max(row.getGrantedUs(), heard.sinceUs()) + row.getTtlS() * US_PER_S,
        renewed == null ? 0 : renewed);
  }

  private static void watch(String keyspace, long id, long atUs, CommandContext context) {
    context.schedule(
        timer(keyspace, id),
        atUs,
        ExpireLeaseRequest.newBuilder().setKeyspace(keyspace).setId(id).build());
  }

  private static String timer(String keyspace, long id) {
    return "lease/%016x/".formatted(id) + keyspace;
  }
}
