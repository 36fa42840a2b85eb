package io.thalweg.leaderboard;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A counted B+ tree: entries (score, seq, id) in order of (score, seq), which is unique, and for
 * every subtree the number of its entries, so that the position of an entry and the entry at a
 * position are both found in one descent. With {@link Ties}, which are asked where (score, seq) is
 * equal, it need not be unique.
 *
 * <p>Keys lie in {@code long} arrays in the nodes, so a search touches no entry object and no
 * record of a member. A node has up to 128 keys: a million entries are 3 levels, 10 million 4. A
 * skip list, the usual choice in C, would cost an object and a cache miss for each entry here.
 *
 * <p>Insert, remove, {@link #countBelow} and {@link #seek} cost O(log n). Not thread-safe.
 */
final class CountedTree {
  // Filled to 7/8 by a bulk build: dense, but the next inserts do not split every node.
  private static final int BULK_FILL = TreeNode.CAPACITY * 7 / 8;

  private TreeNode root;
  // Levels of branches above the leaves.
  private int height;
  private int size;
  private final @Nullable Ties ties;

  CountedTree() {
    this(null);
  }

  CountedTree(@Nullable Ties ties) {
    this.ties = ties;
    root = new TreeLeaf(2);
  }

  /** A tree of the first {@code n} entries of the arrays, which are in order. */
  static CountedTree ofSorted(long[] scores, long[] seqs, int[] ids, int n, @Nullable Ties ties) {
    CountedTree tree = new CountedTree(ties);
    if (n <= TreeNode.CAPACITY) {
      for (int i = 0; i < n; i++) {
        tree.insert(scores[i], seqs[i], ids[i]);
      }
      return tree;
    }
    List<TreeNode> level = new ArrayList<>();
    int parts = (n + BULK_FILL - 1) / BULK_FILL;
    for (int p = 0; p < parts; p++) {
      int from = (int) ((long) n * p / parts);
      int to = (int) ((long) n * (p + 1) / parts);
      TreeLeaf leaf = new TreeLeaf(TreeNode.CAPACITY);
      leaf.size = to - from;
      System.arraycopy(scores, from, leaf.scores, 0, leaf.size);
      System.arraycopy(seqs, from, leaf.seqs, 0, leaf.size);
      System.arraycopy(ids, from, leaf.ids, 0, leaf.size);
      level.add(leaf);
    }
    while (level.size() > 1) {
      level = parents(level);
      tree.height++;
    }
    tree.root = level.getFirst();
    tree.size = n;
    return tree;
  }

  private static List<TreeNode> parents(List<TreeNode> children) {
    int n = children.size();
    int parts = (n + BULK_FILL - 1) / BULK_FILL;
    List<TreeNode> level = new ArrayList<>();
    for (int p = 0; p < parts; p++) {
      TreeBranch branch = new TreeBranch();
      int to = (int) ((long) n * (p + 1) / parts);
      for (int i = (int) ((long) n * p / parts); i < to; i++) {
        branch.insert(branch.size, children.get(i));
      }
      level.add(branch);
    }
    return level;
  }

  int size() {
    return size;
  }

  /** Adds an entry whose (score, seq) is not in the tree. */
  void insert(long score, long seq, int id) {
    TreeNode right = insert(root, height, score, seq, id);
    if (right != null) {
      TreeBranch top = new TreeBranch();
      top.insert(0, root);
      top.insert(1, right);
      root = top;
      height++;
    }
    size++;
  }

  /** Inserts under {@code node}; if it was split, its new right neighbour. */
  private @Nullable TreeNode insert(TreeNode node, int level, long score, long seq, int id) {
    if (level == 0) {
      return insertIntoLeaf((TreeLeaf) node, score, seq, id);
    }
    TreeBranch branch = (TreeBranch) node;
    int at = branch.childOf(score, seq, id, ties);
    TreeNode child = branch.child(at);
    TreeNode added = insert(child, level - 1, score, seq, id);
    branch.setKey(at, child);
    if (added == null) {
      branch.counts[at]++;
      return null;
    }
    branch.counts[at] = child.count();
    if (branch.size < TreeNode.CAPACITY) {
      branch.insert(at + 1, added);
      return null;
    }
    TreeBranch right = branch.split(splitPoint(at + 1));
    if (at + 1 <= branch.size) {
      branch.insert(at + 1, added);
    } else {
      right.insert(at + 1 - branch.size, added);
    }
    return right;
  }

  private @Nullable TreeNode insertIntoLeaf(TreeLeaf leaf, long score, long seq, int id) {
    int at = leaf.lowerBound(score, seq, id, ties);
    if (leaf.holds(at, score, seq, id, ties)) {
      throw new IllegalStateException("two entries with the sequence number " + seq);
    }
    if (leaf.size < TreeNode.CAPACITY) {
      leaf.insert(at, score, seq, id);
      return null;
    }
    TreeLeaf right = leaf.split(splitPoint(at));
    if (at <= leaf.size) {
      leaf.insert(at, score, seq, id);
    } else {
      right.insert(at - leaf.size, score, seq, id);
    }
    return right;
  }

  /** In the middle, but for inserts at an end, where more of the same is likely to follow. */
  private static int splitPoint(int at) {
    if (at == TreeNode.CAPACITY) {
      return TreeNode.CAPACITY - TreeNode.MINIMUM;
    }
    return at == 0 ? TreeNode.MINIMUM : TreeNode.CAPACITY / 2;
  }

  /** Removes the entry of {@code id} with (score, seq), which is in the tree. */
  void remove(long score, long seq, int id) {
    remove(root, height, score, seq, id);
    size--;
    if (height > 0 && root.size == 1) {
      root = ((TreeBranch) root).child(0);
      height--;
    }
  }

  private void remove(TreeNode node, int level, long score, long seq, int id) {
    if (level == 0) {
      TreeLeaf leaf = (TreeLeaf) node;
      int at = leaf.lowerBound(score, seq, id, ties);
      if (!leaf.holds(at, score, seq, id, ties)) {
        throw new IllegalStateException("no entry with the sequence number " + seq);
      }
      leaf.remove(at);
      return;
    }
    TreeBranch branch = (TreeBranch) node;
    int at = branch.childOf(score, seq, id, ties);
    TreeNode child = branch.child(at);
    remove(child, level - 1, score, seq, id);
    branch.setKey(at, child);
    branch.counts[at]--;
    if (child.size < TreeNode.MINIMUM) {
      branch.refill(at);
    }
  }

  /** The number of entries with a smaller score. */
  int countSmaller(long score) {
    return countBelow(score, Long.MIN_VALUE, -1);
  }

  /** The number of entries with this score or a smaller one. */
  int countUpTo(long score) {
    return countBelow(score, Long.MAX_VALUE, -1);
  }

  /**
   * The number of entries below (score, seq): of an entry, its position from 0.
   *
   * @param id the member whose entry it is; of no account for a pair that no entry has
   */
  int countBelow(long score, long seq, int id) {
    int before = 0;
    TreeNode node = root;
    for (int level = height; level > 0; level--) {
      TreeBranch branch = (TreeBranch) node;
      int at = branch.childOf(score, seq, id, ties);
      before += branch.countBefore(at);
      node = branch.child(at);
    }
    return before + node.lowerBound(score, seq, id, ties);
  }

  /**
   * Of the entry (score, seq): in the lower half its position, in the upper half the number of
   * entries with a smaller score. Mostly one descent for both.
   */
  long countsBelow(long score, long seq, int id) {
    int before = 0;
    TreeNode node = root;
    for (int level = height; level > 0; level--) {
      TreeBranch branch = (TreeBranch) node;
      int at = branch.childOf(score, seq, id, ties);
      before += branch.countBefore(at);
      node = branch.child(at);
    }
    int at = node.lowerBound(score, seq, id, ties);
    int position = before + at;
    int smaller;
    if (at > 0 && node.scores[at - 1] != score) {
      smaller = position;
    } else if (at > 0 && node.scores[0] != score) {
      smaller = before + node.lowerBound(score, Long.MIN_VALUE, -1, ties);
    } else {
      smaller = countSmaller(score); // may begin in a leaf before
    }
    return (long) smaller << 32 | position;
  }

  /** Whether an entry has this score. */
  boolean hasScore(long score) {
    return countSmaller(score) < countUpTo(score);
  }

  /** A cursor at the entry at {@code position}, 0 to size - 1. Valid until the tree changes. */
  Cursor seek(int position) {
    return new Cursor(position);
  }

  /** Goes through the entries in order. */
  final class Cursor {
    private int position;
    private TreeLeaf leaf;
    private int at;

    private Cursor(int position) {
      this.position = position;
      this.leaf = leafAt(position);
    }

    private TreeLeaf leafAt(int wanted) {
      if (wanted < 0 || wanted >= size) {
        throw new IndexOutOfBoundsException("position " + wanted + " of " + size);
      }
      int left = wanted;
      TreeNode node = root;
      for (int level = height; level > 0; level--) {
        TreeBranch branch = (TreeBranch) node;
        int child = 0;
        while (left >= branch.counts[child]) {
          left -= branch.counts[child++];
        }
        node = branch.child(child);
      }
      at = left;
      return (TreeLeaf) node;
    }

    int position() {
      return position;
    }

    long score() {
      return leaf.scores[at];
    }

    long seq() {
      return leaf.seqs[at];
    }

    int id() {
      return leaf.ids[at];
    }

    /** Steps to the next entry; false at the end. */
    boolean next() {
      if (position + 1 >= size) {
        return false;
      }
      position++;
      at++;
      if (at == leaf.size) {
        leaf = leafAt(position);
      }
      return true;
    }

    /** Steps to the entry before; false at the beginning. */
    boolean previous() {
      if (position == 0) {
        return false;
      }
      position--;
      if (at == 0) {
        leaf = leafAt(position);
      } else {
        at--;
      }
      return true;
    }
  }

  /** For tests: the root, to check invariants from. */
  TreeNode root() {
    return root;
  }

  /** For tests: levels of branches. */
  int height() {
    return height;
  }
}
