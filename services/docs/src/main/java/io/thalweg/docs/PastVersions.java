package io.thalweg.docs;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import com.google.rpc.Code;
import io.thalweg.docs.v1.DocumentRow;
import io.thalweg.docs.v1.NameRow;
import io.thalweg.docs.v1.SnapshotRow;
import io.thalweg.docs.v1.TailPart;
import io.thalweg.docs.yjs.YDoc;
import io.thalweg.runtime.Failure;
import io.thalweg.state.KeyCodecs.Pair;
import io.thalweg.state.KeyCodecs.Triple;
import io.thalweg.state.Table;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads versions of a document: the snapshot before and the updates since. On the partition's
 * thread for commands and events, on a reader thread for scans.
 */
final class PastVersions {
  private static final int PAGE = 1_000;

  private final DocumentRows rows;
  private final DocumentRows.Source source;
  private final String document;
  private final DocumentRow row;

  /** Which version is meant: at most one of the three is given. */
  record Choice(long version, long atUs, String name) {
    static Choice of(long version, long atUs, String name) {
      int given = (version == 0 ? 0 : 1) + (atUs == 0 ? 0 : 1) + (name.isEmpty() ? 0 : 1);
      if (given > 1) {
        throw Failure.invalid("version", "must be given alone, as must at_us and name");
      }
      return new Choice(version, atUs, name);
    }
  }

  /**
   * A version.
   *
   * @param last the part that led to it; null: it was read from its snapshot or by its name
   */
  record Found(YDoc doc, long version, @Nullable TailPart last) {}

  PastVersions(DocumentRows rows, DocumentRows.Source source, String document, DocumentRow row) {
    this.rows = rows;
    this.source = source;
    this.document = document;
    this.row = row;
  }

  /**
   * The chosen version.
   *
   * @throws Failure NOT_FOUND if there is no such name; OUT_OF_RANGE if history does not have it
   */
  Found find(Choice choice) {
    if (!choice.name().isEmpty()) {
      return named(choice.name());
    }
    if (choice.atUs() != 0) {
      return at(versionAt(choice.atUs()));
    }
    return at(choice.version() == 0 ? row.getVersion() : choice.version());
  }

  private Found named(String name) {
    NameRow found = one(source.rows(rows.names(), pair(name), pair(name + '\0')));
    if (found == null) {
      throw Failure.notFound("name", name);
    }
    byte[] all =
        bytes(
            source.rows(
                rows.named(),
                new Triple<>(document, name, 0),
                new Triple<>(document, name, Integer.MAX_VALUE)));
    return new Found(YDoc.of(all), found.getVersion(), null);
  }

  private Pair<String, String> pair(String name) {
    return new Pair<>(document, name);
  }

  /**
   * A version by number; 0 is the empty document before the first.
   *
   * @throws Failure OUT_OF_RANGE if history does not have it
   */
  Found at(long version) {
    check(version);
    SnapshotRow from = null;
    long snapshotVersion = 0;
    Iterator<Table.Row<Pair<String, Long>, SnapshotRow>> snapshots =
        source.rows(
            rows.snapshots(),
            new Pair<>(document, row.getHistoryVersion()),
            new Pair<>(document, version + 1));
    while (snapshots.hasNext()) {
      Table.Row<Pair<String, Long>, SnapshotRow> each = snapshots.next();
      from = each.value();
      snapshotVersion = each.key().second();
    }
    YDoc doc = from == null ? new YDoc() : YDoc.of(snapshot(snapshotVersion));
    TailPart[] last = new TailPart[1];
    PartJoiner joiner = new PartJoiner(doc::apply);
    parts(
        from == null ? row.getHistoryPart() : from.getNextPart(),
        part -> {
          if (part.getVersion() > version) {
            return false;
          }
          joiner.add(part.getUpdate(), part.getMore());
          last[0] = part;
          return true;
        });
    return new Found(doc, version, last[0]);
  }

  private void check(long version) {
    if (!row.getHasHistory()) {
      throw Failure.of(
          Code.OUT_OF_RANGE, "there is no history yet: it begins with the next update");
    }
    if (version < row.getHistoryVersion() || version > row.getVersion()) {
      throw Failure.of(
          Code.OUT_OF_RANGE,
          "history has versions %d to %d; got %d"
              .formatted(row.getHistoryVersion(), row.getVersion(), version));
    }
  }

  private byte[] snapshot(long version) {
    return bytes(
        source.rows(
            rows.snapshot(),
            new Triple<>(document, version, 0),
            new Triple<>(document, version, Integer.MAX_VALUE)));
  }

  private static <K> byte[] bytes(Iterator<Table.Row<K, byte[]>> chunks) {
    List<ByteString> all = new ArrayList<>();
    chunks.forEachRemaining(chunk -> all.add(UnsafeByteOperations.unsafeWrap(chunk.value())));
    return ByteString.copyFrom(all).toByteArray();
  }

  private static <K, V> @Nullable V one(Iterator<Table.Row<K, V>> found) {
    return found.hasNext() ? found.next().value() : null;
  }

  /** The parts from a number on, in order, as long as somebody wants more. */
  void parts(long from, Predicate<TailPart> each) {
    for (long at = from; at < row.getNextPart(); at += PAGE) {
      Iterator<Table.Row<Pair<String, Long>, TailPart>> page =
          source.rows(
              rows.tail(),
              new Pair<>(document, at),
              new Pair<>(document, Math.min(row.getNextPart(), at + PAGE)));
      while (page.hasNext()) {
        if (!each.test(page.next().value())) {
          return;
        }
      }
    }
  }

  /** The first part of which something holds that holds of all after it. */
  long firstPart(Predicate<TailPart> holds) {
    long low = row.getHistoryPart();
    long high = row.getNextPart();
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (holds.test(part(middle))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private TailPart part(long number) {
    TailPart part =
        one(
            source.rows(
                rows.tail(), new Pair<>(document, number), new Pair<>(document, number + 1)));
    if (part == null) {
      throw new IllegalStateException("part " + number + " of a document's history is not there");
    }
    return part;
  }

  private long versionAt(long atUs) {
    if (!row.getHasHistory()) {
      check(0);
    }
    long after = firstPart(part -> part.getTimeUs() > atUs);
    if (after > row.getHistoryPart()) {
      return part(after - 1).getVersion();
    }
    SnapshotRow oldest =
        one(
            source.rows(
                rows.snapshots(),
                new Pair<>(document, row.getHistoryVersion()),
                new Pair<>(document, row.getHistoryVersion() + 1)));
    if (oldest == null || oldest.getTimeUs() > atUs) {
      throw Failure.of(Code.OUT_OF_RANGE, "the history of the document begins after at_us");
    }
    return row.getHistoryVersion();
  }
}
