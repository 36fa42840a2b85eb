package io.thalweg.docs;

import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.DocumentUpdated;
import io.thalweg.docs.v1.TailPart;
import io.thalweg.runtime.EventContext;
import io.thalweg.state.KeyCodecs.Pair;

/**
 * What updates do to the tables. Merging is a part of it and looks at nothing but the rows, so a
 * replay merges at the same places and makes the same bytes: what a document in memory looks like
 * inside depends on when it was read, so it is made anew from the rows each time.
 *
 * <p>Merging costs a read and a write of the document. It comes when the tail is as large as the
 * merged part was, so over time each byte is written about twice more.
 */
final class AppliedUpdates {
  /** A smaller tail is not merged, however small the merged part is. */
  private static final long MIN_TAIL_BYTES = 64 << 10;

  /** A tail of more updates is merged, however large the merged part is: reading it takes time. */
  private static final int MAX_TAIL_UPDATES = 10_000;

  /** What a row costs beside its bytes. */
  private static final int ROW_BYTES = 32;

  private final DocumentRows rows;
  private final History history;

  AppliedUpdates(DocumentRows rows, History history) {
    this.rows = rows;
    this.history = history;
  }

  void updated(DocumentUpdated event, EventContext context) {
    String document = event.getDocument();
    DocumentRow before = rows.find(document);
    DocumentRow.Builder row;
    if (before == null) {
      // No two documents begin with the same chain, so not two of the same name either.
      row = DocumentRow.newBuilder().setCreateUs(context.logTimeUs()).setChain(context.offset());
    } else {
      row = before.toBuilder();
    }
    if (event.getKept() && !row.getHasHistory()) {
      history.begin(document, row);
    }
    rows.tail().replace(new Pair<>(document, row.getNextPart()), null, part(event, row, context));
    int bytes = event.getUpdate().size() + event.getAuthor().length() + ROW_BYTES;
    row.setNextPart(row.getNextPart() + 1)
        .setTailParts(row.getTailParts() + 1)
        .setTailBytes(row.getTailBytes() + event.getUpdate().size() + ROW_BYTES)
        .setChain(DocumentRows.chain(row.getChain(), event.getUpdate()))
        .setUpdateUs(context.logTimeUs());
    if (row.getHasHistory()) {
      row.setHistoryBytes(row.getHistoryBytes() + bytes)
          .setSegmentBytes(row.getSegmentBytes() + bytes);
    }
    if (event.getServerClient() != 0) {
      row.setServerClient(event.getServerClient());
    }
    if (!event.getMore()) {
      row.setVersion(row.getVersion() + 1).setTailUpdates(row.getTailUpdates() + 1);
      if (isDue(row)) {
        merge(document, row, context.logTimeUs());
      }
    }
    DocumentRow after = row.build();
    rows.documents().replace(document, before, after);
  }

  private static TailPart part(
      DocumentUpdated event, DocumentRow.Builder row, EventContext context) {
    TailPart.Builder part =
        TailPart.newBuilder().setUpdate(event.getUpdate()).setMore(event.getMore());
    if (event.getKept()) {
      part.setVersion(row.getVersion() + 1)
          .setAuthor(event.getAuthor())
          .setTimeUs(context.logTimeUs())
          .setRestores(event.getRestores());
    }
    return part.build();
  }

  private static boolean isDue(DocumentRow.Builder row) {
    long at = Math.max(Math.max(MIN_TAIL_BYTES, row.getMergedBytes()), row.getMergeAtBytes());
    return row.getTailBytes() >= at
        || (row.getTailUpdates() >= MAX_TAIL_UPDATES && row.getMergeAtBytes() == 0);
  }

  private void merge(String document, DocumentRow.Builder row, long nowUs) {
    DocumentRow whole = row.build();
    byte[] merged;
    try {
      merged = OpenDocuments.load(rows, document, whole).encode();
    } catch (RuntimeException e) {
      // Bytes that no command let in. The document stays as it is; the partition goes on.
      row.setMergeAtBytes(2 * whole.getTailBytes());
      return;
    }
    int chunks = rows.putMerged(document, whole, merged);
    rows.clearTail(document, whole);
    row.setMergedChunks(chunks)
        .setMergedBytes(merged.length)
        .setTailParts(0)
        .setTailUpdates(0)
        .setTailBytes(0)
        .clearMergeAtBytes();
    if (row.getHasHistory()) {
      history.merged(document, row, merged, nowUs);
    }
  }
}
