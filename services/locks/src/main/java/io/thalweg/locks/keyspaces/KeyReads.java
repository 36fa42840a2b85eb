package io.thalweg.locks.keyspaces;

import com.google.protobuf.ByteString;
import io.thalweg.locks.keyspaces.KeyRows.Change;
import io.thalweg.locks.v1.etcd.Event;
import io.thalweg.locks.v1.etcd.KeyValue;
import io.thalweg.locks.v1.etcd.RangeRequest;
import io.thalweg.locks.v1.etcd.RangeRequest.SortOrder;
import io.thalweg.locks.v1.etcd.RangeRequest.SortTarget;
import io.thalweg.locks.v1.etcd.RangeResponse;
import io.thalweg.locks.v1.etcd.ResponseHeader;
import io.thalweg.locks.v1.keyspaces.GetKeyspaceRequest;
import io.thalweg.locks.v1.keyspaces.Keyspace;
import io.thalweg.locks.v1.keyspaces.KeyspaceHistory;
import io.thalweg.locks.v1.keyspaces.KeyspaceRow;
import io.thalweg.locks.v1.keyspaces.RangeKeysRequest;
import io.thalweg.locks.v1.keyspaces.ReadHistoryRequest;
import io.thalweg.runtime.QueryContext;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads keys. One at an earlier revision is made from the present ones by taking back the history
 * since, which is bounded.
 */
final class KeyReads {
  /** Changes that one read of the history gives. */
  private static final int MAX_CHANGES = 1_000;

  private static final int MAX_HISTORY_BYTES = 256 << 10;

  private final KeyRows rows;

  KeyReads(KeyRows rows) {
    this.rows = rows;
  }

  RangeResponse range(RangeKeysRequest request, QueryContext context) {
    return range(request.getKeyspace(), request.getRange());
  }

  RangeResponse range(String keyspace, RangeRequest request) {
    if (request.getKey().isEmpty()) {
      throw EtcdErrors.emptyKey();
    }
    KeyRange range = new KeyRange(request.getKey(), request.getRangeEnd());
    KeyspaceRow row = rows.keyspace(keyspace);
    List<KeyValue> found = at(keyspace, range, row, request.getRevision());
    RangeResponse.Builder answer = RangeResponse.newBuilder().setHeader(header(row));
    List<KeyValue> kept = new ArrayList<>();
    for (KeyValue each : found) {
      if (isWanted(request, each)) {
        kept.add(each);
      }
    }
    answer.setCount(found.size());
    if (request.getCountOnly()) {
      return answer.build();
    }
    sort(kept, request);
    long limit = request.getLimit() > 0 ? request.getLimit() : Long.MAX_VALUE;
    answer.setMore(kept.size() > limit);
    for (KeyValue each : kept) {
      if (answer.getKvsCount() == limit) {
        break;
      }
      answer.addKvs(request.getKeysOnly() ? each.toBuilder().clearValue().build() : each);
    }
    return answer.build();
  }

  private List<KeyValue> at(String keyspace, KeyRange range, KeyspaceRow row, long revision) {
    if (revision > row.getRevision()) {
      throw EtcdErrors.futureRevision();
    }
    if (revision > 0 && revision < row.getCompacted()) {
      throw EtcdErrors.compacted();
    }
    List<KeyValue> now = rows.in(keyspace, range);
    if (revision <= 0 || revision == row.getRevision()) {
      return now;
    }
    TreeMap<ByteString, KeyValue> then =
        new TreeMap<>(ByteString.unsignedLexicographicalComparator());
    now.forEach(kv -> then.put(kv.getKey(), kv));
    for (Table.Row<Change, Event> change : since(keyspace, revision + 1).reversed()) {
      Event event = change.value();
      ByteString key = event.getKv().getKey();
      if (range.contains(key)) {
        if (event.hasPrevKv()) {
          then.put(key, event.getPrevKv());
        } else {
          then.remove(key);
        }
      }
    }
    return List.copyOf(then.values());
  }

