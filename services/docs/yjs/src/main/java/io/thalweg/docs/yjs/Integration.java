package io.thalweg.docs.yjs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Brings the structs of an update into a document, each after those that it depends on, and each at
 * the place that all replicas give it (YATA: by the units between which it was inserted; ties go to
 * the smaller client).
 */
final class Integration {
  private final StructStore store;
  private final Change change;
  private final Function<String, YType> roots;
  private final Map<Long, Waiting> waiting = new HashMap<>();

  /** For each client the least clock that was missing. */
  private final Map<Long, Integer> missing = new HashMap<>();

  /** The structs of one client that are not in the document yet. */
  private static final class Waiting {
    final long client;
    final List<Struct> structs;
    int next;
    boolean blocked;
    boolean begun;

    Waiting(long client, List<Struct> structs) {
      this.client = client;
      this.structs = structs;
    }

    boolean isDone() {
      return next == structs.size();
    }
  }

  Integration(StructStore store, Change change, Function<String, YType> roots) {
    this.store = store;
    this.change = change;
    this.roots = roots;
  }

  Map<Long, Integer> missing() {
    return missing;
  }

  /** Returns what must wait for other updates. */
  NavigableMap<Long, List<Struct>> integrate(NavigableMap<Long, List<Struct>> structs) {
    structs.forEach((client, list) -> waiting.put(client, new Waiting(client, list)));
    // The greatest client first: in a tie the smaller one then finds it there.
    for (Long client : structs.descendingKeySet()) {
      drain(waiting.get(client));
    }
    NavigableMap<Long, List<Struct>> rest = new TreeMap<>();
    for (Waiting left : waiting.values()) {
      if (!left.isDone()) {
        rest.put(
            left.client, new ArrayList<>(left.structs.subList(left.next, left.structs.size())));
      }
    }
    return rest;
  }

  private void drain(@Nullable Waiting first) {
    Deque<Waiting> stack = new ArrayDeque<>();
    push(stack, first);
    while (!stack.isEmpty()) {
      Waiting top = stack.getLast();
      if (top.blocked || top.isDone()) {
        stack.removeLast().begun = false;
        continue;
      }
      Struct struct = top.structs.get(top.next);
      int units = store.units(top.client);
      if (struct instanceof Skip || struct.end() <= units) {
        top.next++;
        continue;
      }
      if (struct.clock > units) {
        // Alone it waits for the unit before it; those below may go on when any unit comes.
        missing.merge(top.client, stack.size() == 1 ? struct.clock - 1 : units, Math::min);
        block(stack);
        continue;
      }
      long needed = struct instanceof Item item ? neededClient(item) : Item.NONE;
      if (needed == Item.NONE) {
        top.next++;
        integrate(struct, units - struct.clock);
        if (stack.size() > 1) {
          // Perhaps this was all that the one below waited for; what follows may need others.
          stack.removeLast().begun = false;
        }
        continue;
      }
      Waiting other = waiting.get(needed);
      if (other == null || other.isDone() || other.blocked || other.begun) {
        missing.merge(needed, store.units(needed), Math::min);
        block(stack);
      } else {
        push(stack, other);
      }
    }
  }

  private static void push(Deque<Waiting> stack, @Nullable Waiting next) {
    if (next != null && !next.blocked) {
      next.begun = true;
      stack.addLast(next);
    }
  }

  /** What is on top waits for something that is not here, and all below wait for it. */
  private static void block(Deque<Waiting> stack) {
    for (Waiting each : stack) {
      each.blocked = true;
      each.begun = false;
    }
    stack.clear();
  }

  /** The client of whom a unit is missing that the item refers to, or {@link Item#NONE}. */
  private long neededClient(Item item) {
    if (isMissing(item.originClient, item.originClock)) {
      return item.originClient;
    }
    if (isMissing(item.rightOriginClient, item.rightOriginClock)) {
      return item.rightOriginClient;
    }
    if (item.parent instanceof Id id && isMissing(id.client(), id.clock())) {
      return id.client();
    }
    return Item.NONE;
  }

