package io.thalweg.leaderboard;

import com.google.protobuf.Timestamp;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.Ranking;
import java.util.ArrayList;
import java.util.List;

/** Makes the messages that reads answer with. */
final class Answers {
  private Answers() {}

  static Board board(String name, BoardRow row) {
    SeasonMarks seasons = row.seasons();
    Board.Builder board =
        Board.newBuilder()
            .setBoard(name)
            .setSettings(row.settings().toMessage())
            .setMemberCount(row.memberCount())
            .setCreateTime(time(row.createTimeMs()))
            .setSeason(seasons.current())
            .setSeasonStartTime(time(seasons.startMs()));
    if (seasons.nextResetMs() != 0) {
      board.setNextResetTime(time(seasons.nextResetMs()));
    }
    return board.build();
  }

  static Timestamp time(long ms) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(ms, 1000L))
        .setNanos((int) Math.floorMod(ms, 1000L) * 1_000_000)
        .build();
  }

  /** The milliseconds since 1970 that {@link #time} was given; 0 for an absent time. */
  static long ms(Timestamp time) {
    return time.getSeconds() * 1000L + time.getNanos() / 1_000_000;
  }

  /**
   * One member's entry.
   *
   * @param name the member's, which the caller has at hand: it would have to be decoded
   */
  static Entry entry(BoardRanks board, int id, String name) {
    long counts = board.positionAndBetter(id);
    return entry(board, id, name, (int) counts, (int) (counts >>> 32));
  }

  /** The same for a caller who knows the position, and how many have a better score. */
  static Entry entry(BoardRanks board, int id, String name, int position, int better) {
    int rank =
        switch (board.settings().ranking()) {
          case COMPETITION -> better + 1;
          case DENSE -> board.rank(id);
          case ORDINAL, RANKING_UNSPECIFIED, UNRECOGNIZED -> position + 1;
        };
    return make(board, id, name, rank, better);
  }

  /** The entries at the positions from {@code from} to {@code end}, exclusive. */
  static List<Entry> entries(BoardRanks board, int from, int end) {
    List<Entry> entries = new ArrayList<>(Math.max(0, end - from));
    if (from >= end) {
      return entries;
    }
    Ranking ranking = board.settings().ranking();
    CountedTree.Cursor cursor = board.from(from);
    long score = cursor.score();
    int better = board.better(board.score(cursor.id()));
    int dense = ranking == Ranking.DENSE ? board.betterScores(board.score(cursor.id())) + 1 : 0;
    do {
      if (cursor.score() != score) {
        score = cursor.score();
        better = cursor.position();
        dense++;
      }
      int rank =
          switch (ranking) {
            case COMPETITION -> better + 1;
            case DENSE -> dense;
            case ORDINAL, RANKING_UNSPECIFIED, UNRECOGNIZED -> cursor.position() + 1;
          };
      entries.add(make(board, cursor.id(), board.name(cursor.id()), rank, better));
    } while (entries.size() < end - from && cursor.next());
    return entries;
  }

  private static Entry make(BoardRanks board, int id, String name, int rank, int better) {
    return Entry.newBuilder()
        .setMember(name)
        .setScore(board.score(id))
        .setRank(rank)
        .setPercentile(100.0 * (board.size() - better) / board.size())
        .setReachTime(time(board.reachTimeMs(id)))
        .build();
  }
}
