package io.thalweg.leaderboard;

import static io.thalweg.leaderboard.Requests.batch;
import static io.thalweg.leaderboard.Requests.failureOf;
import static io.thalweg.leaderboard.Requests.lines;
import static io.thalweg.leaderboard.Requests.list;
import static io.thalweg.leaderboard.Requests.newBoard;
import static io.thalweg.leaderboard.Requests.score;
import static io.thalweg.leaderboard.Requests.submit;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.BatchGetEntriesRequest;
import io.thalweg.leaderboard.v1.BatchGetEntriesResponse;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.CountEntriesRequest;
import io.thalweg.leaderboard.v1.CountEntriesResponse;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.ListEntriesAroundRequest;
import io.thalweg.leaderboard.v1.ListEntriesAroundResponse;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.RemoveMemberResponse;
import io.thalweg.leaderboard.v1.ResetBoardRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.leaderboard.v1.UpdateBoardRequest;
import io.thalweg.runtime.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryReadsTest {
  private final SoloPartition partition = new SoloPartition();

  @BeforeEach
  void fill() {
    partition.call(
        newBoard("b", Order.HIGH_FIRST, Operator.LAST, Ranking.COMPETITION, 0), Board.class);
    partition.call(
        batch("b", score("a", 9), score("b", 7), score("c", 7), score("d", 5), score("e", 1)),
        SubmitScoresResponse.class);
  }

  @AfterEach
  void close() {
    partition.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = Ranking.class,
      names = {"ORDINAL", "COMPETITION", "DENSE"})
  void ranksOfEqualScoresFollowTheRanking(Ranking ranking) {
    partition.call(
        UpdateBoardRequest.newBuilder().setBoard("b").setRanking(ranking).build(), Board.class);
    List<Integer> expected =
        switch (ranking) {
          case ORDINAL -> List.of(1, 2, 3, 4, 5);
          case COMPETITION -> List.of(1, 2, 2, 4, 5);
          default -> List.of(1, 2, 2, 3, 4);
        };
    assertThat(page(list("b", 5)).getEntriesList().stream().map(Entry::getRank))
        .containsExactlyElementsOf(expected);
    // A page that begins among equals knows it.
    assertThat(
            page(list("b", 5).toBuilder().setFromRank(3).build()).getEntriesList().stream()
                .map(Entry::getRank))
        .containsExactlyElementsOf(expected.subList(2, 5));
  }

  @Test
  void percentileIsTheShareThatAMemberIsLevelWithOrAheadOf() {
    assertThat(page(list("b", 5)).getEntriesList().stream().map(Entry::getPercentile))
        .containsExactly(100.0, 80.0, 80.0, 40.0, 20.0);
  }

  @Test
  void reachTimeIsThatOfTheScoreInMilliseconds() {
    Entry before = partition.call(Requests.get("b", "e"), Entry.class);
    partition.call(submit("b", "e", 1), SubmitScoreResponse.class);
    assertThat(partition.call(Requests.get("b", "e"), Entry.class)).isEqualTo(before);
    partition.call(submit("b", "e", 2), SubmitScoreResponse.class);
    Entry after = partition.call(Requests.get("b", "e"), Entry.class);
    assertThat(after.getReachTime().getSeconds()).isEqualTo(before.getReachTime().getSeconds() + 4);
    assertThat(after.getReachTime().getNanos() % 1_000_000).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void pagesGiveEveryEntryOnce(int pageSize) {
    List<String> all = new ArrayList<>();
    ListEntriesRequest next = list("b", pageSize);
    int pages = 0;
    while (true) {
      ListEntriesResponse page = page(next);
      all.addAll(lines(page.getEntriesList()));
      pages++;
      if (page.getNextPageToken().isEmpty()) {
        break;
      }
      assertThat(page.getEntriesCount()).isEqualTo(pageSize);
      next = next.toBuilder().setPageToken(page.getNextPageToken()).build();
    }
    assertThat(all).containsExactly("1 a 9", "2 b 7", "2 c 7", "4 d 5", "5 e 1");
    assertThat(pages).isEqualTo((5 + pageSize - 1) / pageSize);
  }

  @Test
  void thePageSizeIsFiftyIfNotSaid() {
    for (int i = 0; i < 60; i++) {
      partition.call(submit("b", "m" + i, i), SubmitScoreResponse.class);
    }
    assertThat(page(ListEntriesRequest.newBuilder().setBoard("b").build()).getEntriesCount())
        .isEqualTo(50);
  }

  @Test
  void aPageGoesOnAfterItsPlaceThoughTheBoardChanges() {
    ListEntriesResponse first = page(list("b", 2));
    assertThat(lines(first.getEntriesList())).containsExactly("1 a 9", "2 b 7");
    // The last of the page leaves, one comes in above, one is tied with it, the page size changes.
    partition.call(Requests.remove("b", "b"), RemoveMemberResponse.class);
    partition.call(submit("b", "top", 10), SubmitScoreResponse.class);
    partition.call(submit("b", "tied", 7), SubmitScoreResponse.class);
    ListEntriesResponse second =
        page(list("b", 10).toBuilder().setPageToken(first.getNextPageToken()).build());
    assertThat(lines(second.getEntriesList()))
        .containsExactly("3 c 7", "3 tied 7", "5 d 5", "6 e 1");
    assertThat(second.getNextPageToken()).isEmpty();
  }

  @Test
  void aTokenOfAnotherQueryIsRefused() {
    String token = page(list("b", 2)).getNextPageToken();
    partition.call(batch("other", score("a", 1), score("b", 2)), SubmitScoresResponse.class);
    for (ListEntriesRequest other :
        List.of(
            list("other", 2),
            list("b", 2).toBuilder().setFromRank(1).build(),
            list("b", 2).toBuilder().setMinScore(0).build(),
            list("b", 2).toBuilder().setMaxScore(0).build())) {
      Failure failure = failureOf(() -> page(other.toBuilder().setPageToken(token).build()));
      assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
      assertThat(failure).hasMessageStartingWith("page_token must be from an earlier answer");
    }
  }

  @Test
  void aTokenFromBeforeAResetIsRefused() {
    String token = page(list("b", 2)).getNextPageToken();
    partition.call(ResetBoardRequest.newBuilder().setBoard("b").build(), Board.class);
    partition.call(submit("b", "a", 1), SubmitScoreResponse.class);
    assertThat(failureOf(() -> page(list("b", 2).toBuilder().setPageToken(token).build())))
        .hasMessageStartingWith("page_token must be from the board as it is");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "!!!", "AAAA", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void whatIsNoTokenIsRefused(String token) {
    Failure failure = failureOf(() -> page(list("b", 2).toBuilder().setPageToken(token).build()));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessageStartingWith("page_token must be from an earlier answer");
  }

  @Test
  void scoresWithinBoundsAreGivenInclusive() {
    ListEntriesRequest range = list("b", 10).toBuilder().setMinScore(5).setMaxScore(7).build();
    assertThat(lines(page(range).getEntriesList())).containsExactly("2 b 7", "2 c 7", "4 d 5");
    assertThat(count(5.0, 7.0)).isEqualTo(3);
    assertThat(count(5.1, 6.9)).isZero();
    assertThat(lines(page(range.toBuilder().setFromRank(3).build()).getEntriesList()))
        .containsExactly("2 c 7", "4 d 5");
    ListEntriesResponse first = page(range.toBuilder().setPageSize(2).build());
    assertThat(
            lines(
                page(range.toBuilder()
                        .setPageSize(2)
                        .setPageToken(first.getNextPageToken())
                        .build())
                    .getEntriesList()))
        .containsExactly("4 d 5");
  }

  @Test
  void boundsWorkTheSameWhereLowScoresRankFirst() {
    partition.call(
        newBoard("low", Order.LOW_FIRST, Operator.LAST, Ranking.ORDINAL, 0), Board.class);
    partition.call(
        batch("low", score("a", -2), score("b", 0), score("c", 3)), SubmitScoresResponse.class);
    assertThat(lines(page(list("low", 9).toBuilder().setMinScore(-0.0).build()).getEntriesList()))
        .containsExactly("2 b 0", "3 c 3");
    assertThat(lines(page(list("low", 9).toBuilder().setMaxScore(0).build()).getEntriesList()))
        .containsExactly("1 a -2", "2 b 0");
  }

  @Test
  void aMinimumAboveTheMaximumIsRefused() {
    assertThat(
            failureOf(() -> page(list("b", 9).toBuilder().setMinScore(3).setMaxScore(2).build())))
        .hasMessage("min_score must not be greater than max_score 2.0; got 3.0");
    assertThat(failureOf(() -> count(3.0, 2.0)).code()).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Test
  void aRankBeyondTheEndGivesNothing() {
    ListEntriesResponse page =
        page(list("b", 9).toBuilder().setFromRank(Integer.MAX_VALUE).build());
    assertThat(page.getEntriesList()).isEmpty();
    assertThat(page.getNextPageToken()).isEmpty();
  }

  @Test
  void aroundGivesThoseJustAboveAndBelow() {
    assertThat(around("c", 1)).containsExactly("2 b 7", "2 c 7", "4 d 5");
    assertThat(around("a", 1)).containsExactly("1 a 9", "2 b 7");
    assertThat(around("e", 2)).containsExactly("2 c 7", "4 d 5", "5 e 1");
    assertThat(around("c", 0)).containsExactly("2 c 7");
    assertThat(around("c", 500)).hasSize(5);
  }

  @Test
  void friendsComeInRankOrderOnceAndWithoutUnknownOnes() {
    BatchGetEntriesResponse friends =
        partition.call(
            BatchGetEntriesRequest.newBuilder()
                .setBoard("b")
                .addAllMembers(List.of("e", "nobody", "a", "c", "e"))
                .build(),
            BatchGetEntriesResponse.class);
    assertThat(lines(friends.getEntriesList())).containsExactly("1 a 9", "2 c 7", "5 e 1");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 129, 1000})
  void aFriendsNameOutOfBoundsIsNamed(int length) {
    Failure failure =
        failureOf(() ->
            partition.call(
                BatchGetEntriesRequest.newBuilder()
                    .setBoard("b")
                    .addMembers("a")
                    .addMembers("x".repeat(length))
                    .build(),
                BatchGetEntriesResponse.class));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessage("members[1] must have 1 to 128 bytes of UTF-8; got " + length);
  }

  @Test
  void anEmptyBoardAnswersReads() {
    partition.call(ResetBoardRequest.newBuilder().setBoard("b").build(), Board.class);
    assertThat(page(list("b", 5))).isEqualTo(ListEntriesResponse.getDefaultInstance());
    assertThat(count(null, null)).isZero();
  }

  @Test
  void readsOfWhatThereIsNotAreNotFound() {
    for (Message request :
        new Message[] {
          list("none", 5),
          Requests.get("none", "a"),
          CountEntriesRequest.newBuilder().setBoard("none").build(),
          ListEntriesAroundRequest.newBuilder().setBoard("none").setMember("a").build(),
          BatchGetEntriesRequest.newBuilder().setBoard("none").addMembers("a").build()
        }) {
      Failure failure = failureOf(() -> partition.call(request, Message.class));
      assertThat(failure.code()).isEqualTo(Code.NOT_FOUND);
      assertThat(failure).hasMessage("there is no board 'none'");
    }
    assertThat(failureOf(() -> partition.call(Requests.get("b", "zoe"), Entry.class)))
        .hasMessage("there is no member 'zoe'");
    assertThat(failureOf(() -> around("zoe", 1)).code()).isEqualTo(Code.NOT_FOUND);
  }

  private ListEntriesResponse page(ListEntriesRequest request) {
    return partition.call(request, ListEntriesResponse.class);
  }

  private List<String> around(String member, int count) {
    return lines(
        partition
            .call(
                ListEntriesAroundRequest.newBuilder()
                    .setBoard("b")
                    .setMember(member)
                    .setCount(count)
                    .build(),
                ListEntriesAroundResponse.class)
            .getEntriesList());
  }

  private int count(@Nullable Double min, @Nullable Double max) {
    CountEntriesRequest.Builder request = CountEntriesRequest.newBuilder().setBoard("b");
    if (min != null) {
      request.setMinScore(min);
    }
    if (max != null) {
      request.setMaxScore(max);
    }
    return partition.call(request.build(), CountEntriesResponse.class).getCount();
  }
}
