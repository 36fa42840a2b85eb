package io.thalweg.client.keys;

import com.google.protobuf.Message;
import io.thalweg.client.CallSettings;
import io.thalweg.client.PendingReply;
import io.thalweg.client.ServiceMethod;
import io.thalweg.client.ThalwegClient;
import io.thalweg.keys.v1.ClaimKeyRequest;
import io.thalweg.keys.v1.CreateNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceRequest;
import io.thalweg.keys.v1.DeleteNamespaceResponse;
import io.thalweg.keys.v1.GetKeyRequest;
import io.thalweg.keys.v1.GetNamespaceRequest;
import io.thalweg.keys.v1.Key;
import io.thalweg.keys.v1.KeysProto;
import io.thalweg.keys.v1.LeaseKeysRequest;
import io.thalweg.keys.v1.LeaseKeysResponse;
import io.thalweg.keys.v1.ListLeasesRequest;
import io.thalweg.keys.v1.ListLeasesResponse;
import io.thalweg.keys.v1.ListNamespacesRequest;
import io.thalweg.keys.v1.ListNamespacesResponse;
import io.thalweg.keys.v1.Namespace;
import io.thalweg.keys.v1.NextKeysRequest;
import io.thalweg.keys.v1.NextKeysResponse;
import io.thalweg.keys.v1.ReleaseKeysRequest;
import io.thalweg.keys.v1.ReleaseKeysResponse;
import io.thalweg.keys.v1.ReturnLeaseRequest;
import io.thalweg.keys.v1.ReturnLeaseResponse;
import io.thalweg.keys.v1.UseKeysRequest;
import io.thalweg.keys.v1.UseKeysResponse;

/**
 * The key service, typed. Every method sends its request at once and gives the answer that is on
 * its way; bounds and errors of each are in the contract. Thread-safe.
 */
public final class KeysClient {
  private static final ServiceMethod<CreateNamespaceRequest, Namespace> CREATE_NAMESPACE =
      method(
          "CreateNamespace",
          CreateNamespaceRequest.getDefaultInstance(),
          Namespace.getDefaultInstance());
  private static final ServiceMethod<DeleteNamespaceRequest, DeleteNamespaceResponse>
      DELETE_NAMESPACE =
          method(
              "DeleteNamespace",
              DeleteNamespaceRequest.getDefaultInstance(),
              DeleteNamespaceResponse.getDefaultInstance());
  private static final ServiceMethod<GetNamespaceRequest, Namespace> GET_NAMESPACE =
      method(
          "GetNamespace", GetNamespaceRequest.getDefaultInstance(), Namespace.getDefaultInstance());
  private static final ServiceMethod<ListNamespacesRequest, ListNamespacesResponse>
      LIST_NAMESPACES =
          method(
              "ListNamespaces",
              ListNamespacesRequest.getDefaultInstance(),
              ListNamespacesResponse.getDefaultInstance());
  private static final ServiceMethod<NextKeysRequest, NextKeysResponse> NEXT_KEYS =
      method(
          "NextKeys", NextKeysRequest.getDefaultInstance(), NextKeysResponse.getDefaultInstance());
  private static final ServiceMethod<LeaseKeysRequest, LeaseKeysResponse> LEASE_KEYS =
      method(
          "LeaseKeys",
          LeaseKeysRequest.getDefaultInstance(),
          LeaseKeysResponse.getDefaultInstance());
  private static final ServiceMethod<ReturnLeaseRequest, ReturnLeaseResponse> RETURN_LEASE =
      method(
          "ReturnLease",
          ReturnLeaseRequest.getDefaultInstance(),
          ReturnLeaseResponse.getDefaultInstance());
  private static final ServiceMethod<ListLeasesRequest, ListLeasesResponse> LIST_LEASES =
      method(
          "ListLeases",
          ListLeasesRequest.getDefaultInstance(),
          ListLeasesResponse.getDefaultInstance());
  private static final ServiceMethod<ClaimKeyRequest, Key> CLAIM_KEY =
      method("ClaimKey", ClaimKeyRequest.getDefaultInstance(), Key.getDefaultInstance());
  private static final ServiceMethod<UseKeysRequest, UseKeysResponse> USE_KEYS =
      method("UseKeys", UseKeysRequest.getDefaultInstance(), UseKeysResponse.getDefaultInstance());
  private static final ServiceMethod<ReleaseKeysRequest, ReleaseKeysResponse> RELEASE_KEYS =
      method(
          "ReleaseKeys",
          ReleaseKeysRequest.getDefaultInstance(),
          ReleaseKeysResponse.getDefaultInstance());
  private static final ServiceMethod<GetKeyRequest, Key> GET_KEY =
      method("GetKey", GetKeyRequest.getDefaultInstance(), Key.getDefaultInstance());

