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
import io.thalweg.locks.v1.keyspaces.GetKeyspaceRequest;
import io.thalweg.locks.v1.keyspaces.KeysChanged;
import io.thalweg.locks.v1.keyspaces.Keyspace;
import io.thalweg.locks.v1.keyspaces.KeyspaceCompact;
import io.thalweg.locks.v1.keyspaces.KeyspaceEvent;
import io.thalweg.locks.v1.keyspaces.KeyspaceExpireLease;
import io.thalweg.locks.v1.keyspaces.KeyspaceGetLease;
import io.thalweg.locks.v1.keyspaces.KeyspaceGrantLease;
import io.thalweg.locks.v1.keyspaces.KeyspaceHistory;
import io.thalweg.locks.v1.keyspaces.KeyspaceKeepLeaseAlive;
import io.thalweg.locks.v1.keyspaces.KeyspaceListLeases;
import io.thalweg.locks.v1.keyspaces.KeyspaceRange;
import io.thalweg.locks.v1.keyspaces.KeyspaceReadHistory;
import io.thalweg.locks.v1.keyspaces.KeyspaceRevokeLease;
import io.thalweg.locks.v1.keyspaces.KeyspaceTxn;
import io.thalweg.locks.v1.keyspaces.KeyspacesProto;
import io.thalweg.locks.v1.keyspaces.WatchKeysRequest;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.ServiceType;
import io.thalweg.runtime.WatchedEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The service of keyspaces: which class does what. */
public final class Keyspaces {
  /** The contract and how an instance is made. */
  public static final ServiceType TYPE =
      ServiceType.of(KeyspacesProto.getDescriptor().findServiceByName("Keyspaces"), Keyspaces::new);

  /** Leases whose keep-alives a partition remembers. */
  private static final int MAX_HEARD = 1_000_000;

  Keyspaces(Definition d) {
    KeyRows rows = new KeyRows(d);
    KeyReads reads = new KeyReads(rows);
    Txns txns = new Txns(rows, reads);
    Leases leases = new Leases(rows, txns, d.ephemeral("keep-alives", MAX_HEARD));
    new AppliedChanges(rows).define(d);

    d.query(KeyspaceRange.class, RangeResponse.class, reads::range);
    d.command(KeyspaceTxn.class, TxnResponse.class, txns::txn);
    d.command(KeyspaceCompact.class, CompactionResponse.class, txns::compact);
    d.command(KeyspaceGrantLease.class, LeaseGrantResponse.class, leases::grant);
    d.command(KeyspaceRevokeLease.class, LeaseRevokeResponse.class, leases::revoke);
    d.command(KeyspaceExpireLease.class, LeaseRevokeResponse.class, leases::expire);
    d.signal(KeyspaceKeepLeaseAlive.class, LeaseKeepAliveResponse.class, leases::keepAlive);
    d.query(KeyspaceGetLease.class, LeaseTimeToLiveResponse.class, leases::get);
    d.query(KeyspaceListLeases.class, LeaseLeasesResponse.class, leases::list);
    d.query(KeyspaceReadHistory.class, KeyspaceHistory.class, reads::history);
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