  private List<Table.Row<Change, Event>> since(String keyspace, long revision) {
    List<Table.Row<Change, Event>> all = new ArrayList<>();
    Change from = new Change(keyspace, revision, 0);
    Change to = new Change(keyspace, Long.MAX_VALUE, 0);
    while (true) {
      List<Table.Row<Change, Event>> page = rows.history.scan(from, to, MAX_CHANGES);
      all.addAll(page);
      if (page.size() < MAX_CHANGES) {
        return all;
      }
      Change last = page.getLast().key();
      from = new Change(keyspace, last.revision(), last.index() + 1);
    }
  }

  private static boolean isWanted(RangeRequest request, KeyValue kv) {
    return (request.getMinModRevision() == 0 || kv.getModRevision() >= request.getMinModRevision())
        && (request.getMaxModRevision() == 0 || kv.getModRevision() <= request.getMaxModRevision())
        && (request.getMinCreateRevision() == 0
            || kv.getCreateRevision() >= request.getMinCreateRevision())
        && (request.getMaxCreateRevision() == 0
            || kv.getCreateRevision() <= request.getMaxCreateRevision());
  }

  private static void sort(List<KeyValue> keys, RangeRequest request) {
    SortTarget target = request.getSortTarget();
    SortOrder order = request.getSortOrder();
    if (order == SortOrder.NONE && target == SortTarget.KEY) {
      return;
    }
    Comparator<KeyValue> by =
        switch (target) {
          case VERSION -> Comparator.comparingLong(KeyValue::getVersion);
          case CREATE -> Comparator.comparingLong(KeyValue::getCreateRevision);
          case MOD -> Comparator.comparingLong(KeyValue::getModRevision);
          case VALUE -> (a, b) -> KeyRange.compare(a.getValue(), b.getValue());
          case KEY, UNRECOGNIZED -> (a, b) -> KeyRange.compare(a.getKey(), b.getKey());
        };
    keys.sort(order == SortOrder.DESCEND ? by.reversed() : by);
  }

  KeyspaceHistory history(ReadHistoryRequest request, QueryContext context) {
    String keyspace = request.getKeyspace();
    KeyspaceRow row = rows.keyspace(keyspace);
    KeyspaceHistory.Builder answer =
        KeyspaceHistory.newBuilder()
            .setRevision(row.getRevision())
            .setCompactRevision(row.getCompacted());
    if (request.getFromRevision() == 0) {
      return answer.build();
    }
    if (request.getFromRevision() < row.getCompacted()) {
      throw EtcdErrors.compacted();
    }
    KeyRange range = new KeyRange(request.getKey(), request.getRangeEnd());
    // A revision may have more changes than a page; a page has whole revisions, and at least one.
    int bytes = 0;
    int seen = 0;
    long revision = 0;
    for (Table.Row<Change, Event> change : since(keyspace, request.getFromRevision())) {
      boolean isNext = change.key().revision() != revision;
      if (isNext && (seen >= MAX_CHANGES || bytes >= MAX_HISTORY_BYTES)) {
        return answer.setNextRevision(change.key().revision()).build();
      }
      revision = change.key().revision();
      seen++;
      if (range.contains(change.value().getKv().getKey())) {
        answer.addEvents(change.value());
        bytes += change.value().getSerializedSize();
      }
    }
    return answer.build();
  }

  Keyspace keyspace(GetKeyspaceRequest request, QueryContext context) {
    KeyspaceRow row = rows.keyspace(request.getKeyspace());
    return Keyspace.newBuilder()
        .setKeyspace(request.getKeyspace())
        .setRevision(row.getRevision())
        .setCompactRevision(row.getCompacted())
        .setKeys(row.getKeys())
        .setLeases(row.getLeases())
        .setHistoryBytes(row.getHistoryBytes())
        .build();
  }

  static ResponseHeader header(KeyspaceRow row) {
    return ResponseHeader.newBuilder().setRevision(row.getRevision()).build();
  }
}
