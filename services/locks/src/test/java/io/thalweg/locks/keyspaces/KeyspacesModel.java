package io.thalweg.locks.keyspaces;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.locks.v1.etcd.Compare;
import io.thalweg.locks.v1.etcd.DeleteRangeRequest;
import io.thalweg.locks.v1.etcd.KeyValue;
import io.thalweg.locks.v1.etcd.PutRequest;
import io.thalweg.locks.v1.etcd.RangeRequest;
import io.thalweg.locks.v1.etcd.RangeResponse;
import io.thalweg.locks.v1.etcd.RequestOp;
import io.thalweg.locks.v1.etcd.TxnRequest;
import io.thalweg.locks.v1.etcd.TxnResponse;
import io.thalweg.locks.v1.keyspaces.CommitTxnRequest;
import io.thalweg.locks.v1.keyspaces.RangeKeysRequest;
import io.thalweg.locks.v1.keyspaces.WatchKeysRequest;
import io.thalweg.testkit.Outcome;
import io.thalweg.testkit.linear.SequentialModel;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** A keyspace that does one thing at a time, as far as the requests that are drawn here go. */
public final class KeyspacesModel
    implements SequentialModel<KeyspacesModel.State, Message, Outcome> {
  /** Never changed: what follows is another. */
  public record State(Map<String, Cell> keys, long revision) {}

  /** A key's value, and in which revisions it was made and changed. */
  public record Cell(String value, long created, long modified, long version) {}

  private record Step(State state, String says) {}

  /** Creates a key if it is not there, as the recipe of a lock does. */
  public static CommitTxnRequest create(RandomGenerator random) {
    ByteString key = key(random);
    return txn(
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setKey(key)
                    .setTarget(Compare.CompareTarget.CREATE)
                    .setResult(Compare.CompareResult.EQUAL)
                    .setCreateRevision(0))
            .addSuccess(RequestOp.newBuilder().setRequestPut(putOf(key, random))));
  }

  /** Puts a key. */
  public static CommitTxnRequest put(RandomGenerator random) {
    return txn(
        TxnRequest.newBuilder()
            .addSuccess(RequestOp.newBuilder().setRequestPut(putOf(key(random), random))));
  }

  /** Deletes a key. */
  public static CommitTxnRequest delete(RandomGenerator random) {
    return txn(
        TxnRequest.newBuilder()
            .addSuccess(
                RequestOp.newBuilder()
                    .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key(random)))));
  }

  /** Reads a key. */
  public static RangeKeysRequest get(RandomGenerator random) {
    return RangeKeysRequest.newBuilder()
        .setKeyspace("k")
        .setRange(RangeRequest.newBuilder().setKey(key(random)))
        .build();
  }

  /** Watches all keys. */
  public static WatchKeysRequest watch(RandomGenerator random) {
    return WatchKeysRequest.newBuilder().setKeyspace("k").build();
  }

  private static CommitTxnRequest txn(TxnRequest.Builder txn) {
    return CommitTxnRequest.newBuilder().setKeyspace("k").setTxn(txn).build();
  }

  private static ByteString key(RandomGenerator random) {
    return ByteString.copyFromUtf8("key-" + random.nextInt(3));
  }

  private static PutRequest putOf(ByteString key, RandomGenerator random) {
    return PutRequest.newBuilder()
        .setKey(key)
        .setValue(ByteString.copyFromUtf8("v" + random.nextInt(100)))
        .build();
  }

  @Override
  public State initial(String key) {
    return new State(Map.of(), 1);
  }

  @Override
  public Optional<State> step(State state, Message request, Outcome outcome) {
    Step step = apply(state, request);
    return step.says().equals(says(outcome)) ? Optional.of(step.state()) : Optional.empty();
  }

  @Override
  public State stepUnknown(State state, Message request) {
    return apply(state, request).state();
  }

  @Override
  public boolean isRead(Message request) {
    return request instanceof RangeKeysRequest;
  }

  private static Step apply(State state, Message request) {
    if (request instanceof RangeKeysRequest range) {
      Cell cell = state.keys().get(range.getRange().getKey().toStringUtf8());
      return new Step(state, state.revision() + " " + (cell == null ? "none" : cell));
    }
    TxnRequest txn = ((CommitTxnRequest) request).getTxn();
    boolean holds =
        txn.getCompareCount() == 0
            || !state.keys().containsKey(txn.getCompare(0).getKey().toStringUtf8());
    State after = state;
    if (holds) {
      RequestOp op = txn.getSuccess(0);
      after =
          op.hasRequestPut()
              ? put(state, op.getRequestPut())
              : delete(state, op.getRequestDeleteRange().getKey().toStringUtf8());
    }
    return new Step(after, holds + " " + after.revision());
  }

  private static State put(State state, PutRequest put) {
    Map<String, Cell> keys = new TreeMap<>(state.keys());
    long revision = state.revision() + 1;
    Cell before = keys.get(put.getKey().toStringUtf8());
    keys.put(
        put.getKey().toStringUtf8(),
        new Cell(
            put.getValue().toStringUtf8(),
            before == null ? revision : before.created(),
            revision,
            before == null ? 1 : before.version() + 1));
    return new State(keys, revision);
  }

  private static State delete(State state, String key) {
    if (!state.keys().containsKey(key)) {
      return state;
    }
    Map<String, Cell> keys = new TreeMap<>(state.keys());
    keys.remove(key);
    return new State(keys, state.revision() + 1);
  }

  private static String says(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Refused(Code code) -> code.name();
      case Outcome.Replied(Message reply) ->
          switch (reply) {
            case TxnResponse txn -> txn.getSucceeded() + " " + txn.getHeader().getRevision();
            case RangeResponse range -> {
              String kv = "none";
              if (range.getKvsCount() > 0) {
                KeyValue at = range.getKvs(0);
                kv =
                    new Cell(
                            at.getValue().toStringUtf8(),
                            at.getCreateRevision(),
                            at.getModRevision(),
                            at.getVersion())
                        .toString();
              }
              yield range.getHeader().getRevision() + " " + kv;
            }
            default -> throw new IllegalArgumentException("no model of " + reply.getClass());
          };
    };
  }
}
