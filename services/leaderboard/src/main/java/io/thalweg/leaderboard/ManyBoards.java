package io.thalweg.leaderboard;

import io.thalweg.leaderboard.v1.ApplyScoreRequest;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsRequest;
import io.thalweg.leaderboard.v1.SubmitScoreToBoardsResponse;
import io.thalweg.runtime.CommandContext;
import io.thalweg.runtime.Failure;
import java.util.HashMap;
import java.util.Map;

/**
 * Sends one score to many boards. Runs in the partition of the member, so that all its scores go
 * the same way to a board and none overtakes another. Keeps nothing but the messages.
 */
final class ManyBoards {
  private ManyBoards() {}

  static SubmitScoreToBoardsResponse submit(
      SubmitScoreToBoardsRequest request, CommandContext context) {
    Bounds.checkName("member", request.getMember());
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < request.getBoardsCount(); i++) {
      String board = request.getBoards(i);
      Bounds.checkWholeName("boards[" + i + "]", board);
      Integer before = places.put(board, i);
      if (before != null) {
        throw Failure.invalid(
            "boards[" + i + "]",
            "must name each board once; got '"
                + Failure.quote(board)
                + "' at boards["
                + before
                + "] too");
      }
    }
    for (String board : request.getBoardsList()) {
      context.send(
          ApplyScoreRequest.newBuilder()
              .setBoard(board)
              .setMember(request.getMember())
              .setScore(request.getScore())
              .setOperator(request.getOperator())
              .build());
    }
    return SubmitScoreToBoardsResponse.newBuilder()
        .setMember(request.getMember())
        .addAllBoards(request.getBoardsList())
        .build();
  }
}
