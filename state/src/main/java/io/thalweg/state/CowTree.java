package io.thalweg.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An ordered map of byte strings, unsigned lexicographic: a B+tree that copies on write. Within an
 * epoch, nodes are changed in place; {@link #snapshot} ends the epoch and gives the root, in
 * constant time, after which a write copies the nodes on its path first (a few KiB) the first time.
 * So writes are cheap between snapshots, and a snapshot never changes.
 *
 * <p>Keys and values are kept, not copied: the caller must not change them. One thread writes; a
 * snapshot may be read by any thread that got it by safe publication. Removal leaves nodes
 * underfull and only takes empty ones out: trees here live shortly.
 */
final class CowTree {
  /**
   * Memory of an entry beside the bytes of its key and value: array headers and its part of nodes.
   */
  static final int ENTRY_OVERHEAD_BYTES = 80;

  private CowNode root;
  private long epoch;
  private int size;

  CowTree() {
    this(CowNode.leaf(0), 0, 0);
  }

  private CowTree(CowNode root, int size, long epoch) {
    this.root = root;
    this.size = size;
    this.epoch = epoch;
  }

  int size() {
    return size;
  }

  /** The present root, never changed from now on. */
  CowNode snapshot() {
    epoch++;
    return root;
  }

  /** A tree of its own with the present entries. */
  CowTree fork() {
    return new CowTree(snapshot(), size, epoch);
  }

  /** The present root, which changes with the tree. */
  CowNode root() {
    return root;
  }

  byte @Nullable [] get(byte[] key) {
    return get(root, key);
  }

  static byte @Nullable [] get(CowNode root, byte[] key) {
    CowNode node = root;
    while (!node.isLeaf()) {
      node = node.children[node.childOf(key)];
    }
    int index = node.search(key);
    return index >= 0 ? node.values[index] : null;
  }

  /** Whether the intervals in a tree (first to end, disjoint) cover a key. */
  static boolean intervalCovers(CowNode root, byte[] key) {
    byte[] end = floorValue(root, key);
    return end != null && Arrays.compareUnsigned(key, end) < 0;
  }

  /** The value of the greatest key at or before {@code key}, or null. */
  static byte @Nullable [] floorValue(CowNode root, byte[] key) {
    CowNode node = root;
    CowNode before = null;
    while (!node.isLeaf()) {
      int child = node.childOf(key);
      if (child > 0) {
        before = node.children[child - 1];
      }
      node = node.children[child];
    }
    int index = node.search(key);
    if (index < 0) {
      index = -index - 2;
    }
    if (index >= 0) {
      return node.values[index];
    }
    if (before == null) {
      return null;
    }
    while (!before.isLeaf()) {
      before = before.children[before.count];
    }
    return before.values[before.count - 1];
  }

  /** Puts an entry; its value before, or null. */
  byte @Nullable [] put(byte[] key, byte[] value) {
    CowNode top = own(root);
    if (top.isFull()) {
      CowNode parent = CowNode.inner(epoch, top);
      splitChild(parent, 0, top, key, true);
      top = parent;
    }
    root = top;
    CowNode node = top;
    boolean rightmost = true;
    while (!node.isLeaf()) {
      int at = node.childOf(key);
      rightmost &= at == node.count;
      CowNode child = own(node.children[at]);
      node.children[at] = child;
      if (child.isFull()) {
        child = splitChild(node, at, child, key, rightmost);
        rightmost &= child == node.children[node.count];
      }
      node = child;
    }
    int index = node.search(key);
    if (index >= 0) {
      byte[] before = node.values[index];
      node.values[index] = value;
      return before;
    }
    node.insert(-index - 1, key, value);
    size++;
    return null;
  }

  /** Removes an entry; its value, or null if there was none. */
  byte @Nullable [] remove(byte[] key) {
    byte[] before = get(key);
    if (before == null) {
      return null;
    }
    root = own(root);
    removeFrom(root, key);
    while (!root.isLeaf() && root.count == 0) {
      root = root.children[0];
    }
    size--;
    return before;
  }

  /** Removes from a node of this epoch. */
  private void removeFrom(CowNode node, byte[] key) {
    if (node.isLeaf()) {
      node.remove(node.search(key));
      return;
    }
    int at = node.childOf(key);
    CowNode child = own(node.children[at]);
    node.children[at] = child;
    removeFrom(child, key);
    if (node.count > 0 && child.isEmpty()) {
      node.removeChild(at);
    }
  }

  private CowNode own(CowNode node) {
    return node.epoch == epoch ? node : node.copy(epoch);
  }

  /** Splits a full child and gives the half in which {@code key} belongs. */
  private static CowNode splitChild(
      CowNode parent, int at, CowNode child, byte[] key, boolean rightmost) {
    // Keys that come in order go right of everything: the left part stays full then.
    boolean append = rightmost && -child.search(key) - 1 == child.count;
    int middle = append ? CowNode.CAPACITY - 1 : CowNode.CAPACITY / 2;
    byte[] separator = child.keys[middle];
    CowNode right = child.split(middle);
    parent.insertChild(at, separator, right);
    return Arrays.compareUnsigned(key, separator) < 0 ? child : right;
  }
}