  private final ThalwegClient client;
  private final CallSettings settings;

  private KeysClient(ThalwegClient client, CallSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  /** The service behind a client. */
  public static KeysClient of(ThalwegClient client) {
    return new KeysClient(client, CallSettings.none());
  }

  private static <Q extends Message, R extends Message> ServiceMethod<Q, R> method(
      String name, Q request, R reply) {
    return ServiceMethod.of(
        KeysProto.getDescriptor().findServiceByName("Keys"), name, request, reply);
  }

  /** The same with settings for what is sent through it, such as a name of one request. */
  public KeysClient with(CallSettings value) {
    return new KeysClient(client, value);
  }

  /** Creates a namespace. ALREADY_EXISTS if there is one with other settings. */
  public PendingReply<Namespace> createNamespace(CreateNamespaceRequest request) {
    return client.call(CREATE_NAMESPACE, request, settings);
  }

  /** Deletes a namespace; one of the same name begins anew. */
  public PendingReply<DeleteNamespaceResponse> deleteNamespace(DeleteNamespaceRequest request) {
    return client.call(DELETE_NAMESPACE, request, settings);
  }

  /** Settings, counts, rate and forecast of a namespace. */
  public PendingReply<Namespace> getNamespace(GetNamespaceRequest request) {
    return client.call(GET_NAMESPACE, request, settings);
  }

  /** The namespaces of the project by name. */
  public PendingReply<ListNamespacesResponse> listNamespaces(ListNamespacesRequest request) {
    return client.call(LIST_NAMESPACES, request, settings);
  }

  /**
   * Keys of a namespace one at a time, for many callers at the price of few requests. To be made
   * once for a namespace.
   */
  public NextKeys nextOf(String namespace) {
    ServiceMethod<NextKeysRequest, NextKeysResponse> once = NEXT_KEYS.sentOnce();
    return new NextKeys(count ->
        client.call(
            once,
            NextKeysRequest.newBuilder().setNamespace(namespace).setCount(count).build(),
            settings));
  }

  /** Gives out keys; they are used from now on. */
  public PendingReply<NextKeysResponse> nextKeys(NextKeysRequest request) {
    return client.call(NEXT_KEYS, request, settings);
  }

  /** Leases a block of keys; {@link KeySource} does it by itself. */
  public PendingReply<LeaseKeysResponse> leaseKeys(LeaseKeysRequest request) {
    return client.call(LEASE_KEYS, request, settings);
  }

  /** Ends a lease and hands back what is left of its block. */
  public PendingReply<ReturnLeaseResponse> returnLease(ReturnLeaseRequest request) {
    return client.call(RETURN_LEASE, request, settings);
  }

  /** The open leases of a namespace. */
  public PendingReply<ListLeasesResponse> listLeases(ListLeasesRequest request) {
    return client.call(LIST_LEASES, request, settings);
  }

  /** Takes a chosen key. ALREADY_EXISTS if it is used. */
  public PendingReply<Key> claimKey(ClaimKeyRequest request) {
    return client.call(CLAIM_KEY, request, settings);
  }

  /** Says that leased keys were given out. */
  public PendingReply<UseKeysResponse> useKeys(UseKeysRequest request) {
    return client.call(USE_KEYS, request, settings);
  }

  /** Gives used keys back. */
  public PendingReply<ReleaseKeysResponse> releaseKeys(ReleaseKeysRequest request) {
    return client.call(RELEASE_KEYS, request, settings);
  }

  /** What is known of a key. */
  public PendingReply<Key> getKey(GetKeyRequest request) {
    return client.call(GET_KEY, request, settings);
  }

  /**
   * A source of keys of a namespace.
   *
   * @param namespace that exists
   */
  public KeySourceBuilder source(String namespace) {
    return new KeySourceBuilder(this, namespace);
  }
}
