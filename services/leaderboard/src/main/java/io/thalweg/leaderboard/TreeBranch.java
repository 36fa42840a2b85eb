package io.thalweg.leaderboard;

import org.jspecify.annotations.Nullable;

/**
 * A branch: children in order, with the number of entries under each. A branch has full arrays from
 * the beginning: there is none in a small tree.
 */
final class TreeBranch extends TreeNode {
  final int[] counts = new int[CAPACITY];
  // Slots at and beyond size are null, so that nothing is kept from the collector.
  private final @Nullable TreeNode[] children = new @Nullable TreeNode[CAPACITY];

  TreeBranch() {
    super(CAPACITY);
  }

  TreeNode child(int at) {
    TreeNode child = children[at];
    if (child == null) {
      throw new IllegalStateException("a branch of " + size + " has no child " + at);
    }
    return child;
  }

  /**
   * The child that holds (score, seq, id) if the tree does: the last whose first entry is not
   * above.
   */
  int childOf(long score, long seq, int id, @Nullable Ties ties) {
    long[] s = scores;
    int low = 1; // what is below all bounds belongs to child 0
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      long at = s[middle];
      if (at < score || (at == score && isNotAbove(middle, seq, id, ties))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  private boolean isNotAbove(int at, long seq, int id, @Nullable Ties ties) {
    long present = seqs[at];
    return present < seq
        || (present == seq && (ties == null || ids[at] == id || ties.compare(ids[at], id) <= 0));
  }

  /** The number of entries under the children before {@code at}. */
  int countBefore(int at) {
    int[] c = counts;
    int sum = 0;
    for (int i = 0; i < at; i++) {
      sum += c[i];
    }
    return sum;
  }

  void insert(int at, TreeNode child) {
    openKey(at, child.scores[0], child.seqs[0], child.ids[0]);
    System.arraycopy(counts, at, counts, at + 1, size - at);
    System.arraycopy(children, at, children, at + 1, size - at);
    counts[at] = child.count();
    children[at] = child;
    size++;
  }

  private void removeChild(int at) {
    closeKey(at);
    System.arraycopy(counts, at + 1, counts, at, size - at - 1);
    System.arraycopy(children, at + 1, children, at, size - at - 1);
    size--;
    children[size] = null;
  }

  /** Restores the least size of child {@code at} from a neighbour, by merging or by levelling. */
  void refill(int at) {
    if (size < 2) {
      return;
    }
    int l = at > 0 ? at - 1 : at;
    int r = l + 1;
    TreeNode left = child(l);
    TreeNode right = child(r);
    int total = left.size + right.size;
    // Not merged to the brim, so that the next insert does not split what was just merged.
    if (total <= CAPACITY * 3 / 4) {
      left.takeFirst(right, right.size);
      counts[l] += counts[r];
      removeChild(r);
      return;
    }
    int both = counts[l] + counts[r];
    if (left.size < right.size) {
      left.takeFirst(right, total / 2 - left.size);
    } else {
      left.giveLast(right, total / 2 - right.size);
    }
    counts[l] = left.count();
    counts[r] = both - counts[l];
    setKey(r, right);
  }

  @Override
  int count() {
    return countBefore(size);
  }

  @Override
  TreeBranch split(int at) {
    TreeBranch right = new TreeBranch();
    move(at, right, 0, size - at);
    right.size = size - at;
    shrink(at);
    return right;
  }

  @Override
  void takeFirst(TreeNode from, int n) {
    TreeBranch right = (TreeBranch) from;
    right.move(0, this, size, n);
    size += n;
    right.move(n, right, 0, right.size - n);
    right.shrink(right.size - n);
  }

  @Override
  void giveLast(TreeNode to, int n) {
    TreeBranch right = (TreeBranch) to;
    right.move(0, right, n, right.size);
    move(size - n, right, 0, n);
    right.size += n;
    shrink(size - n);
  }

  private void move(int from, TreeBranch to, int at, int n) {
    copyKeys(from, to, at, n);
    System.arraycopy(counts, from, to.counts, at, n);
    System.arraycopy(children, from, to.children, at, n);
  }

  private void shrink(int newSize) {
    java.util.Arrays.fill(children, newSize, size, null);
    size = newSize;
  }
}