  private boolean isMissing(long client, int clock) {
    if (client == Item.NONE) {
      return false;
    }
    // An item that refers to itself, or to what its client made later, waits for ever.
    return clock >= store.units(client);
  }

  private void integrate(Struct struct, int offset) {
    if (!(struct instanceof Item item)) {
      change.add(offset > 0 ? struct.cut(offset) : struct);
      return;
    }
    Item present = offset > 0 ? item.cut(offset) : item;
    if (settle(present)) {
      place(present);
    } else {
      change.add(new Gc(present.client, present.clock, present.length));
    }
  }

  /** Finds neighbours and parent; false if what it lay in is gone. */
  private boolean settle(Item item) {
    Struct left = null;
    if (item.originClient != Item.NONE) {
      left = change.endingWith(item.originClient, item.originClock);
    }
    Struct right = null;
    if (item.rightOriginClient != Item.NONE) {
      right = change.beginningWith(item.rightOriginClient, item.rightOriginClock);
    }
    if (left instanceof Gc || right instanceof Gc) {
      return false;
    }
    item.left = (Item) left;
    item.right = (Item) right;
    switch (item.parent) {
      case String root -> item.parent = roots.apply(root);
      case Id id -> {
        if (!(store.holding(id.client(), id.clock()) instanceof Item owner
            && owner.content instanceof Content.Nested nested)) {
          return false;
        }
        item.parent = nested.type();
      }
      case null, default -> {
        Item beside = item.left != null ? item.left : item.right;
        if (beside == null) {
          return false;
        }
        item.parent = beside.holder();
        item.parentSub = beside.parentSub;
      }
    }
    return true;
  }

  /** Puts an item between its neighbours, whose origins, neighbours and parent are set. */
  void place(Item item) {
    YType parent = item.holder();
    if (item.left == null
        ? item.right == null || item.right.left != null
        : item.left.right != item.right) {
      item.left = lastBefore(item, parent);
    }
    link(item, parent);
    if (item.parentSub == null) {
      parent.unmark();
      if (item.content.countable()) {
        parent.grow(item.length);
      }
    }
    change.add(item);
    if (item.content instanceof Content.Deleted) {
      item.markDeleted();
      change.deletes().add(item.client, item.clock, item.length);
    } else if (item.content instanceof Content.Nested nested) {
      nested.type().ownedBy(item);
    }
    Item owner = parent.owner();
    if ((owner != null && owner.deleted()) || (item.parentSub != null && item.right != null)) {
      change.delete(item);
    }
  }

  /** Of those inserted at the same place, the last one that this item comes after. */
  private @Nullable Item lastBefore(Item item, YType parent) {
    Item left = item.left;
    Item other = left != null ? left.right : first(item, parent);
    Set<Item> conflicting = new HashSet<>();
    Set<Item> beforeOrigin = new HashSet<>();
    while (other != null && other != item.right) {
      beforeOrigin.add(other);
      conflicting.add(other);
      if (item.sameOrigin(other)) {
        if (other.client < item.client) {
          left = other;
          conflicting.clear();
        } else if (item.sameRightOrigin(other)) {
          break;
        }
      } else if (other.originClient != Item.NONE
          && store.holding(other.originClient, other.originClock) instanceof Item origin
          && beforeOrigin.contains(origin)) {
        if (!conflicting.contains(origin)) {
          left = other;
          conflicting.clear();
        }
      } else {
        break;
      }
      other = other.right;
    }
    return left;
  }

  private static @Nullable Item first(Item item, YType parent) {
    if (item.parentSub == null) {
      return parent.start();
    }
    Item first = parent.entry(item.parentSub);
    while (first != null && first.left != null) {
      first = first.left;
    }
    return first;
  }

  private void link(Item item, YType parent) {
    Item left = item.left;
    if (left != null) {
      item.right = left.right;
      left.right = item;
    } else {
      item.right = first(item, parent);
      if (item.parentSub == null) {
        parent.start(item);
      }
    }
    if (item.right != null) {
      item.right.left = item;
    } else if (item.parentSub != null) {
      parent.entry(item.parentSub, item);
      if (left != null) {
        change.delete(left);
      }
    }
  }
}
