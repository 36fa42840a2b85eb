package io.thalweg.docs.yjs;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Changes a document; see {@link YDoc#edit}. Root types are made when something is first put into
 * them. Used by one thread, while the edit runs.
 */
public final class YEdit {
  private final long client;
  private final StructStore store;
  private final Change change;
  private final Integration integration;
  private final Function<String, YType> roots;

  /** Between two neighbours of a sequence. */
  private record Gap(@Nullable Item left, @Nullable Item right) {}

  YEdit(
      long client,
      StructStore store,
      Change change,
      Integration integration,
      Function<String, YType> roots) {
    this.client = client;
    this.store = store;
    this.change = change;
    this.integration = integration;
    this.roots = roots;
  }

  /**
   * Inserts characters into a text.
   *
   * @param root the name of a root type
   * @param index units before them
   * @param text not empty
   */
  public void insertText(String root, int index, String text) {
    insertText(YPlace.of(root), index, text);
  }

  /** As {@link #insertText(String, int, String)}, into a text that lies anywhere. */
  public void insertText(YPlace place, int index, String text) {
    insert(type(place), index, new Content.Text(text));
  }

  /** Inserts values into a list; see {@link AnyValue} for what they may be. Not empty. */
  public void insertValues(String root, int index, List<? extends @Nullable Object> values) {
    insertValues(YPlace.of(root), index, values);
  }

  /** As {@link #insertValues(String, int, List)}, into a list that lies anywhere. */
  public void insertValues(YPlace place, int index, List<? extends @Nullable Object> values) {
    values.forEach(value -> AnyValue.write(new ByteWriter(), value));
    insert(type(place), index, new Content.Any(new ArrayList<>(values)));
  }

  /**
   * Inserts an empty type into a sequence.
   *
   * @param name of an XML element; else empty
   */
  public void insertType(YPlace place, int index, YKind kind, String name) {
    insert(type(place), index, new Content.Nested(kind.made(name)));
  }

  /** Deletes units of a text or a list from an index on. */
  public void delete(String root, int index, int length) {
    delete(YPlace.of(root), index, length);
  }

  /** As {@link #delete(String, int, int)}, of a type that lies anywhere. */
  public void delete(YPlace place, int index, int length) {
    delete(type(place), index, length);
  }

  /** Sets an entry of a map; see {@link AnyValue} for what the value may be. */
  public void set(String root, String key, @Nullable Object value) {
    set(YPlace.of(root), key, value);
  }

  /** As {@link #set(String, String, Object)}, of a map that lies anywhere. */
  public void set(YPlace place, String key, @Nullable Object value) {
    AnyValue.write(new ByteWriter(), value);
    List<@Nullable Object> one = new ArrayList<>(1);
    one.add(value);
    set(type(place), key, new Content.Any(one));
  }

  /** Sets an entry of a map to an empty type; {@code name} as in {@link #insertType}. */
  public void setType(YPlace place, String key, YKind kind, String name) {
    set(type(place), key, new Content.Nested(kind.made(name)));
  }

  private void set(YType type, String key, Content content) {
    Item item = item(type, new Gap(type.entry(key), null), content);
    item.parentSub = key;
    integration.place(item);
  }

  /** Removes an entry of a map, if it is there. */
  public void remove(String root, String key) {
    remove(YPlace.of(root), key);
  }

  /** As {@link #remove(String, String)}, of a map that lies anywhere. */
  public void remove(YPlace place, String key) {
    Item item = type(place).entry(key);
    if (item != null) {
      change.delete(item);
    }
  }

  /** The type at a place; IndexOutOfBoundsException if there is none. */
  private YType type(YPlace place) {
    YType type = roots.apply(place.root());
    for (Object step : place.path()) {
      Item holder = step instanceof Integer index ? unit(type, index) : entry(type, step);
      if (holder == null
          || holder.deleted()
          || !(holder.content instanceof Content.Nested nested)) {
        throw new IndexOutOfBoundsException("there is no type at '%s'".formatted(step));
      }
      type = nested.type();
    }
    return type;
  }

  private static @Nullable Item entry(YType type, Object key) {
    return type.entry(key.toString());
  }

  private static @Nullable Item unit(YType type, int index) {
    int at = 0;
    for (Item item = type.start(); item != null; item = item.right) {
      int units = visible(item);
      if (units > 0 && index < at + units) {
        return item;
      }
      at += units;
    }
    return null;
  }

  private void insert(YType type, int index, Content content) {
    if (content.length() == 0) {
      throw new IllegalArgumentException("nothing to insert");
    }
    Item item = item(type, gap(type, index), content);
    integration.place(item);
    type.mark(item, index);
  }

  private Item item(YType type, Gap gap, Content content) {
    Item item = new Item(client, store.units(client), content);
    item.parent = type;
    Item left = gap.left();
    if (left != null) {
      item.left = left;
      item.origin(left.client, left.lastClock());
    }
    Item right = gap.right();
    if (right != null) {
      item.right = right;
      item.rightOrigin(right.client, right.clock);
    }
    return item;
  }

  private void delete(YType type, int index, int length) {
    if (length < 0 || length > type.length() - index) {
      throw new IndexOutOfBoundsException(
          "%d units from %d on, of %d".formatted(length, index, type.length()));
    }
    Gap gap = gap(type, index);
    Item item = gap.right();
    int left = length;
    while (left > 0 && item != null) {
      if (!item.deleted() && item.content.countable()) {
        if (item.length > left) {
          split(item, left);
        }
        left -= item.length;
        change.delete(item);
      }
      item = item.right;
    }
    if (gap.right() != null) {
      type.mark(gap.right(), index);
    }
  }

  private void split(Item item, int offset) {
    ClientStructs structs = store.of(item.client);
    change.splitAt(structs, structs.indexOf(item.clock), item, offset);
  }

  private Gap gap(YType type, int index) {
    if (index < 0 || index > type.length()) {
      throw new IndexOutOfBoundsException("index %d of %d".formatted(index, type.length()));
    }
    Item right = type.start();
    int at = 0;
    Item marked = type.markedItem();
    if (marked != null && index > type.markedIndex() / 2) {
      right = marked;
      at = type.markedIndex();
      while (at > index && right.left != null) {
        right = right.left;
        at -= visible(right);
      }
    }
    // From the unit before the index on: what is inserted comes before what was deleted there.
    while (at == index && right != null && right.left != null && visible(right.left) == 0) {
      right = right.left;
    }
    Item left = right == null ? null : right.left;
    while (right != null && at < index) {
      int units = visible(right);
      if (units > index - at) {
        split(right, index - at);
        units = index - at;
      }
      at += units;
      left = right;
      right = right.right;
    }
    return new Gap(left, right);
  }

  private static int visible(Item item) {
    return item.deleted() || !item.content.countable() ? 0 : item.length;
  }
}
