package io.thalweg.leaderboard;

import static io.thalweg.leaderboard.Requests.batch;
import static io.thalweg.leaderboard.Requests.failureOf;
import static io.thalweg.leaderboard.Requests.get;
import static io.thalweg.leaderboard.Requests.lines;
import static io.thalweg.leaderboard.Requests.list;
import static io.thalweg.leaderboard.Requests.newBoard;
import static io.thalweg.leaderboard.Requests.score;
import static io.thalweg.leaderboard.Requests.step;
import static io.thalweg.leaderboard.Requests.submit;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.GetImportMarkRequest;
import io.thalweg.leaderboard.v1.ImportMark;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.Score;
import io.thalweg.leaderboard.v1.ScoresSubmitted;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.runtime.Failure;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubmissionsTest {
  private final SoloPartition partition = new SoloPartition();

  @AfterEach
  void close() {
    partition.close();
  }

  @Test
  void theFirstSubmitMakesABoardWithTheDefaults() {
    SubmitScoreResponse response = submitted("ana", 4200);
    assertThat(response.getMember()).isEqualTo("ana");
    assertThat(response.getScore()).isEqualTo(4200);
    assertThat(response.getRank()).isEqualTo(1);
    Board board = partition.call(Requests.board("goals"), Board.class);
    assertThat(Settings.of(board.getSettings())).isEqualTo(Settings.DEFAULT);
    assertThat(board.getMemberCount()).isEqualTo(1);
  }

  @Test
  void theFirstSubmitMakesABoardWithTheOperatorThatItNames() {
    SubmitScoreRequest sum =
        submit("goals", "ana", 1).toBuilder().setOperator(Operator.SUM).build();
    partition.call(sum, SubmitScoreResponse.class);
    assertThat(partition.call(sum, SubmitScoreResponse.class).getScore()).isEqualTo(2);
  }

  @Test
  void anOperatorThatContradictsTheBoardIsRefusedAndChangesNothing() {
    submitted("ana", 3);
    byte[] before = partition.digest();
    Failure failure =
        failureOf(() ->
            partition.call(
                submit("goals", "ana", 9).toBuilder().setOperator(Operator.SUM).build(),
                SubmitScoreResponse.class));
    assertThat(failure.code()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(failure).hasMessage("operator is BEST on board 'goals'; got SUM");
    assertThat(partition.digest()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "HIGH_FIRST, BEST, 5, 7, 7", "HIGH_FIRST, BEST, 7, 5, 7",
    "LOW_FIRST, BEST, 5, 7, 5", "LOW_FIRST, BEST, 7, 5, 5",
    "HIGH_FIRST, LAST, 7, 5, 5", "LOW_FIRST, LAST, 5, 7, 7",
    "HIGH_FIRST, SUM, 5, -7, -2", "LOW_FIRST, SUM, 5, 7, 12",
    "HIGH_FIRST, MIN, 5, 7, 5", "LOW_FIRST, MIN, 7, 5, 5",
    "HIGH_FIRST, MAX, 7, 5, 7", "LOW_FIRST, MAX, 5, 7, 7",
  })
  void operatorsCombineScores(
      Order order, Operator operator, double first, double second, double counts) {
    partition.call(newBoard("goals", order, operator, Ranking.ORDINAL, 0), Board.class);
    submitted("ana", first);
    assertThat(submitted("ana", second).getScore()).isEqualTo(counts);
    assertThat(partition.call(get("goals", "ana"), Entry.class).getScore()).isEqualTo(counts);
  }

  @Test
  void whoReachedAScoreFirstRanksFirstAndKeepsItsPlaceWhenItIsSubmittedAgain() {
    submitted("ana", 5);
    submitted("bo", 5);
    Entry before = partition.call(get("goals", "ana"), Entry.class);
    submitted("ana", 5);
    submitted("ana", 4);
    assertThat(partition.call(get("goals", "ana"), Entry.class)).isEqualTo(before);
    assertThat(entries()).containsExactly("1 ana 5", "2 bo 5");
  }

  @Test
  void minusZeroCountsAsZero() {
    submitted("ana", 0.0);
    SubmitScoreResponse response = submitted("bo", -0.0);
    assertThat(1 / response.getScore()).isEqualTo(Double.POSITIVE_INFINITY);
    partition.call(
        newBoard("competition", Order.HIGH_FIRST, Operator.LAST, Ranking.COMPETITION, 0),
        Board.class);
    partition.call(submit("competition", "ana", -0.0), SubmitScoreResponse.class);
    assertThat(
            partition.call(submit("competition", "bo", 0.0), SubmitScoreResponse.class).getRank())
        .isEqualTo(1);
  }

  @Test
  void aSumThatIsNoLongerFiniteIsOutOfRangeAndTheWholeBatchIsRefused() {
    partition.call(
        newBoard("goals", Order.HIGH_FIRST, Operator.SUM, Ranking.ORDINAL, 0), Board.class);
    submitted("ana", Double.MAX_VALUE);
    byte[] before = partition.digest();
    Failure one = failureOf(() -> submitted("ana", Double.MAX_VALUE));
    assertThat(one.code()).isEqualTo(Code.OUT_OF_RANGE);
    assertThat(one).hasMessageStartingWith("score must leave the sum finite");
    Failure many =
        failureOf(() -> batched(score("bo", 1), score("ana", 1), score("ana", Double.MAX_VALUE)));
    assertThat(many.code()).isEqualTo(Code.OUT_OF_RANGE);
    assertThat(many).hasMessageStartingWith("scores[2].score must leave the sum finite");
    assertThat(partition.digest()).isEqualTo(before);
  }

  @Test
  void aBatchGivesRunningScoresAndRanksAsTheyAreAfterAllOfIt() {
    partition.call(
        newBoard("goals", Order.HIGH_FIRST, Operator.SUM, Ranking.ORDINAL, 0), Board.class);
    SubmitScoresResponse response =
        batched(score("ana", 1), score("bo", 3), score("ana", 1), score("ana", 5));
    assertThat(response.getResultsList().stream().map(SubmitScoreResponse::getScore))
        .containsExactly(1.0, 3.0, 2.0, 7.0);
    assertThat(response.getResultsList().stream().map(SubmitScoreResponse::getRank))
        .containsExactly(1, 2, 1, 1);
    assertThat(entries()).containsExactly("1 ana 7", "2 bo 3");
  }

  @Test
  void aBatchOfAThousandTiesRanksInItsOrder() {
    Score[] scores = new Score[1000];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = score("m" + i, 1);
    }
    SubmitScoresResponse response = batched(scores);
    for (int i = 0; i < scores.length; i++) {
      assertThat(response.getResults(i).getRank()).isEqualTo(i + 1);
    }
  }

  @Test
  void aFullBoardTakesANewMemberOnlyIfItIsBetterThanTheLast() {
    partition.call(
        newBoard("goals", Order.HIGH_FIRST, Operator.BEST, Ranking.ORDINAL, 2), Board.class);
    submitted("ana", 5);
    submitted("bo", 3);
    SubmitScoreResponse level = submitted("cy", 3);
    assertThat(level.getRank()).isZero();
    assertThat(level.getScore()).isEqualTo(3);
    assertThat(entries()).containsExactly("1 ana 5", "2 bo 3");
    assertThat(submitted("cy", 4).getRank()).isEqualTo(2);
    assertThat(entries()).containsExactly("1 ana 5", "2 cy 4");
    assertThat(submitted("cy", 9).getRank()).isEqualTo(1);
    assertThat(entries()).containsExactly("1 cy 9", "2 ana 5");
  }

  @Test
  void aBatchOnAFullBoardIsDecidedScoreByScore() {
    partition.call(
        newBoard("goals", Order.LOW_FIRST, Operator.LAST, Ranking.ORDINAL, 2), Board.class);
    SubmitScoresResponse response =
        batched(
            score("ana", 5),
            score("bo", 3),
            score("cy", 9),
            score("cy", 4),
            score("ana", 2),
            score("cy", 1));
    // cy: too slow, then in for ana; ana: in for cy; cy: in for bo.
    assertThat(entries()).containsExactly("1 cy 1", "2 ana 2");
    assertThat(response.getResultsList().stream().map(SubmitScoreResponse::getRank))
        .containsExactly(2, 0, 1, 1, 2, 1);
  }

  @Test
  void eventsAreFactsThatSayWhatCounts() {
    partition.call(
        newBoard("goals", Order.HIGH_FIRST, Operator.SUM, Ranking.ORDINAL, 1), Board.class);
    submitted("ana", 2);
    submitted("ana", 3);
    submitted("bo", 1);
    submitted("bo", 6);
    List<ScoresSubmitted> events =
        partition.log.stream()
            .map(SoloPartition.Logged::event)
            .filter(ScoresSubmitted.class::isInstance)
            .map(ScoresSubmitted.class::cast)
            .toList();
    assertThat(events.stream().map(e -> e.getStandings(0)))
        .containsExactly(
            standing("ana", 2).setReached(true).build(),
            standing("ana", 5).setSubmitted(3).setReached(true).build(),
            standing("bo", 1).setDropped(true).build(),
            standing("bo", 6).setReached(true).build());
    assertThat(events.getLast().getStandings(1))
        .isEqualTo(standing("ana", 5).setDropped(true).build());
  }

  @Test
  void anImportStepIsAppliedExactlyOnce() {
    SubmitScoresRequest first =
        step(batch("goals", score("ana", 1)), "file", 0, 10).toBuilder()
            .setOperator(Operator.SUM)
            .build();
    SubmitScoresRequest second = step(batch("goals", score("ana", 1)), "file", 10, 20);
    assertThat(partition.call(first, SubmitScoresResponse.class).getApplied()).isTrue();
    SubmitScoresResponse again = partition.call(first, SubmitScoresResponse.class);
    assertThat(again.getApplied()).isFalse();
    assertThat(again.getResultsList()).isEmpty();
    assertThat(again.getImportRow()).isEqualTo(10);
    assertThat(partition.call(second, SubmitScoresResponse.class).getImportRow()).isEqualTo(20);
    assertThat(partition.call(first, SubmitScoresResponse.class).getApplied()).isFalse();
    assertThat(entries()).containsExactly("1 ana 2");
    assertThat(mark("file")).isEqualTo(20);
    try (SoloPartition reopened = partition.reopened()) {
      assertThat(reopened.call(second, SubmitScoresResponse.class).getApplied()).isFalse();
    }
  }

  @Test
  void anImportStepThatDoesNotContinueTheMarkIsAborted() {
    Failure gap =
        failureOf(() ->
            partition.call(
                step(batch("goals", score("ana", 1)), "file", 5, 10), SubmitScoresResponse.class));
    assertThat(gap.code()).isEqualTo(Code.ABORTED);
    assertThat(gap)
        .hasMessage("import.after_row must be the mark of the source, which is 0; got 5");
    assertThat(partition.index.find(0, "goals")).isNull();
    partition.call(
        step(batch("goals", score("ana", 1)), "file", 0, 10), SubmitScoresResponse.class);
    Failure overlap =
        failureOf(() ->
            partition.call(
                step(batch("goals", score("ana", 1)), "file", 5, 15), SubmitScoresResponse.class));
    assertThat(overlap.code()).isEqualTo(Code.ABORTED);
    assertThat(mark("file")).isEqualTo(10);
    assertThat(mark("another")).isZero();
  }

  @Test
  void aBoardHasMarksOfAtMostAHundredThousandSources() {
    partition.call(
        step(batch("goals", score("ana", 1)), "known", 0, 1), SubmitScoresResponse.class);
    BoardRanks board = partition.index.get(0, "goals");
    board.row(board.row().withCounts(1, Bounds.MAX_SOURCES));
    Failure failure =
        failureOf(() ->
            partition.call(
                step(batch("goals", score("ana", 1)), "new", 0, 1), SubmitScoresResponse.class));
    assertThat(failure.code()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(failure).hasMessageContaining("at most 100000 sources");
  }

  @Test
  void anImportStepMustGoForward() {
    Failure failure =
        failureOf(() ->
            partition.call(
                step(batch("goals", score("ana", 1)), "file", 5, 5), SubmitScoresResponse.class));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessage("import.last_row must be greater than after_row 5; got 5");
  }

  @Test
  void aRemovedMemberIsGoneAndMayComeBack() {
    submitted("ana", 5);
    submitted("bo", 4);
    partition.call(Requests.remove("goals", "ana"), RemoveMemberResponse.class);
    assertThat(entries()).containsExactly("1 bo 4");
    assertThat(submitted("ana", 1).getRank()).isEqualTo(2);
    assertThat(
            failureOf(
                () -> partition.call(Requests.remove("goals", "cy"), RemoveMemberResponse.class)))
        .hasMessage("there is no member 'cy'");
    assertThat(
            failureOf(
                () -> partition.call(Requests.remove("none", "cy"), RemoveMemberResponse.class)))
        .hasMessage("there is no board 'none'");
  }

  @Test
  void aNameWithANullCharacterIsRefused() {
    assertThat(failureOf(() -> submitted("a\u0000b", 1)))
        .hasMessage("member must not have the character U+0000; got it at 1");
  }

  @Test
  void halfASurrogatePairIsNoName() {
    for (String name : List.of("\ud800", "a\udc00", "\ud800\ud800")) {
      assertThat(failureOf(() -> submitted(name, 1)).code()).isEqualTo(Code.INVALID_ARGUMENT);
    }
    assertThat(submitted("\ud83d\ude00", 1).getRank()).isEqualTo(1);
  }

  @Test
  void boardsOfTwoProjectsWithOneNameAreTwoBoards() {
    submitted("ana", 5);
    partition.inProject(3);
    submitted("bo", 4);
    assertThat(entries()).containsExactly("1 bo 4");
    try (SoloPartition reopened = partition.reopened()) {
      assertThat(
              lines(reopened.call(list("goals", 10), ListEntriesResponse.class).getEntriesList()))
          .containsExactly("1 ana 5");
    }
  }

  private static ScoresSubmitted.Standing.Builder standing(String member, double score) {
    return ScoresSubmitted.Standing.newBuilder().setMember(member).setScore(score);
  }

  private SubmitScoreResponse submitted(String member, double score) {
    return partition.call(submit("goals", member, score), SubmitScoreResponse.class);
  }

  private SubmitScoresResponse batched(Score... scores) {
    return partition.call(batch("goals", scores), SubmitScoresResponse.class);
  }

  private List<String> entries() {
    return lines(partition.call(list("goals", 100), ListEntriesResponse.class).getEntriesList());
  }

  private long mark(String source) {
    return partition
        .call(
            GetImportMarkRequest.newBuilder().setBoard("goals").setSource(source).build(),
            ImportMark.class)
        .getRow();
  }
}
