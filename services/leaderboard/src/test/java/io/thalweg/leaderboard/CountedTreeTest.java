package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The counted tree against a sorted map, over random inserts and removes. */
class CountedTreeTest {
  private record Key(long score, long seq) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byScore = Long.compare(score, other.score);
      return byScore != 0 ? byScore : Long.compare(seq, other.seq);
    }
  }

  @Property(tries = 30)
  void positionsAndSelectionAreThoseOfASortedMap(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 5000) int scores) {
    Random random = new Random(seed);
    CountedTree tree = new CountedTree();
    NavigableMap<Key, Integer> model = new TreeMap<>();
    grow(tree, model, random, scores, 4000, 0.9);
    check(tree, model, random);
    grow(tree, model, random, scores, 6000, 0.3);
    check(tree, model, random);
    grow(tree, model, random, scores, 3000, 0.6);
    check(tree, model, random);
  }

  @Test
  void deepTreeKeepsItsInvariantsWhileItIsEmptied() {
    Random random = new Random(11);
    CountedTree tree = new CountedTree();
    NavigableMap<Key, Integer> model = new TreeMap<>();
    grow(tree, model, random, 1_000_000, 60_000, 1.0);
    assertThat(tree.height()).isGreaterThanOrEqualTo(2);
    check(tree, model, random);
    grow(tree, model, random, 1_000_000, 58_000, 0.02);
    check(tree, model, random);
    List<Key> left = new ArrayList<>(model.keySet());
    for (Key key : left) {
      tree.remove(key.score(), key.seq(), -1);
    }
    assertThat(tree.size()).isZero();
    assertThat(tree.height()).isZero();
  }

  @Test
  void keysInRisingAndFallingOrderFillNodesThreeQuarters() {
    for (int direction : new int[] {1, -1}) {
      CountedTree tree = new CountedTree();
      int n = 50_000;
      for (int i = 0; i < n; i++) {
        tree.insert((long) i * direction, i, i);
      }
      invariants(tree);
      assertThat(leaves(tree.root())).isLessThan(n * 4 / 3 / TreeNode.CAPACITY + 10);
      assertThat(tree.seek(0).score()).isEqualTo(direction == 1 ? 0 : -(n - 1));
    }
  }

  @Property(tries = 40)
  void bulkBuildEqualsInsertsOneByOne(@ForAll long seed, @ForAll @IntRange(max = 40_000) int n) {
    Random random = new Random(seed);
    long[] scores = new long[n];
    long[] seqs = new long[n];
    int[] ids = new int[n];
    NavigableMap<Key, Integer> model = new TreeMap<>();
    for (int i = 0; i < n; i++) {
      scores[i] = random.nextInt(1 + n / 3);
      seqs[i] = i;
      ids[i] = i;
      model.put(new Key(scores[i], i), i);
    }
    EntrySort.sort(scores, seqs, ids, n, null);
    CountedTree tree = CountedTree.ofSorted(scores, seqs, ids, n, null);
    check(tree, model, random);
    grow(tree, model, random, 1 + n / 3, 500, 0.5);
    check(tree, model, random);
  }

  @Test
  void aSecondEntryWithTheSameKeyIsRefused() {
    CountedTree tree = new CountedTree();
    tree.insert(1, 2, 3);
    assertThatThrownBy(() -> tree.insert(1, 2, 4)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void removingWhatIsNotThereIsRefused() {
    CountedTree tree = new CountedTree();
    tree.insert(1, 2, 3);
    assertThatThrownBy(() -> tree.remove(1, 3, -1)).isInstanceOf(IllegalStateException.class);
  }

  private static void grow(
      CountedTree tree,
      NavigableMap<Key, Integer> model,
      Random random,
      int scores,
      int operations,
      double inserts) {
    List<Key> keys = new ArrayList<>(model.keySet());
    for (int i = 0; i < operations; i++) {
      if (keys.isEmpty() || random.nextDouble() < inserts) {
        Key key = new Key(random.nextInt(scores) - scores / 2, random.nextLong(1 << 20));
        if (model.putIfAbsent(key, i) == null) {
          tree.insert(key.score(), key.seq(), i);
          keys.add(key);
        }
      } else {
        int at = random.nextInt(keys.size());
        Key key = keys.set(at, keys.getLast());
        keys.removeLast();
        model.remove(key);
        tree.remove(key.score(), key.seq(), -1);
      }
    }
  }

  private static void check(CountedTree tree, NavigableMap<Key, Integer> model, Random random) {
    invariants(tree);
    assertThat(tree.size()).isEqualTo(model.size());
    List<Key> keys = new ArrayList<>(model.keySet());
    if (!keys.isEmpty()) {
      CountedTree.Cursor cursor = tree.seek(0);
      for (int i = 0; i < keys.size(); i++) {
        Key key = keys.get(i);
        if (cursor.position() != i
            || cursor.score() != key.score()
            || cursor.seq() != key.seq()
            || !Integer.valueOf(cursor.id()).equals(model.get(key))) {
          throw new AssertionError("entry " + i + " is not " + key);
        }
        if (cursor.next() != (i + 1 < keys.size())) {
          throw new AssertionError("the cursor ends after entry " + i);
        }
      }
    }
    for (int i = 0; i < 200 && !keys.isEmpty(); i++) {
      int at = random.nextInt(keys.size());
      Key key = keys.get(at);
      assertThat(tree.countBelow(key.score(), key.seq(), -1)).isEqualTo(at);
      int smaller = below(keys, new Key(key.score(), Long.MIN_VALUE));
      assertThat(tree.countsBelow(key.score(), key.seq(), -1)).isEqualTo((long) smaller << 32 | at);
      assertThat(tree.seek(at).id()).isEqualTo(model.get(key));
      assertThat(tree.hasScore(key.score())).isTrue();
      long absent = random.nextInt();
      assertThat(tree.countBelow(absent, 0, -1)).isEqualTo(below(keys, new Key(absent, 0)));
    }
  }

  private static int below(List<Key> keys, Key place) {
    int at = Collections.binarySearch(keys, place);
    return at < 0 ? -at - 1 : at;
  }

  private static void invariants(CountedTree tree) {
    assertThat(count(tree.root(), tree.height(), true, Long.MIN_VALUE, Long.MAX_VALUE))
        .isEqualTo(tree.size());
  }

  private static int count(TreeNode node, int level, boolean root, long low, long high) {
    if (!root) {
      assertThat(node.size).isBetween(TreeNode.MINIMUM, TreeNode.CAPACITY);
    }
    if (node instanceof TreeLeaf leaf) {
      assertThat(level).isZero();
      for (int i = 0; i < leaf.size; i++) {
        if (leaf.scores[i] < low || leaf.scores[i] > high) {
          throw new AssertionError("score " + leaf.scores[i] + " is not in " + low + ".." + high);
        }
      }
      return leaf.size;
    }
    TreeBranch branch = (TreeBranch) node;
    int sum = 0;
    for (int i = 0; i < branch.size; i++) {
      long from = i == 0 ? low : branch.scores[i];
      long to = i + 1 == branch.size ? high : branch.scores[i + 1];
      int count = count(branch.child(i), level - 1, false, from, to);
      assertThat(branch.counts[i]).isEqualTo(count);
      assertThat(i < 2 || branch.scores[i - 1] <= branch.scores[i]).isTrue();
      sum += count;
    }
    return sum;
  }

  private static int leaves(TreeNode node) {
    if (node instanceof TreeLeaf) {
      return 1;
    }
    TreeBranch branch = (TreeBranch) node;
    int sum = 0;
    for (int i = 0; i < branch.size; i++) {
      sum += leaves(branch.child(i));
    }
    return sum;
  }
}
