package io.thalweg.leaderboard;

import static io.thalweg.leaderboard.Requests.board;
import static io.thalweg.leaderboard.Requests.failureOf;
import static io.thalweg.leaderboard.Requests.newBoard;
import static io.thalweg.leaderboard.Requests.submit;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.CreateBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetImportMarkRequest;
import io.thalweg.leaderboard.v1.ImportMark;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.leaderboard.v1.TieBreak;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BoardCommandsTest {
  private static final CreateBoardRequest LAPS =
      newBoard("laps", Order.LOW_FIRST, Operator.MIN, Ranking.DENSE, 100);

  private final SoloPartition partition = new SoloPartition();

  @AfterEach
  void close() {
    partition.close();
  }

  @Test
  void createAnswersTheBoardAsItIs() {
    Board made = call(LAPS);
    assertThat(made.getSettings())
        .isEqualTo(
            LAPS.getSettings().toBuilder()
                .setArchiveTop(Settings.DEFAULT_ARCHIVE_TOP)
                .setMaxSeasons(Settings.DEFAULT_MAX_SEASONS)
                .setTieBreak(TieBreak.REACHED_FIRST)
                .build());
    assertThat(made.getMemberCount()).isZero();
    partition.call(submit("laps", "ana", 71.5), SubmitScoreResponse.class);
    Board again = call(LAPS);
    assertThat(again).isEqualTo(made.toBuilder().setMemberCount(1).build());
  }

  @Test
  void settingsLeftOpenGetTheDefaults() {
    Board made = call(CreateBoardRequest.newBuilder().setBoard("b").build());
    assertThat(Settings.of(made.getSettings())).isEqualTo(Settings.DEFAULT);
    assertThat(made.getSettings().getOrder()).isEqualTo(Order.HIGH_FIRST);
  }

  @Test
  void createWithOtherSettingsIsRefusedAndSaysWhichThereAre() {
    call(LAPS);
    assertThat(
            failureOf(
                () -> call(newBoard("laps", Order.LOW_FIRST, Operator.MIN, Ranking.DENSE, 0))))
        .hasMessage(
            "there is a board 'laps' with other settings: LOW_FIRST, MIN, DENSE, member_cap 100");
    assertThat(
            failureOf(() -> call(CreateBoardRequest.newBuilder().setBoard("laps").build())).code())
        .isEqualTo(Code.ALREADY_EXISTS);
  }

  @Test
  void orderAndOperatorChangeOnlyWhileTheBoardIsEmpty() {
    call(LAPS);
    UpdateBoardRequest order = update().setOrder(Order.HIGH_FIRST).build();
    UpdateBoardRequest operator = update().setOperator(Operator.SUM).build();
    call(order);
    assertThat(call(operator).getSettings().getOperator()).isEqualTo(Operator.SUM);
    partition.call(submit("laps", "ana", 1), SubmitScoreResponse.class);
    partition.call(submit("laps", "bo", 2), SubmitScoreResponse.class);
    assertThat(partition.call(Requests.get("laps", "bo"), Entry.class).getRank()).isEqualTo(1);
    // The same again contradicts nothing.
    call(order);
    call(operator);
    assertThat(failureOf(() -> call(update().setOrder(Order.LOW_FIRST).build())))
        .hasMessage(
            "order cannot change while the board has members: it is HIGH_FIRST with 2 members;"
                + " got LOW_FIRST");
    assertThat(failureOf(() -> call(update().setOperator(Operator.MAX).build())).code())
        .isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Test
  void theMemberCapIsNotBelowThePresentCount() {
    call(LAPS);
    for (String member : new String[] {"a", "b", "c"}) {
      partition.call(submit("laps", member, 1), SubmitScoreResponse.class);
    }
    assertThat(failureOf(() -> call(update().setMemberCap(2).build())))
        .hasMessage("member_cap must be 0 or at least the present member count 3; got 2");
    assertThat(call(update().setMemberCap(3).build()).getSettings().getMemberCap()).isEqualTo(3);
    assertThat(call(update().setMemberCap(0).build()).getSettings().getMemberCap()).isZero();
  }

  @Test
  void theRankingChangesAtAnyTime() {
    call(LAPS);
    for (String member : new String[] {"a", "b"}) {
      partition.call(submit("laps", member, 1), SubmitScoreResponse.class);
    }
    partition.call(submit("laps", "c", 2), SubmitScoreResponse.class);
    assertThat(rankOfC(Ranking.DENSE)).isEqualTo(2);
    assertThat(rankOfC(Ranking.COMPETITION)).isEqualTo(3);
    assertThat(rankOfC(Ranking.DENSE)).isEqualTo(2);
    assertThat(rankOfC(Ranking.ORDINAL)).isEqualTo(3);
  }

  private int rankOfC(Ranking ranking) {
    call(update().setRanking(ranking).build());
    return partition.call(Requests.get("laps", "c"), Entry.class).getRank();
  }

  @Test
  void anUpdateThatChangesNothingLogsNothing() {
    call(LAPS);
    int events = partition.log.size();
    call(update().setRanking(Ranking.DENSE).build());
    assertThat(partition.log).hasSize(events);
  }

  @Test
  void resetRemovesMembersAndMarksAndKeepsSettings() {
    Board made = call(LAPS);
    imported();
    Board reset = call(ResetBoardRequest.newBuilder().setBoard("laps").build());
    assertThat(reset)
        .isEqualTo(
            made.toBuilder().setSeason(2).setSeasonStartTime(reset.getSeasonStartTime()).build());
    assertThat(mark()).isZero();
    assertThat(failureOf(() -> partition.call(Requests.get("laps", "ana"), Entry.class)).code())
        .isEqualTo(Code.NOT_FOUND);
    assertThat(imported().getApplied()).isTrue();
  }

  @Test
  void aDeletedBoardIsGoneAndItsNameStartsAnew() {
    call(LAPS);
    imported();
    partition.call(
        DeleteBoardRequest.newBuilder().setBoard("laps").build(), DeleteBoardResponse.class);
    assertThat(failureOf(() -> call(board("laps"))).code()).isEqualTo(Code.NOT_FOUND);
    assertThat(mark()).isZero();
    partition.call(submit("laps", "bo", 1), SubmitScoreResponse.class);
    assertThat(Settings.of(call(board("laps")).getSettings())).isEqualTo(Settings.DEFAULT);
    assertThat(call(board("laps")).getMemberCount()).isEqualTo(1);
    try (SoloPartition reopened = partition.reopened();
        SoloPartition replayed = partition.replayed()) {
      assertThat(reopened.call(board("laps"), Board.class)).isEqualTo(call(board("laps")));
      assertThat(replayed.digest()).isEqualTo(partition.digest());
    }
  }

  @Test
  void whatIsDoneToABoardThatThereIsNotIsNotFound() {
    for (Message request :
        new Message[] {
          update().setRanking(Ranking.DENSE).build(),
          DeleteBoardRequest.newBuilder().setBoard("laps").build(),
          ResetBoardRequest.newBuilder().setBoard("laps").build(),
          board("laps")
        }) {
      assertThat(failureOf(() -> partition.call(request, Message.class)))
          .hasMessage("there is no board 'laps'");
    }
  }

  private static UpdateBoardRequest.Builder update() {
    return UpdateBoardRequest.newBuilder().setBoard("laps");
  }

  private Board call(Message request) {
    return partition.call(request, Board.class);
  }

  private SubmitScoresResponse imported() {
    return partition.call(
        Requests.step(Requests.batch("laps", Requests.score("ana", 1)), "file", 0, 1),
        SubmitScoresResponse.class);
  }

  private long mark() {
    return partition
        .call(
            GetImportMarkRequest.newBuilder().setBoard("laps").setSource("file").build(),
            ImportMark.class)
        .getRow();
  }
}
