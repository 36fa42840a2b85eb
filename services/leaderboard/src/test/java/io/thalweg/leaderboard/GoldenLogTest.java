package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardSettings;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ForgetMemberResponse;
import io.thalweg.leaderboard.v1.ImportStep;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.RemoveMemberRequest;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.SetDisplayNameResponse;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.runtime.Caller;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.testkit.GoldenLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A log that a release wrote replays to the state that the release had: every event, a named
 * request, a second project. If this fails the replay of users' logs has changed. To record the log
 * of the present level: {@code -Dcontract=record}.
 */
class GoldenLogTest {
  private static final List<String> BOARDS = List.of("high", "low", "sum", "capped", "reset");

  private static final GoldenLog GOLDEN = GoldenLog.of(Leaderboard.TYPE, GoldenLogTest::answers);

  @TempDir Path folder;

  /** Writes the golden log of the present level, once; what is there stays. */
  @BeforeAll
  static void recordTheLogOfThisRelease(@TempDir Path folder) {
    GOLDEN.record(folder, GoldenLogTest::write);
  }

  static List<Integer> levels() {
    return GOLDEN.levels();
  }

  @Test
  void everyReleaseHasAGoldenLog() {
    assertThat(GOLDEN.levelsWithout()).as("levels without a golden log").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("levels")
  void aLogOfEveryReleaseReplaysToTheStateThatItHad(int level) {
    GOLDEN.verify(level, folder);
  }

  /** What a node on such a log answers. */
  private static void answers(Node node, StringBuilder out) {
    for (String board : BOARDS) {
      for (Caller caller : List.of(Caller.ANONYMOUS, new Caller(5, "ana"))) {
        if (caller.project() == 5 && !board.equals("high")) {
          continue;
        }
        out.append(board).append(" in project ").append(caller.project()).append('\n');
        ListEntriesRequest list = ListEntriesRequest.newBuilder().setBoard(board).build();
        for (Entry entry :
            node.call(new Request(list, caller, null, Long.MAX_VALUE), ListEntriesResponse.class)
                .getEntriesList()) {
          out.append(
              "  %d %s %s%n".formatted(entry.getRank(), entry.getMember(), entry.getScore()));
        }
      }
    }
  }

  private static void write(Node node) {
    List<SubmitScoreRequest> scores = new ArrayList<>();
    create(node, "low", Order.LOW_FIRST, Operator.BEST, Ranking.COMPETITION, 0);
    create(node, "sum", Order.HIGH_FIRST, Operator.SUM, Ranking.DENSE, 0);
    create(node, "capped", Order.HIGH_FIRST, Operator.LAST, Ranking.ORDINAL, 3);
    for (String board : List.of("high", "low", "sum", "capped", "reset", "gone")) {
      for (int i = 0; i < 8; i++) {
        scores.add(
            SubmitScoreRequest.newBuilder()
                .setBoard(board)
                .setMember("member-" + i * 5 % 7)
                .setScore(i * 3 % 5 - 1.5)
                .build());
      }
    }
    scores.forEach(score -> node.call(score, SubmitScoreResponse.class));
    node.call(Request.of(scores.get(7)).named("once"), SubmitScoreResponse.class);
    node.call(
        new Request(scores.get(3), new Caller(5, "ana"), "once", Long.MAX_VALUE),
        SubmitScoreResponse.class);
    node.call(
        SubmitScoresRequest.newBuilder()
            .setBoard("sum")
            .addScores(Score.newBuilder().setMember("Jos\u00e9").setScore(2))
            .addScores(Score.newBuilder().setMember("member-1").setScore(0.25))
            .setImport(ImportStep.newBuilder().setSource("file").setAfterRow(0).setLastRow(2))
            .build(),
        SubmitScoresResponse.class);
    node.call(
        RemoveMemberRequest.newBuilder().setBoard("high").setMember("member-2").build(),
        RemoveMemberResponse.class);
    node.call(
        UpdateBoardRequest.newBuilder().setBoard("high").setRanking(Ranking.DENSE).build(),
        Board.class);
    node.call(ResetBoardRequest.newBuilder().setBoard("reset").build(), Board.class);
    node.call(
        SubmitScoreRequest.newBuilder().setBoard("reset").setMember("new").setScore(1).build(),
        SubmitScoreResponse.class);
    node.call(DeleteBoardRequest.newBuilder().setBoard("gone").build(), DeleteBoardResponse.class);
    for (String member : List.of("member-1", "member-3", "member-4")) {
      node.call(
          DisplayNamesTest.set("high", member, "Name of " + member), SetDisplayNameResponse.class);
    }
    node.call(DisplayNamesTest.forget("member-3"), ForgetMemberResponse.class);
    node.call(
        RemoveMemberRequest.newBuilder().setBoard("high").setMember("member-4").build(),
        RemoveMemberResponse.class);
  }

  private static void create(
      Node node, String board, Order order, Operator operator, Ranking ranking, int cap) {
    node.call(
        CreateBoardRequest.newBuilder()
            .setBoard(board)
            .setSettings(
                BoardSettings.newBuilder()
                    .setOrder(order)
                    .setOperator(operator)
                    .setRanking(ranking)
                    .setMemberCap(cap))
            .build(),
        Board.class);
  }
}
