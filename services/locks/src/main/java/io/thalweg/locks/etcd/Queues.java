package io.thalweg.locks.etcd;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.thalweg.locks.v1.etcd.Compare;
import io.thalweg.locks.v1.etcd.DeleteRangeRequest;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.KeyValue;
import io.thalweg.locks.v1.etcd.PutRequest;
import io.thalweg.locks.v1.etcd.RangeRequest;
import io.thalweg.locks.v1.etcd.RangeResponse;
import io.thalweg.locks.v1.etcd.RequestOp;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.runtime.Failure;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The recipe of etcd's locks and elections: each who waits has a key of its lease under a common
 * prefix, and is next when no key there is older. Who waits watches the one key before its own.
 */
final class Queues {
  private static final Duration POLL = Duration.ofSeconds(1);

  private final EtcdSession session;

  /** A key in a queue, by the revision that it was made in. */
  record Place(ByteString key, long revision, boolean isNew) {}

  Queues(EtcdSession session) {
    this.session = session;
  }

  static ByteString prefix(ByteString name) {
    return name.concat(ByteString.copyFromUtf8("/"));
  }

  /** The end of the range of all keys that begin with a prefix. */
  static ByteString endOf(ByteString prefix) {
    byte[] end = prefix.toByteArray();
    end[end.length - 1]++;
    return ByteString.copyFrom(end);
  }

  /** Takes a place, or finds the one that the lease has. */
  Place join(ByteString name, long lease, ByteString value) {
    ByteString key =
        prefix(name)
            .concat(ByteString.copyFromUtf8(Long.toHexString(lease).toLowerCase(Locale.ROOT)));
    TxnResponse joined =
        session.txn(
            TxnRequest.newBuilder()
                .addCompare(createdIn(key, 0))
                .addSuccess(
                    RequestOp.newBuilder()
                        .setRequestPut(
                            PutRequest.newBuilder().setKey(key).setValue(value).setLease(lease)))
                .addFailure(
                    RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)))
                .build());
    if (joined.getSucceeded()) {
      return new Place(key, joined.getHeader().getRevision(), true);
    }
    KeyValue present = joined.getResponses(0).getResponseRange().getKvs(0);
    return new Place(key, present.getCreateRevision(), false);
  }

  /**
   * Waits until nobody is before a place.
   *
   * @return the revision at which that was seen; 0 if the call was over before
   * @throws Failure FAILED_PRECONDITION if the place was lost, with its lease
   */
  long await(ByteString name, Place place, Calls.Outgoing<?> call) throws InterruptedException {
    ByteString prefix = prefix(name);
    while (!call.isOver()) {
      RangeResponse before =
          session.range(
              RangeRequest.newBuilder()
                  .setKey(prefix)
                  .setRangeEnd(endOf(prefix))
                  .setMaxCreateRevision(place.revision() - 1)
                  .setSortOrder(RangeRequest.SortOrder.DESCEND)
                  .setSortTarget(RangeRequest.SortTarget.CREATE)
                  .setLimit(1)
                  .build());
      if (before.getKvsCount() == 0) {
        return stillThere(place);
      }
      awaitDeleted(before.getKvs(0).getKey(), before.getHeader().getRevision() + 1, call);
    }
    return 0;
  }

  private long stillThere(Place place) {
    RangeResponse own = session.range(RangeRequest.newBuilder().setKey(place.key()).build());
    if (own.getKvsCount() == 0 || own.getKvs(0).getCreateRevision() != place.revision()) {
      throw Failure.of(Code.FAILED_PRECONDITION, "mutex: session is expired");
    }
    return own.getHeader().getRevision();
  }

  private void awaitDeleted(ByteString key, long from, Calls.Outgoing<?> call)
      throws InterruptedException {
    try (KeyWatch watch = new KeyWatch(session, key, ByteString.EMPTY, from, false)) {
      while (!call.isOver()) {
        if (session.edge().draining()) {
          throw Failure.of(Code.UNAVAILABLE, "etcdserver: server stopped");
        }
        KeyWatch.Changes changes = watch.next(POLL);
        if (changes != null
            && changes.events().stream()
                .anyMatch(event -> event.getType() == Event.EventType.DELETE)) {
          return;
        }
      }
    }
  }

  /** Who is first; null: nobody is there. With the revision that this holds for in the answer. */
  RangeResponse first(ByteString name) {
    ByteString prefix = prefix(name);
    return session.range(
        RangeRequest.newBuilder()
            .setKey(prefix)
            .setRangeEnd(endOf(prefix))
            .setSortOrder(RangeRequest.SortOrder.ASCEND)
            .setSortTarget(RangeRequest.SortTarget.CREATE)
            .setLimit(1)
            .build());
  }

  /** Changes the value at a place; false if the place is lost. */
  @Nullable TxnResponse put(ByteString key, long revision, ByteString value, long lease) {
    TxnResponse put =
        session.txn(
            TxnRequest.newBuilder()
                .addCompare(createdIn(key, revision))
                .addSuccess(
                    RequestOp.newBuilder()
                        .setRequestPut(
                            PutRequest.newBuilder().setKey(key).setValue(value).setLease(lease)))
                .build());
    return put.getSucceeded() ? put : null;
  }

  /** Leaves a place, if it is still the one that was made in that revision; 0: any. */
  TxnResponse leave(ByteString key, long revision) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    if (revision != 0) {
      txn.addCompare(createdIn(key, revision));
    }
    return session.txn(
        txn.addSuccess(
                RequestOp.newBuilder()
                    .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key)))
            .build());
  }

  private static Compare createdIn(ByteString key, long revision) {
    return Compare.newBuilder()
        .setKey(key)
        .setTarget(Compare.CompareTarget.CREATE)
        .setResult(Compare.CompareResult.EQUAL)
        .setCreateRevision(revision)
        .build();
  }
}
