package io.thalweg.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.leaderboard.v1.ListRangeRequest;
import io.thalweg.leaderboard.v1.ListRangeResponse;
import io.thalweg.leaderboard.v1.RangeOf;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** What was answered is answered again until its board changes, and no longer. */
class RecentRangesTest {
  private static final ListRangeRequest FIRST =
      ListRangeRequest.newBuilder().setBoard("b").setOf(RangeOf.PLACES).setLast(9).build();
  private static final ListRangeResponse ANSWER =
      ListRangeResponse.newBuilder().setCount(1).addMembers("ada").addScores(7).build();

  private final RecentRanges recent = new RecentRanges();
  private final BoardRow row = new BoardRow(1, 0, Settings.SORTED_SET, 0, 0);
  private final BoardRanks board = new BoardRanks(row, new EncodedName());

  @Test
  void theSameRequestOfAnUnchangedBoardIsKnown() {
    assertThat(recent.find(board, FIRST)).isNull();
    assertThat(recent.keep(board, FIRST, ANSWER)).isSameAs(ANSWER);
    assertThat(recent.find(board, FIRST.toBuilder().build())).isSameAs(ANSWER);
    assertThat(recent.find(board, FIRST.toBuilder().setLast(8).build())).isNull();
  }

  @Test
  void aStandingThatComesMovesOrGoesEndsIt() {
    recent.keep(board, FIRST, ANSWER);
    board.stand("ada", new Standing(7, 1, 0));
    assertThat(recent.find(board, FIRST)).isNull();

    recent.keep(board, FIRST, ANSWER);
    board.stand("ada", new Standing(8, 2, 0));
    assertThat(recent.find(board, FIRST)).isNull();

    recent.keep(board, FIRST, ANSWER);
    board.stand("ada", null);
    assertThat(recent.find(board, FIRST)).isNull();
  }

  @Test
  void anotherRowOfTheBoardEndsIt() {
    recent.keep(board, FIRST, ANSWER);
    board.row(new BoardRow(1, 0, Settings.DEFAULT, 0, 0));
    assertThat(recent.find(board, FIRST)).isNull();
  }

  @Test
  void anotherBoardOfThatNameHasNothingOfIt() {
    recent.keep(board, FIRST, ANSWER);
    assertThat(recent.find(new BoardRanks(row, new EncodedName()), FIRST)).isNull();
  }

  @Test
  void aLongAnswerIsNotKept() {
    ListRangeResponse.Builder most = ListRangeResponse.newBuilder();
    most.addAllMembers(Collections.nCopies(100, "m")).addAllScores(Collections.nCopies(100, 1.0));
    recent.keep(board, FIRST, most.build());
    assertThat(recent.find(board, FIRST)).isNotNull();
    board.stand("ada", new Standing(7, 1, 0));
    recent.keep(board, FIRST, most.addMembers("m").addScores(1).build());
    assertThat(recent.find(board, FIRST)).isNull();
  }
}
