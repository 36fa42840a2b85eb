package io.thalweg.leaderboard;

import io.thalweg.leaderboard.Rows.NameOnBoard;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.state.RowListener;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A program, not a test: prints what the derived structure of a partition costs. Arguments: members
 * of a large board (default 1,000,000), number of small boards (default 100,000).
 */
final class RanksFigures {
  private RanksFigures() {}

  private record RowListeners(
      RowListener<String, BoardRow> boards, RowListener<NameOnBoard, Standing> standings) {
    RowListeners(BoardIndex index) {
      this(index.boardRows(), index.standingRows());
    }
  }

  /** Runs the measurements and prints them. */
  public static void main(String[] args) {
    int members = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int boards = args.length > 1 ? Integer.parseInt(args[1]) : 100_000;
    for (int round = 0; round < 3; round++) {
      large(members);
    }
    for (int each : new int[] {0, 1, 10, 100}) {
      small(boards, each);
    }
  }

  /** Rows come in the order of names, as they do when a partition is opened. */
  private static void large(int members) {
    List<byte[][]> rows = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < members; i++) {
      rows.add(
          new byte[][] {
            ("player" + HexFormat.of().toHexDigits(i))
                .getBytes(java.nio.charset.StandardCharsets.UTF_8),
            Rows.STANDING.encode(
                new Standing(random.nextInt(1_000_000_000), random.nextLong(1L << 40), 1))
          });
    }
    long used = usedBytes();
    long start = cpuNs();
    BoardIndex index = new BoardIndex();
    RowListeners listeners = new RowListeners(index);
    listeners.boards().changed(0, "b", null, row(1, members, Ranking.ORDINAL));
    for (byte[][] row : rows) {
      String name = new String(row[0], java.nio.charset.StandardCharsets.UTF_8);
      listeners
          .standings()
          .changed(0, new NameOnBoard(1, name), null, Rows.STANDING.decode(row[1]));
    }
    double loaded = (cpuNs() - start) / 1e9;
    listeners.standings().settled();
    double built = (cpuNs() - start) / 1e9;
    BoardRanks board = index.get(0, "b");
    long bytes = usedBytes() - used;
    System.out.printf(
        Locale.ROOT,
        "open %,d members: rows decoded and indexed %.2f s, ranks ready %.2f s, %.1f bytes a"
            + " member%n",
        members,
        loaded,
        built,
        (double) bytes / members);
    changes(listeners, board, members);
    dense(listeners, board, members, usedBytes());
    // What is measured is used to the end, or the collector would take it before.
    System.out.printf(Locale.ROOT, "  (%,d rows, %d board)%n", rows.size(), index.size());
  }

  private static void changes(RowListeners listeners, BoardRanks board, int members) {
    int operations = 1_000_000;
    SplittableRandom random = new SplittableRandom(4);
    NameOnBoard[] keys = new NameOnBoard[operations];
    Standing[] standings = new Standing[operations];
    for (int i = 0; i < operations; i++) {
      keys[i] = new NameOnBoard(1, "player" + HexFormat.of().toHexDigits(random.nextInt(members)));
      standings[i] = new Standing(random.nextInt(1_000_000_000), (1L << 41) + i, i);
    }
    long start = cpuNs();
    long ids = 0;
    for (int i = 0; i < operations; i++) {
      ids += board.find(keys[i].name());
    }
    System.out.printf(
        Locale.ROOT,
        "  member by name: %d ns (mean number %d)%n",
        (cpuNs() - start) / operations,
        ids / operations);
    start = cpuNs();
    for (int i = 0; i < operations; i++) {
      listeners.standings().changed(0, keys[i], standings[i], standings[i]);
    }
    System.out.printf(Locale.ROOT, "  row change: %d ns%n", (cpuNs() - start) / operations);
    start = cpuNs();
    long sum = 0;
    for (int i = 0; i < operations; i++) {
      sum += board.rank(board.find(keys[i].name()));
    }
    System.out.printf(
        Locale.ROOT,
        "  rank by name: %d ns (mean rank %d)%n",
        (cpuNs() - start) / operations,
        sum / operations);
  }

  private static void dense(RowListeners listeners, BoardRanks board, int members, long used) {
    listeners.boards().changed(0, "b", board.row(), row(1, members, Ranking.DENSE));
    long start = cpuNs();
    int rank = board.rank(0);
    double seconds = (cpuNs() - start) / 1e9;
    long bytes = usedBytes() - used;
    System.out.printf(
        Locale.ROOT,
        "  dense ranks: built in %.2f s, %.1f bytes a member more (rank %d of %,d)%n",
        seconds,
        (double) bytes / members,
        rank,
        board.size());
  }

  private static void small(int boards, int members) {
    long used = usedBytes();
    BoardIndex index = new BoardIndex();
    RowListeners listeners = new RowListeners(index);
    for (int b = 0; b < boards; b++) {
      listeners.boards().changed(0, "board-" + b, null, row(b, members, Ranking.ORDINAL));
      for (int m = 0; m < members; m++) {
        listeners
            .standings()
            .changed(0, new NameOnBoard(b, "player-" + m), null, new Standing(m % 7, m, 0));
      }
      if (members > 0) {
        index.get(0, "board-" + b).rank(0);
      }
    }
    long bytes = usedBytes() - used;
    System.out.printf(
        Locale.ROOT,
        "%,d boards of %d members: %,d bytes a board%n",
        index.size(),
        members,
        bytes / boards);
  }

  private static BoardRow row(long id, int members, Ranking ranking) {
    return new BoardRow(
        id, 0, new Settings(Order.HIGH_FIRST, Operator.LAST, ranking, 0), members, 0);
  }

  /** Time on a processor: other programs on the machine do not count. */
  private static long cpuNs() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
