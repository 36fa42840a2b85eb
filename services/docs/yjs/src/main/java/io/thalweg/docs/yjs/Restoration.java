package io.thalweg.docs.yjs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a document what an earlier state of it was, by an edit: what is not in the earlier state is
 * deleted, and what was deleted since is inserted again, as a copy, where its mark stands. What is
 * in both stays the very same units, so edits that others make meanwhile to them merge.
 *
 * <p>Costs one walk over the sequences and names of the document; types that are in both are walked
 * with a stack of their own, however deep they lie.
 */
final class Restoration {
  private final long client;
  private final StructStore store;
  private final StructStore earlier;
  private final Change change;
  private final Integration integration;
  private final Deque<Both> both = new ArrayDeque<>();
  private final Deque<Copied> copied = new ArrayDeque<>();

  /** A type that is in both states; null: it was not there, or had nothing in it. */
  private record Both(YType now, @Nullable YType earlier) {}

  /** A type that is inserted again. */
  private record Copied(YType copy, YType original) {}

  Restoration(
      long client, StructStore store, StructStore earlier, Change change, Integration integration) {
    this.client = client;
    this.store = store;
    this.earlier = earlier;
    this.change = change;
    this.integration = integration;
  }

  void run(Map<String, YType> roots, Map<String, YType> earlierRoots) {
    roots.forEach((name, type) -> both.add(new Both(type, earlierRoots.get(name))));
    while (!both.isEmpty()) {
      Both types = both.removeLast();
      sequence(types.now());
      entries(types.now(), types.earlier());
      while (!copied.isEmpty()) {
        fill(copied.removeLast());
      }
    }
  }

  private void sequence(YType type) {
    Item item = type.start();
    while (item != null) {
      Item last = item.deleted() ? bringBack(type, item) : keepOrDelete(item);
      item = last.right;
    }
  }

  /**
   * What of a run of units that are deleted now was there; returns the last item that was dealt
   * with. The items of a run are taken together, so that a pair of surrogates stays one.
   */
  private Item bringBack(YType type, Item first) {
    Item run = first;
    while (run.right != null
        && run.right.deleted()
        && run.right.client == run.client
        && run.right.clock == run.end()) {
      run = run.right;
    }
    Item last = run;
    int clock = first.clock;
    int end = run.end();
    while (clock < end && clock < earlier.units(first.client)) {
      Struct before = earlier.holding(first.client, clock);
      int until = Math.min(end, before.end());
      if (before instanceof Item live && !live.deleted()) {
        last = insert(type, null, last, copy(live.content, clock - live.clock, until - live.clock));
      }
      clock = until;
    }
    return last;
  }

  /** Deletes what of an item was not there; returns the last piece of it. */
  private Item keepOrDelete(Item item) {
    Item piece = item;
    while (true) {
      boolean kept = wasThere(piece.client, piece.clock) != null;
      int until = piece.clock + 1;
      int end = piece.end();
      while (until < end) {
        Item live = wasThere(piece.client, until);
        if ((live != null) != kept) {
          break;
        }
        until = live != null ? Math.min(end, live.end()) : endOfAbsence(piece.client, until, end);
      }
      Item rest = null;
      if (until < end) {
        ClientStructs structs = store.of(piece.client);
        rest = change.splitAt(structs, structs.indexOf(piece.clock), piece, until - piece.clock);
      }
      if (!kept) {
        change.delete(piece);
      } else if (piece.content instanceof Content.Nested nested) {
        descend(nested.type(), wasThere(piece.client, piece.clock));
      }
      if (rest == null) {
        return piece;
      }
      piece = rest;
    }
  }

  private int endOfAbsence(long of, int clock, int end) {
    return clock >= earlier.units(of) ? end : Math.min(end, earlier.holding(of, clock).end());
  }

  /** The item that held a unit which was not deleted; null if there was none. */
  private @Nullable Item wasThere(long of, int clock) {
    return clock < earlier.units(of)
            && earlier.holding(of, clock) instanceof Item item
            && !item.deleted()
        ? item
        : null;
  }

  private void descend(YType now, @Nullable Item before) {
    if (before != null && before.content instanceof Content.Nested nested) {
      both.add(new Both(now, nested.type()));
    }
  }

