package io.thalweg.docs;

import io.thalweg.docs.v1.TextChange;
import io.thalweg.docs.yjs.TextPiece;
import io.thalweg.docs.yjs.UnitRange;
import io.thalweg.docs.yjs.Update;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Who inserted and deleted which units: the first who did. */
final class Authors {
  private final Map<Long, NavigableMap<Integer, Run>> inserted = new HashMap<>();
  private final Map<Long, NavigableMap<Integer, Run>> deleted = new HashMap<>();

  /** Units up to {@code end}, and whose doing they are. */
  private record Run(int end, String author) {}

  /** An update, in the order of the versions. */
  void add(byte[] bytes, String author) {
    Update update = Update.decode(bytes);
    update.inserted().forEach(range -> add(inserted, range, author));
    update.deleted().forEach(range -> add(deleted, range, author));
  }

  private static void add(
      Map<Long, NavigableMap<Integer, Run>> all, UnitRange range, String author) {
    NavigableMap<Integer, Run> runs = all.computeIfAbsent(range.client(), _ -> new TreeMap<>());
    int clock = range.clock();
    while (clock < range.end()) {
      Map.Entry<Integer, Run> before = runs.floorEntry(clock);
      if (before != null && before.getValue().end() > clock) {
        clock = before.getValue().end();
        continue;
      }
      Integer next = runs.higherKey(clock);
      int end = next == null ? range.end() : Math.min(next, range.end());
      if (before != null
          && before.getValue().end() == clock
          && before.getValue().author().equals(author)) {
        runs.put(before.getKey(), new Run(end, author));
      } else {
        runs.put(clock, new Run(end, author));
      }
      clock = end;
    }
  }

  /** Cuts a piece by who did it. */
  void split(TextPiece piece, Consumer<TextChange> each) {
    switch (piece.kind()) {
      case KEPT ->
          each.accept(
              TextChange.newBuilder().setKind(TextChange.Kind.KEPT).setText(piece.text()).build());
      case INSERTED -> split(piece, inserted, TextChange.Kind.INSERTED, each);
      case DELETED -> split(piece, deleted, TextChange.Kind.DELETED, each);
    }
  }

  private static void split(
      TextPiece piece,
      Map<Long, NavigableMap<Integer, Run>> all,
      TextChange.Kind kind,
      Consumer<TextChange> each) {
    UnitRange units = piece.units();
    NavigableMap<Integer, Run> runs = all.getOrDefault(units.client(), new TreeMap<>());
    int clock = units.clock();
    while (clock < units.end()) {
      Map.Entry<Integer, Run> run = runs.floorEntry(clock);
      boolean known = run != null && run.getValue().end() > clock;
      Integer next = runs.higherKey(clock);
      int end = units.end();
      if (known) {
        end = Math.min(end, run.getValue().end());
      } else if (next != null) {
        end = Math.min(end, next);
      }
      each.accept(
          TextChange.newBuilder()
              .setKind(kind)
              .setText(piece.text().substring(clock - units.clock(), end - units.clock()))
              .setAuthor(known ? run.getValue().author() : "")
              .build());
      clock = end;
    }
  }
}
