package io.thalweg.leaderboard;

import java.util.Arrays;

/** A leaf: entries in order of (score, seq), with the number of the member of each. */
final class TreeLeaf extends TreeNode {
  int[] ids;

  TreeLeaf(int capacity) {
    super(capacity);
    ids = new int[capacity];
  }

  void insert(int at, long score, long seq, int id) {
    openKey(at, score, seq);
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, grown(size));
    }
    System.arraycopy(ids, at, ids, at + 1, size - at);
    ids[at] = id;
    size++;
  }

  void remove(int at) {
    closeKey(at);
    System.arraycopy(ids, at + 1, ids, at, size - at - 1);
    size--;
  }

  /** Whether the entry at {@code at} is (score, seq). */
  boolean holds(int at, long score, long seq) {
    return at < size && scores[at] == score && seqs[at] == seq;
  }

  @Override
  int count() {
    return size;
  }

  @Override
  TreeLeaf split(int at) {
    TreeLeaf right = new TreeLeaf(CAPACITY);
    int n = size - at;
    copyKeys(at, right, 0, n);
    System.arraycopy(ids, at, right.ids, 0, n);
    right.size = n;
    size = at;
    return right;
  }

  @Override
  void takeFirst(TreeNode from, int n) {
    TreeLeaf right = (TreeLeaf) from;
    growFully();
    right.copyKeys(0, this, size, n);
    System.arraycopy(right.ids, 0, ids, size, n);
    size += n;
    int left = right.size - n;
    right.copyKeys(n, right, 0, left);
    System.arraycopy(right.ids, n, right.ids, 0, left);
    right.size = left;
  }

  @Override
  void giveLast(TreeNode to, int n) {
    TreeLeaf right = (TreeLeaf) to;
    right.growFully();
    right.copyKeys(0, right, n, right.size);
    System.arraycopy(right.ids, 0, right.ids, n, right.size);
    copyKeys(size - n, right, 0, n);
    System.arraycopy(ids, size - n, right.ids, 0, n);
    right.size += n;
    size -= n;
  }

  @Override
  void growFully() {
    super.growFully();
    if (ids.length < CAPACITY) {
      ids = Arrays.copyOf(ids, CAPACITY);
    }
  }
}
