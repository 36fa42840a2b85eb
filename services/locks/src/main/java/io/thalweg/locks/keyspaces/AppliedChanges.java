package io.thalweg.locks.keyspaces;

import com.google.protobuf.ByteString;
import io.thalweg.locks.keyspaces.KeyRows.Change;
import io.thalweg.locks.keyspaces.KeyRows.LeasedKey;
import io.thalweg.locks.keyspaces.KeyRows.NamedKey;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.KeyValue;
import io.thalweg.locks.v1.keyspaces.HistoryCompacted;
import io.thalweg.locks.v1.keyspaces.KeysChanged;
import io.thalweg.locks.v1.keyspaces.KeyspaceRow;
import io.thalweg.locks.v1.keyspaces.LeaseEnded;
import io.thalweg.locks.v1.keyspaces.LeaseGranted;
import io.thalweg.locks.v1.keyspaces.LeaseRow;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes events to the tables of keyspaces, and keeps the history within its bounds: the oldest
 * revisions go, as if somebody had compacted them.
 */
final class AppliedChanges {
  private static final int MAX_REVISIONS = 10_000;
  private static final long MAX_HISTORY_BYTES = 64L << 20;

  /** Rows of the history that are read at a time when it is trimmed. */
  private static final int TRIM_ROWS = 100;

  private final KeyRows rows;

  AppliedChanges(KeyRows rows) {
    this.rows = rows;
  }

  void define(Definition d) {
    d.event(KeysChanged.class, this::keysChanged);
    d.event(LeaseGranted.class, this::leaseGranted);
    d.event(LeaseEnded.class, this::leaseEnded);
    d.event(HistoryCompacted.class, this::compacted);
  }

  private void keysChanged(KeysChanged event, EventContext at) {
    String keyspace = event.getKeyspace();
    int count = 0;
    long bytes = 0;
    int index = event.getFirst();
    for (Event change : event.getChangesList()) {
      KeyValue kv = change.getKv();
      NamedKey key = new NamedKey(keyspace, kv.getKey());
      KeyValue before = rows.keys.get(key);
      boolean deleted = change.getType() == Event.EventType.DELETE;
      if (deleted) {
        rows.keys.delete(key);
      } else {
        rows.keys.replace(key, before, kv);
      }
      moveLease(keyspace, kv.getKey(), lease(before), deleted ? 0 : kv.getLease());
      count += (deleted ? 0 : 1) - (before == null ? 0 : 1);
      Event kept = before == null ? change : change.toBuilder().setPrevKv(before).build();
      rows.history.replace(new Change(keyspace, event.getRevision(), index++), null, kept);
      bytes += kept.getSerializedSize();
    }
    int more = count;
    long moreBytes = bytes;
    change(
        keyspace,
        row ->
            row.setRevision(event.getRevision())
                .setKeys(row.getKeys() + more)
                .setHistoryBytes(row.getHistoryBytes() + moreBytes));
    trim(keyspace);
  }

  private static long lease(@Nullable KeyValue kv) {
    return kv == null ? 0 : kv.getLease();
  }

  private void moveLease(String keyspace, ByteString key, long from, long to) {
    if (from == to) {
      return;
    }
    if (from != 0) {
      rows.leased.delete(new LeasedKey(keyspace, from, key));
      ofLease(keyspace, from, -1);
    }
    if (to != 0) {
      rows.leased.put(new LeasedKey(keyspace, to, key), 1L);
      ofLease(keyspace, to, 1);
    }
  }

  private void ofLease(String keyspace, long id, int more) {
    LeaseRow row = rows.lease(keyspace, id);
    if (row != null) {
      rows.leases.replace(
          new Pair<>(keyspace, id), row, row.toBuilder().setKeys(row.getKeys() + more).build());
    }
  }

  private void leaseGranted(LeaseGranted event, EventContext at) {
    rows.leases.replace(
        new Pair<>(event.getKeyspace(), event.getId()),
        null,
        LeaseRow.newBuilder().setTtlS(event.getTtlS()).setGrantedUs(at.logTimeUs()).build());
    change(event.getKeyspace(), row -> row.setLeases(row.getLeases() + 1));
  }

  private void leaseEnded(LeaseEnded event, EventContext at) {
    rows.leases.delete(new Pair<>(event.getKeyspace(), event.getId()));
    change(event.getKeyspace(), row -> row.setLeases(row.getLeases() - 1));
  }

  private void compacted(HistoryCompacted event, EventContext at) {
    forgetBefore(event.getKeyspace(), event.getRevision());
  }

  private void trim(String keyspace) {
    KeyspaceRow row = rows.keyspace(keyspace);
    long oldest = Math.max(row.getCompacted(), row.getRevision() - MAX_REVISIONS);
    // Without a bound of bytes ten thousand revisions could be gigabytes.
    while (row.getHistoryBytes() > MAX_HISTORY_BYTES && oldest < row.getRevision()) {
      List<Table.Row<Change, Event>> first = rows.history(keyspace, oldest, 1);
      oldest = first.isEmpty() ? row.getRevision() : first.getFirst().key().revision() + 1;
      forgetBefore(keyspace, oldest);
      row = rows.keyspace(keyspace);
    }
    if (oldest > Math.max(1, row.getCompacted())) {
      forgetBefore(keyspace, oldest);
    }
  }

  private void forgetBefore(String keyspace, long revision) {
    long bytes = 0;
    while (true) {
      List<Table.Row<Change, Event>> page =
          rows.history.scan(
              new Change(keyspace, 0, 0), new Change(keyspace, revision, 0), TRIM_ROWS);
      for (Table.Row<Change, Event> row : page) {
        rows.history.delete(row.key());
        bytes += row.value().getSerializedSize();
      }
      if (page.size() < TRIM_ROWS) {
        break;
      }
    }
    long gone = bytes;
    change(
        keyspace, row -> row.setCompacted(revision).setHistoryBytes(row.getHistoryBytes() - gone));
  }

  private void change(String keyspace, Consumer<KeyspaceRow.Builder> change) {
    KeyspaceRow.Builder row = rows.keyspace(keyspace).toBuilder();
    change.accept(row);
    rows.keyspaces.put(keyspace, row.build());
  }
}
