package io.thalweg.docs.yjs;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sequence of items and a map of names to items: what arrays, maps, texts and XML nodes are made
 * of. A root type has a name and no kind: it is what its reader takes it for.
 */
final class YType {
  /** What a nested type is. */
  enum Kind {
    ARRAY(0),
    MAP(1),
    TEXT(2),
    XML_ELEMENT(3),
    XML_FRAGMENT(4),
    XML_HOOK(5),
    XML_TEXT(6),
    /** A root type; no update has its number. */
    ROOT(-1);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    /** The kind of a number in an update, or null if there is none. */
    static @Nullable Kind of(int number) {
      return switch (number) {
        case 0 -> ARRAY;
        case 1 -> MAP;
        case 2 -> TEXT;
        case 3 -> XML_ELEMENT;
        case 4 -> XML_FRAGMENT;
        case 5 -> XML_HOOK;
        case 6 -> XML_TEXT;
        default -> null;
      };
    }

    int number() {
      return number;
    }

    boolean isNamed() {
      return this == XML_ELEMENT || this == XML_HOOK;
    }
  }

  private final Kind kind;
  private final @Nullable String name;
  private @Nullable Item owner;
  private @Nullable Item start;
  private @Nullable Map<String, Item> entries;
  private int length;
  private @Nullable Item markedItem;
  private int markedIndex;

  private YType(Kind kind, @Nullable String name) {
    this.kind = kind;
    this.name = name;
  }

  static YType root(String name) {
    return new YType(Kind.ROOT, name);
  }

  static YType nested(Kind kind, @Nullable String nodeName) {
    return new YType(kind, nodeName);
  }

  Kind kind() {
    return kind;
  }

  /** The name of a root type. */
  String rootName() {
    if (kind != Kind.ROOT || name == null) {
      throw new IllegalStateException("not a root type");
    }
    return name;
  }

  /** The name of an XML element or hook, else null. */
  @Nullable String nodeName() {
    return kind.isNamed() ? name : null;
  }

  /** The item that holds it; null for a root type and for one that is not in a document yet. */
  @Nullable Item owner() {
    return owner;
  }

  void ownedBy(Item item) {
    owner = item;
  }

  /** The first item of the sequence, deleted ones included. */
  @Nullable Item start() {
    return start;
  }

  void start(@Nullable Item item) {
    start = item;
  }

  /** The last item under a name, which says what the name stands for (nothing if deleted). */
  @Nullable Item entry(String key) {
    return entries == null ? null : entries.get(key);
  }

  void entry(String key, Item item) {
    if (entries == null) {
      entries = new HashMap<>();
    }
    entries.put(key, item);
  }

  Map<String, Item> entries() {
    return entries == null ? Map.of() : entries;
  }

  void clear() {
    start = null;
    entries = null;
    markedItem = null;
  }

  /** Units of the sequence that are not deleted. */
  int length() {
    return length;
  }

  void grow(int units) {
    length += units;
  }

  /** An item of the sequence whose index is known, near the last edit; null if there is none. */
  @Nullable Item markedItem() {
    return markedItem;
  }

  /** Units before the marked item. */
  int markedIndex() {
    return markedIndex;
  }

  void mark(Item item, int index) {
    markedItem = item;
    markedIndex = index;
  }

  /** To be called when anything before the mark may have changed. */
  void unmark() {
    markedItem = null;
  }
}
