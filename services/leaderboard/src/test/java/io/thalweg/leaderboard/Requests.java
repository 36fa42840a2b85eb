package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetBoardRequest;
import io.thalweg.leaderboard.v1.GetEntryRequest;
import io.thalweg.leaderboard.v1.ImportStep;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.RemoveMemberRequest;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.runtime.Failure;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Short ways to say requests. */
final class Requests {
  private Requests() {}

  static CreateBoardRequest newBoard(
      String board, Order order, Operator operator, Ranking ranking, int cap) {
    return CreateBoardRequest.newBuilder()
        .setBoard(board)
        .setSettings(
            BoardSettings.newBuilder()
                .setOrder(order)
                .setOperator(operator)
                .setRanking(ranking)
                .setMemberCap(cap))
        .build();
  }

  static SubmitScoreRequest submit(String board, String member, double score) {
    return SubmitScoreRequest.newBuilder()
        .setBoard(board)
        .setMember(member)
        .setScore(score)
        .build();
  }

  static Score score(String member, double score) {
    return Score.newBuilder().setMember(member).setScore(score).build();
  }

  static SubmitScoresRequest batch(String board, Score... scores) {
    return SubmitScoresRequest.newBuilder().setBoard(board).addAllScores(List.of(scores)).build();
  }

  static SubmitScoresRequest step(SubmitScoresRequest batch, String source, long after, long last) {
    return batch.toBuilder()
        .setImport(ImportStep.newBuilder().setSource(source).setAfterRow(after).setLastRow(last))
        .build();
  }

  static RemoveMemberRequest remove(String board, String member) {
    return RemoveMemberRequest.newBuilder().setBoard(board).setMember(member).build();
  }

  static ListEntriesRequest list(String board, int pageSize) {
    return ListEntriesRequest.newBuilder().setBoard(board).setPageSize(pageSize).build();
  }

  static GetEntryRequest get(String board, String member) {
    return GetEntryRequest.newBuilder().setBoard(board).setMember(member).build();
  }

  static GetBoardRequest board(String board) {
    return GetBoardRequest.newBuilder().setBoard(board).build();
  }

  /** Entries as "rank member score", for short comparisons. */
  static List<String> lines(List<Entry> entries) {
    return entries.stream()
        .map(e -> e.getRank() + " " + e.getMember() + " " + plain(e.getScore()))
        .toList();
  }

  private static String plain(double score) {
    return score == Math.rint(score) ? Long.toString((long) score) : Double.toString(score);
  }

  /** The failure that the call ends in. */
  static Failure failureOf(ThrowingCallable call) {
    Throwable thrown = Assertions.catchThrowable(call);
    Assertions.assertThat(thrown).isInstanceOf(Failure.class);
    return (Failure) thrown;
  }
}
