package io.thalweg.docs.yjs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One change of a document, from its first struct to the tidying at its end, when deleted content
 * is let go and neighbours are put together.
 */
final class Change {
  private final StructStore store;
  private final DeleteSet deletes = new DeleteSet();
  private final Set<ClientStructs> grown = new LinkedHashSet<>();
  private final List<Item> split = new ArrayList<>();

  Change(StructStore store) {
    this.store = store;
  }

  DeleteSet deletes() {
    return deletes;
  }

  /** Clients of whom units were added. */
  Set<ClientStructs> grown() {
    return grown;
  }

  boolean isEmpty() {
    return grown.isEmpty() && deletes.isEmpty();
  }

  private int unitsBefore(ClientStructs structs) {
    return structs.unitsBefore >= 0 ? structs.unitsBefore : structs.units();
  }

  void add(Struct struct) {
    ClientStructs structs = store.of(struct.client);
    if (structs.unitsBefore < 0) {
      structs.unitsBefore = structs.units();
      grown.add(structs);
    }
    structs.add(struct);
  }

  /** The item that ends with a unit; it is split if it goes on. A {@link Gc} stays whole. */
  Struct endingWith(long client, int clock) {
    ClientStructs structs = store.of(client);
    int index = structs.indexOf(clock);
    Struct struct = structs.get(index);
    if (struct instanceof Item item && clock != item.lastClock()) {
      splitAt(structs, index, item, clock + 1 - item.clock);
    }
    return struct;
  }

  /** The item that begins with a unit; it is split if it began before. A {@link Gc} stays whole. */
  Struct beginningWith(long client, int clock) {
    ClientStructs structs = store.of(client);
    int index = structs.indexOf(clock);
    Struct struct = structs.get(index);
    return struct instanceof Item item && clock != item.clock
        ? splitAt(structs, index, item, clock - item.clock)
        : struct;
  }

  Item splitAt(ClientStructs structs, int index, Item item, int offset) {
    Item rest = item.split(offset);
    structs.insert(index + 1, rest);
    split.add(rest);
    return rest;
  }

  /** Marks an item as deleted, and all that lies in it. */
  void delete(Item first) {
    if (first.deleted()) {
      return;
    }
    deleteOne(first);
    if (!(first.content instanceof Content.Nested)) {
      return;
    }
    // Types may be nested as deep as somebody likes: no recursion.
    Deque<YType> emptied = new ArrayDeque<>();
    emptied.add(((Content.Nested) first.content).type());
    while (!emptied.isEmpty()) {
      YType type = emptied.removeLast();
      for (Item item = type.start(); item != null; item = item.right) {
        deleteNested(item, emptied);
      }
      type.entries().values().forEach(item -> deleteNested(item, emptied));
    }
  }

  private void deleteNested(Item item, Deque<YType> emptied) {
    if (!item.deleted()) {
      deleteOne(item);
      if (item.content instanceof Content.Nested nested) {
        emptied.add(nested.type());
      }
    } else if (item.clock < unitsBefore(store.of(item.client))) {
      // Deleted earlier and let go of below: it may then fit to its neighbours.
      split.add(item);
    }
  }

  private void deleteOne(Item item) {
    YType holder = item.holder();
    if (item.parentSub == null) {
      holder.unmark();
      if (item.content.countable()) {
        holder.grow(-item.length);
      }
    }
    item.markDeleted();
    deletes.add(item.client, item.clock, item.length);
  }

  /** Deletes the units of a set that are here; returns those that are not, or null if all are. */
  @Nullable DeleteSet delete(DeleteSet set) {
    DeleteSet absent = null;
    for (Map.Entry<Long, DeleteSet.Ranges> entry : set.clients().entrySet()) {
      ClientStructs structs = store.find(entry.getKey());
      int units = structs == null ? 0 : structs.units();
      DeleteSet.Ranges ranges = entry.getValue();
      for (int i = 0; i < ranges.count(); i++) {
        int clock = ranges.clock(i);
        int end = ranges.end(i);
        if (end > units) {
          absent = absent == null ? new DeleteSet() : absent;
          absent.add(entry.getKey(), Math.max(clock, units), end - Math.max(clock, units));
        }
        if (structs != null && clock < units) {
          delete(structs, clock, Math.min(end, units));
        }
      }
    }
    return absent;
  }

