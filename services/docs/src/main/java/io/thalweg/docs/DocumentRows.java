package io.thalweg.docs;

import com.google.protobuf.ByteString;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.Hook;
import io.thalweg.docs.v1.NameRow;
import io.thalweg.docs.v1.SnapshotRow;
import io.thalweg.docs.v1.TailPart;
import io.thalweg.docs.v1.TombstoneRow;
import io.thalweg.runtime.Definition;
import io.thalweg.runtime.MessageRows;
import io.thalweg.state.KeyCodecs;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyCodecs.Triple;
import io.thalweg.state.KeyPrefix;
import io.thalweg.state.Table;
import io.thalweg.state.ValueCodecs;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a partition.
 *
 * <pre>
 *   documents  name          -> DocumentRow
 *   merged     name, chunk   -> bytes of one update of version 1, in chunks
 *   tail       name, number  -> TailPart: what came since; with history also what came before
 *   snapshots  name, version -> SnapshotRow: where history can be read from
 *   snapshot   name, version, chunk -> its bytes, one update of version 1
 *   names      name, name of a version -> NameRow
 *   named      name, name of a version, chunk -> its bytes, as above
 *   tombstones name          -> TombstoneRow: of documents that were deleted
 *   retired    name, client  -> nothing: clients of those
 *   hooks      name of a hook -> Hook; in one slot of the project
 * </pre>
 */
record DocumentRows(
    Table<String, DocumentRow> documents,
    Table<Pair<String, Integer>, byte[]> merged,
    Table<Pair<String, Long>, TailPart> tail,
    Table<Pair<String, Long>, SnapshotRow> snapshots,
    Table<Triple<String, Long, Integer>, byte[]> snapshot,
    Table<Pair<String, String>, NameRow> names,
    Table<Triple<String, String, Integer>, byte[]> named,
    Table<String, TombstoneRow> tombstones,
    Table<Pair<String, Long>, byte[]> retired,
    Table<String, Hook> hooks) {
  /** Bytes of a row, of what is cut into rows. */
  static final int CHUNK_BYTES = 256 << 10;

  private static final byte FORMAT = 1;
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
            MessageRows.codec(FORMAT, TailPart.getDefaultInstance())),
        d.table(
            4,
            "snapshots",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            MessageRows.codec(FORMAT, SnapshotRow.getDefaultInstance())),
        d.table(
            5,
            "snapshot",
            KeyCodecs.triple(KeyCodecs.string(), KeyCodecs.int64(), KeyCodecs.int32()),
            ValueCodecs.bytes()),
        d.table(
            6,
            "names",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.string()),
            MessageRows.codec(FORMAT, NameRow.getDefaultInstance())),
        d.table(
            7,
            "named",
            KeyCodecs.triple(KeyCodecs.string(), KeyCodecs.string(), KeyCodecs.int32()),
            ValueCodecs.bytes()),
        d.table(
            8,
            "tombstones",
            KeyCodecs.string(),
            MessageRows.codec(FORMAT, TombstoneRow.getDefaultInstance())),
        d.table(
            9,
            "retired",
            KeyCodecs.pair(KeyCodecs.string(), KeyCodecs.int64()),
            ValueCodecs.bytes()),
        d.table(
            10, "hooks", KeyCodecs.string(), MessageRows.codec(FORMAT, Hook.getDefaultInstance())));
  }

  /** Who reads tables: the partition's thread, or a scan. */
  interface Source {
    <K, V> Iterator<Table.Row<K, V>> rows(Table<K, V> table, K from, K to);
  }

  /** Reads on the partition's thread, some rows at a time. */
  static <K, V> Iterator<Table.Row<K, V>> onThread(Table<K, V> table, K from, K to) {
    return table.scan(from, to, Table.MAX_SCAN_ROWS).iterator();
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

  /** Deletes the tail, but for what history keeps. */
  void clearTail(String document, DocumentRow row) {
    long from = row.getNextPart() - row.getTailParts();
    long end = row.getHasHistory() ? row.getHistoryPart() : row.getNextPart();
    if (from < end) {
      tail.deleteRange(new Pair<>(document, from), new Pair<>(document, end));
    }
  }

  void delete(String document) {
    KeyPrefix prefix = KeyPrefix.of(key -> key.string(document));
    merged.deletePrefix(prefix);
    tail.deletePrefix(prefix);
    snapshots.deletePrefix(prefix);
    snapshot.deletePrefix(prefix);
    names.deletePrefix(prefix);
    named.deletePrefix(prefix);
    documents.delete(document);
  }

  /** Cuts bytes into rows of a table; returns how many. */
  static int putChunks(byte[] all, BiConsumer<Integer, byte[]> put) {
    int chunks = 0;
    for (int at = 0; at < all.length; at += CHUNK_BYTES) {
      put.accept(chunks++, Arrays.copyOfRange(all, at, Math.min(all.length, at + CHUNK_BYTES)));
    }
    return chunks;
  }

  void putSnapshot(String document, long version, SnapshotRow row, byte[] all) {
    int chunks =
        putChunks(all, (i, chunk) -> snapshot.put(new Triple<>(document, version, i), chunk));
    snapshots.put(
        new Pair<>(document, version),
        row.toBuilder().setBytes(all.length).setChunks(chunks).build());
  }

  void deleteSnapshot(String document, long version) {
    snapshot.deletePrefix(KeyPrefix.of(key -> key.string(document).int64(version)));
    snapshots.delete(new Pair<>(document, version));
  }

  /** What the chain is after a part. */
  static long chain(long before, ByteString part) {
    CRC32C crc = new CRC32C();
    part.asReadOnlyByteBufferList().forEach(crc::update);
    long mixed = (before ^ crc.getValue() ^ ((long) part.size() << 32)) * 0x9E3779B97F4A7C15L;
    return mixed ^ (mixed >>> 29);
  }
}
