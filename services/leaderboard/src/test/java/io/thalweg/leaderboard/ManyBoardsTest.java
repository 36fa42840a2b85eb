package io.thalweg.leaderboard;

import static io.thalweg.leaderboard.Requests.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.thalweg.leaderboard.v1.ApplyScoreRequest;
import io.thalweg.leaderboard.v1.Board;
import io.thalweg.leaderboard.v1.Entry;
import io.thalweg.leaderboard.v1.Operator;
import io.thalweg.leaderboard.v1.Order;
import io.thalweg.leaderboard.v1.Ranking;
import io.thalweg.leaderboard.v1.ResetOnScheduleRequest;
import io.thalweg.leaderboard.v1.SubmitScoreResponse;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsRequest;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsResponse;
import io.thalweg.runtime.DeadLetter;
import io.thalweg.runtime.Failure;
import io.thalweg.runtime.Node;
import io.thalweg.runtime.NodeOptions;
import io.thalweg.runtime.Request;
import io.thalweg.testkit.TestEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One score for several boards, on a real node of three partitions. */
@Timeout(300)
class ManyBoardsTest {
  @TempDir Path data;
  private Node node;

  @BeforeEach
  void open() {
    node =
        TestEngine.at(data)
            .service(Leaderboard.TYPE)
            .options(NodeOptions.defaults().withPartitions(3))
            .open();
  }

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void aScoreReaches32Boards() {
    List<String> boards = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      boards.add("board-" + i);
    }
    SubmitScoreToBoardsResponse accepted = submit("ana", 7, boards);
    assertThat(accepted.getMember()).isEqualTo("ana");
    assertThat(accepted.getBoardsList()).isEqualTo(boards);
    for (String board : boards) {
      assertThat(await(() -> entry(board, "ana")).getScore()).isEqualTo(7);
    }
  }

  @Test
  void scoresOfAMemberReachABoardInTheOrderInWhichTheyWereAccepted() {
    newBoard("a", Operator.LAST);
    newBoard("b", Operator.LAST);
    for (int i = 1; i <= 12; i++) {
      submit("ana", i, List.of("a", "b"));
    }
    submit("ana", -1, List.of("b", "a", "end"));
    await(() -> entry("end", "ana"));
    for (String board : List.of("a", "b")) {
      while (entry(board, "ana").getScore() != -1) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void aBoardThatRefusesLeavesADeadLetterAndTheOthersHaveTheScore() {
    newBoard("best", Operator.BEST);
    node.call(
        to("ana", 7, List.of("sum", "best")).toBuilder().setOperator(Operator.SUM).build(),
        SubmitScoreToBoardsResponse.class);
    assertThat(await(() -> entry("sum", "ana")).getScore()).isEqualTo(7);
    DeadLetter letter = await(this::firstDeadLetter);
    assertThat(letter.code()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(letter.reason()).isEqualTo("operator is BEST on board 'best'; got SUM");
    assertThat(((ApplyScoreRequest) letter.request()).getBoard()).isEqualTo("best");
    assertThat(failureOf(() -> entry("best", "ana")).code()).isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void underANameAScoreIsAcceptedOnce() {
    newBoard("sum", Operator.SUM);
    SubmitScoreToBoardsRequest request = to("ana", 7, List.of("sum"));
    for (int i = 0; i < 3; i++) {
      node.call(Request.of(request).named("once"), SubmitScoreToBoardsResponse.class);
    }
    // Comes after them in the same lane.
    submit("ana", 0.5, List.of("sum"));
    while (await(() -> entry("sum", "ana")).getScore() == 7) {
      Thread.onSpinWait();
    }
    assertThat(entry("sum", "ana").getScore()).isEqualTo(7.5);
  }

  @Test
  void aBadRequestIsRefusedByTheNameOfItsFieldAndReachesNoBoard() {
    refused(to("ana", 1, List.of()), "boards must have 1 to 32 elements; got 0");
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 33; i++) {
      many.add("b" + i);
    }
    refused(to("ana", 1, many), "boards must have 1 to 32 elements; got 33");
    refused(to("ana", 1, List.of("a", "b", "a")), "boards[2] must name each board once; got 'a'");
    refused(to("ana", 1, List.of("a", "")), "boards[1] must have 1 to 128 bytes");
    refused(to("", 1, List.of("a")), "member must have 1 to 128 bytes");
    refused(to("ana", Double.NaN, List.of("a")), "score must be a finite number");
    assertThat(failureOf(() -> entry("a", "ana")).code()).isEqualTo(Code.NOT_FOUND);
  }

  @Test
  void noClientCallsWhatIsForMessagesAndTimers() {
    for (Message internal :
        List.of(
            ApplyScoreRequest.newBuilder().setBoard("a").setMember("b").setScore(1).build(),
            ResetOnScheduleRequest.newBuilder().setBoard("a").build())) {
      assertThat(failureOf(() -> node.call(internal, Message.class)).code())
          .isEqualTo(Code.UNIMPLEMENTED);
    }
  }

  private void newBoard(String board, Operator operator) {
    node.call(
        Requests.newBoard(board, Order.HIGH_FIRST, operator, Ranking.ORDINAL, 0), Board.class);
  }

  private SubmitScoreToBoardsResponse submit(String member, double score, List<String> boards) {
    return node.call(to(member, score, boards), SubmitScoreToBoardsResponse.class);
  }

  private static SubmitScoreToBoardsRequest to(String member, double score, List<String> boards) {
    return SubmitScoreToBoardsRequest.newBuilder()
        .setMember(member)
        .addAllBoards(boards)
        .setScore(score)
        .build();
  }

  private void refused(SubmitScoreToBoardsRequest request, String message) {
    Failure failure = failureOf(() -> node.call(request, SubmitScoreResponse.class));
    assertThat(failure.code()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(failure).hasMessageStartingWith(message);
  }

  private Entry entry(String board, String member) {
    return node.call(Requests.get(board, member), Entry.class);
  }

  private DeadLetter firstDeadLetter() {
    List<DeadLetter> letters = node.deadLetters("leaderboard", 10, "").letters();
    if (letters.isEmpty()) {
      throw Failure.notFound("dead letter", "");
    }
    return letters.getFirst();
  }

  /** Asks until it is there. */
  private static <T> T await(Supplier<T> question) {
    while (true) {
      try {
        return question.get();
      } catch (Failure e) {
        if (e.code() != Code.NOT_FOUND) {
          throw e;
        }
        Thread.onSpinWait();
      }
    }
  }
}
