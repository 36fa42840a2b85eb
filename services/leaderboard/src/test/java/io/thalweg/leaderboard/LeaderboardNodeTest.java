package io.thalweg.leaderboard;

import static io.thalweg.leaderboard.Requests.failureOf;
import static io.thalweg.leaderboard.Requests.lines;
import static io.thalweg.leaderboard.Requests.list;
import static io.thalweg.leaderboard.Requests.score;
import static io.thalweg.leaderboard.Requests.submit;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.BoardEvent;
import io.thalweg.leaderboard.v1.DeleteBoardRequest;
import io.thalweg.leaderboard.v1.DeleteBoardResponse;
import io.thalweg.leaderboard.v1.ImportStep;
import io.thalweg.leaderboard.v1.ListBoardsRequest;
import io.thalweg.leaderboard.v1.ListBoardsResponse;
import io.thalweg.leaderboard.v1.ListEntriesRequest;
import io.thalweg.leaderboard.v1.ListEntriesResponse;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.SubmitScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoresRequest;
import io.thalweg.leaderboard.v1.SubmitScoresResponse;
import io.thalweg.leaderboard.v1.WatchBoardRequest;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.Request;
import io.thalweg.runtime.WatchStream;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service on a real node: log, tables and all. */
class LeaderboardNodeTest {
  @TempDir Path data;

  @Test
  void whatWasAnsweredIsThereAfterTheNodeWasOpenedAgain() {
    List<String> before;
    try (Node node = open()) {
      node.call(
          Requests.newBoard("b", Order.LOW_FIRST, Operator.SUM, Ranking.DENSE, 0), Board.class);
      for (int i = 0; i < 300; i++) {
        node.call(submit("b", "m" + i % 40, i % 7), SubmitScoreResponse.class);
      }
      node.call(submit("deleted", "x", 1), SubmitScoreResponse.class);
      node.call(
          DeleteBoardRequest.newBuilder().setBoard("deleted").build(), DeleteBoardResponse.class);
      before = entries(node, "b");
      assertThat(before).hasSize(40);
    }
    try (Node node = open()) {
      assertThat(entries(node, "b")).isEqualTo(before);
      assertThat(failureOf(() -> entries(node, "deleted")).code()).isEqualTo(Code.NOT_FOUND);
      assertThat(node.call(submit("b", "m0", 0), SubmitScoreResponse.class).getRank()).isPositive();
    }
  }

  @Test
  void boardsOfAllPartitionsAreListedByNameAPageAtATime() {
    List<String> names = IntStream.range(0, 45).mapToObj("board-%02d"::formatted).toList();
    try (Node node = open()) {
      for (String name : names.reversed()) {
        node.call(submit(name, "ana", 1), SubmitScoreResponse.class);
      }
      List<String> listed = new ArrayList<>();
      ListBoardsRequest next = ListBoardsRequest.newBuilder().setPageSize(10).build();
      int pages = 0;
      while (pages < 10) {
        ListBoardsResponse page = node.call(next, ListBoardsResponse.class);
        pages++;
        for (Board board : page.getBoardsList()) {
          listed.add(board.getBoard());
          assertThat(board.getMemberCount()).isEqualTo(1);
          assertThat(board).isEqualTo(node.call(Requests.board(board.getBoard()), Board.class));
        }
        if (page.getNextPageToken().isEmpty()) {
          break;
        }
        next = next.toBuilder().setPageToken(page.getNextPageToken()).build();
      }
      assertThat(listed).isEqualTo(names);
      assertThat(pages).isEqualTo(5);
      String entriesToken =
          node.call(ListBoardsRequest.newBuilder().setPageSize(1).build(), ListBoardsResponse.class)
              .getNextPageToken();
      assertThat(
              failureOf(() ->
                      node.call(
                          list("board-00", 1).toBuilder().setPageToken(entriesToken).build(),
                          ListEntriesResponse.class))
                  .code())
          .isEqualTo(Code.INVALID_ARGUMENT);
    }
  }

