/**
 * The API of etcd, version 3, as far as locks, elections and their kind need it: KV, Watch, Lease,
 * the services for locks and elections, and what command line clients ask besides.
 *
 * <p>{@link io.thalweg.locks.etcd.Etcd} has the services. Each is a class: {@code KvService},
 * {@code WatchService}, {@code LeaseService}, {@code LockService}, {@code ElectionService}, {@code
 * ServerService}. {@code EtcdSession} asks the keyspace in the name of a client, {@code KeyWatch}
 * follows keys from a revision on, {@code Calls} makes gRPC methods of functions.
 */
@NullMarked
package io.thalweg.locks.etcd;

import org.jspecify.annotations.NullMarked;
