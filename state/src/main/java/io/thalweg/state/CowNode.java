package io.thalweg.state;

import java.util.Arrays;

/**
 * A node of a {@link CowTree}: up to 64 keys in order, with a value each (a leaf) or with one more
 * child than keys (key i is the least that child i + 1 may hold).
 *
 * <p>All keys of a node begin with the same {@code common} bytes. {@code heads} has the 8 bytes
 * after them as numbers, so that a search compares numbers in one array and looks at a key itself
 * only where heads are equal ("poor man's normalized keys" in Graefe, Modern B-Tree Techniques,
 * 2011).
 *
 * <p>A node belongs to the epoch of the tree in which it was made; it is changed in that epoch
 * only.
 */
final class CowNode {
  static final int CAPACITY = 64;

  private static final CowNode[] NO_CHILDREN = {};
  private static final byte[][] NO_VALUES = {};

  final long epoch;
  final byte[][] keys;
  final byte[][] values;
  final CowNode[] children;
  private final long[] heads;
  private int common;
  int count;

  private CowNode(long epoch, byte[][] keys, byte[][] values, CowNode[] children, long[] heads) {
    this.epoch = epoch;
    this.keys = keys;
    this.values = values;
    this.children = children;
    this.heads = heads;
  }

  static CowNode leaf(long epoch) {
    return new CowNode(
        epoch, new byte[CAPACITY][], new byte[CAPACITY][], NO_CHILDREN, new long[CAPACITY]);
  }

  static CowNode inner(long epoch, CowNode onlyChild) {
    CowNode node =
        new CowNode(
            epoch, new byte[CAPACITY][], NO_VALUES, new CowNode[CAPACITY + 1], new long[CAPACITY]);
    node.children[0] = onlyChild;
    return node;
  }

  boolean isLeaf() {
    return children.length == 0;
  }

  /** A leaf without keys, or a chain of only children down to one. */
  boolean isEmpty() {
    CowNode node = this;
    while (!node.isLeaf() && node.count == 0) {
      node = node.children[0];
    }
    return node.count == 0;
  }

  boolean isFull() {
    return count == CAPACITY;
  }

  CowNode copy(long newEpoch) {
    CowNode copy =
        new CowNode(
            newEpoch,
            keys.clone(),
            isLeaf() ? values.clone() : values,
            isLeaf() ? children : children.clone(),
            heads.clone());
    copy.common = common;
    copy.count = count;
    return copy;
  }

  /** The index of the key, or -(index of the first greater key) - 1. */
  int search(byte[] key) {
    int n = count;
    int skip = common;
    if (n == 0) {
      return -1;
    }
    if (skip > 0) {
      byte[] first = keys[0];
      int differs = Arrays.mismatch(key, 0, Math.min(skip, key.length), first, 0, skip);
      if (differs >= 0) {
        boolean less = differs == key.length || (key[differs] & 0xFF) < (first[differs] & 0xFF);
        return less ? -1 : -n - 1;
      }
    }
    long head = head(key, skip);
    int low = 0;
    int high = n - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long other = heads[middle];
      int order = Long.compare(other, head);
      if (order == 0) {
        byte[] k = keys[middle];
        order = Arrays.compareUnsigned(k, skip, k.length, key, skip, key.length);
      }
      if (order < 0) {
        low = middle + 1;
      } else if (order > 0) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -low - 1;
  }

  /** The child in which the key is, if it is anywhere. */
  int childOf(byte[] key) {
    int index = search(key);
    return index >= 0 ? index + 1 : -index - 1;
  }

  void insert(int at, byte[] key, byte[] value) {
    insertKey(at, key);
    System.arraycopy(values, at, values, at + 1, count - 1 - at);
    values[at] = value;
  }

  /** Inserts a child right of {@code key}, which becomes key {@code at}. */
  void insertChild(int at, byte[] key, CowNode right) {
    insertKey(at, key);
    System.arraycopy(children, at + 1, children, at + 2, count - 1 - at);
    children[at + 1] = right;
  }

  void remove(int at) {
    System.arraycopy(values, at + 1, values, at, count - 1 - at);
    values[count - 1] = null;
    removeKey(at);
  }

  void removeChild(int at) {
    System.arraycopy(children, at + 1, children, at, count - at);
    children[count] = null;
    removeKey(Math.max(0, at - 1));
  }

  /**
   * Moves the keys from {@code at} on to a new node of the same epoch. An inner node's key {@code
   * at} is in neither afterwards: it separates them.
   */
  CowNode split(int at) {
    boolean leaf = isLeaf();
    int from = leaf ? at : at + 1;
    int moved = count - from;
    CowNode right = leaf ? leaf(epoch) : inner(epoch, children[from]);
    System.arraycopy(keys, from, right.keys, 0, moved);
    Arrays.fill(keys, at, count, null);
    if (leaf) {
      System.arraycopy(values, from, right.values, 0, moved);
      Arrays.fill(values, at, count, null);
    } else {
      System.arraycopy(children, from, right.children, 0, moved + 1);
      Arrays.fill(children, from, count + 1, null);
    }
    right.count = moved;
    count = at;
    refresh();
    right.refresh();
    return right;
  }

  private void insertKey(int at, byte[] key) {
    int n = count;
    System.arraycopy(keys, at, keys, at + 1, n - at);
    keys[at] = key;
    count = n + 1;
    if (n == 0) {
      common = key.length;
      heads[0] = head(key, common);
      return;
    }
    byte[] other = keys[at == 0 ? 1 : 0];
    int shared = shared(key, other, common);
    if (shared < common) {
      common = shared;
      refreshHeads();
    } else {
      System.arraycopy(heads, at, heads, at + 1, n - at);
      heads[at] = head(key, common);
    }
  }

  private void removeKey(int at) {
    if (count == 0) {
      return;
    }
    System.arraycopy(keys, at + 1, keys, at, count - 1 - at);
    System.arraycopy(heads, at + 1, heads, at, count - 1 - at);
    keys[--count] = null;
  }

  private void refresh() {
    if (count > 0) {
      common = shared(keys[0], keys[count - 1], Integer.MAX_VALUE);
      refreshHeads();
    }
  }

  private void refreshHeads() {
    for (int i = 0; i < count; i++) {
      heads[i] = head(keys[i], common);
    }
  }

  /** How many bytes, at most {@code most}, two keys have in common at their beginning. */
  private static int shared(byte[] a, byte[] b, int most) {
    int length = Math.min(most, Math.min(a.length, b.length));
    int differs = Arrays.mismatch(a, 0, length, b, 0, length);
    return differs < 0 ? length : differs;
  }

  /** 8 bytes from {@code at} on, zeros after the end, as a number whose signed order is theirs. */
  private static long head(byte[] key, int at) {
    if (key.length - at >= Long.BYTES) {
      return BigEndian.getLong(key, at) ^ Long.MIN_VALUE;
    }
    long head = 0;
    for (int i = at; i < at + Long.BYTES; i++) {
      head = (head << 8) | (i < key.length ? key[i] & 0xFF : 0);
    }
    return head ^ Long.MIN_VALUE;
  }
}
