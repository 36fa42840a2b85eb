package io.thalweg.locks.keyspaces;

import com.google.protobuf.ByteString;
import io.thalweg.locks.v1.etcd.CompactionResponse;
import io.thalweg.locks.v1.etcd.Compare;
import io.thalweg.locks.v1.etcd.DeleteRangeRequest;
import io.thalweg.locks.v1.etcd.DeleteRangeResponse;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.KeyValue;
import io.thalweg.locks.v1.etcd.PutRequest;
import io.thalweg.locks.v1.etcd.PutResponse;
import io.thalweg.locks.v1.etcd.RequestOp;
import io.thalweg.locks.v1.etcd.ResponseOp;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.keyspaces.CommitTxnRequest;
import io.thalweg.locks.v1.keyspaces.CompactKeysRequest;
import io.thalweg.locks.v1.keyspaces.HistoryCompacted;
import io.thalweg.locks.v1.keyspaces.KeysChanged;
import io.thalweg.locks.v1.keyspaces.KeyspaceRow;
import io.thalweg.locks.v1.keyspaces.LeaseRow;
import io.thalweg.runtime.CommandContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides transactions. All that one changes has one revision; each of its operations sees what
 * those before it did. A transaction that changes nothing has no revision of its own.
 */
final class Txns {
  static final int MAX_KEYS = 50_000;

  /** Keys of one lease: all of them are deleted in one command. */
  static final int MAX_KEYS_OF_LEASE = 1_000;

  private static final int MAX_OPS = 128;
  private static final int MAX_REQUEST_BYTES = 256 << 10;
  private static final int MAX_NESTED = 4;
  private static final int EVENT_BYTES = 512 << 10;

  private final KeyRows rows;
  private final KeyReads reads;

  Txns(KeyRows rows, KeyReads reads) {
    this.rows = rows;
    this.reads = reads;
  }

  TxnResponse txn(CommitTxnRequest request, CommandContext context) {
    TxnRequest txn = request.getTxn();
    if (txn.getSerializedSize() > MAX_REQUEST_BYTES) {
      throw EtcdErrors.tooLarge();
    }
    check(txn, MAX_NESTED);
    return new Run(request.getKeyspace(), context).apply(txn);
  }

  private static void check(TxnRequest txn, int nested) {
    if (txn.getCompareCount() > MAX_OPS
        || txn.getSuccessCount() > MAX_OPS
        || txn.getFailureCount() > MAX_OPS
        || nested == 0) {
      throw EtcdErrors.tooManyOps();
    }
    for (Compare compare : txn.getCompareList()) {
      if (compare.getKey().isEmpty()) {
        throw EtcdErrors.emptyKey();
      }
    }
    for (List<RequestOp> branch : List.of(txn.getSuccessList(), txn.getFailureList())) {
      Set<ByteString> put = new HashSet<>();
      List<KeyRange> deleted = new ArrayList<>();
      for (RequestOp op : branch) {
        switch (op.getRequestCase()) {
          case REQUEST_PUT -> {
            PutRequest request = op.getRequestPut();
            if (request.getKey().isEmpty()) {
              throw EtcdErrors.emptyKey();
            }
            if (!put.add(request.getKey())) {
              throw EtcdErrors.duplicateKey();
            }
          }
          case REQUEST_DELETE_RANGE -> {
            DeleteRangeRequest request = op.getRequestDeleteRange();
            if (request.getKey().isEmpty()) {
              throw EtcdErrors.emptyKey();
            }
            deleted.add(new KeyRange(request.getKey(), request.getRangeEnd()));
          }
          case REQUEST_RANGE -> {
            if (op.getRequestRange().getKey().isEmpty()) {
              throw EtcdErrors.emptyKey();
            }
          }
          case REQUEST_TXN -> check(op.getRequestTxn(), nested - 1);
          case REQUEST_NOT_SET -> throw EtcdErrors.keyNotFound();
        }
      }
      if (put.stream().anyMatch(key -> deleted.stream().anyMatch(range -> range.contains(key)))) {
        throw EtcdErrors.duplicateKey();
      }
    }
  }

  /** Deletes keys in a revision of their own: those of a lease that ends. */
  void delete(String keyspace, List<ByteString> keys, CommandContext context) {
    new Run(keyspace, context).delete(keys);
  }

  CompactionResponse compact(CompactKeysRequest request, CommandContext context) {
    KeyspaceRow row = rows.keyspace(request.getKeyspace());
    if (request.getRevision() > row.getRevision()) {
      throw EtcdErrors.futureRevision();
    }
    if (request.getRevision() <= row.getCompacted()) {
      throw EtcdErrors.compacted();
    }
    context.emit(
        HistoryCompacted.newBuilder()
            .setKeyspace(request.getKeyspace())
            .setRevision(request.getRevision())
            .build());
    return CompactionResponse.newBuilder()
        .setHeader(KeyReads.header(rows.keyspace(request.getKeyspace())))
        .build();
  }

  /** One transaction: the revision it makes, and how many changes it made in it. */
  private final class Run {
    private final String keyspace;
    private final CommandContext context;
    private final long revision;
    private int changes;

    Run(String keyspace, CommandContext context) {
      this.keyspace = keyspace;
      this.context = context;
      revision = rows.keyspace(keyspace).getRevision() + 1;
    }

