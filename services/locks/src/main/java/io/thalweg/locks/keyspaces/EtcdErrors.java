package io.thalweg.locks.keyspaces;

import com.google.rpc.Code;
import io.thalweg.runtime.Failure;

/** Refusals with the codes and texts by which clients of etcd know them. */
final class EtcdErrors {
  static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";

  private EtcdErrors() {}

  static Failure compacted() {
    return Failure.of(Code.OUT_OF_RANGE, COMPACTED);
  }

  static Failure futureRevision() {
    return Failure.of(
        Code.OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision");
  }

  static Failure emptyKey() {
    return Failure.of(Code.INVALID_ARGUMENT, "etcdserver: key is not provided");
  }

  static Failure keyNotFound() {
    return Failure.of(Code.INVALID_ARGUMENT, "etcdserver: key not found");
  }

  static Failure valueProvided() {
    return Failure.of(Code.INVALID_ARGUMENT, "etcdserver: value is provided");
  }

  static Failure leaseProvided() {
    return Failure.of(Code.INVALID_ARGUMENT, "etcdserver: lease is provided");
  }

  static Failure duplicateKey() {
    return Failure.of(Code.INVALID_ARGUMENT, "etcdserver: duplicate key given in txn request");
  }

  static Failure tooManyOps() {
    return Failure.of(Code.INVALID_ARGUMENT, "etcdserver: too many operations in txn request");
  }

  static Failure tooLarge() {
    return Failure.of(Code.INVALID_ARGUMENT, "etcdserver: request is too large");
  }

  static Failure noSpace() {
    return Failure.of(Code.RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded");
  }

  static Failure leaseNotFound() {
    return Failure.of(Code.NOT_FOUND, "etcdserver: requested lease not found");
  }

  static Failure leaseExists() {
    return Failure.of(Code.FAILED_PRECONDITION, "etcdserver: lease already exists");
  }

  static Failure leaseTooLong() {
    return Failure.of(Code.OUT_OF_RANGE, "etcdserver: too large lease TTL");
  }
}
