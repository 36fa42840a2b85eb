package io.thalweg.docs;

import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.yjs.YDoc;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Documents that are in use, in memory. A copy is only used when its chain is that of the row: what
 * a command did to it that was undone then, is not in the row, so the copy is made anew. A copy
 * that is behind takes what is new from the tail.
 *
 * <p>Bounded: {@value #MAX_BYTES} bytes, roughly, {@value #MAX_DOCUMENTS} documents, and who was
 * not used for {@value #IDLE_US} microseconds of log time leaves when another one is used. Of the
 * partition's thread.
 */
final class OpenDocuments {
  private static final long MAX_BYTES = 48L << 20;
  private static final int MAX_DOCUMENTS = 1_000;
  private static final long IDLE_US = 60_000_000;

  /** What a run of units takes in memory beside its characters. */
  private static final int STRUCT_BYTES = 120;

  private final DocumentRows rows;
  private final Limits limits;
  private final Map<Name, Copy> copies = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  private record Name(int project, String document) {}

  /** A document in memory. */
  static final class Copy {
    private final YDoc doc;
    private final Limits.Bucket bucket;
    private long version;
    private long chain;
    private long nextPart;
    private long usedUs;
    private long countedBytes;
    private long writtenBytes;

    private Copy(YDoc doc, Limits.Bucket bucket) {
      this.doc = doc;
      this.bucket = bucket;
    }

    /** How often it may be updated. */
    Limits.Bucket bucket() {
      return bucket;
    }

    YDoc doc() {
      return doc;
    }

    /** Of the row that it was proven against; 0 if there was none. */
    long version() {
      return version;
    }

    /** It has at most so many bytes when it is written. */
    long writtenBytes() {
      return writtenBytes;
    }

    /** Measures how many bytes it has. */
    long measure() {
      writtenBytes = doc.encode().length;
      return writtenBytes;
    }

    private void at(@Nullable DocumentRow row) {
      if (row == null) {
        return;
      }
      version = row.getVersion();
      chain = row.getChain();
      nextPart = row.getNextPart();
    }
  }

  OpenDocuments(DocumentRows rows, Limits limits) {
    this.rows = rows;
    this.limits = limits;
  }

  /**
   * A document as the rows have it; an empty one if they have none.
   *
   * @param nowUs log time
   */
  Copy open(int project, String document, long nowUs) {
    forgetIdle(nowUs);
    Name name = new Name(project, document);
    DocumentRow row = rows.find(document);
    Copy copy = copies.get(name);
    Limits.Bucket bucket = copy == null ? limits.new Bucket() : copy.bucket;
    if (copy != null && (row == null || !catchUp(copy, document, row))) {
      forget(project, document);
      copy = null;
    }
    if (copy == null) {
      if (row == null) {
        return new Copy(new YDoc(), bucket);
      }
      copy = new Copy(load(rows, document, row), bucket);
      copy.at(row);
      copy.writtenBytes = row.getMergedBytes() + row.getTailBytes();
    }
    keep(name, copy, nowUs);
    return copy;
  }

  /** Brings a copy up to a row; false if it is of another history. */
  private boolean catchUp(Copy copy, String document, DocumentRow row) {
    if (copy.nextPart == row.getNextPart()) {
      return copy.chain == row.getChain();
    }
    if (copy.nextPart > row.getNextPart()
        || copy.nextPart < row.getNextPart() - row.getTailParts()) {
      return false;
    }
    long[] chain = {copy.chain};
    long before = row.getTailBytes();
    PartJoiner joiner = new PartJoiner(copy.doc::apply);
    rows.tail(
        document,
        copy.nextPart,
        row.getNextPart(),
        part -> {
          chain[0] = DocumentRows.chain(chain[0], part.getUpdate());
          joiner.add(part.getUpdate(), part.getMore());
        });
    if (chain[0] != row.getChain()) {
      return false;
    }
    copy.at(row);
    copy.writtenBytes += before;
    return true;
  }

  /**
   * The command has emitted what it did to a copy.
   *
   * @param added bytes of the update
   */
  void emitted(int project, String document, Copy copy, int added, long nowUs) {
    copy.at(rows.find(document));
    copy.writtenBytes += added;
    keep(new Name(project, document), copy, nowUs);
  }

  /** A copy that something was done to which will not be emitted. */
  void forget(int project, String document) {
    Copy copy = copies.remove(new Name(project, document));
    if (copy != null) {
      bytes -= copy.countedBytes;
    }
  }

  /** How many there are. */
  int size() {
    return copies.size();
  }

  private void keep(Name name, Copy copy, long nowUs) {
    Copy before = copies.put(name, copy);
    if (before != null) {
      bytes -= before.countedBytes;
    }
    copy.usedUs = nowUs;
    copy.countedBytes = 1_000 + copy.writtenBytes + (long) STRUCT_BYTES * copy.doc.structCount();
    bytes += copy.countedBytes;
    Iterator<Copy> oldest = copies.values().iterator();
    while (copies.size() > 1 && (bytes > MAX_BYTES || copies.size() > MAX_DOCUMENTS)) {
      bytes -= oldest.next().countedBytes;
      oldest.remove();
    }
  }

  private void forgetIdle(long nowUs) {
    Iterator<Copy> oldest = copies.values().iterator();
    while (oldest.hasNext()) {
      Copy copy = oldest.next();
      if (nowUs - copy.usedUs < IDLE_US) {
        return;
      }
      bytes -= copy.countedBytes;
      oldest.remove();
    }
  }

  /** A document from its rows. */
  static YDoc load(DocumentRows rows, String document, DocumentRow row) {
    byte[] merged = rows.mergedPart(document, row);
    YDoc doc = merged == null ? new YDoc() : YDoc.of(merged);
    PartJoiner joiner = new PartJoiner(doc::apply);
    rows.tail(
        document,
        row.getNextPart() - row.getTailParts(),
        row.getNextPart(),
        part -> joiner.add(part.getUpdate(), part.getMore()));
    return doc;
  }
}
