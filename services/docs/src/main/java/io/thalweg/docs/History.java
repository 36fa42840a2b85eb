package io.thalweg.docs;

import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.HistoryRule;
import io.thalweg.docs.v1.SnapshotRow;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.Table;
import java.util.List;

/**
 * The history of a document, apart from the document as it is now: the updates as they came, which
 * stay when they were merged, and a snapshot wherever they were. A version is its snapshot and the
 * updates since, so reading one costs no more than reading the document did then. Snapshots hold no
 * deleted content: what was deleted after one is in it, and what was deleted before is in an
 * earlier one.
 *
 * <p>Snapshots take no more bytes than the updates between them, but for documents of which much is
 * changed in few bytes: then one for each 10,000 updates. The oldest go first, with the updates up
 * to the next one. Used by handlers of events.
 */
final class History {
  static final long MAX_UPDATES = 1_000_000;
  static final long MAX_AGE_SECONDS = 30 * 86_400;
  static final long MAX_BYTES = 64 << 20;

  private static final int PAGE = 100;

  private final DocumentRows rows;

  History(DocumentRows rows) {
    this.rows = rows;
  }

  /** The rule of a document with what is not said in it. */
  static HistoryRule inForce(HistoryRule rule) {
    return HistoryRule.newBuilder()
        .setMaxUpdates(rule.getMaxUpdates() == 0 ? MAX_UPDATES : rule.getMaxUpdates())
        .setMaxAgeSeconds(rule.getMaxAgeSeconds() == 0 ? MAX_AGE_SECONDS : rule.getMaxAgeSeconds())
        .setMaxBytes(rule.getMaxBytes() == 0 ? MAX_BYTES : rule.getMaxBytes())
        .build();
  }

  /**
   * Begins with the next part: of a document that had none, or was written before there was any.
   */
  void begin(String document, DocumentRow.Builder row) {
    row.setHasHistory(true)
        .setHistoryVersion(row.getVersion())
        .setHistoryPart(row.getNextPart())
        .setHistoryBytes(0)
        .setSegmentBytes(0);
    if (row.getVersion() > 0) {
      YDoc doc = OpenDocuments.load(rows, document, row.build());
      snapshot(document, row, doc.encode(), row.getUpdateUs());
    }
  }

  /** The document was merged: that is a snapshot too. */
  void merged(String document, DocumentRow.Builder row, byte[] merged, long nowUs) {
    if (row.getHistoryVersion() < row.getVersion()) {
      snapshot(document, row, merged, nowUs);
    }
    trim(document, row, nowUs);
  }

  private void snapshot(String document, DocumentRow.Builder row, byte[] all, long timeUs) {
    rows.putSnapshot(
        document,
        row.getVersion(),
        SnapshotRow.newBuilder()
            .setNextPart(row.getNextPart())
            .setTimeUs(timeUs)
            .setSegmentBytes(row.getSegmentBytes())
            .build(),
        all);
    row.setHistoryBytes(row.getHistoryBytes() + all.length).setSegmentBytes(0);
  }

  /** Lets the oldest go, up to a snapshot, while there is more than the rule allows. */
  void trim(String document, DocumentRow.Builder row, long nowUs) {
    HistoryRule rule = inForce(row.getHistory());
    long oldestUs = nowUs - rule.getMaxAgeSeconds() * 1_000_000;
    while (row.getHasHistory()) {
      List<Table.Row<Pair<String, Long>, SnapshotRow>> next =
          rows.snapshots()
              .scan(
                  new Pair<>(document, row.getHistoryVersion() + 1),
                  new Pair<>(document, Long.MAX_VALUE),
                  PAGE);
      for (Table.Row<Pair<String, Long>, SnapshotRow> snapshot : next) {
        boolean isOver =
            row.getHistoryBytes() > rule.getMaxBytes()
                || row.getVersion() - row.getHistoryVersion() > rule.getMaxUpdates()
                || snapshot.value().getTimeUs() < oldestUs;
        if (!isOver) {
          return;
        }
        drop(document, row, snapshot.key().second(), snapshot.value());
      }
      if (next.size() < PAGE) {
        return;
      }
    }
  }

  private void drop(String document, DocumentRow.Builder row, long version, SnapshotRow next) {
    SnapshotRow oldest = rows.snapshots().get(new Pair<>(document, row.getHistoryVersion()));
    if (oldest != null) {
      rows.deleteSnapshot(document, row.getHistoryVersion());
      row.setHistoryBytes(row.getHistoryBytes() - oldest.getBytes());
    }
    rows.tail()
        .deleteRange(
            new Pair<>(document, row.getHistoryPart()), new Pair<>(document, next.getNextPart()));
    row.setHistoryBytes(row.getHistoryBytes() - next.getSegmentBytes())
        .setHistoryVersion(version)
        .setHistoryPart(next.getNextPart());
  }
}
