package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.TieBreak;
import org.jspecify.annotations.Nullable;

/**
 * The members of one board in rank order. Derived from the rows of its standings; changes only with
 * them.
 *
 * <p>The tree of all standings is built in one pass over sorted arrays, at open for a large board
 * and otherwise when a rank is first asked for, and kept up with every change from then on. So rows
 * can be loaded, and a log replayed, without a tree to search. The tree of distinct scores exists
 * only while ranks are dense.
 *
 * <p>Equal scores stand in the order of their sequence numbers, or of their members' names.
 *
 * <p>A position is a place in rank order, from 0; a rank is what the board's ranking makes of it,
 * from 1. Both cost O(log n). Not thread-safe.
 */
final class BoardRanks {
  // Below, building takes less than 2 ms.
  private static final int BUILT_WHEN_OPENED = 10_000;

  private final Members members;
  private BoardRow row;
  private @Nullable CountedTree tree;
  private @Nullable CountedTree distinct;
  // Null from a change on until somebody asks, so that a change costs nothing more.
  private @Nullable Object version;

  BoardRanks(BoardRow row, EncodedName encoded) {
    this.row = row;
    this.members = new Members(encoded);
  }

  BoardRow row() {
    return row;
  }

  Settings settings() {
    return row.settings();
  }

  int size() {
    return members.size();
  }

  /** The board's row changed. */
  void row(BoardRow changed) {
    boolean turned =
        changed.settings().order() != row.settings().order()
            || changed.settings().tieBreak() != row.settings().tieBreak();
    row = changed;
    version = null;
    if (turned) {
      tree = null;
    }
    if (turned || changed.settings().ranking() != Ranking.DENSE) {
      distinct = null;
    }
  }

  /** The same object as long as nothing has changed here, and never that of another board. */
  Object version() {
    Object present = version;
    if (present == null) {
      present = new Object();
      version = present;
    }
    return present;
  }

  /** All stored rows are in: what would make the first reader wait is done now. */
  void opened() {
    if (members.size() > BUILT_WHEN_OPENED) {
      tree();
    }
  }

  /** A standing changed: null, there is none any more. */
  void stand(String member, @Nullable Standing standing) {
    version = null;
    int id = members.find(member);
    if (id >= 0) {
      leave(id);
      if (standing == null) {
        members.remove(id);
        return;
      }
      members.set(id, standing.score(), standing.seq(), standing.reachTimeMs());
    } else if (standing != null) {
      id = members.add(member, standing.score(), standing.seq(), standing.reachTimeMs());
    } else {
      throw new IllegalStateException("a standing was removed that was not there");
    }
    enter(id);
  }

  private void enter(int id) {
    if (tree == null) {
      return;
    }
    long key = key(members.score(id));
    if (distinct != null && !distinct.hasScore(key)) {
      distinct.insert(key, 0, 0);
    }
    tree.insert(key, tie(id), id);
  }

  private void leave(int id) {
    if (tree == null) {
      return;
    }
    long key = key(members.score(id));
    tree.remove(key, tie(id), id);
    if (distinct != null && !tree.hasScore(key)) {
      distinct.remove(key, 0, 0);
    }
  }

  /** What stands beside the member's score in the tree. */
  private long tie(int id) {
    return tiesByName() ? members.namePrefix(id) : members.seq(id);
  }

  private boolean tiesByName() {
    return row.settings().tieBreak() == TieBreak.BY_NAME;
  }

  /** The member's number, or -1. Valid until the next change. */
  int find(String member) {
    return members.find(member);
  }

  String name(int id) {
    return members.name(id);
  }

  double score(int id) {
    return members.score(id);
  }

  long seq(int id) {
    return members.seq(id);
  }

  long reachTimeMs(int id) {
    return members.reachTimeMs(id);
  }

  @Nullable Standing standing(String member) {
    int id = members.find(member);
    return id < 0
        ? null
        : new Standing(members.score(id), members.seq(id), members.reachTimeMs(id));
  }