  private void delete(ClientStructs structs, int clock, int end) {
    int index = structs.indexOf(clock);
    if (structs.get(index) instanceof Item item && !item.deleted() && item.clock < clock) {
      splitAt(structs, index, item, clock - item.clock);
      index++;
    }
    for (; index < structs.size() && structs.get(index).clock < end; index++) {
      if (structs.get(index) instanceof Item item && !item.deleted()) {
        if (end < item.end()) {
          splitAt(structs, index, item, end - item.clock);
        }
        delete(item);
      }
    }
  }

  /** Ends the change: lets go of what was deleted and puts neighbours together. */
  void tidy() {
    Map<Long, DeleteSet.Ranges> deleted = deletes.clients();
    deleted.forEach(this::letGo);
    deleted.forEach(this::mergeDeleted);
    for (ClientStructs structs : grown) {
      int first = Math.max(structs.indexOf(structs.unitsBefore), 1);
      for (int i = structs.size() - 1; i >= first; ) {
        i -= 1 + structs.mergeLeft(i);
      }
    }
    for (int i = split.size() - 1; i >= 0; i--) {
      Item item = split.get(i);
      ClientStructs structs = store.of(item.client);
      int index = structs.indexOf(item.clock);
      if (index + 1 < structs.size() && structs.mergeLeft(index + 1) > 1) {
        continue;
      }
      if (index > 0) {
        structs.mergeLeft(index);
      }
    }
  }

  /** The update that tells others of this change, once it is tidied. */
  void write(StructWriter writer) {
    writer.rest().writeVarUint(grown.size());
    grown.stream()
        .sorted(Comparator.comparingLong((ClientStructs structs) -> structs.client).reversed())
        .forEach(structs ->
            Update.writeStructs(
                writer,
                structs.client,
                structs.from(structs.indexOf(structs.unitsBefore)),
                structs.unitsBefore));
    deletes.write(writer);
  }

  /** To be called last. */
  void end() {
    grown.forEach(structs -> structs.unitsBefore = -1);
  }

  private void letGo(long client, DeleteSet.Ranges ranges) {
    ClientStructs structs = store.of(client);
    for (int i = ranges.count() - 1; i >= 0; i--) {
      int end = ranges.end(i);
      for (int k = structs.indexOf(ranges.clock(i));
          k < structs.size() && structs.get(k).clock < end;
          k++) {
        if (structs.get(k) instanceof Item item && item.deleted()) {
          letGo(item);
        }
      }
    }
  }

  private void letGo(Item item) {
    if (item.content instanceof Content.Nested nested) {
      Set<YType> emptied = new HashSet<>();
      Deque<YType> toEmpty = new ArrayDeque<>();
      toEmpty.add(nested.type());
      while (!toEmpty.isEmpty()) {
        YType type = toEmpty.removeLast();
        if (emptied.add(type)) {
          for (Item inner = type.start(); inner != null; inner = inner.right) {
            forget(inner, toEmpty);
          }
          for (Item entry : type.entries().values()) {
            for (Item inner = entry; inner != null; inner = inner.left) {
              forget(inner, toEmpty);
            }
          }
          type.clear();
        }
      }
    }
    item.content = new Content.Deleted(item.length);
  }

  /** What lay in a deleted type needs no place any more: only that it was there is kept. */
  private void forget(Item item, Deque<YType> toEmpty) {
    if (item.content instanceof Content.Nested nested) {
      toEmpty.add(nested.type());
    }
    ClientStructs structs = store.of(item.client);
    structs.replace(structs.indexOf(item.clock), new Gc(item.client, item.clock, item.length));
  }

  private void mergeDeleted(long client, DeleteSet.Ranges ranges) {
    ClientStructs structs = store.of(client);
    for (int i = ranges.count() - 1; i >= 0; i--) {
      int clock = ranges.clock(i);
      int k = Math.min(structs.size() - 1, 1 + structs.indexOf(ranges.end(i) - 1));
      while (k > 0 && structs.get(k).clock >= clock) {
        k -= 1 + structs.mergeLeft(k);
      }
    }
  }
}
