package io.thalweg.leaderboard;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A node of a {@link CountedTree}: keys in order, in parallel arrays that begin small and grow up
 * to {@link #CAPACITY}. In a leaf the keys are the entries. In a branch key {@code i} is the first
 * entry under child {@code i}: it is there, so its member's name can be looked at.
 */
abstract sealed class TreeNode permits TreeLeaf, TreeBranch {
  /** The most keys in a node. */
  static final int CAPACITY = 128;

  /** The fewest keys in a node other than the root. */
  static final int MINIMUM = CAPACITY / 4;

  int size;
  long[] scores;
  long[] seqs;
  int[] ids;

  TreeNode(int capacity) {
    scores = new long[capacity];
    seqs = new long[capacity];
    ids = new int[capacity];
  }

  /**
   * The number of keys below (score, seq), and below the member {@code id} where both are equal.
   */
  final int lowerBound(long score, long seq, int id, @Nullable Ties ties) {
    long[] s = scores;
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      long at = s[middle];
      if (at < score || (at == score && isBelow(middle, seq, id, ties))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private boolean isBelow(int at, long seq, int id, @Nullable Ties ties) {
    long present = seqs[at];
    return present < seq || (present == seq && ties != null && ties.compare(ids[at], id) < 0);
  }

  /** The number of entries under this node. */
  abstract int count();

  /** Moves the keys from {@code at} on to a new node, which is returned. */
  abstract TreeNode split(int at);

  /** Moves the first {@code n} keys of {@code right} to the end of this node. */
  abstract void takeFirst(TreeNode right, int n);

  /** Moves the last {@code n} keys of this node to the beginning of {@code right}. */
  abstract void giveLast(TreeNode right, int n);

  /** Makes room for one more key and what goes with it at {@code at}. */
  final void openKey(int at, long score, long seq, int id) {
    if (size == scores.length) {
      int capacity = grown(size);
      scores = Arrays.copyOf(scores, capacity);
      seqs = Arrays.copyOf(seqs, capacity);
      ids = Arrays.copyOf(ids, capacity);
    }
    System.arraycopy(scores, at, scores, at + 1, size - at);
    System.arraycopy(seqs, at, seqs, at + 1, size - at);
    System.arraycopy(ids, at, ids, at + 1, size - at);
    scores[at] = score;
    seqs[at] = seq;
    ids[at] = id;
  }

  final void closeKey(int at) {
    System.arraycopy(scores, at + 1, scores, at, size - at - 1);
    System.arraycopy(seqs, at + 1, seqs, at, size - at - 1);
    System.arraycopy(ids, at + 1, ids, at, size - at - 1);
  }

  static int grown(int capacity) {
    return Math.min(CAPACITY, Math.max(2, capacity * 2));
  }

  /** Copies {@code n} keys to {@code to}, which has room. */
  final void copyKeys(int from, TreeNode to, int at, int n) {
    System.arraycopy(scores, from, to.scores, at, n);
    System.arraycopy(seqs, from, to.seqs, at, n);
    System.arraycopy(ids, from, to.ids, at, n);
  }

  /** Key {@code at} becomes the first key of {@code child}. */
  final void setKey(int at, TreeNode child) {
    scores[at] = child.scores[0];
    seqs[at] = child.seqs[0];
    ids[at] = child.ids[0];
  }

  /** Grows the arrays of a node that is about to be merged or levelled to their full length. */
  final void growFully() {
    if (scores.length < CAPACITY) {
      scores = Arrays.copyOf(scores, CAPACITY);
      seqs = Arrays.copyOf(seqs, CAPACITY);
      ids = Arrays.copyOf(ids, CAPACITY);
    }
  }
}