    TxnResponse apply(TxnRequest txn) {
      boolean succeeded = txn.getCompareList().stream().allMatch(this::holds);
      TxnResponse.Builder answer = TxnResponse.newBuilder().setSucceeded(succeeded);
      for (RequestOp op : succeeded ? txn.getSuccessList() : txn.getFailureList()) {
        ResponseOp.Builder response = ResponseOp.newBuilder();
        switch (op.getRequestCase()) {
          case REQUEST_RANGE ->
              response.setResponseRange(reads.range(keyspace, op.getRequestRange()));
          case REQUEST_PUT -> response.setResponsePut(put(op.getRequestPut()));
          case REQUEST_DELETE_RANGE ->
              response.setResponseDeleteRange(deleteRange(op.getRequestDeleteRange()));
          case REQUEST_TXN -> response.setResponseTxn(apply(op.getRequestTxn()));
          case REQUEST_NOT_SET -> throw EtcdErrors.keyNotFound();
        }
        answer.addResponses(response);
      }
      return answer.setHeader(KeyReads.header(rows.keyspace(keyspace))).build();
    }

    private boolean holds(Compare compare) {
      KeyRange range = new KeyRange(compare.getKey(), compare.getRangeEnd());
      List<KeyValue> found = rows.in(keyspace, range);
      if (found.isEmpty()) {
        // A key that is not there has no value, and zero for all numbers.
        return compare.getTarget() != Compare.CompareTarget.VALUE
            && holds(compare, KeyValue.getDefaultInstance());
      }
      return found.stream().allMatch(kv -> holds(compare, kv));
    }

    private static boolean holds(Compare compare, KeyValue kv) {
      int order =
          switch (compare.getTarget()) {
            case VERSION -> Long.compare(kv.getVersion(), compare.getVersion());
            case CREATE -> Long.compare(kv.getCreateRevision(), compare.getCreateRevision());
            case MOD -> Long.compare(kv.getModRevision(), compare.getModRevision());
            case VALUE -> KeyRange.compare(kv.getValue(), compare.getValue());
            case UNRECOGNIZED -> 1;
          };
      return switch (compare.getResult()) {
        case EQUAL -> order == 0;
        case GREATER -> order > 0;
        case LESS -> order < 0;
        case NOT_EQUAL -> order != 0;
        case UNRECOGNIZED -> false;
      };
    }

    private PutResponse put(PutRequest request) {
      KeyValue before = rows.key(keyspace, request.getKey());
      if (request.getIgnoreValue() && !request.getValue().isEmpty()) {
        throw EtcdErrors.valueProvided();
      }
      if (request.getIgnoreLease() && request.getLease() != 0) {
        throw EtcdErrors.leaseProvided();
      }
      if ((request.getIgnoreValue() || request.getIgnoreLease()) && before == null) {
        throw EtcdErrors.keyNotFound();
      }
      if (request.getLease() != 0) {
        LeaseRow lease = rows.lease(keyspace, request.getLease());
        if (lease == null) {
          throw EtcdErrors.leaseNotFound();
        }
        boolean isNew = before == null || before.getLease() != request.getLease();
        if (isNew && lease.getKeys() >= MAX_KEYS_OF_LEASE) {
          throw EtcdErrors.noSpace();
        }
      }
      if (before == null && rows.keyspace(keyspace).getKeys() >= MAX_KEYS) {
        throw EtcdErrors.noSpace();
      }
      if (before == null) {
        rows.quotas.room(context.caller().project(), rows.isNew(keyspace), rows.quotas.keys);
      }
      KeyValue.Builder after =
          KeyValue.newBuilder()
              .setKey(request.getKey())
              .setValue(request.getValue())
              .setLease(request.getLease())
              .setCreateRevision(before == null ? revision : before.getCreateRevision())
              .setModRevision(revision)
              .setVersion(before == null ? 1 : before.getVersion() + 1);
      if (request.getIgnoreValue() && before != null) {
        after.setValue(before.getValue());
      }
      if (request.getIgnoreLease() && before != null) {
        after.setLease(before.getLease());
      }
      emit(List.of(Event.newBuilder().setType(Event.EventType.PUT).setKv(after).build()));
      PutResponse.Builder answer =
          PutResponse.newBuilder().setHeader(KeyReads.header(rows.keyspace(keyspace)));
      if (request.getPrevKv() && before != null) {
        answer.setPrevKv(before);
      }
      return answer.build();
    }

    private DeleteRangeResponse deleteRange(DeleteRangeRequest request) {
      List<KeyValue> found =
          rows.in(keyspace, new KeyRange(request.getKey(), request.getRangeEnd()));
      delete(found.stream().map(KeyValue::getKey).toList());
      DeleteRangeResponse.Builder answer =
          DeleteRangeResponse.newBuilder()
              .setHeader(KeyReads.header(rows.keyspace(keyspace)))
              .setDeleted(found.size());
      if (request.getPrevKv()) {
        answer.addAllPrevKvs(found);
      }
      return answer.build();
    }

    void delete(List<ByteString> keys) {
      List<Event> events = new ArrayList<>();
      int bytes = 0;
      for (ByteString key : keys) {
        events.add(
            Event.newBuilder()
                .setType(Event.EventType.DELETE)
                .setKv(KeyValue.newBuilder().setKey(key).setModRevision(revision))
                .build());
        bytes += key.size() + 32;
        if (bytes > EVENT_BYTES) {
          emit(events);
          events = new ArrayList<>();
          bytes = 0;
        }
      }
      if (!events.isEmpty()) {
        emit(events);
      }
    }

    private void emit(List<Event> events) {
      context.emit(
          KeysChanged.newBuilder()
              .setKeyspace(keyspace)
              .setRevision(revision)
              .setFirst(changes)
              .addAllChanges(events)
              .build());
      changes += events.size();
    }
  }
}
