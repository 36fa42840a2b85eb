package io.thalweg.leaderboard;

import org.jspecify.annotations.Nullable;

/** A leaf: entries in order of (score, seq), with the number of the member of each. */
final class TreeLeaf extends TreeNode {
  TreeLeaf(int capacity) {
    super(capacity);
  }

  void insert(int at, long score, long seq, int id) {
    openKey(at, score, seq, id);
    size++;
  }

  void remove(int at) {
    closeKey(at);
    size--;
  }

  /** Whether the entry at {@code at} is (score, seq), and of {@code id} where ties are broken. */
  boolean holds(int at, long score, long seq, int id, @Nullable Ties ties) {
    return at < size
        && scores[at] == score
        && seqs[at] == seq
        && (ties == null || ids[at] == id || ties.compare(ids[at], id) == 0);
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
    right.size = n;
    size = at;
    return right;
  }

  @Override
  void takeFirst(TreeNode from, int n) {
    TreeLeaf right = (TreeLeaf) from;
    growFully();
    right.copyKeys(0, this, size, n);
    size += n;
    int left = right.size - n;
    right.copyKeys(n, right, 0, left);
    right.size = left;
  }

  @Override
  void giveLast(TreeNode to, int n) {
    TreeLeaf right = (TreeLeaf) to;
    right.growFully();
    right.copyKeys(0, right, n, right.size);
    copyKeys(size - n, right, 0, n);
    right.size += n;
    size -= n;
  }
}
