package io.thalweg.docs;

import com.google.protobuf.ByteString;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.TailPart;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.MessageRows;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a partition.
 *
 * <pre>
 *   documents  name          -> DocumentRow
 *   merged     name, chunk   -> bytes of one update of version 1, in chunks
 *   tail       name, number  -> TailPart: what came since
 * </pre>
 */
record DocumentRows(
    Table<String, DocumentRow> documents,
    Table<Pair<String, Integer>, byte[]> merged,
    Table<Pair<String, Long>, TailPart> tail) {
  private static final byte FORMAT = 1;
  private static final int CHUNK_BYTES = 256 << 10;
  private static final int PAGE = 500;

  static DocumentRows declare(Definition d) {
    return new DocumentRows(
        d.table(
            1,
            "documents",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, DocumentRow.getDefaultInstance())),
        d.table(
            2,
            "merged",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int32()),
            ValueCodecs.bytes()),
        d.table(
            3,
            "tail",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            MessageRows.codec(FORMAT, TailPart.getDefaultInstance())));
  }

  @Nullable DocumentRow find(String document) {
    return documents.get(document);
  }

  /** The merged part; null if nothing was merged yet. */
  byte @Nullable [] mergedPart(String document, DocumentRow row) {
    if (row.getMergedChunks() == 0) {
      return null;
    }
    byte[] all = new byte[(int) row.getMergedBytes()];
    int at = 0;
    for (int i = 0; i < row.getMergedChunks(); i++) {
      byte[] chunk = merged.get(new Pair<>(document, i));
      if (chunk == null) {
        throw new IllegalStateException("chunk " + i + " of a document is not there");
      }
      System.arraycopy(chunk, 0, all, at, chunk.length);
      at += chunk.length;
    }
    return all;
  }

  /** Replaces the merged part; returns the number of its chunks. */
  int putMerged(String document, DocumentRow before, byte[] update) {
    int chunks = 0;
    for (int at = 0; at < update.length; at += CHUNK_BYTES) {
      byte[] chunk = new byte[Math.min(CHUNK_BYTES, update.length - at)];
      System.arraycopy(update, at, chunk, 0, chunk.length);
      merged.put(new Pair<>(document, chunks), chunk);
      chunks++;
    }
    for (int i = chunks; i < before.getMergedChunks(); i++) {
      merged.delete(new Pair<>(document, i));
    }
    return chunks;
  }

  /** The rows of the tail from a number on, in order. */
  void tail(String document, long from, long to, Consumer<TailPart> each) {
    long at = from;
    while (at < to) {
      List<Table.Row<Pair<String, Long>, TailPart>> page =
          tail.scan(new Pair<>(document, at), new Pair<>(document, to), PAGE);
      if (page.isEmpty() || page.getFirst().key().second() != at) {
        throw new IllegalStateException("part " + at + " of a document's tail is not there");
      }
      page.forEach(row -> each.accept(row.value()));
      at += page.size();
    }
  }

  void clearTail(String document, DocumentRow row) {
    long end = row.getNextPart();
    tail.deleteRange(new Pair<>(document, end - row.getTailParts()), new Pair<>(document, end));
  }

  void delete(String document) {
    KeyPrefix prefix = KeyPrefix.of(key -> key.string(document));
    merged.deletePrefix(prefix);
    tail.deletePrefix(prefix);
    documents.delete(document);
  }

  /** What the chain is after a part. */
  static long chain(long before, ByteString part) {
    CRC32C crc = new CRC32C();
    part.asReadOnlyByteBufferList().forEach(crc::update);
    long mixed = (before ^ crc.getValue() ^ ((long) part.size() << 32)) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }
}