  @Test
  void aWatcherSeesItsBoardsEventsAndGoesOnWhereItWas() throws InterruptedException {
    try (Node node = open()) {
      node.call(submit("b", "ana", 1), SubmitScoreResponse.class);
      node.call(submit("other", "ana", 1), SubmitScoreResponse.class);
      node.call(submit("b", "ana", 2), SubmitScoreResponse.class);
      Request watch = Request.of(WatchBoardRequest.newBuilder().setBoard("b").build());
      String seen;
      try (WatchStream stream = node.watch(watch, "0")) {
        assertThat(next(stream).hasBoardCreated()).isTrue();
        BoardEvent first = next(stream);
        assertThat(first.getScoresSubmitted().getStandings(0).getScore()).isEqualTo(1);
        seen = first.getPosition();
      }
      try (WatchStream stream = node.watch(watch, seen)) {
        BoardEvent second = next(stream);
        assertThat(second.getScoresSubmitted().getStandings(0).getScore()).isEqualTo(2);
        assertThat(second.getTime().getSeconds()).isPositive();
        assertThat(stream.next(Duration.ofMillis(1))).isNull();
      }
    }
  }

  @Test
  void fieldsOutOfTheirBoundsAreNamedAndChangeNothing() {
    try (Node node = open()) {
      SubmitScoreRequest good = submit("b", "ana", 1);
      refused(node, good.toBuilder().setBoard("").build(), "board");
      refused(node, good.toBuilder().setBoard("x".repeat(129)).build(), "board");
      refused(node, good.toBuilder().setBoard("é".repeat(65)).build(), "board");
      refused(node, good.toBuilder().setMember("").build(), "member");
      refused(node, good.toBuilder().setMember("x".repeat(129)).build(), "member");
      refused(node, good.toBuilder().clearScore().build(), "score");
      refused(node, good.toBuilder().setScore(Double.NaN).build(), "score");
      refused(node, good.toBuilder().setScore(Double.POSITIVE_INFINITY).build(), "score");
      refused(node, good.toBuilder().setOperatorValue(77).build(), "operator");
      SubmitScoresRequest batch = Requests.batch("b", score("ana", 1));
      refused(node, batch.toBuilder().clearScores().build(), "scores");
      refused(node, batch.toBuilder().addScores(score("", 1)).build(), "scores[1].member");
      SubmitScoresRequest.Builder tooMany = batch.toBuilder();
      for (int i = 0; i < 1000; i++) {
        tooMany.addScores(score("m", 1));
      }
      refused(node, tooMany.build(), "scores");
      refused(
          node,
          batch.toBuilder().setImport(ImportStep.newBuilder().setLastRow(1)).build(),
          "import.source");
      assertThat(failureOf(() -> entries(node, "b")).code()).isEqualTo(Code.NOT_FOUND);
      node.call(good, SubmitScoreResponse.class);
      ListEntriesRequest read = list("b", 1);
      refused(node, read.toBuilder().setPageSize(0).build(), "page_size");
      refused(node, read.toBuilder().setPageSize(1001).build(), "page_size");
      refused(node, read.toBuilder().setFromRank(0).build(), "from_rank");
      refused(node, read.toBuilder().setMinScore(Double.NaN).build(), "min_score");
      refused(
          node,
          Requests.newBoard("c", Order.HIGH_FIRST, Operator.SUM, Ranking.DENSE, -1),
          "settings.member_cap");
    }
  }

  @Test
  void aBatchThatIsSentAgainAfterTheNodeWasOpenedAgainIsNotAppliedTwice() {
    SubmitScoresRequest step =
        Requests.step(Requests.batch("b", score("ana", 1)), "file", 0, 1).toBuilder()
            .setOperator(Operator.SUM)
            .build();
    try (Node node = open()) {
      assertThat(node.call(step, SubmitScoresResponse.class).getApplied()).isTrue();
    }
    try (Node node = open()) {
      assertThat(node.call(step, SubmitScoresResponse.class).getApplied()).isFalse();
      assertThat(entries(node, "b")).containsExactly("1 ana 1");
    }
  }

  private Node open() {
    return TestEngine.open(data, Leaderboard.TYPE);
  }

  private static void refused(Node node, Message request, String field) {
    Failure failure = failureOf(() -> node.call(request, Message.class));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessageStartingWith(field + " must ");
  }

  private static BoardEvent next(WatchStream stream) throws InterruptedException {
    WatchStream.Item item = Objects.requireNonNull(stream.next(Duration.ofSeconds(100)));
    return (BoardEvent) item.message();
  }

  private static List<String> entries(Node node, String board) {
    return lines(node.call(list(board, 1000), ListEntriesResponse.class).getEntriesList());
  }
}
