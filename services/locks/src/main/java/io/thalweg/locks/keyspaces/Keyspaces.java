package io.thalweg.locks.keyspaces;

import io.thalweg.locks.v1.etcd.CompactionResponse;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.LeaseGrantResponse;
import io.thalweg.locks.v1.etcd.LeaseKeepAliveResponse;
import io.thalweg.locks.v1.etcd.LeaseLeasesResponse;
import io.thalweg.locks.v1.etcd.LeaseRevokeResponse;
import io.thalweg.locks.v1.etcd.LeaseTimeToLiveResponse;
import io.thalweg.locks.v1.etcd.RangeResponse;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.keyspaces.CommitTxnRequest;
import io.thalweg.locks.v1.keyspaces.CompactKeysRequest;
import io.thalweg.locks.v1.keyspaces.ExpireLeaseRequest;
import io.thalweg.locks.v1.keyspaces.GetKeyspaceRequest;
import io.thalweg.locks.v1.keyspaces.GetLeaseRequest;
import io.thalweg.locks.v1.keyspaces.GrantLeaseRequest;
import io.thalweg.locks.v1.keyspaces.KeepLeaseAliveRequest;
import io.thalweg.locks.v1.keyspaces.KeysChanged;
import io.thalweg.locks.v1.keyspaces.Keyspace;
import io.thalweg.locks.v1.keyspaces.KeyspaceEvent;
import io.thalweg.locks.v1.keyspaces.KeyspaceHistory;
import io.thalweg.locks.v1.keyspaces.KeyspacesProto;
import io.thalweg.locks.v1.keyspaces.ListLeasesRequest;
import io.thalweg.locks.v1.keyspaces.RangeKeysRequest;
import io.thalweg.locks.v1.keyspaces.ReadHistoryRequest;
import io.thalweg.locks.v1.keyspaces.RevokeLeaseRequest;
import io.thalweg.locks.v1.keyspaces.WatchKeysRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.Quotas;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.WatchedEvent;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The service of keyspaces: which class does what. */
public final class Keyspaces {
  /** The contract and how an instance is made. */
  public static final ServiceType TYPE = type(Quotas.DEFAULTS);

  /** The quotas of a project in a partition, by their names, with what they are by default. */
  public static final Map<String, Long> QUOTAS = KeyspaceQuotas.DEFAULTS;

  /** Leases whose keep-alives a partition remembers. */
  private static final int MAX_HEARD = 1_000_000;

  /** The service with other quotas; those of other services are passed over. */
  public static ServiceType type(Quotas quotas) {
    return ServiceType.of(
        KeyspacesProto.getDescriptor().findServiceByName("Keyspaces"),
        d -> new Keyspaces(d, quotas));
  }

  Keyspaces(Definition d, Quotas quotas) {
    KeyRows rows = new KeyRows(d, new KeyspaceQuotas(quotas));
    KeyReads reads = new KeyReads(rows);
    Txns txns = new Txns(rows, reads);
    Leases leases = new Leases(rows, txns, d.ephemeral("keep-alives", MAX_HEARD));
    new AppliedChanges(rows).define(d);

    d.query(RangeKeysRequest.class, RangeResponse.class, reads::range);
    d.command(CommitTxnRequest.class, TxnResponse.class, txns::txn);
    d.command(CompactKeysRequest.class, CompactionResponse.class, txns::compact);
    d.command(GrantLeaseRequest.class, LeaseGrantResponse.class, leases::grant);
    d.command(RevokeLeaseRequest.class, LeaseRevokeResponse.class, leases::revoke);
    d.command(ExpireLeaseRequest.class, LeaseRevokeResponse.class, leases::expire);
    d.signal(KeepLeaseAliveRequest.class, LeaseKeepAliveResponse.class, leases::keepAlive);
    d.query(GetLeaseRequest.class, LeaseTimeToLiveResponse.class, leases::get);
    d.query(ListLeasesRequest.class, LeaseLeasesResponse.class, leases::list);
    d.query(ReadHistoryRequest.class, KeyspaceHistory.class, reads::history);
    d.query(GetKeyspaceRequest.class, Keyspace.class, reads::keyspace);
    d.watch(WatchKeysRequest.class, KeyspaceEvent.class, Keyspaces::watched);
  }

  private static @Nullable KeyspaceEvent watched(WatchKeysRequest request, WatchedEvent watched) {
    if (!(watched.event() instanceof KeysChanged changed)
        || !changed.getKeyspace().equals(request.getKeyspace())) {
      return null;
    }
    KeyRange range = new KeyRange(request.getKey(), request.getRangeEnd());
    List<Event> wanted =
        changed.getChangesList().stream()
            .filter(event -> range.contains(event.getKv().getKey()))
            .toList();
    if (wanted.isEmpty()) {
      return null;
    }
    return KeyspaceEvent.newBuilder()
        .setPosition(watched.position().toString())
        .setRevision(changed.getRevision())
        .setKeysChanged(changed.toBuilder().clearChanges().addAllChanges(wanted))
        .build();
  }
}
