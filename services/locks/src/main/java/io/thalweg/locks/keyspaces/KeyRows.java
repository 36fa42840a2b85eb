package io.thalweg.locks.keyspaces;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.KeyValue;
import io.thalweg.locks.v1.keyspaces.KeyspaceRow;
import io.thalweg.locks.v1.keyspaces.LeaseRow;
import io.thalweg.runtime.Definition;
import io.thalweg.state.KeyCodec;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodec;
import io.thalweg.state.ValueCodecs;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tables of keyspaces. Used by the partition's thread. */
final class KeyRows {
  /** Rows that are read at a time. */
  private static final int PAGE = 1_000;

  final Table<String, KeyspaceRow> keyspaces;
  final Table<NamedKey, KeyValue> keys;
  final Table<Change, Event> history;
  final Table<Pair<String, Long>, LeaseRow> leases;
  final Table<LeasedKey, Long> leased;

  /** What projects have, and may have. */
  final KeyspaceQuotas quotas;

  /** A key of a keyspace. */
  record NamedKey(String keyspace, ByteString key) {}

  /** A change: by revision, and its place there. */
  record Change(String keyspace, long revision, int index) {}

  /** A key that ends with a lease. */
  record LeasedKey(String keyspace, long lease, ByteString key) {}

  KeyRows(Definition d, KeyspaceQuotas quotas) {
    this.quotas = quotas;
    KeyCodec<NamedKey> named =
        KeyCodecs.of(
            (k, out) -> out.string(k.keyspace).bytes(k.key.toByteArray()),
            in -> new NamedKey(in.string(), ByteString.copyFrom(in.bytes())));
    KeyCodec<Change> changes =
        KeyCodecs.of(
            (k, out) -> out.string(k.keyspace).int64(k.revision).int32(k.index),
            in -> new Change(in.string(), in.int64(), in.int32()));
    KeyCodec<LeasedKey> ofLeases =
        KeyCodecs.of(
            (k, out) -> out.string(k.keyspace).int64(k.lease).bytes(k.key.toByteArray()),
            in -> new LeasedKey(in.string(), in.int64(), ByteString.copyFrom(in.bytes())));
    keyspaces = d.table(1, "keyspaces", KeyCodecs.string(), codec(KeyspaceRow.parser()), quotas);
    keys = d.table(2, "keys", named, codec(KeyValue.parser()));
    history = d.table(3, "history", changes, codec(Event.parser()));
    leases =
        d.table(
            4,
            "leases",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            codec(LeaseRow.parser()));
    leased = d.table(5, "leased_keys", ofLeases, ValueCodecs.int64());
  }

  /** A keyspace begins at revision 1, as etcd does. */
  KeyspaceRow keyspace(String name) {
    KeyspaceRow row = keyspaces.get(name);
    return row == null ? KeyspaceRow.newBuilder().setRevision(1).build() : row;
  }

  /** Whether nothing was ever written to a keyspace. */
  boolean isNew(String name) {
    return keyspaces.get(name) == null;
  }

  @Nullable KeyValue key(String keyspace, ByteString key) {
    return keys.get(new NamedKey(keyspace, key));
  }

  @Nullable LeaseRow lease(String keyspace, long id) {
    return leases.get(new Pair<>(keyspace, id));
  }

  /** The keys of a range as they are, in order. */
  List<KeyValue> in(String keyspace, KeyRange range) {
    List<KeyValue> found = new ArrayList<>();
    if (range.isSingle()) {
      KeyValue one = key(keyspace, range.key());
      if (one != null) {
        found.add(one);
      }
      return found;
    }
    NamedKey to = range.isOpen() ? null : new NamedKey(keyspace, range.end());
    if (to != null && KeyRange.compare(range.key(), range.end()) >= 0) {
      return found;
    }
    NamedKey from = new NamedKey(keyspace, range.key());
    while (true) {
      List<Table.Row<NamedKey, KeyValue>> page = keys.scan(from, to, PAGE);
      for (Table.Row<NamedKey, KeyValue> row : page) {
        if (!row.key().keyspace().equals(keyspace)) {
          return found;
        }
        found.add(row.value());
      }
      if (page.size() < PAGE) {
        return found;
      }
      from =
          new NamedKey(
              keyspace, page.getLast().key().key().concat(ByteString.copyFrom(new byte[1])));
    }
  }

  /** Changes from a revision on, in order. */
  List<Table.Row<Change, Event>> history(String keyspace, long from, int most) {
    return history.scan(
        new Change(keyspace, from, 0), new Change(keyspace, Long.MAX_VALUE, 0), most);
  }

  /** The keys of a lease, at most so many. */
  List<ByteString> leased(String keyspace, long lease, int most) {
    return leased.scanPrefix(KeyPrefix.of(out -> out.string(keyspace).int64(lease)), most).stream()
        .map(row -> row.key().key())
        .toList();
  }

  private static <M extends Message> ValueCodec<M> codec(Parser<M> parser) {
    return ValueCodecs.of(
        Message::toByteArray,
        bytes -> {
          try {
            return parser.parseFrom(bytes);
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a stored row cannot be read", e);
          }
        });
  }
}
