package io.thalweg.keys;

import io.thalweg.keys.v1.ClaimKeyRequest;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceResponse;
import io.thalweg.keys.v1.GetKeyRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.GuardRaised;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.KeyClaimed;
import io.thalweg.keys.v1.KeysLeased;
import io.thalweg.keys.v1.KeysProto;
import io.thalweg.keys.v1.KeysReleased;
import io.thalweg.keys.v1.KeysTaken;
import io.thalweg.keys.v1.KeysUsed;
import io.thalweg.keys.v1.LeaseEnded;
import io.thalweg.keys.v1.LeaseKeysRequest;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.LeasesForgotten;
import io.thalweg.keys.v1.ListLeasesRequest;
import io.thalweg.keys.v1.ListLeasesResponse;
import io.thalweg.keys.v1.ListNamespacesRequest;
import io.thalweg.keys.v1.ListNamespacesResponse;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NamespaceCreated;
import io.thalweg.keys.v1.NamespaceDeleted;
import io.thalweg.keys.v1.NextKeysRequest;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.keys.v1.ReleaseKeysRequest;
import io.thalweg.keys.v1.ReleaseKeysResponse;
import io.thalweg.keys.v1.ReturnLeaseRequest;
import io.thalweg.keys.v1.ReturnLeaseResponse;
import io.thalweg.keys.v1.UseKeysRequest;
import io.thalweg.keys.v1.UseKeysResponse;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.FencingGuard;
import io.thalweg.runtime.Quotas;
import io.thalweg.runtime.ServiceType;
import java.util.Map;

/**
 * Gives out keys that are never given twice. One instance lives in each partition, with all
 * namespaces whose names fall to it.
 *
 * <pre>{@code
 * try (Node node = Thalweg.open(Path.of("data"), Keys.TYPE)) {
 *   node.call(CreateNamespaceRequest.newBuilder().setNamespace("links").build(), Namespace.class);
 *   node.call(
 *       NextKeysRequest.newBuilder().setNamespace("links").setCount(3).build(),
 *       NextKeysResponse.class);
 * }
 * }</pre>
 */
public final class Keys {
  /** The service, to open a node with. */
  public static final ServiceType TYPE = type(Quotas.DEFAULTS);

  private static final String NAMESPACES = "keys.namespaces";

  /** The quotas of a project in a partition, by their names, with what they are by default. */
  public static final Map<String, Long> QUOTAS = Map.of(NAMESPACES, Bounds.MAX_NAMESPACES);

  private Keys() {}

  /** The service with other quotas; those of other services are passed over. */
  public static ServiceType type(Quotas quotas) {
    return ServiceType.of(
        KeysProto.getDescriptor().findServiceByName("Keys"), d -> define(d, quotas));
  }

  private static void define(Definition d, Quotas quotas) {
    Tables tables = Tables.declare(d);
    Reads reads = new Reads(tables);
    Namespaces namespaces =
        new Namespaces(tables, reads, quotas.of(NAMESPACES, Bounds.MAX_NAMESPACES));
    d.command(CreateNamespaceRequest.class, Namespace.class, namespaces::create);
    d.command(DeleteNamespaceRequest.class, DeleteNamespaceResponse.class, namespaces::delete);

    Guards guards = new Guards(FencingGuard.of(d, Tables.GUARDS));
    Handouts handouts = new Handouts(tables, guards);
    d.command(NextKeysRequest.class, NextKeysResponse.class, handouts::next);
    Leases leases = new Leases(tables, guards, handouts);
    d.command(LeaseKeysRequest.class, LeaseKeysResponse.class, leases::lease);
    d.command(ReturnLeaseRequest.class, ReturnLeaseResponse.class, leases::giveBack);
    Claims claims = new Claims(tables, guards, leases);
    d.command(ClaimKeyRequest.class, Key.class, claims::claim);
    d.command(UseKeysRequest.class, UseKeysResponse.class, claims::use);
    d.command(ReleaseKeysRequest.class, ReleaseKeysResponse.class, claims::release);

    Applied applied = new Applied(tables, guards);
    d.event(NamespaceCreated.class, applied::created);
    d.event(NamespaceDeleted.class, applied::deleted);
    d.event(KeysTaken.class, applied::taken);
    d.event(KeysLeased.class, applied::leased);
    d.event(LeaseEnded.class, applied::ended);
    d.event(KeysUsed.class, applied::used);
    d.event(KeyClaimed.class, applied::claimed);
    d.event(KeysReleased.class, applied::released);
    d.event(LeasesForgotten.class, applied::forgotten);
    d.event(GuardRaised.class, applied::guardRaised);

    d.query(GetNamespaceRequest.class, Namespace.class, reads::namespace);
    d.query(ListLeasesRequest.class, ListLeasesResponse.class, reads::leases);
    d.query(GetKeyRequest.class, Key.class, reads::key);
    NamespaceList list = new NamespaceList(tables);
    d.scan(
        ListNamespacesRequest.class,
        ListNamespacesResponse.class,
        list::part,
        NamespaceList::merge);
  }
}