  /** The member's position. */
  int position(int id) {
    return tree().countBelow(key(members.score(id)), tie(id), id);
  }

  /** The member's rank, by the board's ranking. */
  int rank(int id) {
    return switch (settings().ranking()) {
      case COMPETITION -> better(members.score(id)) + 1;
      case DENSE -> betterScores(members.score(id)) + 1;
      case ORDINAL, RANKING_UNSPECIFIED, UNRECOGNIZED -> position(id) + 1;
    };
  }

  /** The member's position in the lower half; in the upper, how many have a better score. */
  long positionAndBetter(int id) {
    return tree().countsBelow(key(members.score(id)), tie(id), id);
  }

  /** How many members have a strictly better score. */
  int better(double score) {
    return tree().countSmaller(key(score));
  }

  /** How many members have this score or a better one. */
  int betterOrLevel(double score) {
    return tree().countUpTo(key(score));
  }

  /** How many distinct scores are strictly better. */
  int betterScores(double score) {
    return distinct().countSmaller(key(score));
  }

  /** Where a page that ends with this member ends. */
  PageToken placeOf(int id) {
    return new PageToken(score(id), seq(id), tiesByName() ? name(id) : "");
  }

  /** The first position after the place of a standing, whether or not somebody stands there. */
  int positionAfter(double score, long seq, String member) {
    if (tiesByName()) {
      return positionOfName(member, true, better(score), betterOrLevel(score));
    }
    return tree().countBelow(key(score), seq + 1, -1);
  }

  /**
   * The first position from {@code from} to {@code end}, exclusive, at which a name is not below
   * the one given, or is above it; {@code end} if there is none. Names must stand in order there.
   */
  int positionOfName(String name, boolean above, int from, int end) {
    int low = from;
    int high = end;
    members.encode(name);
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = members.compareToEncoded(tree().seek(middle).id());
      if (order < 0 || (order == 0 && above)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Number of the last member in rank order. There must be one. */
  int last() {
    return tree().seek(size() - 1).id();
  }

  /** A cursor over members in rank order from a position on. Valid until the next change. */
  CountedTree.Cursor from(int position) {
    return tree().seek(position);
  }

  private CountedTree tree() {
    CountedTree present = tree;
    if (present != null) {
      return present;
    }
    int n = members.size();
    long[] scores = new long[n];
    long[] seqs = new long[n];
    int[] ids = new int[n];
    int at = 0;
    for (int id = 0; id < members.end(); id++) {
      if (members.isUsed(id)) {
        scores[at] = key(members.score(id));
        seqs[at] = tie(id);
        ids[at++] = id;
      }
    }
    Ties ties = tiesByName() ? members::compareNames : null;
    EntrySort.sort(scores, seqs, ids, n, ties);
    CountedTree built = CountedTree.ofSorted(scores, seqs, ids, n, ties);
    tree = built;
    return built;
  }

  private CountedTree distinct() {
    CountedTree present = distinct;
    if (present != null) {
      return present;
    }
    CountedTree all = tree();
    long[] scores = new long[all.size()];
    int n = 0;
    if (all.size() > 0) {
      CountedTree.Cursor cursor = all.seek(0);
      do {
        if (n == 0 || scores[n - 1] != cursor.score()) {
          scores[n++] = cursor.score();
        }
      } while (cursor.next());
    }
    CountedTree built = CountedTree.ofSorted(scores, new long[n], new int[n], n, null);
    if (settings().ranking() == Ranking.DENSE) {
      distinct = built;
    }
    return built;
  }

  private long key(double score) {
    return rankKey(score, row.settings().order());
  }

  /** A number that is smaller the better a score is: the bits of a double, made to sort. */
  static long rankKey(double score, Order order) {
    long bits = Double.doubleToRawLongBits(score);
    long ascending = bits ^ ((bits >> 63) & Long.MAX_VALUE);
    return order == Order.HIGH_FIRST ? ~ascending : ascending;
  }

  /** For tests: the trees, built if they were not. */
  CountedTree builtTree() {
    return tree();
  }
}