  private void entries(YType now, @Nullable YType before) {
    Map<String, Item> were = before == null ? Map.of() : before.entries();
    Set<String> keys = new LinkedHashSet<>(new ArrayList<>(now.entries().keySet()));
    keys.addAll(were.keySet());
    for (String key : keys) {
      entry(now, key, now.entry(key), were.get(key));
    }
  }

  private void entry(YType type, String key, @Nullable Item now, @Nullable Item before) {
    Item there = now != null && !now.deleted() ? now : null;
    if (before == null || before.deleted()) {
      if (there != null) {
        change.delete(there);
      }
    } else if (there != null && there.client == before.client && there.end() == before.end()) {
      if (there.content instanceof Content.Nested nested) {
        descend(nested.type(), before);
      }
    } else {
      insert(type, key, now, copy(before.content, 0, before.length));
    }
  }

  private Item insert(YType type, @Nullable String key, @Nullable Item left, Content content) {
    Item item = new Item(client, store.units(client), content);
    item.parent = type;
    item.parentSub = key;
    if (left != null) {
      item.left = left;
      item.origin(left.client, left.lastClock());
    }
    Item right = left == null ? null : left.right;
    if (right != null) {
      item.right = right;
      item.rightOrigin(right.client, right.clock);
    }
    integration.place(item);
    return item;
  }

  private void fill(Copied type) {
    Item left = null;
    for (Item item = type.original().start(); item != null; item = item.right) {
      if (!item.deleted()) {
        left = insert(type.copy(), null, left, copy(item.content, 0, item.length));
      }
    }
    type.original()
        .entries()
        .forEach((key, item) -> {
          if (!item.deleted()) {
            insert(type.copy(), key, null, copy(item.content, 0, item.length));
          }
        });
  }

  private Content copy(Content content, int from, int to) {
    return switch (content) {
      case Content.Text text -> new Content.Text(whole(text.chars(), from, to));
      case Content.Any any -> new Content.Any(new ArrayList<>(any.values().subList(from, to)));
      case Content.Json json -> new Content.Json(new ArrayList<>(json.values().subList(from, to)));
      case Content.Nested nested -> {
        YType original = nested.type();
        YType copy = YType.nested(original.kind(), original.nodeName());
        copied.add(new Copied(copy, original));
        yield new Content.Nested(copy);
      }
      case Content.Binary same -> same;
      case Content.Embed same -> same;
      case Content.Format same -> same;
      case Content.Subdocument same -> same;
      case Content.Deleted deleted ->
          throw new IllegalStateException(deleted.length() + " units are deleted");
    };
  }

  /** Halves of pairs of surrogates are no text: they become U+FFFD, as where an item is split. */
  static String whole(CharSequence chars, int from, int to) {
    StringBuilder text = new StringBuilder(chars.subSequence(from, to));
    if (Character.isLowSurrogate(text.charAt(0))) {
      text.setCharAt(0, '\ufffd');
    }
    int end = text.length() - 1;
    if (Character.isHighSurrogate(text.charAt(end))) {
      text.setCharAt(end, '\ufffd');
    }
    return text.toString();
  }

  /** The pieces of a text, of two states of it. */
  static List<TextPiece> pieces(YType now, StructStore earlier) {
    List<TextPiece> pieces = new ArrayList<>();
    for (Item item = now.start(); item != null; item = item.right) {
      int clock = item.clock;
      while (clock < item.end()) {
        boolean known = clock < earlier.units(item.client);
        Struct before = known ? earlier.holding(item.client, clock) : null;
        int until = before == null ? item.end() : Math.min(item.end(), before.end());
        Item live = before instanceof Item old && !old.deleted() ? old : null;
        Item shown = item.deleted() ? live : item;
        if (shown != null && shown.content.countable()) {
          TextPiece.Kind kind =
              item.deleted()
                  ? TextPiece.Kind.DELETED
                  : live != null ? TextPiece.Kind.KEPT : TextPiece.Kind.INSERTED;
          pieces.add(
              new TextPiece(
                  kind,
                  text(shown.content, clock - shown.clock, until - shown.clock),
                  new UnitRange(item.client, clock, until - clock)));
        }
        clock = until;
      }
    }
    return pieces;
  }

  private static String text(Content content, int from, int to) {
    return content instanceof Content.Text text
        ? whole(text.chars(), from, to)
        : "\ufffc".repeat(to - from);
  }
}
